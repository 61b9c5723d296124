"""Reports as Plotly figures, for who wants to zoom and compare."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from commonwatt.model import ZONE

if TYPE_CHECKING:
    from commonwatt.reports.energy import EnergyReport
    from dashboards.words import Words


@cache
def plotly_script() -> str:
    """The script that came with the installed package, so that no page fetches it elsewhere."""
    return str(get_plotlyjs())


def energy_figure(report: EnergyReport, words: Words) -> str:
    """Bars of a report as JSON: measured and estimated energy, nothing where unknown."""
    zone = ZoneInfo(ZONE)
    when = [bar.period.start_utc.astimezone(zone).isoformat() for bar in report.bars]
    known = [bar.kwh is not None for bar in report.bars]
    measured = [
        bar.register_kwh + bar.power_kwh if here else None
        for bar, here in zip(report.bars, known, strict=True)
    ]
    estimated = [
        bar.estimated_kwh if here else None for bar, here in zip(report.bars, known, strict=True)
    ]
    figure = go.Figure(
        [
            go.Bar(x=when, y=measured, name=words.text("chart.legend.measured")),
            go.Bar(
                x=when,
                y=estimated,
                name=words.text("chart.legend.estimated"),
                marker={"pattern": {"shape": "/"}},
            ),
        ]
    )
    figure.update_layout(
        barmode="stack",
        separators=", " if words.language == "fr" else ".,",
        yaxis={"title": words.text("chart.energy"), "rangemode": "tozero"},
        legend={"orientation": "h"},
        margin={"l": 50, "r": 10, "t": 20, "b": 40},
        template="plotly_white",
    )
    return str(figure.to_json())
