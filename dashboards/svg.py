"""Charts drawn on the server: readable without colour, without JavaScript, and on paper."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 720, 290
_LEFT, _RIGHT, _TOP, _BOTTOM = 92, 6, 44, 42
_STEPS = (1, 2, 2.5, 5, 10)
_MOST_LABELS = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its height, the part of it whose timing is estimated; None where unknown."""

    label: str
    value: float | None
    estimated: float = 0.0
    is_future: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart's name, its description in words, and the unit of its axis."""

    chart_id: str
    title: str
    description: str
    unit: str


def draw_bars(chart: Chart, bars: Sequence[Bar], format_tick: Callable[[float, float], str]) -> str:
    """Draw bars: solid where measured, hatched where estimated, a dashed box where unknown.

    `format_tick` writes a value of the axis, given the axis' top.
    """
    top = nice_ceiling(max((bar.value or 0 for bar in bars), default=0))
    width = (WIDTH - _LEFT - _RIGHT) / max(len(bars), 1)
    lines = (0.0, top / 2, top)
    parts = [_head(chart), *(_gridline(_y(value, top), format_tick(value, top)) for value in lines)]
    parts += [
        _bar(chart.chart_id, bar, _LEFT + number * width, width, top)
        for number, bar in enumerate(bars)
    ]
    every = -(-len(bars) // _MOST_LABELS) or 1
    parts += [
        _label(bars[number].label, _LEFT + (number + 0.5) * width)
        for number in range(0, len(bars), every)
    ]
    return "".join([*parts, "</svg>"])


def nice_ceiling(value: float) -> float:
    """The next round number above a value, so that an axis reads easily."""
    if value <= 0:
        return 1.0
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(step * power for step in _STEPS if step * power >= value)


def _head(chart: Chart) -> str:
    name = escape(chart.chart_id)
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(chart.title)}</title>'
        f'<desc id="{name}-desc">{escape(chart.description)}</desc>'
        f'<defs><pattern id="{name}-hatch" width="7" height="7" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect class="hatch-ground" width="7" height="7"/>'
        '<line class="hatch-line" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>'
        f'<text class="tick" x="2" y="22">{escape(chart.unit)}</text>'
    )


def _y(value: float, top: float) -> float:
    return HEIGHT - _BOTTOM - value / top * (HEIGHT - _TOP - _BOTTOM)


def _gridline(y: float, label: str) -> str:
    return (
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(label)}</text>'
    )


def _label(text: str, x: float) -> str:
    place, anchor = (WIDTH, "end") if x > WIDTH - 40 else (x, "middle")
    where = f'x="{place:.1f}" y="{HEIGHT - 10}" text-anchor="{anchor}"'
    return f'<text class="tick" {where}>{escape(text)}</text>'


def _bar(chart_id: str, bar: Bar, x: float, width: float, top: float) -> str:
    left, wide, floor = x + width * 0.12, width * 0.76, _y(0, top)
    if bar.is_future:
        return ""
    if bar.value is None:
        return _rect("unknown", left, floor - 26, wide, 26)
    solid = bar.value - bar.estimated
    drawn = _rect("measured", left, _y(solid, top), wide, floor - _y(solid, top))
    if bar.estimated > 0:
        height = _y(solid, top) - _y(bar.value, top)
        hatch = f' fill="url(#{escape(chart_id)}-hatch)"'
        drawn += _rect("estimated", left, _y(bar.value, top), wide, height, hatch)
    return drawn


def _rect(kind: str, x: float, y: float, width: float, height: float, more: str = "") -> str:
    return (
        f'<rect class="bar {kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
        f' height="{max(height, 0):.1f}" rx="2"{more}/>'
    )
