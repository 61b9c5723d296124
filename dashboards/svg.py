"""Bars as an SVG picture that needs no script, no colour and no style sheet to be read."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.bars import Bar
    from dashboards.words import Words

WIDTH, HEIGHT, LEGEND_HEIGHT = 340, 172, 24
LEFT, RIGHT, TOP, FLOOR = 36, 338, 20, 152
LEGEND_Y = 188
INK, PALE = "#94470b", "#8d8378"

_FRAME = Markup(
    '<svg class="chart" role="img" viewBox="0 0 {width} {height}"'
    ' xmlns="http://www.w3.org/2000/svg" aria-labelledby="{key}-title {key}-desc"'
    ' font-size="11" font-family="sans-serif">\n'
    '<title id="{key}-title">{title}</title>\n<desc id="{key}-desc">{desc}</desc>\n'
    '<defs><pattern id="{key}-hatch" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<path class="chart-hatch" d="M-1 6 6 -1M-1 1 1 -1M4 6 6 4" stroke="{ink}"'
    ' stroke-width="1.3"/></pattern></defs>\n{parts}\n</svg>'
)
_TEXT = Markup(
    '<text class="chart-text" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
)
_GRID = Markup(
    '<path class="chart-grid" d="M{left} {y:.1f}H{right}" stroke="{ink}" stroke-width="{width}"/>'
)
_MEASURED = Markup('<path class="chart-measured" fill="{ink}" d="{columns}"/>')
_ESTIMATED = Markup(
    '<rect class="chart-estimated" x="{x:.2f}" y="{y:.2f}" width="{width:.2f}"'
    ' height="{height:.2f}" fill="url(#{key}-hatch)" stroke="{ink}"/>'
)
_UNKNOWN = Markup(
    '<rect class="chart-unknown" x="{x:.2f}" y="{y:.2f}" width="{width:.2f}"'
    ' height="{height:.2f}" fill="none" stroke="{ink}" stroke-dasharray="3 2"/>'
)


@dataclass(frozen=True, slots=True)
class Legend:
    """What a chart is called and what its marks mean; `key` tells its ids from other charts'."""

    key: str
    title: str
    estimated: str
    unknown: str


def draw_bars(bars: Sequence[Bar], legend: Legend, words: Words) -> Markup:
    """The chart of some bars: measured filled, estimated hatched, unknown a dashed outline."""
    step_kwh = _step_kwh(max((bar.kwh or 0.0 for bar in bars), default=0.0))
    tallest_kwh = max((bar.kwh or 0.0 for bar in bars), default=0.0)
    steps = max(1, ceil(tallest_kwh / step_kwh - 1e-9))
    explained = _draw_legend(bars, legend)
    parts = [
        *_draw_scale(step_kwh, steps, words),
        *_draw_unknown(bars),
        *_draw_measured(bars, step_kwh * steps),
        *_draw_estimated(bars, step_kwh * steps, legend.key),
        *_draw_ticks(bars),
        *explained,
    ]
    return _FRAME.format(
        width=WIDTH,
        height=HEIGHT + (LEGEND_HEIGHT if explained else 0),
        key=legend.key,
        title=legend.title,
        desc=describe_bars(bars, words),
        ink=INK,
        parts=Markup("\n").join(parts),
    )


def describe_bars(bars: Sequence[Bar], words: Words) -> str:
    """The chart in one sentence, for who does not see it."""
    past = [bar for bar in bars if not bar.is_to_come]
    known = [(bar.kwh, bar.label) for bar in past if bar.kwh is not None]
    if not known:
        return words.text("chart.empty")
    kwh, label = max(known, key=lambda pair: pair[0])
    highest = words.text("chart.highest", kwh=words.energy(kwh), when=label)
    unknown = len(past) - len(known)
    return f"{highest} {words.count('chart.missing', unknown)}" if unknown else highest


def _step_kwh(tallest_kwh: float) -> float:
    """A round distance between lines that puts at most four of them above the floor."""
    if tallest_kwh <= 0:
        return 1.0
    rough = tallest_kwh / 4
    magnitude = 10.0 ** floor(log10(rough))
    return next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= rough * (1 - 1e-9))


def _draw_scale(step_kwh: float, steps: int, words: Words) -> list[Markup]:
    digits = max(0, -floor(log10(step_kwh) + 1e-9))
    parts = [_TEXT.format(x=0, y=10, anchor="start", text="kWh")]
    for number in range(steps + 1):
        y = FLOOR - number / steps * (FLOOR - TOP)
        width = 0.5 if number else 1.2
        parts.append(_GRID.format(left=LEFT, right=RIGHT, y=y, ink=PALE, width=width))
        text = words.number(number * step_kwh, digits)
        parts.append(_TEXT.format(x=LEFT - 5, y=y + 4, anchor="end", text=text))
    return parts


def _draw_measured(bars: Sequence[Bar], full_kwh: float) -> list[Markup]:
    """All columns as one path: a year of days is one mark, not 365."""
    slot, scale = (RIGHT - LEFT) / max(1, len(bars)), (FLOOR - TOP) / full_kwh
    wide = f"{0.76 * slot:.2f}"
    columns = "".join(
        f"M{LEFT + (number + 0.12) * slot:.2f} {FLOOR}h{wide}v-{bar.measured_kwh * scale:.2f}h-{wide}z"
        for number, bar in enumerate(bars)
        if bar.measured_kwh > 0
    )
    return [_MEASURED.format(ink=INK, columns=columns)] if columns else []


def _draw_estimated(bars: Sequence[Bar], full_kwh: float, key: str) -> list[Markup]:
    """Each on top of what was measured."""
    slot, scale = (RIGHT - LEFT) / max(1, len(bars)), (FLOOR - TOP) / full_kwh
    return [
        _ESTIMATED.format(
            x=LEFT + (number + 0.12) * slot,
            y=FLOOR - (bar.measured_kwh + bar.estimated_kwh) * scale,
            width=0.76 * slot,
            height=bar.estimated_kwh * scale,
            key=key,
            ink=INK,
        )
        for number, bar in enumerate(bars)
        if bar.estimated_kwh > 0
    ]


def _draw_unknown(bars: Sequence[Bar]) -> list[Markup]:
    """One outline around each run of bars of which something is unknown."""
    slot = (RIGHT - LEFT) / max(1, len(bars))
    flags = [False, *(bar.is_incomplete for bar in bars), False]
    turns = [number for number in range(len(bars) + 1) if flags[number] != flags[number + 1]]
    return [
        _UNKNOWN.format(
            x=LEFT + first * slot, y=TOP, width=(end - first) * slot, height=FLOOR - TOP, ink=INK
        )
        for first, end in zip(turns[::2], turns[1::2], strict=True)
    ]


def _draw_ticks(bars: Sequence[Bar]) -> list[Markup]:
    slot = (RIGHT - LEFT) / max(1, len(bars))
    return [
        _TEXT.format(x=LEFT + (number + 0.5) * slot, y=FLOOR + 15, anchor="middle", text=bar.tick)
        for number, bar in enumerate(bars)
        if bar.tick
    ]


def _draw_legend(bars: Sequence[Bar], legend: Legend) -> list[Markup]:
    """What hatching and dashes mean, where there are any."""
    box = {"y": LEGEND_Y - 9, "width": 16, "height": 10, "ink": INK}
    marks = []
    if any(bar.estimated_kwh > 0 for bar in bars):
        marks.append((_ESTIMATED, legend.estimated))
    if any(bar.is_incomplete for bar in bars):
        marks.append((_UNKNOWN, legend.unknown))
    parts = []
    for number, (mark, text) in enumerate(marks):
        x = LEFT + number * 116
        parts.append(mark.format(x=x, key=legend.key, **box))
        parts.append(_TEXT.format(x=x + 22, y=LEGEND_Y, anchor="start", text=text))
    return parts
