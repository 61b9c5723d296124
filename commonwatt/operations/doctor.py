"""What is wrong with a service, found from outside: each finding has a sentence that says what to do."""

from __future__ import annotations

import os
import shutil
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from commonwatt.erasure import count_standing
from commonwatt.errors import DatabaseAwayError, MigrationError
from commonwatt.model import Finding, Severity
from commonwatt.servers.authority import expiries
from commonwatt.servers.credentials import (
    ACL,
    PASSWORDS,
    SERVICE_USERS,
    render_acl,
    verify_secret,
)
from commonwatt.storage import operations
from commonwatt.storage.announcements import listener_hashes
from commonwatt.storage.backups import is_abandoned
from commonwatt.storage.credentials import broker_hashes
from commonwatt.storage.migrate import require_current
from commonwatt.storage.mounts import load_mounts
from commonwatt.storage.pool import connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonwatt.storage.operations import ServerFacts
    from commonwatt.storage.pool import Connection

CODES = (
    "all_well",
    "database_away",
    "database_refuses",
    "schema_not_current",
    "server_too_old",
    "server_untested",
    "clock_off",
    "disk_nearly_full",
    "rollups_stand",
    "doubled_ingest",
    "erasures_standing",
    "erasure_list_closed",
    "broker_away",
    "broker_password_wrong",
    "credentials_stale",
    "credentials_missing",
    "backup_abandoned",
    "certificate_ends",
)
OLDEST_MAJOR = 15
"""Views that look with their reader's rights came with it."""
NEWEST_MAJOR = 18
MOST_CLOCK_OFF_S = 30.0
LEAST_FREE = 0.05
LEAST_FREE_BYTES = 1024**3
CERTIFICATE_LEFT = timedelta(days=30)
ROLLUPS_WITHIN_S = 3.0
_ANSWER_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the parts of the service are, as it is told itself."""

    database_url: str
    broker: tuple[str, int]
    broker_username: str
    broker_password: str
    erasure_list: Path
    credentials_folder: Path | None = None
    authority_folder: Path | None = None


def examine(here: Surroundings) -> list[Finding]:
    """Everything that is wrong, the database first; an empty list is a healthy service."""
    found = list(_look_at_database(here))
    found += _look_at_list(here.erasure_list)
    found += _look_at_disk(here.erasure_list.absolute().parent)
    if not _is_answered(*here.broker):
        host, port = here.broker
        found.append(_fault("broker_away", host=host, port=str(port)))
    if here.authority_folder:
        found += judge_certificates(expiries(here.authority_folder), datetime.now(UTC))
    return found


def judge_certificates(ends_utc: Mapping[str, datetime], now_utc: datetime) -> Iterator[Finding]:
    """Whether meters will still trust the broker for a while."""
    for name, end_utc in ends_utc.items():
        if end_utc - now_utc < CERTIFICATE_LEFT:
            yield _fault("certificate_ends", name=name, day=f"{end_utc:%Y-%m-%d}")


def is_grave(findings: list[Finding]) -> bool:
    return any(finding.severity is Severity.FAULT for finding in findings)


def _look_at_database(here: Surroundings) -> Iterator[Finding]:
    try:
        with connect(here.database_url) as connection:
            facts = operations.server_facts(connection)
            yield from judge_server(facts, datetime.now(UTC))
            if facts.folder and Path(facts.folder).is_dir():
                yield from _look_at_disk(Path(facts.folder))
            yield from _look_at_schema(connection, here)
    except DatabaseAwayError as error:
        host, port = operations.server_address(here.database_url)
        code = "database_refuses" if host and _is_answered(host, port) else "database_away"
        yield _fault(code, host=host, port=str(port), detail=str(error))


def judge_server(facts: ServerFacts, now_utc: datetime) -> Iterator[Finding]:
    """Whether a server's version and clock suit us."""
    if facts.major < OLDEST_MAJOR:
        yield _fault("server_too_old", major=str(facts.major), oldest=str(OLDEST_MAJOR))
    elif facts.major > NEWEST_MAJOR:
        yield _warning("server_untested", major=str(facts.major), newest=str(NEWEST_MAJOR))
    off_s = (now_utc - facts.now_utc).total_seconds()
    if abs(off_s) > MOST_CLOCK_OFF_S:
        yield _fault("clock_off", seconds=f"{off_s:+.0f}")


def _look_at_schema(connection: Connection, here: Surroundings) -> Iterator[Finding]:
    try:
        require_current(connection)
    except MigrationError as error:
        yield _fault("schema_not_current", detail=str(error))
        return
    for name in operations.doubled_writers(connection):
        yield _fault("doubled_ingest", name=name)
    if is_abandoned(connection):
        yield _fault("backup_abandoned")
    if here.erasure_list.is_file() and (count := count_standing(connection, here.erasure_list)):
        yield _fault("erasures_standing", count=count)
    if here.credentials_folder:
        yield from _look_at_credentials(connection, here, here.credentials_folder)
    yield from _look_at_rollups(connection)


def _look_at_rollups(connection: Connection) -> Iterator[Finding]:
    """Whether the oldest mark is still there after as long as a refresher takes for several."""
    oldest = operations.oldest_mark(connection)
    if oldest is None:
        return
    time.sleep(ROLLUPS_WITHIN_S)
    if operations.oldest_mark(connection) == oldest:
        yield _fault("rollups_stand")


def _look_at_credentials(
    connection: Connection, here: Surroundings, folder: Path
) -> Iterator[Finding]:
    """Whether the broker's files are what the database says, and our own password opens them."""
    try:
        lines = (folder / PASSWORDS).read_text("utf-8").splitlines()
        acl = (folder / ACL).read_text("utf-8")
    except OSError as error:
        yield _fault("credentials_missing", detail=str(error))
        return
    known = dict(line.split(":", 1) for line in lines if ":" in line)
    if not verify_secret(here.broker_password, known.get(here.broker_username, "")):
        yield _fault("broker_password_wrong", name=here.broker_username)
    now_utc = datetime.now(UTC)
    wanted = broker_hashes(connection, now_utc) | listener_hashes(connection, now_utc)
    places = {mount.topic_prefix: mount.meter.serial for mount in load_mounts(connection)}
    told = {name: hashed for name, hashed in known.items() if name not in SERVICE_USERS}
    if told != wanted or acl != render_acl(places):
        yield _fault("credentials_stale", folder=str(folder))


def _look_at_list(path: Path) -> Iterator[Finding]:
    """Whether an erasure could be written down; nothing is written to find out."""
    place = path if path.exists() else path.absolute().parent
    if path.is_dir() or not place.exists() or not os.access(place, os.W_OK):
        yield _fault("erasure_list_closed", path=str(path))


def _look_at_disk(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        return
    usage = shutil.disk_usage(folder)
    if usage.free < min(LEAST_FREE * usage.total, LEAST_FREE_BYTES):
        free_mb = usage.free // 1024**2
        yield _fault("disk_nearly_full", folder=str(folder), free=f"{free_mb} MB")


def _is_answered(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), _ANSWER_WITHIN_S):
            return True
    except OSError:
        return False


def _fault(code: str, **facts: float | str) -> Finding:
    return Finding(code, Severity.FAULT, "service", facts)


def _warning(code: str, **facts: float | str) -> Finding:
    return Finding(code, Severity.WARNING, "service", facts)
