"""What households want to spend on electricity in a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.access import member_of, occupancy_of
from commonwatt.errors import InputError
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

LEAST_EUR, MOST_EUR = 1.0, 10_000.0
_SQL = queries("budgets")


def set_budget(
    connection: Connection, viewer: Viewer | None, month_eur: float | None, now_utc: datetime
) -> None:
    """Keep what the viewer's household wants to spend in a month; None ends that."""
    occupancy_id = member_of(viewer)
    if month_eur is not None and not LEAST_EUR <= month_eur <= MOST_EUR:
        raise InputError(f"a budget of {LEAST_EUR:g} to {MOST_EUR:g} euros a month was expected")
    with database_errors():
        if month_eur is None:
            connection.execute(_SQL["drop_budget"], (occupancy_id,))
            return
        row = {"occupancy_id": occupancy_id, "month_eur": month_eur, "now_utc": now_utc}
        connection.execute(_SQL["set_budget"], row)


def load_budget(connection: Connection, viewer: Viewer | None) -> float | None:
    with database_errors():
        row = connection.execute(_SQL["budget_of"], (occupancy_of(viewer),)).fetchone()
    return row[0] if row else None
