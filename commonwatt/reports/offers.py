"""What a year would have cost with other contracts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from commonwatt.catalogue.prices import shipped_prices
from commonwatt.core.rates import find_holes
from commonwatt.core.tariff import Contract, ContractHistory, OffPeakWindows, Option
from commonwatt.model import ZONE, Period
from commonwatt.reports.cost import compare_contracts, hole_finding, load_tariff
from commonwatt.storage import contracts

if TYPE_CHECKING:
    from datetime import date

    from commonwatt.access import Viewer
    from commonwatt.core.price_lists import PriceBook
    from commonwatt.model import Finding
    from commonwatt.storage.pool import Connection

LEAST_DAYS = 28
USUAL_NIGHT = (22 * 60 + 30, 6 * 60 + 30)
"""Off-peak hours where the household has told none of its own, in minutes of the day."""


@dataclass(frozen=True, slots=True)
class PricedOffer:
    """What a household paid over a period, and what it would have paid."""

    period: Period
    own_eur: float
    other_eur: float

    @property
    def difference_eur(self) -> float:
        return self.other_eur - self.own_eur


@dataclass(frozen=True, slots=True)
class Offer:
    """Another contract, priced over the part of the year for which it can be; None if too little.

    `is_usual_night` says that its off-peak hours are assumed; `findings` say what lacks.
    """

    option: Option
    priced: PricedOffer | None
    is_usual_night: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class OffersReport:
    """The household's own contract of today, and the others."""

    own: Option
    subscribed_kva: int
    offers: tuple[Offer, ...]


def load_offers(
    connection: Connection,
    viewer: Viewer | None,
    now_utc: datetime,
    prices: PriceBook | None = None,
) -> OffersReport | None:
    """Price up to a year of whole days with each other option; None without a contract of today."""
    today = now_utc.astimezone(ZoneInfo(ZONE)).date()
    own = contracts.load_contracts(connection, viewer).find(today)
    if own is None:
        return None
    first = max(today - timedelta(days=365), own.valid_from)
    offers = [
        _price(connection, viewer, now_utc, _Other(own, option, first, today), prices)
        for option in Option
        if option is not own.option
    ]
    return OffersReport(own.option, own.subscribed_kva, tuple(offers))


@dataclass(frozen=True, slots=True)
class _Other:
    """Another option of a contract between two days; without hours of its own, with the usual ones."""

    own: Contract
    option: Option
    first: date
    end: date

    @property
    def is_usual_night(self) -> bool:
        return self.option is Option.OFF_PEAK and not self.own.off_peak

    @property
    def contract(self) -> Contract:
        hours = self.own.off_peak if self.option is Option.OFF_PEAK else ()
        if self.is_usual_night:
            hours = (OffPeakWindows.all_year(self.first, USUAL_NIGHT),)
        return replace(
            self.own, option=self.option, valid_from=self.first, valid_to=None, off_peak=hours
        )


def _price(
    connection: Connection,
    viewer: Viewer | None,
    now_utc: datetime,
    other: _Other,
    prices: PriceBook | None,
) -> Offer:
    """Compare over the last days for which both can be priced."""
    first, lacking = _priceable(connection, other, prices or shipped_prices())
    if (other.end - first).days < LEAST_DAYS:
        return Offer(other.option, None, other.is_usual_night, lacking)
    period = _days(first, other.end)
    compared = compare_contracts(connection, viewer, period, now_utc, other.contract, prices)
    own, changed = compared.actual, compared.other
    priced: PricedOffer | None = None
    if own.period and own.total_eur is not None and changed.total_eur is not None:
        priced = PricedOffer(own.period, own.total_eur, changed.total_eur)
    return Offer(other.option, priced, other.is_usual_night, (*own.findings, *changed.findings))


def _priceable(
    connection: Connection, other: _Other, prices: PriceBook
) -> tuple[date, tuple[Finding, ...]]:
    """The day after the last one that lacks a price or a colour, and what lacks before it."""
    if other.first >= other.end:
        return other.end, ()
    period = _days(other.first, other.end)
    tariff = load_tariff(connection, period, ContractHistory((other.contract,)), prices)
    holes = find_holes(tariff, period.start_s, period.end_s)
    after = max((hole.last_day + timedelta(days=1) for hole in holes), default=other.first)
    return after, tuple(hole_finding(hole) for hole in holes)


def _days(first: date, end: date) -> Period:
    return Period(*(datetime.combine(day, time.min, ZoneInfo(ZONE)) for day in (first, end)))
