"""Meters: what they are, where they hang, when they were last seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.errors import RegistryError
from commonwatt.registry.serials import check_serial
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.pool import Connection

_SQL = queries("meters")
_ZERO_BASED = frozenset({"led", "sim"})


@dataclass(frozen=True, slots=True)
class Meter:
    """A registered meter; `backlog_days` is None for recordings, whose readings may be of any age."""

    meter_id: int
    serial: str
    variant: str
    state: str
    p_max_w: int
    backlog_days: int | None

    @property
    def zero_based(self) -> bool:
        """Whether its register starts at 0 with each log, rather than at the utility's index."""
        return self.variant in _ZERO_BASED


@dataclass(frozen=True, slots=True)
class LastSign:
    """When a meter was last heard, and the last power it told."""

    last_seen_utc: datetime
    online: bool
    power_w: float | None
    power_utc: datetime | None


def add_meter(
    connection: Connection,
    serial: str,
    *,
    variant: str = "sim",
    state: str = "provisioned",
    p_max_w: int = 12_000,
    backlog_days: int | None = 30,
) -> Meter:
    row = {
        "serial": serial,
        "variant": variant,
        "state": state,
        "p_max_w": p_max_w,
        "backlog_days": backlog_days,
    }
    with database_errors():
        added = connection.execute(_SQL["add_meter"], row).fetchone()
    if added is None:
        raise RegistryError(f"meter {serial} was not added")
    return Meter(added[0], serial, variant, state, p_max_w, backlog_days)


def find_meter(connection: Connection, serial: str) -> Meter | None:
    with database_errors():
        row = connection.execute(_SQL["meter_by_serial"], (serial,)).fetchone()
    return Meter(*row) if row else None


def registered_meter(connection: Connection, serial: str) -> Meter:
    """The meter of a serial that somebody typed."""
    meter = find_meter(connection, check_serial(serial))
    if meter is None:
        raise RegistryError(f"there is no meter {serial}")
    return meter


def meter_by_id(connection: Connection, meter_id: int) -> Meter:
    with database_errors():
        row = connection.execute(_SQL["meter_by_id"], (meter_id,)).fetchone()
    if row is None:
        raise RegistryError(f"there is no meter {meter_id}")
    return Meter(*row)


def install(
    connection: Connection,
    meter_id: int,
    dwelling_id: int,
    start_utc: datetime,
    end_utc: datetime | None = None,
) -> None:
    row = {
        "meter_id": meter_id,
        "dwelling_id": dwelling_id,
        "start_utc": start_utc,
        "end_utc": end_utc,
    }
    with database_errors():
        connection.execute(_SQL["install"], row)


def last_sign(connection: Connection, meter_id: int) -> LastSign | None:
    with database_errors():
        row = connection.execute(_SQL["sign_of"], (meter_id,)).fetchone()
    return LastSign(*row) if row else None


def cadence_s(connection: Connection, meter_id: int) -> int | None:
    """How many seconds a reading of this meter usually covers; None before the first one."""
    with database_errors():
        row = connection.execute(_SQL["cadence"], {"meter_id": meter_id}).fetchone()
    return row[0] if row else None
