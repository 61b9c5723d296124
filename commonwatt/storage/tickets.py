"""Repair tickets: opened for meters that are silent or implausible, closed when they are well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.registry.kits import Stage
from commonwatt.registry.selftests import BANDS
from commonwatt.registry.tickets import IMPLAUSIBLE, WATCHED, Cause, Watched, find_cause
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from commonwatt.storage.pool import Connection

_SQL = queries("tickets")


@dataclass(frozen=True, slots=True)
class Ticket:
    """Why a meter is to be looked at, and since when."""

    cause: Cause
    opened_utc: datetime


@dataclass(frozen=True, slots=True)
class PlacedTicket:
    """An open ticket with its meter and its workshop."""

    serial: str
    place: str
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class TicketRound:
    """How many tickets one look at all meters opened and closed."""

    opened: int
    closed: int


def look_after_meters(connection: Connection, now_utc: datetime) -> TicketRound:
    """Open, update and close tickets, and set which meters are live and which silent."""
    with database_errors(), connection.transaction():
        causes: dict[int, Cause] = {}
        for meter_id, meter in _watched(connection):
            cause = find_cause(meter, now_utc)
            if cause:
                causes[meter_id] = cause
            _set_stage(connection, meter_id, meter, now_utc)
        opened = sum(_open(connection, meter_id, c, now_utc) for meter_id, c in causes.items())
        over = {"faulty_ids": list(causes), "now_utc": now_utc}
        closed = connection.execute(_SQL["close_tickets"], over).rowcount
    return TicketRound(opened, closed)


def open_tickets(connection: Connection, meter_ids: Iterable[int]) -> dict[int, Ticket]:
    """The open ticket of each of these meters that has one."""
    with database_errors():
        rows = connection.execute(_SQL["open_tickets"], (list(meter_ids),)).fetchall()
    return {meter_id: Ticket(Cause(cause), at_utc) for meter_id, cause, at_utc in rows}


def all_open_tickets(connection: Connection) -> list[PlacedTicket]:
    """Every open ticket, oldest first."""
    with database_errors():
        rows = connection.execute(_SQL["all_open"]).fetchall()
    return [
        PlacedTicket(serial, place, Ticket(Cause(cause), opened_utc))
        for serial, place, cause, opened_utc in rows
    ]


def _watched(connection: Connection) -> list[tuple[int, Watched]]:
    asked = {
        "codes": list(IMPLAUSIBLE),
        "stages": [stage.value for stage in WATCHED],
        "poor_wifi_dbm": BANDS["wifi"].warn_below,
    }
    rows = connection.execute(_SQL["watched"], asked).fetchall()
    return [(meter_id, Watched(Stage(stage), *facts)) for meter_id, stage, *facts in rows]


def _open(connection: Connection, meter_id: int, cause: Cause, now_utc: datetime) -> bool:
    row = {"meter_id": meter_id, "cause": cause.value, "now_utc": now_utc}
    opened = connection.execute(_SQL["open_ticket"], row).fetchone()
    return bool(opened and opened[1])


def _set_stage(connection: Connection, meter_id: int, meter: Watched, now_utc: datetime) -> None:
    wanted = meter.stage_by_signs(now_utc)
    if wanted is not meter.stage:
        row = {"meter_id": meter_id, "stage": wanted.value}
        connection.execute(queries("kits")["set_stage"], row)
