"""Writes a landlord's list of dwellings, the whole of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.registry.dwelling_lists import RowFault, read_dwelling_list
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from commonwatt.registry.dwelling_lists import ListedDwelling
    from commonwatt.storage.pool import Connection

_SQL = queries("dwellings")


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """How many dwellings were added; none if there is any fault."""

    added: int
    faults: tuple[RowFault, ...]


def import_dwellings(connection: Connection, content: bytes) -> ImportOutcome:
    """Add the dwellings of a list; one that is already registered is a fault."""
    listed = read_dwelling_list(content)
    with database_errors(), connection.transaction():
        connection.execute(_SQL["lock_dwellings"])
        known = set(connection.execute(_SQL["known_dwellings"]))
        there = tuple(
            RowFault(line, "dwelling", "already_registered", row.dwelling)
            for line, row in listed.rows.items()
            if (row.building, row.stairwell, row.dwelling) in known
        )
        faults = tuple(sorted((*listed.faults, *there), key=lambda fault: fault.line))
        if faults:
            return ImportOutcome(0, faults)
        _write(connection, list(listed.rows.values()))
    return ImportOutcome(len(listed.rows), ())


def _write(connection: Connection, rows: list[ListedDwelling]) -> None:
    names = {
        "buildings": [row.building for row in rows],
        "stairwells": [row.stairwell for row in rows],
        "labels": [row.dwelling for row in rows],
    }
    connection.execute(_SQL["add_buildings"], names)
    connection.execute(_SQL["add_dwellings"], names)
