"""Homes made by formula, so that what a baseline should find is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.daily import DailySeries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MONDAY = 18_267
"""2020-01-06, counted from 1970-01-01."""


def seasons_c(days: int, seed: int = 1, start: int = MONDAY) -> Floats:
    """Daily temperatures: a season and weather, between about -5 and 28 degrees."""
    day = np.arange(start, start + days)
    weather = np.random.default_rng(seed).normal(0, 3, days)
    return np.asarray(12 - 8 * np.cos(2 * np.pi * (day - MONDAY - 12) / 365.25) + weather)


def daily(energy_wh: Floats, temperature_c: Floats, start: int = MONDAY) -> DailySeries:
    """Days in a row, all of them covered."""
    day = np.arange(start, start + len(energy_wh))
    return DailySeries(day, energy_wh, np.ones(len(day)), temperature_c)


def heated_wh(temperature_c: Floats, noise: float = 0.0, seed: int = 2) -> Floats:
    """6 kWh a day and 1.5 kWh for each kelvin below 15 degrees, scattered in proportion."""
    use_wh = 6000 + 1500 * np.maximum(15 - temperature_c, 0)
    scatter = np.random.default_rng(seed).normal(0, 1, len(use_wh))
    return np.asarray(use_wh * (1 + noise * scatter))


def flat_wh(days: int, noise: float = 0.0, seed: int = 3) -> Floats:
    """6 kWh a day, scattered in proportion."""
    return 6000 * (1 + noise * np.random.default_rng(seed).normal(0, 1, days))
