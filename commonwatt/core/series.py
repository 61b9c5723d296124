"""The series of the core: arrays of equal length, checked once, read-only from then on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonwatt.errors import SeriesError
from commonwatt.model import NO_LOG

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

REGISTER: Final = 1
"""The energy was read off a register, and so was its timing."""

POWER: Final = 2
"""The energy was integrated from power."""

ESTIMATED: Final = 3
"""The energy was read off a register across a gap: exact in amount, not in timing."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadingSeries:
    """What one meter said, in order of time.

    Parameters
    ----------
    end_s : (n,) float64
        End of each reading, seconds since 1970-01-01T00:00Z. [s]
    duration_s : (n,) float64
        Length of the stretch that each reading speaks for; greater than 0. [s]
    log : (n,) int64
        The meter's log that holds the reading; `NO_LOG` for a meter that keeps none.
    boot : (n,) int64
        How many times the meter had started.
    n : (n,) int64
        Number of the reading within its log; without meaning where there is no log.
    register_wh : (n,) float64
        Cumulative energy at `end_s`; NaN where the reading has none. [Wh]
    power_w : (n,) float64
        Mean real power over the stretch; NaN where the reading has none. [W]

    Raises
    ------
    SeriesError
        If the columns differ in length or type, a time is not finite, a duration is not positive,
        a register or power is infinite, or the rows are not sorted by (end_s, log, n).
    """

    end_s: NDArray[np.float64]
    duration_s: NDArray[np.float64]
    log: NDArray[np.int64]
    boot: NDArray[np.int64]
    n: NDArray[np.int64]
    register_wh: NDArray[np.float64]
    power_w: NDArray[np.float64]

    def __post_init__(self) -> None:
        own_columns(self, whole=("log", "boot", "n"))
        _check_finite(self, "end_s", "duration_s")
        _check_not_infinite(self, "register_wh", "power_w")
        _check_positive(self.duration_s, "duration_s")
        _check_sorted(self.end_s, self.log, self.n)

    def __len__(self) -> int:
        return len(self.end_s)

    @classmethod
    def empty(cls) -> ReadingSeries:
        real, whole = np.empty(0), np.empty(0, np.int64)
        return cls(real, real, whole, whole, whole, real, real)

    @classmethod
    def from_unordered(
        cls,
        *,
        end_s: NDArray[np.float64],
        duration_s: NDArray[np.float64],
        log: NDArray[np.int64],
        boot: NDArray[np.int64],
        n: NDArray[np.int64],
        register_wh: NDArray[np.float64],
        power_w: NDArray[np.float64],
    ) -> ReadingSeries:
        """Sort readings that came in any order and drop those that came twice.

        Parameters
        ----------
        end_s, duration_s, log, boot, n, register_wh, power_w : (n,)
            As in `ReadingSeries`, in order of arrival.

        Returns
        -------
        ReadingSeries
            One row for each (end_s, log, n), and for each end_s where there is no log; of several
            rows with one key, the last that arrived.

        Raises
        ------
        SeriesError
            As for `ReadingSeries`.
        """
        columns = (end_s, duration_s, log, boot, n, register_wh, power_w)
        if len({len(column) for column in columns}) > 1:
            raise SeriesError(f"columns of one length were expected, not {list(map(len, columns))}")
        number = np.where(log == NO_LOG, 0, n)
        order = np.lexsort((number, log, end_s))
        key = np.stack([end_s[order], log[order], number[order]])
        last = np.append((key[:, 1:] != key[:, :-1]).any(axis=0), np.ones(min(1, len(n)), bool))
        return cls(*(column[order[last]] for column in columns))

    @classmethod
    def concatenate(cls, parts: Iterable[ReadingSeries]) -> ReadingSeries:
        """Join series of one meter; of a reading that is in several, the last one stays.

        Parameters
        ----------
        parts : iterable of ReadingSeries
            In order of arrival; they may overlap in time.

        Returns
        -------
        ReadingSeries
            The readings of all parts.
        """
        joined = [cls.empty(), *parts]
        names = [each.name for each in fields(cls)]
        columns = {name: np.concatenate([getattr(p, name) for p in joined]) for name in names}
        return cls.from_unordered(**columns)


@dataclass(frozen=True, slots=True, eq=False)
class RegisterSeries:
    """Points of one or more cumulative registers, in order of time.

    Parameters
    ----------
    time_s : (n,) float64
        When the register was read, seconds since 1970-01-01T00:00Z; never falls. [s]
    register_wh : (n,) float64
        What it showed; NaN where a reading without a register stands. [Wh]
    segment : (n,) int64
        Points of one segment belong to one register: the log they come from.
    boot : (n,) int64
        How many times the meter had started; a fall with a new boot may be a fresh register.
    n : (n,) int64
        Number of the point within its segment; without meaning in the segment `NO_LOG`.
    duration_s : (n,) float64
        Usual time between points, which says what is a gap; greater than 0. [s]

    Raises
    ------
    SeriesError
        If the columns differ in length or type, a time is not finite, times fall, a duration is
        not positive, or a register is infinite.
    """

    time_s: NDArray[np.float64]
    register_wh: NDArray[np.float64]
    segment: NDArray[np.int64]
    boot: NDArray[np.int64]
    n: NDArray[np.int64]
    duration_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        own_columns(self, whole=("segment", "boot", "n"))
        _check_finite(self, "time_s", "duration_s")
        _check_not_infinite(self, "register_wh")
        _check_positive(self.duration_s, "duration_s")
        _check_sorted(self.time_s)

    def __len__(self) -> int:
        return len(self.time_s)

    @classmethod
    def of(cls, readings: ReadingSeries) -> RegisterSeries:
        """Take the registers of a meter's readings, each log a segment of its own."""
        return cls(
            time_s=readings.end_s,
            register_wh=readings.register_wh,
            segment=readings.log,
            boot=readings.boot,
            n=readings.n,
            duration_s=readings.duration_s,
        )


@dataclass(frozen=True, slots=True, eq=False)
class PowerSeries:
    """Mean power over stretches that follow one another, with or without holes between them.

    Parameters
    ----------
    start_s, end_s : (n,) float64
        Each stretch, seconds since 1970-01-01T00:00Z. [s]
    power_w : (n,) float64
        Mean real power over the stretch; NaN where unknown. [W]

    Raises
    ------
    SeriesError
        If the columns differ in length or type, a time is not finite, a stretch is empty or begins
        before the one before ends, or a power is infinite.
    """

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    power_w: NDArray[np.float64]

    def __post_init__(self) -> None:
        own_columns(self)
        _check_stretches(self)
        _check_not_infinite(self, "power_w")

    def __len__(self) -> int:
        return len(self.start_s)


@dataclass(frozen=True, slots=True, eq=False)
class EnergySpans:
    """Stretches whose energy is known, and from what; nothing is known between them.

    Parameters
    ----------
    start_s, end_s : (n,) float64
        Each stretch, seconds since 1970-01-01T00:00Z. [s]
    energy_wh : (n,) float64
        Energy used in the stretch; finite. [Wh]
    source : (n,) uint8
        `REGISTER`, `POWER` or `ESTIMATED`.

    Raises
    ------
    SeriesError
        If the columns differ in length or type, a value is not finite, a stretch is empty or begins
        before the one before ends, or a source is none of the three.
    """

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    energy_wh: NDArray[np.float64]
    source: NDArray[np.uint8]

    def __post_init__(self) -> None:
        own_columns(self, small=("source",))
        _check_stretches(self)
        _check_finite(self, "energy_wh")
        if not np.isin(self.source, (REGISTER, POWER, ESTIMATED)).all():
            raise SeriesError("source holds a value that is neither 1, 2 nor 3")

    def __len__(self) -> int:
        return len(self.start_s)


@dataclass(frozen=True, slots=True, eq=False)
class EnergySeries:
    """Energy per bucket, by how it is known.

    Parameters
    ----------
    edges_s : (m + 1,) float64
        Edges of the buckets, increasing, seconds since 1970-01-01T00:00Z. [s]
    energy_wh : (m,) float64
        Energy known in the bucket, the sum of the three parts; NaN where nothing is known. It is
        not scaled up to a bucket that is known in part. [Wh]
    register_wh, power_wh, estimated_wh : (m,) float64
        The parts read off a register, integrated from power, and read off a register across a gap;
        0 where nothing is known. [Wh]
    covered_s : (m,) float64
        Seconds of the bucket during which something was measured; a gap is not, even one whose
        energy is known. [s]

    Raises
    ------
    SeriesError
        If the columns differ in type, are not one shorter than the edges, or the edges do not
        increase.
    """

    edges_s: NDArray[np.float64]
    energy_wh: NDArray[np.float64]
    register_wh: NDArray[np.float64]
    power_wh: NDArray[np.float64]
    estimated_wh: NDArray[np.float64]
    covered_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        own_columns(self, longer=("edges_s",))
        check_edges(self.edges_s)

    def __len__(self) -> int:
        return len(self.energy_wh)


def check_edges(edges_s: NDArray[np.float64]) -> None:
    """Refuse edges that make no buckets.

    Parameters
    ----------
    edges_s : (m + 1,) float64
        Edges of buckets. [s]

    Raises
    ------
    SeriesError
        If there are fewer than two edges, or they are not finite and increasing.
    """
    if edges_s.ndim != 1 or len(edges_s) < 2:
        raise SeriesError(f"two edges or more were expected, not an array {edges_s.shape}")
    if not np.isfinite(edges_s).all() or (np.diff(edges_s) <= 0).any():
        raise SeriesError("edges_s is not finite and increasing")


def own_columns(
    record: Any,
    *,
    whole: Sequence[str] = (),
    small: Sequence[str] = (),
    longer: Sequence[str] = (),
) -> None:
    """Check type and length of every column, and put a read-only view in its place."""
    kinds = {**dict.fromkeys(whole, np.int64), **dict.fromkeys(small, np.uint8)}
    lengths = set()
    for each in fields(record):
        column = getattr(record, each.name)
        wanted = np.dtype(kinds.get(each.name, np.float64))
        if not isinstance(column, np.ndarray) or column.ndim != 1 or column.dtype != wanted:
            given = getattr(column, "dtype", type(column).__name__), np.shape(column)
            raise SeriesError(f"{each.name}: (n,) {wanted} was expected, not {given}")
        lengths.add(len(column) - (each.name in longer))
        view = column.view()
        view.flags.writeable = False
        object.__setattr__(record, each.name, view)
    if len(lengths) != 1:
        raise SeriesError(f"columns of one length were expected, not of lengths {sorted(lengths)}")


def _check_finite(record: Any, *names: str) -> None:
    for name in names:
        if not np.isfinite(getattr(record, name)).all():
            raise SeriesError(f"{name} holds a value that is not finite")


def _check_not_infinite(record: Any, *names: str) -> None:
    for name in names:
        if np.isinf(getattr(record, name)).any():
            raise SeriesError(f"{name} holds an infinite value; finite or NaN was expected")


def _check_positive(values: NDArray[np.float64], name: str) -> None:
    if (values <= 0).any():
        raise SeriesError(f"{name} holds {values.min():g}; more than 0 was expected")


def _check_sorted(*keys: NDArray[Any]) -> None:
    """Refuse rows that are not in order of the first key, of the second where it ties, and so on."""
    tied = np.ones(max(len(keys[0]) - 1, 0), bool)
    for key in keys:
        step = np.diff(key)
        if (tied & (step < 0)).any():
            raise SeriesError("the rows are not in order of time; from_unordered sorts readings")
        tied &= step == 0


def _check_stretches(series: PowerSeries | EnergySpans) -> None:
    _check_finite(series, "start_s", "end_s")
    _check_positive(series.end_s - series.start_s, "end_s - start_s")
    if (series.start_s[1:] < series.end_s[:-1]).any():
        raise SeriesError("a stretch begins before the one before it ends")
