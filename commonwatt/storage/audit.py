"""The audit log: who looked at or changed personal data, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.access import describe
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("audit")


def note(
    connection: Connection,
    viewer: Viewer | None,
    what: str,
    *,
    now_utc: datetime,
    occupancy_id: int | None = None,
    meter_id: int | None = None,
    building_id: int | None = None,
) -> None:
    row = {
        "now_utc": now_utc,
        "viewer": describe(viewer),
        "what": what,
        "occupancy_id": occupancy_id,
        "meter_id": meter_id,
        "building_id": building_id,
    }
    with database_errors():
        connection.execute(_SQL["note"], row)
