"""Compares homes that resemble each other, a month at a time and each month once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.core.similar import compare_home
from commonwatt.model import ZONE
from commonwatt.releases import LEAST_COVERAGE, SETTLED_AFTER, month_period
from commonwatt.storage import similar_homes
from commonwatt.storage.pool import database_errors
from commonwatt.storage.similar_homes import SimilarPlace

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection
    from commonwatt.storage.similar_homes import ProfiledMonth


def compare_due(connection: Connection, now_utc: datetime) -> int:
    """Compare the homes of the last month whose late readings are in; return how many found a place."""
    settled = (now_utc - SETTLED_AFTER).astimezone(ZoneInfo(ZONE)).date()
    after = settled.replace(day=1)
    month = (after - timedelta(days=1)).replace(day=1)
    with database_errors(), connection.transaction():
        if not similar_homes.begin_comparison(connection, month):
            return 0
        similar_homes.close_month(connection, month, now_utc)
        homes = similar_homes.home_months(connection, month, after, month_period(month))
        places = _place_all(homes, month)
        for occupancy_id, place in places.items():
            similar_homes.keep_place(connection, occupancy_id, place)
    return len(places)


def _place_all(homes: list[ProfiledMonth], month: date) -> dict[int, SimilarPlace]:
    """The place of each home that was measured well enough and has enough like it."""
    least_s = LEAST_COVERAGE * month_period(month).length_s
    energy_kwh = np.array([home.kwh if home.covered_s >= least_s else np.nan for home in homes])
    strata = [home.profile.stratum for home in homes]
    places: dict[int, SimilarPlace] = {}
    for number, home in enumerate(homes):
        found = compare_home(number, energy_kwh, strata)
        if found is not None:
            places[home.occupancy_id] = SimilarPlace(
                month, home.kwh, found.median_kwh, found.best_kwh, found.percentile, found.homes
            )
    return places
