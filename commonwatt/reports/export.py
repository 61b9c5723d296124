"""What a household takes away: its energy as a table for a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from commonwatt.reports.energy import EnergyReport


def energy_csv(report: EnergyReport, zone: str) -> str:
    """One line a bar; empty where nothing is known; instants in UTC and in local time."""
    table = pd.DataFrame(
        {
            "start_utc": [bar.period.start_utc for bar in report.bars],
            "end_utc": [bar.period.end_utc for bar in report.bars],
            "energy_kwh": [bar.kwh for bar in report.bars],
            "register_kwh": [bar.register_kwh for bar in report.bars],
            "power_kwh": [bar.power_kwh for bar in report.bars],
            "estimated_kwh": [bar.estimated_kwh for bar in report.bars],
            "coverage": [bar.coverage for bar in report.bars],
        }
    )
    start_utc = pd.to_datetime(table["start_utc"], utc=True)
    table["start_utc"] = start_utc.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    table["end_utc"] = pd.to_datetime(table["end_utc"], utc=True).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    table.insert(2, "start_local", start_utc.dt.tz_convert(zone).dt.strftime("%Y-%m-%dT%H:%M:%S%z"))
    return str(table.to_csv(index=False, float_format="%.6f", lineterminator="\n"))
