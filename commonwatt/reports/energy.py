"""The energy of a household over a period: figures, how they are known, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt import rollups
from commonwatt.core.calendar import half_hour_edges_s, local_day_edges_s, local_month_edges_s
from commonwatt.core.energy import bucket_energy, find_gaps
from commonwatt.model import HALF_HOUR_S, ZONE, Period
from commonwatt.storage import households, meters
from commonwatt.storage import rollups as tiers
from commonwatt.storage.readings import instant
from commonwatt.storage.rollups import Cells

if TYPE_CHECKING:
    from datetime import date, datetime

    from numpy.typing import NDArray

    from commonwatt.access import Viewer
    from commonwatt.storage.households import Stay
    from commonwatt.storage.pool import Connection

By = Literal["half_hour", "day", "month"]

SHORTEST_GAP_S = 60.0
MOST_GAPS = 50
"""A report names at most this many gaps: the longest ones."""

_FRESH_S = 600.0


@dataclass(frozen=True, slots=True)
class EnergyFigure:
    """The energy of a period and how it is known; `kwh` is None where nothing is known.

    `register_kwh + power_kwh + estimated_kwh == kwh`: read off the meter's register, integrated
    from power, or read off the register across a gap (the amount is exact, its timing is not).
    `coverage` is the share of the period, up to now, during which something was measured.
    """

    period: Period
    kwh: float | None
    register_kwh: float
    power_kwh: float
    estimated_kwh: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without readings; `energy_known` when the register bridges it."""

    start_utc: datetime
    end_utc: datetime
    energy_known: bool

    @property
    def minutes(self) -> float:
        return (self.end_utc - self.start_utc).total_seconds() / 60


@dataclass(frozen=True, slots=True)
class EnergyReport:
    """One period, its bars (half-hours, local days or local months) and its longest gaps."""

    total: EnergyFigure
    bars: tuple[EnergyFigure, ...]
    gaps: tuple[Gap, ...]


def load_energy(
    connection: Connection,
    viewer: Viewer | None,
    period: Period,
    by: By | None,
    now_utc: datetime,
) -> EnergyReport:
    """What the viewer's household used in a period; without `by`, the report has no bars."""
    stays = households.stays_of(connection, viewer, period)
    edges_s = _bar_edges_s(period, by)
    cells = [cell for stay in stays for cell in _stay_cells(connection, stay, by)]
    bars = _figures(cells, edges_s, now_utc)
    total = _figures(cells, np.array([period.start_s, period.end_s]), now_utc)[0]
    gaps = [gap for stay in stays for gap in _stay_gaps(connection, stay, now_utc)]
    longest = sorted(gaps, key=lambda gap: gap.minutes, reverse=True)[:MOST_GAPS]
    by_time = sorted(longest, key=lambda gap: gap.start_utc)
    return EnergyReport(total, tuple(bars) if by else (), tuple(by_time))


def load_total(
    connection: Connection, viewer: Viewer | None, period: Period, now_utc: datetime
) -> EnergyFigure:
    """What the viewer's household used in a period, without bars and gaps."""
    stays = households.stays_of(connection, viewer, period)
    cells = [cell for stay in stays for cell in _stay_cells(connection, stay, None)]
    return _figures(cells, np.array([period.start_s, period.end_s]), now_utc)[0]


def _bar_edges_s(period: Period, by: By | None) -> NDArray[np.float64]:
    ends_s = np.array([period.start_s, period.end_s])
    if by is None:
        return ends_s
    if by == "half_hour":
        inner_s = half_hour_edges_s(period.start_s, period.end_s)
    elif by == "day":
        inner_s = _midnights_s(period.start_s, period.end_s)
    else:
        first = period.start_utc.astimezone(ZoneInfo(ZONE)).date().replace(day=1)
        months = int(period.length_s // (28 * 86_400)) + 2
        inner_s = local_month_edges_s(first, months, ZONE)
    inside = (inner_s > period.start_s) & (inner_s < period.end_s)
    return np.unique(np.concatenate([ends_s, inner_s[inside]]))


def _midnights_s(start_s: float, end_s: float) -> NDArray[np.float64]:
    first = _local_date(start_s)
    days = (_local_date(end_s) - first).days + 1
    edges_s = local_day_edges_s(first, days, ZONE)
    return edges_s[(edges_s >= start_s) & (edges_s <= end_s)]


def _local_date(seconds: float) -> date:
    return instant(seconds).astimezone(ZoneInfo(ZONE)).date()


def _stay_cells(connection: Connection, stay: Stay, by: By | None) -> list[Cells]:
    """Stored half-hours and days that tile a stay, and its ragged ends from the readings."""
    start_s, end_s = stay.start_utc.timestamp(), stay.end_utc.timestamp()
    first_s = min(np.ceil(start_s / HALF_HOUR_S) * HALF_HOUR_S, end_s)
    last_s = max(np.floor(end_s / HALF_HOUR_S) * HALF_HOUR_S, first_s)
    ragged = [(a, b) for a, b in ((start_s, first_s), (last_s, end_s)) if b > a]
    cells = [_raw_cell(connection, stay.meter_id, a, b) for a, b in ragged]
    midnights_s = _midnights_s(first_s, last_s) if by != "half_hour" else np.empty(0)
    if len(midnights_s) < 2:
        return [*cells, tiers.load_half_hours(connection, stay.meter_id, first_s, last_s)]
    dawn_s, dusk_s = midnights_s[0], midnights_s[-1]
    broken = [(a, b) for a, b in ((first_s, dawn_s), (dusk_s, last_s)) if b > a]
    return [
        *cells,
        tiers.load_days(connection, stay.meter_id, dawn_s, dusk_s),
        *(tiers.load_half_hours(connection, stay.meter_id, a, b) for a, b in broken),
    ]


def _raw_cell(connection: Connection, meter_id: int, start_s: float, end_s: float) -> Cells:
    """The energy of a piece of a half-hour, from the readings themselves."""
    meter = meters.meter_by_id(connection, meter_id)
    spans = rollups.load_spans(connection, meter, start_s, end_s)
    energy = bucket_energy(spans, np.array([start_s, end_s]))
    known = ~np.isnan(energy.energy_wh)
    return Cells(
        energy.edges_s[:-1][known],
        energy.register_wh[known],
        energy.power_wh[known],
        energy.estimated_wh[known],
        energy.covered_s[known],
    )


def _figures(
    cells: list[Cells], edges_s: NDArray[np.float64], now_utc: datetime
) -> list[EnergyFigure]:
    sums = np.zeros((len(edges_s) - 1, 5))
    for cell in cells:
        bar = np.searchsorted(edges_s, cell.start_s, side="right") - 1
        parts = (cell.register_wh, cell.power_wh, cell.estimated_wh, cell.covered_s)
        for column, values in enumerate((*parts, np.ones_like(cell.start_s))):
            np.add.at(sums[:, column], bar, values)
    return [
        _figure(Period(instant(start_s), instant(end_s)), row, now_utc.timestamp())
        for start_s, end_s, row in zip(edges_s[:-1], edges_s[1:], sums, strict=True)
    ]


def _figure(period: Period, sums: NDArray[np.float64], now_s: float) -> EnergyFigure:
    register_kwh, power_kwh, estimated_kwh = (float(wh) / 1000 for wh in sums[:3])
    elapsed_s = min(period.end_s, now_s) - period.start_s
    return EnergyFigure(
        period=period,
        kwh=register_kwh + power_kwh + estimated_kwh if sums[4] else None,
        register_kwh=register_kwh,
        power_kwh=power_kwh,
        estimated_kwh=estimated_kwh,
        coverage=min(float(sums[3]) / elapsed_s, 1.0) if elapsed_s > 0 else 0.0,
    )


def _stay_gaps(connection: Connection, stay: Stay, now_utc: datetime) -> list[Gap]:
    """The gaps of a stay: half-hours that are not full say where, the readings say exactly."""
    end_utc = min(stay.end_utc, now_utc)
    if end_utc - stay.start_utc < timedelta(seconds=SHORTEST_GAP_S):
        return []
    runs = _thin_runs(connection, stay.meter_id, stay.start_utc.timestamp(), end_utc.timestamp())
    longest = sorted(runs, key=lambda run: run[1] - run[0], reverse=True)[:MOST_GAPS]
    gaps = [gap for run in longest for gap in _run_gaps(connection, stay.meter_id, *run)]
    fresh_utc = now_utc - timedelta(seconds=_FRESH_S)
    return [gap for gap in gaps if not (gap.end_utc >= end_utc and gap.start_utc > fresh_utc)]


def _thin_runs(
    connection: Connection, meter_id: int, start_s: float, end_s: float
) -> list[tuple[float, float]]:
    """Unbroken runs of half-hours that are not fully covered, cut to the stretch."""
    edges_s = half_hour_edges_s(start_s, end_s)
    cells = tiers.load_half_hours(connection, meter_id, edges_s[0], edges_s[-1])
    covered_s = np.zeros(len(edges_s) - 1)
    covered_s[np.searchsorted(edges_s, cells.start_s)] = cells.covered_s
    thin = np.concatenate([[False], covered_s < HALF_HOUR_S - 1, [False]])
    turns = np.flatnonzero(thin[1:] != thin[:-1])
    return [
        (max(float(edges_s[a]), start_s), min(float(edges_s[b]), end_s))
        for a, b in zip(turns[::2], turns[1::2], strict=True)
    ]


def _run_gaps(connection: Connection, meter_id: int, start_s: float, end_s: float) -> list[Gap]:
    meter = meters.meter_by_id(connection, meter_id)
    spans = rollups.load_spans(connection, meter, start_s, end_s)
    found = find_gaps(spans, start_s, end_s)
    return [
        Gap(instant(a), instant(b), bool(known))
        for a, b, known in zip(*found, strict=True)
        if b - a >= SHORTEST_GAP_S
    ]
