"""What readers take away: a household its energy, a landlord the months, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonwatt.reports.building import BuildingMonth
    from commonwatt.reports.energy import EnergyReport


def months_csv(months: Sequence[BuildingMonth]) -> str:
    """A building's months: homes, kWh and coverage, or the code of the reason why not."""
    columns = ("month", "homes", "kwh", "coverage", "withheld")
    lines = [",".join(columns)]
    for month in months:
        cells = (month.month, month.homes, month.kwh, month.coverage, month.withheld)
        lines.append(",".join("" if cell is None else _cell(cell) for cell in cells))
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return f"{value:.6f}" if isinstance(value, float) else str(value)


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
