"""What a home uses when nobody asks anything of it, and what that costs in a year."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from commonwatt.model import ZONE, Period
from commonwatt.reports.cost import load_cost
from commonwatt.reports.energy import load_total
from commonwatt.reports.household import LivePower, load_live_power
from commonwatt.reports.savings import load_always_on

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.core.always_on import AlwaysOn
    from commonwatt.core.price_lists import PriceBook
    from commonwatt.storage.pool import Connection

HOURS_A_YEAR = 8766.0
_LAST = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class AlwaysOnReport:
    """The always-on load, None while no night is known, and what it is of all that is used.

    `share` is that of the last four weeks' energy; `eur_a_watt_year` is what a watt that is always on
    costs in a year at the mean price of those weeks. Both are None where they are not known.
    """

    now_utc: datetime
    live: LivePower | None
    load: AlwaysOn | None
    share: float | None
    eur_a_watt_year: float | None

    @property
    def year_eur(self) -> float | None:
        if self.load is None or self.eur_a_watt_year is None:
            return None
        return self.load.power_w * self.eur_a_watt_year


def load_always_on_report(
    connection: Connection,
    viewer: Viewer | None,
    now_utc: datetime,
    prices: PriceBook | None = None,
) -> AlwaysOnReport:
    weeks = Period(now_utc - _LAST, now_utc)
    today = now_utc.astimezone(ZoneInfo(ZONE)).date()
    load = load_always_on(connection, viewer, today, now_utc)
    total = load_total(connection, viewer, weeks, now_utc)
    cost = load_cost(connection, viewer, weeks, now_utc, prices)
    known = load if not math.isnan(load.power_w) else None
    used_w = _mean_w(total.kwh, total.coverage)
    return AlwaysOnReport(
        now_utc=now_utc,
        live=load_live_power(connection, viewer),
        load=known,
        share=min(known.power_w / used_w, 1.0) if known and used_w else None,
        eur_a_watt_year=_eur_a_watt_year(cost.energy_eur, sum(r.energy_kwh for r in cost.rates)),
    )


def _mean_w(kwh: float | None, coverage: float) -> float | None:
    """The mean power of the time that was measured."""
    if kwh is None or coverage <= 0:
        return None
    return kwh * 1000 / (_LAST.total_seconds() / 3600 * coverage)


def _eur_a_watt_year(energy_eur: float | None, kwh: float) -> float | None:
    return energy_eur / kwh * HOURS_A_YEAR / 1000 if energy_eur is not None and kwh else None
