"""Takes data away: one household's on its wish, everybody's when its time is over, and for good."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from commonwatt.access import member_of
from commonwatt.errors import AccessError
from commonwatt.model import ZONE, whole_half_hour
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("removal")
_HALF_HOUR = timedelta(minutes=30)
_OF_A_STAY = (
    "delete_readings",
    "delete_half_hours",
    "delete_days",
    "restore_edge_days",
    "delete_marks",
    "delete_refused",
    "forget_power",
    "seal",
)
_OF_A_HOUSEHOLD = (
    "delete_contracts",
    "delete_typed",
    "delete_budget",
    "delete_alert_choices",
    "delete_alerts",
    "delete_profile",
    "delete_places",
    "delete_links",
    "delete_pin",
    "end_listening",
    "cut_person",
)
_OF_DOORS = ("retain_sessions", "retain_tries", "retain_visits")
_REWRITE = ("rewrite", "rewrite_statistics", "checkpoint", "switch_log", "checkpoint")


@dataclass(frozen=True, slots=True)
class Erasure:
    """A household that was erased: the mark its data bore, and when."""

    person: UUID
    erased_utc: datetime


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how many days each tier is kept; None in a household's own means as the service does."""

    raw_days: int | None = 30
    half_hours_days: int | None = 396
    days_days: int | None = 1096


SERVICE_KEEPS = Keeping()


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows of each tier were removed, and how many chunks went whole."""

    chunks: int
    readings: int
    half_hours: int
    days: int


def person_of(connection: Connection, viewer: Viewer | None) -> UUID:
    """The mark that the household's data bear; the list of erasures names nothing else."""
    with database_errors():
        row = connection.execute(_SQL["person_of"], {"occupancy_id": member_of(viewer)}).fetchone()
    if row is None:
        raise AccessError
    return UUID(str(row[0]))


def erase_person(connection: Connection, erasure: Erasure) -> bool:
    """Remove one household; whether the database knew it still."""
    with database_errors(), connection.transaction():
        connection.execute(_SQL["lock_rollups_for_good"])
        connection.execute(
            _SQL["enter_erasure"], {"person": erasure.person, "now_utc": erasure.erased_utc}
        )
        row = connection.execute(_SQL["occupancy_of_person"], (erasure.person,)).fetchone()
        if row:
            _erase(connection, row[0], erasure.erased_utc)
    return row is not None


def _erase(connection: Connection, occupancy_id: int, erased_utc: datetime) -> None:
    asked = {
        "occupancy_id": occupancy_id,
        "end_utc": _next_half_hour(erased_utc),
        "now_utc": erased_utc,
    }
    connection.execute(_SQL["close_occupancy"], asked)
    _empty_stays(connection, occupancy_id)
    for name in _OF_A_HOUSEHOLD:
        connection.execute(_SQL[name], asked)


def _empty_stays(connection: Connection, occupancy_id: int) -> None:
    stays = connection.execute(_SQL["stays_of"], {"occupancy_id": occupancy_id}).fetchall()
    for meter_id, start_utc, end_utc in stays:
        stretch = {
            "meter_id": meter_id,
            "start_utc": start_utc,
            "end_utc": end_utc,
            "zone": ZONE,
        }
        for name in _OF_A_STAY:
            connection.execute(_SQL[name], stretch)


def _next_half_hour(at_utc: datetime) -> datetime:
    whole = whole_half_hour(at_utc)
    return whole if whole == at_utc else whole + _HALF_HOUR


def rewrite_tables(connection: Connection) -> None:
    """Write tables, statistics and log anew, so that nothing removed is left on the disk."""
    with database_errors():
        for name in _REWRITE:
            connection.execute(_SQL[name])


def keep_shorter(connection: Connection, viewer: Viewer | None, keeping: Keeping) -> None:
    """Note how long a household wants its data kept; the next retention holds to it."""
    wanted = {field.name: getattr(keeping, field.name) for field in fields(keeping)}
    with database_errors():
        connection.execute(_SQL["keep_shorter"], {**wanted, "occupancy_id": member_of(viewer)})


def remove_old(
    connection: Connection, now_utc: datetime, keeping: Keeping = SERVICE_KEEPS
) -> Removed:
    """Remove what is older than it is kept; what arrived late for an erased household, too."""
    raw_utc = _midnight(now_utc, keeping.raw_days)
    with database_errors(), connection.transaction():
        connection.execute(_SQL["lock_rollups_for_good"])
        connection.execute(_SQL["seal_before"], {"end_utc": raw_utc + _HALF_HOUR})
        chunks = _drop_chunks(connection, raw_utc)
        readings = _run(connection, "retain_readings", end_utc=raw_utc)
        half_hours = _run(
            connection, "retain_half_hours", end_utc=_midnight(now_utc, keeping.half_hours_days)
        )
        last_day = _midnight(now_utc, keeping.days_days).astimezone(ZoneInfo(ZONE)).date()
        days = _run(connection, "retain_days", day=last_day)
        _run(connection, "retain_refused", end_utc=raw_utc)
        for name in _OF_DOORS:
            _run(connection, name, now_utc=now_utc)
        _remove_sooner(connection, now_utc)
        for (occupancy_id,) in connection.execute(_SQL["erased_occupancies"]).fetchall():
            _empty_stays(connection, occupancy_id)
    return Removed(chunks, readings, half_hours, days)


def _remove_sooner(connection: Connection, now_utc: datetime) -> None:
    """Remove what single households want kept for a shorter time than the service keeps."""
    for meter_id, start_utc, end_utc, *kept in connection.execute(
        _SQL["shorter_keeping"]
    ).fetchall():
        raw_utc, half_hours_utc, days_utc = (
            _cut(start_utc, end_utc, now_utc, days) for days in kept
        )
        stay = {"meter_id": meter_id, "start_utc": start_utc, "zone": ZONE}
        if raw_utc > start_utc:
            sealed_utc = raw_utc if raw_utc == end_utc else raw_utc + _HALF_HOUR
            _run(connection, "seal", **stay, end_utc=sealed_utc)
            _run(connection, "delete_readings", **stay, end_utc=raw_utc)
        if half_hours_utc > start_utc:
            _run(connection, "delete_half_hours", **stay, end_utc=half_hours_utc)
        if days_utc > start_utc:
            _run(connection, "delete_days", **stay, end_utc=days_utc)


def _cut(
    start_utc: datetime, end_utc: datetime | None, now_utc: datetime, days: int | None
) -> datetime:
    """Up to when a stay's data go; its start if all of them are kept."""
    if days is None:
        return start_utc
    limit_utc = _midnight(now_utc, days)
    return min(limit_utc, end_utc) if end_utc else limit_utc


def _midnight(now_utc: datetime, days: int | None) -> datetime:
    """The local midnight before which everything is at least some days old."""
    zone = ZoneInfo(ZONE)
    day = now_utc.astimezone(zone).date() - timedelta(days=days or 0)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _drop_chunks(connection: Connection, end_utc: datetime) -> int:
    if connection.execute(_SQL["has_timescale"]).fetchone() != (True,):
        return 0
    chunks = connection.execute(_SQL["whole_chunks"], {"end_utc": end_utc}).fetchall()
    for start_utc, chunk_end_utc in chunks:
        _run(connection, "drop_chunk", start_utc=start_utc, end_utc=chunk_end_utc)
    return len(chunks)


def _run(connection: Connection, name: str, **asked: Any) -> int:
    return connection.execute(_SQL[name], asked).rowcount
