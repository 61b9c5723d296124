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

VISITS = ("consent", "energy", "live", "pin", "quarantine", "sheet", "takeout")
"""What can be seen of a household, for the list of who looked; the words are in the catalogues."""


def note_quarantine(
    connection: Connection, viewer: Viewer | None, limit: int, now_utc: datetime
) -> None:
    """Note for each household that the newest refused messages of its meters were looked at."""
    asked = {"viewer": describe(viewer), "limit": limit, "now_utc": now_utc}
    with database_errors():
        connection.execute(_SQL["note_quarantine"], asked)


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
