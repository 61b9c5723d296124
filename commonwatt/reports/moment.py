"""What holds at this moment: the rate, until when, and how far the power is from its limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from commonwatt.catalogue.prices import shipped_prices
from commonwatt.core.rates import find_holes, rate_timeline
from commonwatt.model import ZONE, Period
from commonwatt.reports.cost import load_tariff
from commonwatt.storage import contracts

if TYPE_CHECKING:
    from commonwatt.access import Viewer
    from commonwatt.core.price_lists import PriceBook
    from commonwatt.core.rates import RateTimeline, Tariff
    from commonwatt.core.tariff import Rate
    from commonwatt.reports.household import LivePower
    from commonwatt.storage.pool import Connection

LOOK_AHEAD = tuple(timedelta(hours=hours) for hours in (24, 12, 6, 1, 0.01))
"""How far ahead the rates are asked for: the longest for which the colours are known."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The rate of now and what is left below the subscribed power.

    `until_utc` is None where the rate is not known to change within a day. `margin_w` is what may at
    most be switched on besides: a breaker counts volt-amperes, which are never fewer than the watts.
    It is None unless the power is fresh, negative where the power is above the subscribed one.
    """

    rate: Rate
    price_eur_per_kwh: float
    until_utc: datetime | None
    subscribed_kva: int
    margin_w: float | None

    @property
    def limit_w(self) -> float:
        return self.subscribed_kva * 1000.0


def load_moment(
    connection: Connection,
    viewer: Viewer | None,
    live: LivePower | None,
    now_utc: datetime,
    prices: PriceBook | None = None,
) -> Moment | None:
    """Price this moment; None without a contract of today or without prices for it."""
    history = contracts.load_contracts(connection, viewer)
    contract = history.find(now_utc.astimezone(ZoneInfo(ZONE)).date())
    if contract is None:
        return None
    day = Period(now_utc, now_utc + LOOK_AHEAD[0])
    timeline = _rates_ahead(load_tariff(connection, day, history, prices or shipped_prices()), day)
    if timeline is None:
        return None
    fresh_w = live.power_w if live is not None and live.is_fresh(now_utc) else None
    return Moment(
        rate=timeline.rates[0],
        price_eur_per_kwh=float(timeline.price_eur_per_kwh[0]),
        until_utc=_first_change(timeline),
        subscribed_kva=contract.subscribed_kva,
        margin_w=None if fresh_w is None else contract.subscribed_kva * 1000.0 - fresh_w,
    )


def _rates_ahead(tariff: Tariff, day: Period) -> RateTimeline | None:
    """The rates of as much of the next day as is known."""
    for ahead in LOOK_AHEAD:
        end_s = day.start_s + ahead.total_seconds()
        if not find_holes(tariff, day.start_s, end_s):
            return rate_timeline(tariff, day.start_s, end_s)
    return None


def _first_change(timeline: RateTimeline) -> datetime | None:
    for rate, start_s in zip(timeline.rates, timeline.edges_s, strict=False):
        if rate is not timeline.rates[0]:
            return datetime.fromtimestamp(float(start_s), UTC)
    return None
