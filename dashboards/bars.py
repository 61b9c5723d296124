"""The bars of a chart and the lines of a table: one list, drawn and told alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from commonwatt.model import ZONE
from dashboards.choices import local_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonwatt.model import Period
    from commonwatt.reports.energy import By, EnergyFigure, EnergyReport, Gap
    from dashboards.words import Words

NOTICEABLE = 0.02
"""A bar is drawn as incomplete if more than this share of it is unknown."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch; `kwh` is None where nothing is known, or where there is nothing to know yet."""

    label: str
    tick: str
    kwh: float | None
    estimated_kwh: float = 0.0
    coverage: float = 0.0
    is_incomplete: bool = False
    is_to_come: bool = False

    @property
    def measured_kwh(self) -> float:
        return (self.kwh or 0.0) - self.estimated_kwh


def energy_bars(
    report: EnergyReport, by: By, words: Words, now_utc: datetime, *, in_one_day: bool
) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            label=_label(figure.period.start_utc, by, words, in_one_day=in_one_day),
            tick=_tick(figure.period.start_utc, by, words, count=len(report.bars)),
            kwh=figure.kwh,
            estimated_kwh=figure.estimated_kwh,
            coverage=figure.coverage,
            is_incomplete=_is_incomplete(figure, report.gaps, now_utc),
            is_to_come=figure.period.start_utc >= now_utc,
        )
        for figure in report.bars
    )


def _label(start_utc: datetime, by: By, words: Words, *, in_one_day: bool) -> str:
    day = local_date(start_utc)
    if by == "month":
        return words.month(day)
    if by == "day":
        return words.short_day(day)
    clock = words.clock(start_utc)
    return clock if in_one_day else f"{words.short_day(day)}, {clock}"


def _tick(start_utc: datetime, by: By, words: Words, *, count: int) -> str:
    local = start_utc.astimezone(ZoneInfo(ZONE))
    if by == "month":
        return words.month_letter(local.date())
    if by == "day":
        return words.weekday(local.date()) if count <= 7 else _sparse_day(local.day)
    return words.clock(start_utc) if local.minute == 0 and local.hour % 6 == 0 else ""


def _sparse_day(day: int) -> str:
    return str(day) if day % 7 == 1 else ""


def _is_incomplete(figure: EnergyFigure, gaps: Sequence[Gap], now_utc: datetime) -> bool:
    elapsed_s = min(figure.period.end_s, now_utc.timestamp()) - figure.period.start_s
    if elapsed_s <= 0:
        return False
    missing_s = sum(_overlap_s(figure.period, gap) for gap in gaps if not gap.energy_known)
    return figure.kwh is None or missing_s > NOTICEABLE * elapsed_s


def _overlap_s(period: Period, gap: Gap) -> float:
    start_s = max(period.start_s, gap.start_utc.timestamp())
    return max(0.0, min(period.end_s, gap.end_utc.timestamp()) - start_s)
