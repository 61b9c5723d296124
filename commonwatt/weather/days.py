"""Daily temperatures of a weather station, and which day they are means over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLDEST_C, WARMEST_C = -60.0, 60.0
"""No outdoor air is colder or warmer than this. [degrees Celsius]"""


class DayKind(StrEnum):
    """Over which day a station's figures were taken."""

    LOCAL_DAY = "local_day"
    """From local midnight to local midnight, as energy is: what a baseline needs."""
    UTC_DAY = "utc_day"
    """The climatologist's day: mean 0-24 h UTC, low 18-18 h, high 06-06 h."""


@dataclass(frozen=True, slots=True)
class Station:
    """A place where temperature is measured; what is not known of it is None."""

    key: str
    name: str
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StationDays:
    """Days of one station, in order; NaN where a figure is unknown.

    `day` counts local days from 1970-01-01; `coverage` is the share of the day's hours that the
    mean was computed from, NaN where the station's keeper computed it.
    """

    station: Station
    kind: DayKind
    day: NDArray[np.int64]
    mean_c: NDArray[np.float64]
    low_c: NDArray[np.float64]
    high_c: NDArray[np.float64]
    coverage: NDArray[np.float64]

    def __post_init__(self) -> None:
        columns = (self.day, self.mean_c, self.low_c, self.high_c, self.coverage)
        if len({len(column) for column in columns}) > 1:
            raise SeriesError(f"columns of one length were expected, not {list(map(len, columns))}")
        if (np.diff(self.day) <= 0).any():
            raise SeriesError(f"{self.station.key}: the days do not increase")
        for name in ("mean_c", "low_c", "high_c"):
            values = getattr(self, name)
            if ((values < COLDEST_C) | (values > WARMEST_C)).any():
                raise SeriesError(f"{self.station.key}: {name} holds what no outdoor air has")

    def __len__(self) -> int:
        return len(self.day)


@dataclass(frozen=True, slots=True, eq=False)
class BuildingDays:
    """What is known of the weather at a building: the best kind of each day, in order of day."""

    station: Station
    day: NDArray[np.int64]
    mean_c: NDArray[np.float64]
    low_c: NDArray[np.float64]
    high_c: NDArray[np.float64]
    is_local: NDArray[np.bool_]

    def mean_on(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the mean of each day asked; NaN where it is unknown."""
        return self._on(day, self.mean_c)

    def low_on(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        return self._on(day, self.low_c)

    def high_on(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        return self._on(day, self.high_c)

    def _on(self, day: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
        if not len(self.day):
            return np.full(len(day), np.nan)
        place = np.minimum(np.searchsorted(self.day, day), len(self.day) - 1)
        return np.where(self.day[place] == day, values[place], np.nan)
