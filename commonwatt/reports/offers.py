"""What a year would have cost with other contracts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from commonwatt.core.tariff import Contract, OffPeakWindows, Option
from commonwatt.model import ZONE, Period
from commonwatt.reports.cost import HouseholdCost, compare_contracts, load_cost
from commonwatt.storage import contracts

if TYPE_CHECKING:
    from datetime import date

    from commonwatt.access import Viewer
    from commonwatt.core.price_lists import PriceBook
    from commonwatt.storage.pool import Connection

USUAL_NIGHT = (22 * 60 + 30, 6 * 60 + 30)
"""Off-peak hours where the household has told none of its own, in minutes of the day."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Another contract; `difference_eur` is what it would have cost more, None if that is not known.

    `is_usual_night` says that its off-peak hours are assumed.
    """

    option: Option
    cost: HouseholdCost
    difference_eur: float | None
    is_usual_night: bool


@dataclass(frozen=True, slots=True)
class OffersReport:
    """The household's own contract over `period`, and the others; None without a contract of today."""

    period: Period
    own: Option
    subscribed_kva: int
    cost: HouseholdCost
    offers: tuple[Offer, ...]


def load_offers(
    connection: Connection,
    viewer: Viewer | None,
    now_utc: datetime,
    prices: PriceBook | None = None,
) -> OffersReport | None:
    """Price up to a year of whole days, since the contract of today holds, with each other option."""
    today = now_utc.astimezone(ZoneInfo(ZONE)).date()
    own = contracts.load_contracts(connection, viewer).find(today)
    if own is None:
        return None
    first = max(today - timedelta(days=365), own.valid_from)
    if first >= today:
        return None
    period = Period(*(datetime.combine(day, time.min, ZoneInfo(ZONE)) for day in (first, today)))
    cost = load_cost(connection, viewer, period, now_utc, prices)
    offers = []
    for option in Option:
        if option is own.option:
            continue
        other, is_usual_night = _with_option(own, option, first)
        compared = compare_contracts(connection, viewer, period, now_utc, other, prices)
        offers.append(Offer(option, compared.other, compared.difference_eur, is_usual_night))
    return OffersReport(period, own.option, own.subscribed_kva, cost, tuple(offers))


def _with_option(own: Contract, option: Option, first: date) -> tuple[Contract, bool]:
    """The contract of another option, and whether its off-peak hours are assumed."""
    hours = own.off_peak if option is Option.OFF_PEAK else ()
    is_usual_night = option is Option.OFF_PEAK and not hours
    if is_usual_night:
        hours = (OffPeakWindows.all_year(first, USUAL_NIGHT),)
    changed = replace(own, valid_from=first, valid_to=None, option=option, off_peak=hours)
    return changed, is_usual_night
