"""Half-hours of one meter as its readings arrive, from a state of at most 2 kB."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from commonwatt.core.energy import spans_of
from commonwatt.core.series import ESTIMATED, POWER, REGISTER, EnergySeries, ReadingSeries
from commonwatt.errors import SeriesError
from commonwatt.model import HALF_HOUR_S, NO_LOG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.void]
    Spans = list[tuple[float, float, float, int]]

MOST_LATE = 16
"""How many readings that belong after it may at most have come before a reading in time."""

MOST_HELD = 26
"""How many readings a state holds at most: late ones, six neighbours, and four that tie."""

NEIGHBOURS = 3
"""How many readings on each side a span depends on (`core.energy.spans_of`)."""

_NAMES = tuple(each.name for each in fields(ReadingSeries))
_WHOLE = ("log", "boot", "n")
_ROW = np.dtype([(name, np.int64 if name in _WHOLE else np.float64) for name in _NAMES])


class Stretch(NamedTuple):
    """A stretch to recompute from stored readings, with three neighbours on each side. [s]."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class OpenHalfHour:
    """The half-hour in which the last counted span ended, with what was counted into it so far.

    Parameters
    ----------
    place : int
        Its start, in half-hours since 1970-01-01T00:00Z.
    register_wh, power_wh, estimated_wh : float
        The parts of `EnergySeries`. [Wh]
    covered_s : float
        Seconds measured. [s]
    touched : bool
        Whether any span lies in it.
    """

    place: int
    register_wh: float = 0.0
    power_wh: float = 0.0
    estimated_wh: float = 0.0
    covered_s: float = 0.0
    touched: bool = False

    @property
    def stretch(self) -> Stretch:
        return Stretch(float(self.place * HALF_HOUR_S), float((self.place + 1) * HALF_HOUR_S))

    def add(self, energy_wh: float, seconds: float, source: int) -> OpenHalfHour:
        return OpenHalfHour(
            place=self.place,
            register_wh=self.register_wh + (energy_wh if source == REGISTER else 0.0),
            power_wh=self.power_wh + (energy_wh if source == POWER else 0.0),
            estimated_wh=self.estimated_wh + (energy_wh if source == ESTIMATED else 0.0),
            covered_s=self.covered_s + (seconds if source != ESTIMATED else 0.0),
            touched=True,
        )


@dataclass(frozen=True, slots=True)
class StreamState:
    """All that is remembered of a meter between two arrivals; `StreamState()` begins a meter.

    Parameters
    ----------
    held : bytes
        The last readings in order of time, packed.
    counted : int
        How many of them, from the first, have their spans counted. Their three neighbours after
        them are settled: a new reading that belongs before one of those is too late.
    half_hour : OpenHalfHour or None
        None before the first span.
    doubted_s : float
        Half-hours that begin before this instant are to be recomputed when they close. [s]
    """

    held: bytes = b""
    counted: int = 0
    half_hour: OpenHalfHour | None = None
    doubted_s: float = -math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Advance:
    """What new readings changed.

    Parameters
    ----------
    state : StreamState
        What to remember instead of the state before.
    energy : EnergySeries or None
        The half-hours that closed, each following the one before, those of earlier calls included;
        None if none did. [Wh]
    stale : tuple of Stretch
        What came too late to be counted, and closed half-hours that it may have touched.
    """

    state: StreamState
    energy: EnergySeries | None
    stale: tuple[Stretch, ...]


def advance(
    state: StreamState,
    readings: ReadingSeries,
    *,
    zero_based: bool,
    p_max_w: float,
    lateness: int = MOST_LATE,
) -> Advance:
    """Take readings in and count those whose neighbours are settled.

    Parameters
    ----------
    state : StreamState
        What the call before returned.
    readings : ReadingSeries
        New readings of the meter, any number.
    zero_based, p_max_w
        As for `spans_of`. [W]
    lateness : int
        How many readings that belong after it may have come before a reading in time, 0 to 16. A
        half-hour closes that many readings and three more after its end.

    Returns
    -------
    Advance
        The new state, the closed half-hours and what has to be recomputed.

    Raises
    ------
    SeriesError
        If the lateness is out of its range.

    Notes
    -----
    If every reading is in time, the half-hours equal `bucket_energy(spans_of(...))` of all readings
    to the last bit, whatever their order, duplication and split: a span depends on three readings
    on each side, and its pieces are added in order of time. A reading that is too late is reported
    as a stretch, unless it repeats one that is held; recomputing the stale stretches from stored
    readings, after the closed half-hours were stored, gives the same again.
    """
    if not 0 <= lateness <= MOST_LATE:
        raise SeriesError(f"lateness: 0 to {MOST_LATE} was expected, not {lateness}")
    held, new = _unpack(state.held), _pack(readings)
    rows = _merge(held, new)
    before = _place_of(rows, held, state.counted)
    after = _choose_cut(rows, before, lateness)
    late = _late_rows(new, held, state.counted)
    doubted_s = max(state.doubted_s, _end_s(rows, before)) if len(late) else state.doubted_s
    if after > before and _is_tied(rows, after):
        late, doubted_s = np.append(late, rows[after]), _end_s(rows, after)
    stale = [Stretch(float(row["end_s"] - row["duration_s"]), float(row["end_s"])) for row in late]
    spans = _spans(rows, before, after, zero_based=zero_based, p_max_w=p_max_w)
    closed, half_hour = _count(spans, state.half_hour)
    stale += [each.stretch for each in closed if each.stretch.start_s < doubted_s]
    first = max(after - NEIGHBOURS, 0)
    kept = StreamState(rows[first:].tobytes(), after - first, half_hour, doubted_s)
    return Advance(kept, _energy(closed), tuple(stale))


def conclude(state: StreamState, *, zero_based: bool, p_max_w: float) -> Advance:
    """Count everything that is held, as if no other reading were to come.

    Parameters
    ----------
    state : StreamState
        What `advance` returned; it stays good for the next call.
    zero_based, p_max_w
        As for `spans_of`. [W]

    Returns
    -------
    Advance
        The half-hours that are still open, the last one in part, and which of them to recompute;
        its state holds nothing.
    """
    rows = _unpack(state.held)
    spans = _spans(rows, state.counted, len(rows), zero_based=zero_based, p_max_w=p_max_w)
    closed, last = _count(spans, state.half_hour)
    closed += [last] if last and last.touched else []
    stale = (each.stretch for each in closed if each.stretch.start_s < state.doubted_s)
    return Advance(StreamState(), _energy(closed), tuple(stale))


def _pack(readings: ReadingSeries) -> Rows:
    rows = np.empty(len(readings), _ROW)
    for name in _NAMES:
        rows[name] = getattr(readings, name)
    return rows


def _unpack(held: bytes) -> Rows:
    return np.frombuffer(held, _ROW)


def _key(rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """What readings are sorted and known by, the last one first, as `ReadingSeries` does."""
    return np.where(rows["log"] == NO_LOG, 0, rows["n"]), rows["log"], rows["end_s"]


def _merge(held: Rows, new: Rows) -> Rows:
    """Sort all readings; of several with one key the last that came stays."""
    rows = np.concatenate([held, new])
    rows = rows[np.lexsort(_key(rows))]
    repeated = np.ones(max(len(rows) - 1, 0), bool)
    for column in _key(rows):
        repeated &= column[1:] == column[:-1]
    last: Rows = rows[~np.append(repeated, np.zeros(min(len(rows), 1), bool))]
    return last


def _place_of(rows: Rows, held: Rows, count: int) -> int:
    """Count the sorted rows up to the one that is the last of the first few held."""
    if not count:
        return 0
    number, log, end_s = _key(rows)
    last_number, last_log, last_s = (column[count - 1] for column in _key(held))
    within_log = (log < last_log) | ((log == last_log) & (number <= last_number))
    return int(((end_s < last_s) | ((end_s == last_s) & within_log)).sum())


def _late_rows(new: Rows, held: Rows, counted: int) -> Rows:
    """Find new readings that belong before a settled one and do not repeat one that is held."""
    settled = counted + NEIGHBOURS if counted else 0
    known = {row.tobytes() for row in held[:settled]}
    late = new[: _place_of(new, held, settled)]
    return late[[row.tobytes() not in known for row in late]] if len(late) else late


def _choose_cut(rows: Rows, before: int, lateness: int) -> int:
    """Say how many rows to count; a few that end together are not cut apart, many are."""
    after = most = max(before, len(rows) - NEIGHBOURS - lateness)
    while after > before and _is_tied(rows, after):
        after -= 1
    return after if len(rows) - max(after - NEIGHBOURS, 0) <= MOST_HELD else most


def _is_tied(rows: Rows, count: int) -> bool:
    """Tell whether a cut after so many rows goes through readings that end together."""
    return 0 < count < len(rows) and bool(rows["end_s"][count] == rows["end_s"][count - 1])


def _end_s(rows: Rows, count: int) -> float:
    return float(rows["end_s"][count - 1]) if count else -math.inf


def _spans(rows: Rows, before: int, after: int, *, zero_based: bool, p_max_w: float) -> Spans:
    """List the spans of some of the rows, all of which serve as neighbours."""
    series = ReadingSeries(*(np.ascontiguousarray(rows[name]) for name in _NAMES))
    spans = spans_of(series, zero_based=zero_based, p_max_w=p_max_w)
    chosen = (spans.end_s > _end_s(rows, before)) & (spans.end_s <= _end_s(rows, after))
    columns = (spans.start_s, spans.end_s, spans.energy_wh, spans.source)
    return list(zip(*(column[chosen].tolist() for column in columns), strict=True))


def _count(
    spans: Spans, current: OpenHalfHour | None
) -> tuple[list[OpenHalfHour], OpenHalfHour | None]:
    """Add spans piece by piece, as `bucket_energy` does; return what closed and what is open."""
    closed: list[OpenHalfHour] = []
    for start_s, end_s, energy_wh, source in spans:
        place = int(start_s // HALF_HOUR_S)
        current = current or OpenHalfHour(place)
        while current.stretch.end_s <= start_s:
            closed.append(current)
            current = OpenHalfHour(current.place + 1)
        while True:
            seconds = min(end_s, current.stretch.end_s) - max(start_s, current.stretch.start_s)
            current = current.add(energy_wh * (seconds / (end_s - start_s)), seconds, source)
            if current.stretch.end_s > end_s:
                break
            closed.append(current)
            current = OpenHalfHour(current.place + 1)
            if current.stretch.start_s >= end_s:
                break
    return closed, current


def _energy(closed: list[OpenHalfHour]) -> EnergySeries | None:
    if not closed:
        return None
    places = np.arange(closed[0].place, closed[-1].place + 2, dtype=np.float64)
    parts = np.array([(e.register_wh, e.power_wh, e.estimated_wh, e.covered_s) for e in closed])
    register_wh, power_wh, estimated_wh, covered_s = np.ascontiguousarray(parts.T)
    touched = np.array([each.touched for each in closed])
    return EnergySeries(
        edges_s=places * HALF_HOUR_S,
        energy_wh=np.where(touched, register_wh + power_wh + estimated_wh, np.nan),
        register_wh=register_wh,
        power_wh=power_wh,
        estimated_wh=estimated_wh,
        covered_s=np.minimum(covered_s, HALF_HOUR_S),
    )
