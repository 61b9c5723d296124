"""What has to be done once a day, in order; one chore that fails leaves the others to be done."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from commonwatt import rollups
from commonwatt.building_savings import refresh_savings
from commonwatt.comparing import compare_due
from commonwatt.errors import CommonwattError
from commonwatt.model import ZONE
from commonwatt.releases import release_due
from commonwatt.storage.pool import connect
from commonwatt.storage.removal import remove_old
from commonwatt.watching import watch_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonwatt.engines import Engine
    from commonwatt.storage.pool import Connection

log = logging.getLogger(__name__)


def do_chores(database_url: str, engine: Engine, now_utc: datetime) -> dict[str, int | None]:
    """Do all of them; how much each did, None for one that failed.

    Months are released before anything is removed, and alerts are last: they are for today.
    """

    def on_one(chore: Callable[[Connection, datetime], int]) -> Callable[[], int]:
        def done() -> int:
            with connect(database_url) as connection:
                rollups.settle(connection)
                return chore(connection, now_utc)

        return done

    chores: dict[str, Callable[[], int]] = {
        "months decided": on_one(release_due),
        "savings decided": on_one(refresh_savings),
        "homes compared": on_one(compare_due),
        "old readings removed": on_one(_remove_old),
        "alerts": lambda: watch_on(engine, database_url, now_utc),
    }
    return {name: _try(name, chore) for name, chore in chores.items()}


def _remove_old(connection: Connection, now_utc: datetime) -> int:
    return remove_old(connection, now_utc).readings


def _try(name: str, chore: Callable[[], int]) -> int | None:
    try:
        return chore()
    except CommonwattError as error:
        log.error("%s: %s", name, error)  # noqa: TRY400 - the sentence says it, a traceback does not
        return None


def next_morning(now_utc: datetime, hour: int) -> datetime:
    """The next time that clocks at the homes show this hour."""
    local = now_utc.astimezone(ZoneInfo(ZONE))
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today > local else (today + timedelta(days=1))
