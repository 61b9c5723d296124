"""Bars as a plotly figure, for the reader who asks for detail."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from plotly import graph_objects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.bars import Bar
    from dashboards.words import Words

INK = "#b3580c"
BESIDE = "#3d6b86"
SEPARATORS = {"fr": ",\N{NARROW NO-BREAK SPACE}", "en": ".,"}
MOST_TICKS = 8


def energy_figure(
    bars: Sequence[Bar], words: Words, others: Sequence[Bar] = (), others_name: str = ""
) -> graph_objects.Figure:
    """Two stacked bars a stretch, measured and estimated; a hole where nothing is known.

    Other bars are a line above them, the first beside the first.
    """
    labels = [bar.label for bar in bars]
    known = [bar.kwh is not None for bar in bars]
    measured_kwh = [bar.measured_kwh if k else None for bar, k in zip(bars, known, strict=True)]
    estimated_kwh = [bar.estimated_kwh if k else None for bar, k in zip(bars, known, strict=True)]
    figure = graph_objects.Figure(
        [
            _trace(labels, measured_kwh, words.text("chart.measured"), ""),
            _trace(labels, estimated_kwh, words.text("chart.estimated"), "/"),
        ]
    )
    if others:
        figure.add_trace(_line(labels, [bar.kwh for bar in others], others_name))
    figure.update_layout(
        template="none",
        barmode="stack",
        bargap=0.2,
        separators=SEPARATORS[words.language],
        margin={"l": 56, "r": 8, "t": 8, "b": 64},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={
            "type": "category",
            "nticks": MOST_TICKS,
            "tickangle": -30,
            "showgrid": False,
            "automargin": True,
        },
        yaxis={"title": {"text": words.text("chart.axis")}, "rangemode": "tozero"},
    )
    return figure


def _trace(
    labels: list[str], values_kwh: list[float | None], name: str, pattern: str
) -> graph_objects.Bar:
    marker: dict[str, Any] = {
        "color": INK,
        "pattern": {"shape": pattern, "fillmode": "replace"},
        "line": {"color": INK, "width": 1 if pattern else 0},
    }
    hover = "%{x}<br>%{y:,.3f} kWh<extra>" + name + "</extra>"
    return graph_objects.Bar(x=labels, y=values_kwh, name=name, marker=marker, hovertemplate=hover)


def _line(labels: list[str], values_kwh: list[float | None], name: str) -> graph_objects.Scatter:
    hover = "%{y:,.3f} kWh<extra>" + name + "</extra>"
    return graph_objects.Scatter(
        x=labels,
        y=values_kwh[: len(labels)],
        name=name,
        mode="lines",
        line={"color": BESIDE, "width": 2, "dash": "dot", "shape": "hvh"},
        hovertemplate=hover,
    )


@cache
def script_gzip() -> bytes:
    """The basic bundle of plotly.js, a quarter of the whole, of the version that the package speaks to."""
    return (files("dashboards") / "static" / "plotly-basic.min.js.gz").read_bytes()
