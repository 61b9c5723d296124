"""Energy of many readings at once: clean registers are read at the edges of the buckets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.energy import bucket_energy, spans_of
from commonwatt.core.registers import RESOLUTION_WH, hold_limit_s
from commonwatt.core.series import REGISTER, EnergySeries, EnergySpans, ReadingSeries, check_edges
from commonwatt.errors import SeriesError
from commonwatt.model import NO_LOG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FURTHEST_WH = 1e9
"""Registers beyond this take the general path: differences of interpolated values are too coarse."""


@dataclass(frozen=True, slots=True, eq=False)
class EnergyTable:
    """Energy per bucket of many meters, all read off registers.

    Parameters
    ----------
    edges_s : (m + 1,) float64
        Edges of the buckets, the same for all meters. [s]
    register_wh, estimated_wh : (k, m) float64
        The parts of `EnergySeries`, a row for each meter; 0 where nothing is known. [Wh]
    covered_s : (k, m) float64
        Seconds during which something was measured. [s]
    known : (k, m) bool
        Whether anything is known of the bucket.
    interpolated : (k,) bool
        Whether the meter's register was proved clean and read at the edges; the others took the
        general path.

    Raises
    ------
    SeriesError
        If the columns are not of one shape, or do not fit the edges.
    """

    edges_s: Floats
    register_wh: Floats
    estimated_wh: Floats
    covered_s: Floats
    known: NDArray[np.bool_]
    interpolated: NDArray[np.bool_]

    def __post_init__(self) -> None:
        check_edges(self.edges_s)
        wanted = len(self.interpolated), len(self.edges_s) - 1
        for name in ("register_wh", "estimated_wh", "covered_s", "known"):
            column = getattr(self, name)
            if column.shape != wanted:
                raise SeriesError(f"{name}: {wanted} was expected, not {column.shape}")
            column.flags.writeable = False

    def __len__(self) -> int:
        return len(self.interpolated)

    def series(self, meter: int) -> EnergySeries:
        """Return the row of one meter.

        Parameters
        ----------
        meter : int
            Which row.

        Returns
        -------
        EnergySeries
            Its energy. [Wh]
        """
        register_wh, estimated_wh = self.register_wh[meter], self.estimated_wh[meter]
        return EnergySeries(
            edges_s=self.edges_s,
            energy_wh=np.where(self.known[meter], register_wh + estimated_wh, np.nan),
            register_wh=register_wh,
            power_wh=np.zeros(len(register_wh)),
            estimated_wh=estimated_wh,
            covered_s=self.covered_s[meter],
        )


def register_energy(
    time_s: Floats,
    register_wh: Floats,
    first: NDArray[np.int64],
    edges_s: Floats,
    *,
    duration_s: float,
    p_max_w: float,
) -> EnergyTable:
    """Count the energy of many registers into the same buckets.

    Parameters
    ----------
    time_s, register_wh : (n,) float64
        When the registers were read and what they showed, meter after meter, each in order of
        time; NaN where a register is unknown. [s], [Wh]
    first : (k + 1,) int64
        Meter i owns the points first[i] up to, not including, first[i + 1].
    edges_s : (m + 1,) float64
        Edges of the buckets, increasing. [s]
    duration_s : float
        Usual time between points, which says what is a gap; more than 0. [s]
    p_max_w : float
        The most that a home's connection lets through. [W]

    Returns
    -------
    EnergyTable
        For each meter what `bucket_energy(spans_of(...))` says of the same points without logs and
        powers: the same buckets known, and the same amounts within 1e-6 Wh and 1e-6 s.

    Raises
    ------
    SeriesError
        If `first` does not cut the points into meters, edges do not increase, or a meter's points
        are not in order of time.

    Notes
    -----
    A register is clean if its times increase, it never falls, no step is more than
    `p_max_w * dt / 3600 + 1` Wh, and it stays within 1e9 Wh. Then every step is accepted, and the
    energy of a bucket is the difference of the register interpolated at its edges. Steps longer
    than the hold limit are gaps: their part is `estimated_wh` and is not covered. A register that
    is not clean takes the general path.

    Amounts depend on far readings in their last bits, so that this is for studies and imports and
    not for rollups, which are recomputed piece by piece.
    """
    check_edges(edges_s)
    _check_cuts(first, len(time_s), len(register_wh))
    hold_s = float(hold_limit_s(np.array([duration_s]))[0])
    shape = len(first) - 1, len(edges_s) - 1
    wh, estimated_wh, covered_s = np.empty(shape), np.zeros(shape), np.empty(shape)
    known, interpolated = np.empty(shape, bool), np.zeros(shape[0], bool)
    scratch = np.empty((2, max(int(np.diff(first).max(initial=0)) - 1, 0)))
    for meter in range(shape[0]):
        own = slice(first[meter], first[meter + 1])
        at_s, shown_wh = time_s[own], register_wh[own]
        gaps = _find_gaps(at_s, shown_wh, hold_s, p_max_w, scratch)
        if gaps is None:
            row = _general(at_s, shown_wh, edges_s, duration_s, p_max_w)
            wh[meter], estimated_wh[meter] = row.register_wh, row.estimated_wh
            covered_s[meter], known[meter] = row.covered_s, ~np.isnan(row.energy_wh)
            continue
        interpolated[meter] = True
        _read_at_edges(at_s, shown_wh, edges_s, wh[meter])
        _measure(at_s, edges_s, covered_s[meter])
        np.greater(covered_s[meter], 0, out=known[meter])
        if len(gaps):
            bridged = _bridged(at_s, shown_wh, gaps, edges_s)
            _take_out(bridged, wh[meter], estimated_wh[meter], covered_s[meter])
    return EnergyTable(edges_s, wh, estimated_wh, covered_s, known, interpolated)


def reading_energy(
    readings: ReadingSeries, edges_s: Floats, *, zero_based: bool, p_max_w: float
) -> EnergySeries:
    """Count the energy of one meter's readings into buckets, quickly where its register is clean.

    Parameters
    ----------
    readings : ReadingSeries
        Readings of one meter.
    edges_s : (m + 1,) float64
        Edges of the buckets, increasing. [s]
    zero_based, p_max_w
        As for `spans_of`. [W]

    Returns
    -------
    EnergySeries
        What `bucket_energy(spans_of(...))` says, within 1e-6 Wh and 1e-6 s.

    Raises
    ------
    SeriesError
        If there are fewer than two edges, or they do not increase.

    Notes
    -----
    As for `register_energy`; the readings have to be of one log, numbered without a hole, and of
    one duration. The first one tells energy by itself, and is asked on the general path.
    """
    check_edges(edges_s)
    at_s, shown_wh = readings.end_s, readings.register_wh
    gaps = None
    if _is_one_run(readings):
        hold_s = float(hold_limit_s(readings.duration_s[:1])[0])
        gaps = _find_gaps(at_s, shown_wh, hold_s, p_max_w, np.empty((2, len(readings) - 1)))
    if gaps is None:
        spans = spans_of(readings, zero_based=zero_based, p_max_w=p_max_w)
        return bucket_energy(spans, edges_s)
    wh, estimated_wh = np.empty(len(edges_s) - 1), np.zeros(len(edges_s) - 1)
    covered_s = np.empty(len(edges_s) - 1)
    _measure(at_s, edges_s, covered_s)
    known = covered_s > 0
    _read_at_edges(at_s, shown_wh, edges_s, wh)
    if len(gaps):
        _take_out(_bridged(at_s, shown_wh, gaps, edges_s), wh, estimated_wh, covered_s)
    first = spans_of(_rows(readings, slice(0, 1)), zero_based=zero_based, p_max_w=p_max_w)
    head = bucket_energy(first, edges_s)
    known |= ~np.isnan(head.energy_wh)
    wh += head.register_wh
    estimated_wh += head.estimated_wh
    return EnergySeries(
        edges_s=edges_s,
        energy_wh=np.where(known, wh + head.power_wh + estimated_wh, np.nan),
        register_wh=wh,
        power_wh=head.power_wh,
        estimated_wh=estimated_wh,
        covered_s=np.minimum(covered_s + head.covered_s, np.diff(edges_s)),
    )


def _find_gaps(
    time_s: Floats, register_wh: Floats, hold_s: float, p_max_w: float, scratch: Floats
) -> NDArray[np.int64] | None:
    """Prove a register clean and say which steps are gaps; None where it is not proved.

    NaN and infinities make a comparison false, so that they are never proved.
    """
    steps = len(time_s) - 1
    if steps < 1 or not -FURTHEST_WH <= register_wh[0] <= register_wh[-1] <= FURTHEST_WH:
        return None
    elapsed_s = np.subtract(time_s[1:], time_s[:-1], out=scratch[0, :steps])
    rise_wh = np.subtract(register_wh[1:], register_wh[:-1], out=scratch[1, :steps])
    shortest_s, longest_s = elapsed_s.min(), elapsed_s.max()
    if not (shortest_s > 0 and longest_s < np.inf and rise_wh.min() >= 0):
        return None
    bound_wh = p_max_w * shortest_s / 3600 + RESOLUTION_WH
    if rise_wh.max() > bound_wh:
        steep = (rise_wh > bound_wh).nonzero()[0]
        if (rise_wh[steep] > p_max_w * elapsed_s[steep] / 3600 + RESOLUTION_WH).any():
            return None
    return (elapsed_s > hold_s).nonzero()[0] if longest_s > hold_s else _NO_GAPS


_NO_GAPS = np.empty(0, np.int64)


def _read_at_edges(time_s: Floats, register_wh: Floats, edges_s: Floats, wh: Floats) -> None:
    shown_wh = np.interp(edges_s, time_s, register_wh)
    np.subtract(shown_wh[1:], shown_wh[:-1], out=wh)
    np.maximum(wh, 0, out=wh)


def _measure(time_s: Floats, edges_s: Floats, covered_s: Floats) -> None:
    """Tell how much of each bucket lies between the first point and the last."""
    within_s = np.minimum(np.maximum(edges_s, time_s[0]), time_s[-1])
    np.subtract(within_s[1:], within_s[:-1], out=covered_s)


def _bridged(
    time_s: Floats, register_wh: Floats, gaps: NDArray[np.int64], edges_s: Floats
) -> EnergySeries:
    """Count what lies in gaps, as if it had been measured."""
    spans = EnergySpans(
        start_s=time_s[gaps],
        end_s=time_s[gaps + 1],
        energy_wh=register_wh[gaps + 1] - register_wh[gaps],
        source=np.full(len(gaps), REGISTER, np.uint8),
    )
    return bucket_energy(spans, edges_s)


def _take_out(bridged: EnergySeries, wh: Floats, estimated_wh: Floats, covered_s: Floats) -> None:
    """Move what lies in gaps from measured to estimated."""
    estimated_wh += bridged.register_wh
    np.maximum(covered_s - bridged.covered_s, 0, out=covered_s)
    np.maximum(wh - bridged.register_wh, 0, out=wh)
    wh[covered_s == 0] = 0


def _general(
    time_s: Floats, register_wh: Floats, edges_s: Floats, duration_s: float, p_max_w: float
) -> EnergySeries:
    nothing = np.zeros(len(time_s), np.int64)
    readings = ReadingSeries(
        end_s=time_s,
        duration_s=np.full(len(time_s), float(duration_s)),
        log=nothing + NO_LOG,
        boot=nothing,
        n=nothing,
        register_wh=register_wh,
        power_w=np.full(len(time_s), np.nan),
    )
    return bucket_energy(spans_of(readings, zero_based=False, p_max_w=p_max_w), edges_s)


def _is_one_run(readings: ReadingSeries) -> bool:
    """Tell whether readings follow one another without a hole in their numbers."""
    if len(readings) < 2 or (readings.duration_s != readings.duration_s[0]).any():
        return False
    if (readings.log != readings.log[0]).any():
        return False
    return bool(readings.log[0] == NO_LOG or (np.diff(readings.n) == 1).all())


def _rows(readings: ReadingSeries, rows: slice) -> ReadingSeries:
    return ReadingSeries(
        end_s=readings.end_s[rows],
        duration_s=readings.duration_s[rows],
        log=readings.log[rows],
        boot=readings.boot[rows],
        n=readings.n[rows],
        register_wh=readings.register_wh[rows],
        power_w=readings.power_w[rows],
    )


def _check_cuts(first: NDArray[np.int64], times: int, registers: int) -> None:
    if times != registers:
        raise SeriesError(f"{times} times were given, and {registers} registers")
    ends = (int(first[0]), int(first[-1])) if len(first) else None
    if ends != (0, times) or (np.diff(first) < 0).any():
        raise SeriesError(f"first: 0 up to {times}, never falling, was expected, not {ends}")
