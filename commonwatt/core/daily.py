"""Daily energy beside the outdoor temperature of the same local day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.series import own_columns
from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday; Monday is 0."""


@dataclass(frozen=True, slots=True, eq=False)
class DailySeries:
    """Local days of one home, in order; a day that is not there is a day nothing is known of.

    Parameters
    ----------
    day : (n,) int64
        Local days, counted from 1970-01-01; increasing.
    energy_wh : (n,) float64
        Energy known of the day, not scaled up to a whole one; NaN where nothing is known. [Wh]
    coverage : (n,) float64
        Share of the day during which the energy is known, 0 to 1.
    temperature_c : (n,) float64
        Mean outdoor temperature over the same local day; NaN where unknown. [degrees Celsius]

    Raises
    ------
    SeriesError
        If the columns differ in length or type, days do not increase, an energy or a temperature is
        infinite, a temperature is not one of outdoor air (-60 to 60), or a coverage is not a share.
    """

    day: NDArray[np.int64]
    energy_wh: NDArray[np.float64]
    coverage: NDArray[np.float64]
    temperature_c: NDArray[np.float64]

    def __post_init__(self) -> None:
        own_columns(self, whole=("day",))
        if (np.diff(self.day) <= 0).any():
            raise SeriesError("the days do not increase")
        if np.isinf(self.energy_wh).any():
            raise SeriesError("energy_wh holds an infinite value; finite or NaN was expected")
        if not ((self.coverage >= 0) & (self.coverage <= 1)).all():
            raise SeriesError("coverage holds a value outside 0 to 1")
        if (np.isinf(self.temperature_c) | (np.abs(self.temperature_c) > 60)).any():
            raise SeriesError("temperature_c holds a value that no outdoor air has, in Celsius")

    def __len__(self) -> int:
        return len(self.day)

    @property
    def weekend(self) -> NDArray[np.bool_]:
        """Saturdays and Sundays, (n,) bool."""
        return (self.day + EPOCH_WEEKDAY) % 7 >= 5

    def take(self, chosen: NDArray[np.bool_]) -> DailySeries:
        """Keep the days where `chosen`, (n,) bool, is True: part of a checked series is one."""
        part, places = object.__new__(DailySeries), np.flatnonzero(chosen)
        for name in ("day", "energy_wh", "coverage", "temperature_c"):
            column = getattr(self, name).take(places)
            column.flags.writeable = False
            object.__setattr__(part, name, column)
        return part
