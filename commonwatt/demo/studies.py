"""Recordings brought in for study: each home of a file gets a dwelling, a meter and a link."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from commonwatt import rollups
from commonwatt.access import Audience
from commonwatt.demo.outbox import BackOff
from commonwatt.demo.publisher import MeterClient, replay
from commonwatt.demo.registration import RegisteredHome, register_home, renew_secret
from commonwatt.errors import RegistryError
from commonwatt.recordings.formats import read_recording
from commonwatt.registry.serials import derived_serial
from commonwatt.storage import buildings, households, meters
from commonwatt.storage.links import make_link
from commonwatt.storage.migrate import require_current
from commonwatt.storage.pool import connect, database_errors
from ingest.history import import_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from commonwatt.recordings.recording import Recording
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

STUDY_START_UTC = datetime(2000, 1, 1, tzinfo=UTC)
WINDOW = 64
"""How many messages a replay has under way; a real meter has one."""

_RESEND = BackOff(2, 20)
_RECONNECT = BackOff(0.2, 2)


@dataclass(frozen=True, slots=True)
class StudiedHome:
    """A home of a file, how many of its records were receipted or are new, and its link's token."""

    label: str
    records: int
    occupancy_id: int
    token: str


@dataclass(frozen=True, slots=True)
class _Enrolled:
    """A home ready to be written: its meter, the meter's secret, and what will be told of it."""

    meter: Meter
    secret: str
    studied: StudiedHome


def replay_file(
    file: Path,
    *,
    database_url: str,
    broker: tuple[str, int],
    building: str,
    p_max_w: int,
    speed: float | None = None,
) -> list[StudiedHome]:
    """Publish every home of a file through the broker, and return when all is receipted."""
    recordings = read_recording(file)
    with connect(database_url) as connection:
        require_current(connection)
        with database_errors(), connection.transaction():
            homes = [_enrol(connection, building, each, p_max_w) for each in recordings]
    with ExitStack() as stack, _progress("replayed", recordings) as advance_to:
        clients = [stack.enter_context(_client(home, broker)) for home in homes]
        replay(recordings, clients, speed=speed, progress=lambda done, _: advance_to(done))
    return [home.studied for home in homes]


def import_file(file: Path, *, database_url: str, building: str, p_max_w: int) -> list[StudiedHome]:
    """Write every home of a file or none, and return when its rollups are up to date."""
    recordings = read_recording(file)
    studied: list[StudiedHome] = []
    with connect(database_url) as connection:
        require_current(connection)
        with (
            _progress("imported", recordings) as advance_to,
            database_errors(),
            connection.transaction(),
        ):
            done = 0
            for recording in recordings:
                home = _enrol(connection, building, recording, p_max_w)
                imported = import_recording(connection, home.meter, recording, time.time())
                studied.append(replace(home.studied, records=imported.written))
                done += recording.end_s.size
                advance_to(done)
        rollups.settle(connection)
    return studied


def _client(home: _Enrolled, broker: tuple[str, int]) -> MeterClient:
    return MeterClient(
        home.meter.serial,
        home.secret,
        *broker,
        window=WINDOW,
        resend=_RESEND,
        reconnect=_RECONNECT,
    )


def _enrol(connection: Connection, building: str, recording: Recording, p_max_w: int) -> _Enrolled:
    """Register a recorded home, or find it again; give its meter a secret and it a link."""
    key = recording.meter_key
    serial = derived_serial("study", building, key)
    meter = meters.find_meter(connection, serial)
    if meter is None:
        home = _register(connection, building, key, serial, p_max_w)
    else:
        now_utc = datetime.now(UTC)
        occupancy_id = households.occupancy_at(connection, meter.meter_id, now_utc)
        if occupancy_id is None:
            raise RegistryError(f"meter {serial} of {key} measures nobody")
        home = RegisteredHome(occupancy_id, meter, renew_secret(connection, meter, now_utc))
    token = make_link(connection, Audience.HOUSEHOLD, home.occupancy_id, datetime.now(UTC))
    studied = StudiedHome(key, recording.end_s.size, home.occupancy_id, token)
    return _Enrolled(home.meter, home.secret, studied)


def _register(
    connection: Connection, building: str, key: str, serial: str, p_max_w: int
) -> RegisteredHome:
    building_id = buildings.find_building(connection, building)
    return register_home(
        connection,
        building_id or buildings.add_building(connection, building),
        stairwell="",
        label=key[:40],
        serial=serial,
        start_utc=STUDY_START_UTC,
        backlog_days=None,
        p_max_w=p_max_w,
    )


@contextmanager
def _progress(verb: str, recordings: list[Recording]) -> Iterator[Callable[[int], None]]:
    total = sum(recording.end_s.size for recording in recordings)
    columns = (
        TextColumn(f"records {verb}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as bars:
        bar = bars.add_task(verb, total=total)
        yield lambda done: bars.update(bar, completed=done)
