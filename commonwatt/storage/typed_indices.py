"""What a household read off its supplier's own meter, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import member_of
from commonwatt.errors import IndexRefusedError
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("typed_indices")


@dataclass(frozen=True, slots=True)
class TypedIndex:
    """The supplier's meter at an instant, as a person read it."""

    at_utc: datetime
    index_wh: float


def type_index(
    connection: Connection, viewer: Viewer | None, typed: TypedIndex, now_utc: datetime
) -> None:
    """Keep a typed index; it may neither lie ahead nor run backwards."""
    occupancy_id = member_of(viewer)
    if typed.at_utc > now_utc:
        raise IndexRefusedError("ahead")
    for other in load_typed(connection, viewer):
        if (other.at_utc < typed.at_utc and other.index_wh > typed.index_wh) or (
            other.at_utc > typed.at_utc and other.index_wh < typed.index_wh
        ):
            raise IndexRefusedError("backwards")
    row = {
        "occupancy_id": occupancy_id,
        "at_utc": typed.at_utc,
        "index_wh": typed.index_wh,
        "now_utc": now_utc,
    }
    with database_errors():
        connection.execute(_SQL["type_index"], row)


def load_typed(connection: Connection, viewer: Viewer | None) -> list[TypedIndex]:
    with database_errors():
        rows = connection.execute(_SQL["typed"], (member_of(viewer),)).fetchall()
    return [TypedIndex(*row) for row in rows]
