"""Which rate holds when: contracts, prices and colours laid along the local clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.core.calendar import local_day_edges_s
from commonwatt.core.tariff import Option, Rate
from commonwatt.core.tempo import (
    DAY_STARTS_MINUTE,
    PEAK_ENDS_MINUTE,
    TempoColours,
    tempo_rate,
)
from commonwatt.errors import PeriodError
from commonwatt.model import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from commonwatt.core.price_lists import PriceBook, PriceList
    from commonwatt.core.tariff import Contract, ContractHistory

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Tariff:
    """All that a price depends on but the energy.

    Parameters
    ----------
    contracts : ContractHistory
        What was agreed, and when.
    prices : PriceBook
        What each option cost, and when.
    colours : TempoColours
        The colours of days; only the option tempo asks for them.
    zone : str
        Name of the time zone whose clock the contracts go by.
    """

    contracts: ContractHistory
    prices: PriceBook
    colours: TempoColours = field(default_factory=TempoColours)
    zone: str = ZONE


@dataclass(frozen=True, slots=True, eq=False)
class RateTimeline:
    """Which rate holds when, over a stretch without a hole.

    Parameters
    ----------
    edges_s : (m + 1,) float64
        Edges of the stretches of one rate and price, seconds since 1970-01-01T00:00Z. [s]
    rates : tuple of m Rate
        The rate of each stretch.
    price_eur_per_kwh : (m,) float64
        Its price, taxes included. [EUR/kWh]
    turns_s : (k,) float64
        Every instant of the local days touched at which the rate or its price may turn, whether or
        not it lies in the stretch: energy known only across such an instant is known in amount and
        not in timing. [s]
    price_lists : tuple of str
        Names of the price lists used, sorted.
    """

    edges_s: NDArray[np.float64]
    rates: tuple[Rate, ...]
    price_eur_per_kwh: NDArray[np.float64]
    turns_s: NDArray[np.float64]
    price_lists: tuple[str, ...]


class HoleKind(StrEnum):
    """What lacks so that a day can be priced."""

    CONTRACT = "contract"
    PRICES = "prices"
    COLOUR = "colour"


@dataclass(frozen=True, slots=True)
class TariffHole:
    """What lacks of one kind in a stretch.

    Parameters
    ----------
    kind : HoleKind
        A contract, the prices of a contract, or the colour of a Tempo day.
    first_day, last_day : date
        The first and the last local day, or Tempo day, that lacks it.
    days : int
        How many days lack it.
    """

    kind: HoleKind
    first_day: date
    last_day: date
    days: int


class _Stretch(NamedTuple):
    """A stretch of one local day in which nothing turns."""

    start_s: float
    contract: Contract
    prices: PriceList
    off_peak: bool
    tempo_day: date | None

    @property
    def key(self) -> tuple[object, ...]:
        kva = self.contract.subscribed_kva
        return (self.prices.name, kva, self.off_peak, self.tempo_day)


def rate_timeline(tariff: Tariff, start_s: float, end_s: float) -> RateTimeline:
    """Say which rate holds when.

    Parameters
    ----------
    tariff : Tariff
        Contracts, prices and colours.
    start_s, end_s : float
        The stretch, seconds since 1970-01-01T00:00Z. [s]

    Returns
    -------
    RateTimeline
        Its rates.

    Raises
    ------
    PeriodError
        If the stretch ends before it begins, or is not finite.
    TariffError
        If a day of it has no contract, no price list, or no prices for the subscribed power, or if
        the colour of a Tempo day is not known.

    Notes
    -----
    Contracts, price lists and windows change at local midnights. A window is one of the clock on
    the wall: what the clock skips in spring is not in it, and what it shows twice in autumn is in
    it twice; 22:30 to 6:30 lasts 7 hours in the one night and 9 in the other. Tempo's off-peak
    hours are those from 22:00 to 6:00, and those before 6:00 have the colour of the day before.
    """
    days = local_days(start_s, end_s, tariff.zone)
    stretches = [stretch for day in days for stretch in _day_stretches(tariff, day)]
    starts_s = np.array([stretch.start_s for stretch in stretches])
    last_s = _clock_runs(days[-1], tariff.zone)[-1][1]
    turning = [former.key != latter.key for former, latter in pairwise(stretches)]
    turns_s = starts_s[1:][turning]
    chosen = np.flatnonzero((starts_s < end_s) & (np.append(starts_s[1:], last_s) > start_s))
    kept = [i for n, i in enumerate(chosen) if n == 0 or stretches[i].key != stretches[i - 1].key]
    priced = [_rate_and_price(stretches[i], tariff.colours) for i in kept]
    edges_s = np.append(np.maximum(starts_s[kept], start_s), end_s)
    return RateTimeline(
        edges_s=edges_s,
        rates=tuple(rate for rate, _ in priced),
        price_eur_per_kwh=np.array([price_eur for _, price_eur in priced]),
        turns_s=turns_s,
        price_lists=tuple(sorted({stretches[i].prices.name for i in kept})),
    )


def find_holes(tariff: Tariff, start_s: float, end_s: float) -> tuple[TariffHole, ...]:
    """Find what lacks, without which `rate_timeline` is an error.

    Parameters
    ----------
    tariff : Tariff
        Contracts, prices and colours.
    start_s, end_s : float
        The stretch, seconds since 1970-01-01T00:00Z. [s]

    Returns
    -------
    tuple of TariffHole
        At most one of each kind; empty if the stretch can be priced.

    Raises
    ------
    PeriodError
        If the stretch ends before it begins, or is not finite.
    """
    lacking: dict[HoleKind, list[date]] = {kind: [] for kind in HoleKind}
    for day in local_days(start_s, end_s, tariff.zone):
        contract = tariff.contracts.find(day)
        prices = tariff.prices.find(contract, day) if contract else None
        if contract is None:
            lacking[HoleKind.CONTRACT].append(day)
        elif prices is None or contract.subscribed_kva not in prices.by_kva:
            lacking[HoleKind.PRICES].append(day)
        elif contract.option == Option.TEMPO:
            lacking[HoleKind.COLOUR].extend(_colourless(tariff, day, start_s, end_s))
    return tuple(
        TariffHole(kind, min(days), max(days), len(set(days)))
        for kind, days in lacking.items()
        if days
    )


def _colourless(tariff: Tariff, day: date, start_s: float, end_s: float) -> list[date]:
    """The Tempo days without a colour that rule on a local day within the stretch."""
    stretches = list(_day_stretches(tariff, day))
    ends_s = [each.start_s for each in stretches[1:]] + [end_s]
    return [
        each.tempo_day
        for each, until_s in zip(stretches, ends_s, strict=True)
        if each.tempo_day
        and each.tempo_day not in tariff.colours.by_day
        and each.start_s < end_s
        and until_s > start_s
    ]


def local_days(start_s: float, end_s: float, zone: str) -> list[date]:
    """Return the local days that a stretch touches.

    Parameters
    ----------
    start_s, end_s : float
        The stretch, seconds since 1970-01-01T00:00Z. [s]
    zone : str
        Name of the time zone.

    Returns
    -------
    list of date
        In order.

    Raises
    ------
    PeriodError
        If the stretch ends before it begins, or is not finite.
    """
    if not (np.isfinite([start_s, end_s]).all() and start_s < end_s):
        raise PeriodError(f"a stretch was expected, not {start_s} s to {end_s} s")
    clock = ZoneInfo(zone)
    first = datetime.fromtimestamp(start_s, UTC).astimezone(clock).date()
    last_utc = datetime.fromtimestamp(end_s, UTC)
    last = (last_utc - timedelta(microseconds=1)).astimezone(clock).date()
    return [first + timedelta(days=step) for step in range(max((last - first).days, 0) + 1)]


def _day_stretches(tariff: Tariff, day: date) -> Iterator[_Stretch]:
    """Cut a local day where its rate turns and where its clock is changed."""
    contract = tariff.contracts.of(day)
    prices = tariff.prices.of(contract, day)
    turns = _turns(contract, day)
    ends = [minute for minute, *_ in turns[1:]] + [24 * 60]
    for first_s, last_s, shown_s in _clock_runs(day, tariff.zone):
        for (minute, off_peak, tempo_day), end_minute in zip(turns, ends, strict=True):
            begin_s = max(first_s, first_s + 60 * minute - shown_s)
            finish_s = min(last_s, first_s + 60 * end_minute - shown_s)
            if begin_s < finish_s:
                yield _Stretch(begin_s, contract, prices, off_peak, tempo_day)


def _turns(contract: Contract, day: date) -> list[tuple[int, bool, date | None]]:
    """(minute of the clock, off-peak from then on, Tempo day) over a local day."""
    if contract.option == Option.BASE:
        return [(0, False, None)]
    if contract.option == Option.TEMPO:
        eve = day - timedelta(days=1)
        return [(0, True, eve), (DAY_STARTS_MINUTE, False, day), (PEAK_ENDS_MINUTE, True, day)]
    season = contract.windows_of(day).season_of(day)
    return [(minute, off_peak, None) for minute, off_peak in season.turns()]


@lru_cache(maxsize=8192)
def _clock_runs(day: date, zone: str) -> tuple[tuple[float, float, float], ...]:
    """Stretches (start, end, seconds the clock shows at the start) in which a clock runs evenly."""
    first_s, last_s = local_day_edges_s(day, 1, zone).tolist()
    shift_s = _DAY_S - (last_s - first_s)
    if shift_s == 0:
        return ((first_s, last_s, 0.0),)
    change_s = _clock_change_s(first_s, last_s, zone)
    return (first_s, change_s, 0.0), (change_s, last_s, change_s - first_s + shift_s)


def _clock_change_s(first_s: float, last_s: float, zone: str) -> float:
    """The second at which the clock is changed, between two instants of unlike offset."""
    clock = ZoneInfo(zone)

    def offset(at_s: float) -> timedelta | None:
        return datetime.fromtimestamp(at_s, clock).utcoffset()

    before, after = int(first_s), int(last_s)
    while after - before > 1:
        middle = (before + after) // 2
        if offset(middle) == offset(first_s):
            before = middle
        else:
            after = middle
    return float(after)


def _rate_and_price(stretch: _Stretch, colours: TempoColours) -> tuple[Rate, float]:
    if stretch.tempo_day is not None:
        rate = tempo_rate(colours.of(stretch.tempo_day), off_peak=stretch.off_peak)
    elif stretch.contract.option == Option.BASE:
        rate = Rate.BASE
    else:
        rate = Rate.OFF_PEAK if stretch.off_peak else Rate.PEAK
    prices = stretch.prices.of(stretch.contract.subscribed_kva)
    return rate, prices.price_eur_per_kwh[rate]
