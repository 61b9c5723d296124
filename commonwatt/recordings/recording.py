"""A recording: what one home's meter measured, checked once, as arrays."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_DURATION_S = 3600
MAX_REGISTER_WH = 4_294_967_295


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """The records of one meter, in order; a new log begins where the meter had been off.

    Parameters
    ----------
    meter_key : str
        What the file calls this home.
    end_s : (n,) int64
        Seconds since 1970-01-01T00:00Z at the end of each record. [s]
    duration_s : (n,) int64
        Length of each record, which never overlaps the one before. [s]
    power_w : (n,) float64
        Mean real power over the record; NaN where unknown. [W]
    register_wh : (n,) float64
        Cumulative energy since the beginning of the record's log, never falling in it. [Wh]
    log_index : (n,) int64
        Number of the log, from 0, growing by one at each new log.
    flags : int
        Protocol flags that every record carries.
    """

    meter_key: str
    end_s: NDArray[np.int64]
    duration_s: NDArray[np.int64]
    power_w: NDArray[np.float64]
    register_wh: NDArray[np.float64]
    log_index: NDArray[np.int64]
    flags: int = 0

    def __post_init__(self) -> None:
        columns = [getattr(self, each.name) for each in fields(self)[1:6]]
        if len({column.shape for column in columns}) != 1 or columns[0].ndim != 1:
            raise SeriesError("the columns of a recording have different lengths")
        if not columns[0].size:
            raise SeriesError(f"the recording {self.meter_key} is empty")
        self._check_times()
        self._check_values()
        for column in columns:
            column.flags.writeable = False

    def _check_times(self) -> None:
        if self.duration_s.min() < 1 or self.duration_s.max() > MAX_DURATION_S:
            raise SeriesError(f"a record lasts from 1 to {MAX_DURATION_S} s")
        if np.any(self.start_s[1:] < self.end_s[:-1]):
            raise SeriesError("records overlap or are not in order")
        if self.log_index[0] != 0 or not np.isin(np.diff(self.log_index), (0, 1)).all():
            raise SeriesError("logs are numbered 0, 1, 2 ... in order")

    def _check_values(self) -> None:
        if not np.all((self.register_wh >= 0) & (self.register_wh <= MAX_REGISTER_WH)):
            raise SeriesError(f"a register lies between 0 and {MAX_REGISTER_WH} Wh")
        if np.isinf(self.power_w).any():
            raise SeriesError("a power is finite, or NaN where unknown")
        if np.any(np.diff(self.register_wh)[np.diff(self.log_index) == 0] < 0):
            raise SeriesError("a register never falls within a log")

    @property
    def start_s(self) -> NDArray[np.int64]:
        return self.end_s - self.duration_s

    @property
    def log_first(self) -> NDArray[np.int64]:
        """Where each log begins, as positions in the columns."""
        return np.flatnonzero(np.diff(self.log_index, prepend=-1)).astype(np.int64)


@dataclass(slots=True)
class Rows:
    """The rows of one home while its file is being read."""

    end_s: array[int] = field(default_factory=lambda: array("q"))
    duration_s: array[int] = field(default_factory=lambda: array("q"))
    power_w: array[float] = field(default_factory=lambda: array("d"))
    register_wh: array[float] = field(default_factory=lambda: array("d"))

    def add(self, end_s: int, duration_s: int, power_w: float) -> None:
        self.end_s.append(end_s)
        self.duration_s.append(duration_s)
        self.power_w.append(power_w)


def from_power(
    meter_key: str,
    end_s: NDArray[np.int64],
    duration_s: NDArray[np.int64],
    power_w: NDArray[np.float64],
    flags: int = 0,
) -> Recording:
    """Build the recording of a meter that counts energy itself and restarts after each hole.

    The energy of the whole file is rounded to thousandths of a watt-hour once, and each log counts
    from its value where the log begins, so that the logs' registers add up to the file's energy.
    """
    breaks = (end_s - duration_s)[1:] != end_s[:-1]
    log_index = np.concatenate(([0], np.cumsum(breaks))).astype(np.int64)
    total_mwh = np.rint(np.cumsum(power_w * duration_s) / 3.6)
    before_mwh = np.concatenate(([0.0], total_mwh[:-1]))
    first = np.flatnonzero(np.diff(log_index, prepend=-1))
    register_wh = (total_mwh - before_mwh[first][log_index]) / 1000
    return Recording(meter_key, end_s, duration_s, power_w, register_wh, log_index, flags)


def from_register(
    meter_key: str,
    end_s: NDArray[np.int64],
    duration_s: NDArray[np.int64],
    power_w: NDArray[np.float64],
    register_wh: NDArray[np.float64],
) -> Recording:
    """Build the recording of a register as read; it bridges holes, and a fall begins a new log."""
    rounded_wh = np.round(register_wh, 3)
    falls = np.diff(rounded_wh) < 0
    log_index = np.concatenate(([0], np.cumsum(falls))).astype(np.int64)
    return Recording(meter_key, end_s, duration_s, power_w, rounded_wh, log_index)
