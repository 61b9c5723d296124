"""Simulated homes whose saving is known, on simulated weather of northern France."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.daily import DailySeries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

REPORTING_DAYS = 365
FIRST_DAY = 18_262
"""2020-01-01, counted from 1970-01-01."""

_YEAR_DAYS = 365.25
_QUARTERS = 2 * np.pi * (np.arange(8) + 0.5) / 8


@dataclass(frozen=True, slots=True)
class Stratum:
    """What the homes of one group have in common.

    `gap_share` is the largest share of days lost. The last three are what no model of temperature
    and weekends knows: how much more is used at the turn of the year than in June, the standard
    deviation of a change between the two periods that nobody made on purpose, and the share of
    days on which guests double the use.
    """

    heated: bool
    baseline_days: int
    saving: float
    gap_share: float = 0.3
    winter_light: float = 0.0
    drift: float = 0.0
    guest_share: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedHome:
    """One home: what its meter told, and what only the simulation knows.

    Parameters
    ----------
    daily : DailySeries
        Baseline, then `REPORTING_DAYS` of reporting; NaN and a coverage of 0 where a day was lost.
    reporting_start : int
        First reporting day, counted from 1970-01-01.
    counterfactual_wh : (n,) float64
        What the home would have used without its saving on each day of `daily`. [Wh]
    """

    daily: DailySeries
    reporting_start: int
    counterfactual_wh: Floats

    @property
    def known(self) -> Booleans:
        """The days that were not lost, (n,) bool."""
        return np.isfinite(self.daily.energy_wh)

    @property
    def after(self) -> Booleans:
        """The days of the reporting period, (n,) bool."""
        return np.asarray(self.daily.day >= self.reporting_start)


def simulate_homes(
    generator: np.random.Generator, count: int, stratum: Stratum
) -> list[SimulatedHome]:
    """Simulate homes that differ in everything but what their stratum says.

    Each home has weather of its own years, begins on any day of the year, and has a use of
    6 kWh a day on average with a weekend factor of 0.9 to 1.25. A heated home adds 0.8 to
    2.5 kWh a day for each kelvin below its balance point of 13 to 18 degrees, hour by hour: the
    hinge of its daily means is round, as in real homes. Noise is multiplicative, of mean 1, with a
    daily coefficient of variation of 15 to 35 % and a lag-1 correlation of 0.2 to 0.5. Lost days
    come half one by one, half in runs. The saving is a share of every reporting day.
    """
    return [_simulate_home(generator, stratum) for _ in range(count)]


def simulate_weather(generator: np.random.Generator, days: NDArray[np.int64]) -> Floats:
    """Simulate daily mean temperatures: a season, years that differ, and weeks of weather, in C."""
    season = np.cos(2 * np.pi * (days % _YEAR_DAYS - 18) / _YEAR_DAYS)
    years = generator.normal(0, 0.6, 6)[((days - days[0]) // _YEAR_DAYS).astype(np.int64)]
    weather = 3.0 * correlated_noise(generator, len(days), 0.75)
    return np.asarray(12 - 7.5 * season + years + weather)


def correlated_noise(generator: np.random.Generator, count: int, correlation: float) -> Floats:
    """Draw a stationary AR(1) series of mean 0 and variance 1."""
    steps = generator.normal(0, 1, count)
    steps[1:] *= np.sqrt(1 - correlation**2)
    noise = np.empty(count)
    last = 0.0
    for place, step in enumerate(steps.tolist()):
        last = correlation * last + step
        noise[place] = last
    return noise


def _simulate_home(generator: np.random.Generator, stratum: Stratum) -> SimulatedHome:
    start = FIRST_DAY + int(generator.integers(0, 366))
    day = np.arange(start, start + stratum.baseline_days + REPORTING_DAYS)
    reporting_start = start + stratum.baseline_days
    temperature_c = simulate_weather(generator, day)
    use_wh = _expected_wh(generator, day, temperature_c, heated=stratum.heated)
    spread = np.sqrt(np.log1p(generator.uniform(0.15, 0.35) ** 2))
    noise = correlated_noise(generator, len(day), generator.uniform(0.2, 0.5))
    counterfactual_wh = use_wh * np.exp(spread * noise - spread**2 / 2)
    counterfactual_wh *= _unmodelled(generator, day, reporting_start, stratum)
    energy_wh = counterfactual_wh * np.where(day >= reporting_start, 1 - stratum.saving, 1.0)
    lost = _lost_days(generator, len(day), generator.uniform(0, stratum.gap_share))
    known_wh = np.where(lost, np.nan, energy_wh)
    daily = DailySeries(day, known_wh, np.where(lost, 0.0, 1.0), temperature_c)
    return SimulatedHome(daily, reporting_start, counterfactual_wh)


def _expected_wh(
    generator: np.random.Generator,
    day: NDArray[np.int64],
    temperature_c: Floats,
    *,
    heated: bool,
) -> Floats:
    weekend = (day + 3) % 7 >= 5
    level_wh = 6000 * generator.lognormal(0, 0.35)
    use_wh = level_wh * np.where(weekend, generator.uniform(0.9, 1.25), 1.0)
    if not heated:
        return np.asarray(use_wh)
    balance_c = generator.uniform(13, 18)
    swing_c = generator.uniform(2, 5) * np.cos(_QUARTERS)
    lacking_k = np.maximum(balance_c - temperature_c[:, None] - swing_c, 0.0).mean(axis=1)
    return np.asarray(use_wh + 1000 * generator.uniform(0.8, 2.5) * lacking_k)


def _unmodelled(
    generator: np.random.Generator,
    day: NDArray[np.int64],
    reporting_start: int,
    stratum: Stratum,
) -> Floats:
    """What a home does that a baseline cannot know, as a factor of each day."""
    season = np.cos(2 * np.pi * (day % _YEAR_DAYS - 5) / _YEAR_DAYS)
    drift = 1 + stratum.drift * generator.normal()
    guests = generator.random(len(day)) < stratum.guest_share
    light = 1 + stratum.winter_light / 2 * season
    return np.asarray(
        light * np.where(day >= reporting_start, max(drift, 0.1), 1.0) * np.where(guests, 2.0, 1.0)
    )


def _lost_days(generator: np.random.Generator, count: int, share: float) -> Booleans:
    lost = generator.random(count) < share / 2
    while lost.mean() < share:
        begin = int(generator.integers(0, count))
        lost[begin : begin + int(generator.integers(3, 22))] = True
    return lost
