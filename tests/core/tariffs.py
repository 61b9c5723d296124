"""Builds the contracts, price lists and energy that the tests of costs look at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.core.price_lists import KvaPrices, PriceBook, PriceList
from commonwatt.core.rates import Tariff
from commonwatt.core.series import POWER, EnergySpans
from commonwatt.core.tariff import RATES, Contract, ContractHistory, OffPeakWindows, Option, Rate
from commonwatt.core.tempo import Colour, TempoColours
from commonwatt.model import ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

LONG_AGO = date(2000, 1, 1)
NIGHT = (22 * 60 + 30, 6 * 60 + 30)

PRICES_EUR = {
    Rate.BASE: 0.20,
    Rate.PEAK: 0.25,
    Rate.OFF_PEAK: 0.10,
    Rate.BLUE_PEAK: 0.15,
    Rate.BLUE_OFF_PEAK: 0.12,
    Rate.WHITE_PEAK: 0.18,
    Rate.WHITE_OFF_PEAK: 0.14,
    Rate.RED_PEAK: 0.65,
    Rate.RED_OFF_PEAK: 0.16,
}
"""Round prices of nobody's, for arithmetic by hand."""


def prices(option: Option, yearly_eur: float = 0.0, factor: float = 1.0) -> KvaPrices:
    return KvaPrices(yearly_eur, {rate: factor * PRICES_EUR[rate] for rate in RATES[option]})


def price_list(
    option: Option,
    valid_from: date = LONG_AGO,
    valid_to: date | None = None,
    *,
    by_kva: Mapping[int, KvaPrices] | None = None,
    yearly_eur: float = 0.0,
    factor: float = 1.0,
) -> PriceList:
    own = prices(option, yearly_eur, factor)
    return PriceList(
        name=f"{option}-{valid_from}",
        option=option,
        valid_from=valid_from,
        valid_to=valid_to,
        source="made up for a test",
        by_kva=by_kva or {6: own, 9: own},
    )


def book(**columns: Any) -> PriceBook:
    return PriceBook(tuple(price_list(option, **columns) for option in Option))


def contract(
    option: Option,
    *windows: tuple[int, int],
    valid_from: date = LONG_AGO,
    kva: int = 6,
    **columns: Any,
) -> Contract:
    off_peak = (OffPeakWindows.all_year(valid_from, *windows),) if windows else ()
    return Contract(valid_from, option, kva, off_peak, **columns)


def tariff(
    *contracts: Contract,
    prices: PriceBook | None = None,
    colours: Mapping[date, Colour] | None = None,
    zone: str = ZONE,
) -> Tariff:
    return Tariff(
        contracts=ContractHistory(contracts),
        prices=prices or book(),
        colours=TempoColours(colours or {}),
        zone=zone,
    )


BASE = contract(Option.BASE)
NIGHTS = contract(Option.OFF_PEAK, NIGHT)
TEMPO = contract(Option.TEMPO)


def local_s(*moment: int) -> float:
    """The instant at which the clock in Paris shows this time."""
    return datetime(*moment, tzinfo=ZoneInfo(ZONE)).timestamp()  # type: ignore[misc, arg-type]


def utc_s(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


def constant(power_w: float, start_s: float, end_s: float) -> EnergySpans:
    """One span: the whole stretch at one power."""
    return stretches([start_s, end_s], [power_w])


def stretches(edges_s: ArrayLike, power_w: ArrayLike, source: int = POWER) -> EnergySpans:
    """Spans between successive edges, each of constant power."""
    edges = np.asarray(edges_s, np.float64)
    energy_wh = np.asarray(power_w, np.float64) * np.diff(edges) / 3600
    return EnergySpans(edges[:-1], edges[1:], energy_wh, np.full(len(energy_wh), source, np.uint8))
