"""A month's sheet as the report returns it, for tests of what is printed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from commonwatt.reports.monthly_sheet import MonthEnergy, MonthlySheet, SheetDay, Tip

OCTOBER = date(2026, 10, 1)
PRINTED_UTC = datetime(2026, 11, 3, 9, tzinfo=UTC)
DAYS = tuple(
    SheetDay(OCTOBER + timedelta(days=n), 6.0 + n % 5, 2.0 if n == 20 else 0.0, is_outside=False)
    for n in range(31)
)
SHEET = MonthlySheet(
    building_name="Tilleuls",
    stairwell="A",
    dwelling_label="A12",
    now_utc=PRINTED_UTC,
    energy=MonthEnergy(OCTOBER, 262.0, 1.0, 1.0, 8.45),
    is_over=True,
    days=DAYS,
    before=MonthEnergy(date(2026, 9, 1), 220.0, 1.0, 1.0, 7.5),
    year_before=MonthEnergy(date(2025, 10, 1), 290.0, 1.0, 1.0, 9.4),
    daily_eur=2.78,
    cost_findings=(),
    tip=Tip.NEUTRAL,
    always_on_w=None,
    off_peak_share=None,
)
SILENT = replace(
    SHEET,
    energy=MonthEnergy(OCTOBER, None, 1.0, 0.0, None),
    days=tuple(SheetDay(day.day, None, 0.0, is_outside=False) for day in DAYS),
    before=None,
    year_before=None,
    daily_eur=None,
    tip=Tip.METER,
)


def sheet(**changes: Any) -> MonthlySheet:
    return replace(SHEET, **changes)
