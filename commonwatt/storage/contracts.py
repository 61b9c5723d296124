"""Contracts of households, entered and corrected without forgetting, and the colours of Tempo."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from commonwatt.access import HouseholdMember, occupancy_of
from commonwatt.core.tariff import (
    Contract,
    ContractHistory,
    OffPeakWindows,
    Option,
    Season,
    Window,
)
from commonwatt.core.tempo import Colour, TempoColours
from commonwatt.errors import RegistryError
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("contracts")


def enter_contract(
    connection: Connection, occupancy_id: int, contract: Contract, entered_utc: datetime
) -> None:
    """Enter a contract; one with the same first day is withdrawn, which restates the past.

    A contract that overlaps another one is refused with a TariffError, and nothing changes.
    """
    row = {
        "occupancy_id": occupancy_id,
        "valid_from": contract.valid_from,
        "valid_to": contract.valid_to,
        "offer": contract.offer,
        "option": contract.option,
        "subscribed_kva": contract.subscribed_kva,
        "off_peak": Jsonb([_written(windows) for windows in contract.off_peak]),
        "at_utc": entered_utc,
    }
    with database_errors(), connection.transaction():
        connection.execute(_SQL["lock_contracts"], row)
        connection.execute(_SQL["withdraw_contract"], row)
        connection.execute(_SQL["enter_contract"], row)
        load_contracts(connection, HouseholdMember(occupancy_id))


def withdraw_contract(
    connection: Connection, occupancy_id: int, valid_from: date, withdrawn_utc: datetime
) -> None:
    """Take back a contract that was entered by mistake; what was believed until now is kept."""
    row = {"occupancy_id": occupancy_id, "valid_from": valid_from, "at_utc": withdrawn_utc}
    with database_errors():
        if not connection.execute(_SQL["withdraw_contract"], row).rowcount:
            raise RegistryError(f"household {occupancy_id} has no contract from {valid_from}")


def load_contracts(
    connection: Connection, viewer: Viewer | None, known_utc: datetime | None = None
) -> ContractHistory:
    """The contracts of the viewer's household, as they are or as they were known at an instant."""
    asked = {"occupancy_id": occupancy_of(viewer), "known_utc": known_utc}
    with database_errors():
        rows = connection.execute(_SQL["contracts_of"], asked).fetchall()
    return ContractHistory(tuple(_contract(*row) for row in rows))


def save_colours(connection: Connection, colours: TempoColours, source: str) -> None:
    """Keep the colours of Tempo days; what is said last of a day stands."""
    row = {
        "days": list(colours.by_day),
        "colours": [str(colour) for colour in colours.by_day.values()],
        "source": source,
    }
    with database_errors():
        connection.execute(_SQL["save_colours"], row)


def load_colours(connection: Connection, first_day: date, last_day: date) -> TempoColours:
    """The known colours of a stretch of Tempo days, the last one included."""
    days = {"first_day": first_day, "last_day": last_day}
    with database_errors():
        rows = connection.execute(_SQL["colours_between"], days)
        return TempoColours({day: Colour(colour) for day, colour in rows})


def _contract(
    valid_from: date,
    option: str,
    subscribed_kva: int,
    off_peak: list[dict[str, Any]],
    valid_to: date | None,
    offer: str,
) -> Contract:
    return Contract(
        valid_from=valid_from,
        option=Option(option),
        subscribed_kva=subscribed_kva,
        off_peak=tuple(_windows(told) for told in off_peak),
        valid_to=valid_to,
        offer=offer,
    )


def _written(windows: OffPeakWindows) -> dict[str, Any]:
    return {
        "valid_from": windows.valid_from.isoformat(),
        "seasons": [
            {
                "first_month": season.first_month,
                "first_day": season.first_day,
                "windows": [[each.start_minute, each.end_minute] for each in season.windows],
            }
            for season in windows.seasons
        ],
    }


def _windows(told: dict[str, Any]) -> OffPeakWindows:
    seasons = tuple(
        Season(
            season["first_month"],
            season["first_day"],
            tuple(Window(start, end) for start, end in season["windows"]),
        )
        for season in told["seasons"]
    )
    return OffPeakWindows(date.fromisoformat(told["valid_from"]), seasons)
