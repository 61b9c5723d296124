"""A household's half-hours, readings and visitors, a page at a time, and the passes of its guests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from commonwatt.access import Audience, member_of, occupancy_of
from commonwatt.storage import consents, links
from commonwatt.storage.consents import PAPER, ConsentText, Purpose
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("listing")
PASS_DAYS = 7


@dataclass(frozen=True, slots=True)
class HalfHour:
    """A stored half-hour, by how its energy is known."""

    start_utc: datetime
    register_wh: float
    power_wh: float
    estimated_wh: float
    covered_s: float


@dataclass(frozen=True, slots=True)
class ListedReading:
    """A reading as it came; its instant, log and number are its place in the list."""

    end_utc: datetime
    log: int
    n: int
    duration_s: int
    register_wh: float | None
    power_w: float | None


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody looked at something of a household."""

    at_utc: datetime
    viewer: str
    what: str


Place = tuple[datetime, int, int]


def list_half_hours(
    connection: Connection, viewer: Viewer | None, after_utc: datetime | None, limit: int
) -> list[HalfHour]:
    asked = {"occupancy_id": occupancy_of(viewer), "after_utc": after_utc, "limit": limit}
    with database_errors():
        return [HalfHour(*row) for row in connection.execute(_SQL["next_half_hours"], asked)]


def list_readings(
    connection: Connection, viewer: Viewer | None, after: Place | None, limit: int
) -> list[ListedReading]:
    after_utc, log, n = after or (None, None, None)
    asked = {
        "occupancy_id": occupancy_of(viewer),
        "after_utc": after_utc,
        "log": log,
        "n": n,
        "limit": limit,
    }
    with database_errors():
        return [ListedReading(*row) for row in connection.execute(_SQL["next_readings"], asked)]


def who_looked(connection: Connection, viewer: Viewer | None, limit: int = 200) -> list[Visit]:
    asked = {"occupancy_id": member_of(viewer), "limit": limit}
    with database_errors():
        return [Visit(*row) for row in connection.execute(_SQL["who_looked"], asked)]


def lend_pass(
    connection: Connection, viewer: Viewer | None, now_utc: datetime, text: ConsentText = PAPER
) -> str:
    """A token that lets a coach read the household's energy for a week; lending it is the consent."""
    occupancy_id = member_of(viewer)
    with database_errors(), connection.transaction():
        consents.give_consent(connection, occupancy_id, now_utc, Purpose.COACH, text)
        until_utc = now_utc + timedelta(days=PASS_DAYS)
        return links.make_link(connection, Audience.GUEST, occupancy_id, now_utc, until_utc)


def end_passes(connection: Connection, viewer: Viewer | None, now_utc: datetime) -> None:
    """Let no coach in any more."""
    occupancy_id = member_of(viewer)
    asked = {"occupancy_id": occupancy_id, "now_utc": now_utc}
    with database_errors(), connection.transaction():
        connection.execute(_SQL["end_passes"], asked)
        consents.withdraw_consent(connection, occupancy_id, now_utc, Purpose.COACH)


def place(told: tuple[float, int, int]) -> Place:
    """A place in the list of readings, from its seconds, log and number."""
    end_s, log, n = told
    return datetime.fromtimestamp(end_s, UTC), log, n
