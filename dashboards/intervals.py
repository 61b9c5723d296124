"""Intervals as an SVG picture: a line from low to high, a mark for the estimate, a rule at nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from dashboards.svg import INK

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, ROW_HEIGHT, FLOOR_HEIGHT = 340, 46, 22
LEFT, RIGHT = 22, 318

_FRAME = Markup(
    '<svg class="chart" role="img" viewBox="0 0 {width} {height}"'
    ' xmlns="http://www.w3.org/2000/svg" aria-labelledby="{key}-title {key}-desc"'
    ' font-size="11" font-family="sans-serif">\n'
    '<title id="{key}-title">{title}</title>\n<desc id="{key}-desc">{desc}</desc>\n'
    "{parts}\n</svg>"
)
_TEXT = Markup(
    '<text class="chart-text" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
)
_RULE = Markup(
    '<path class="chart-unknown" d="M{x:.1f} {top}V{bottom}" stroke="#8d8378" stroke-width="1.5"/>'
)
_REACH = Markup(
    '<rect class="chart-measured" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="3" fill="{ink}"/>'
)
_MARK = Markup('<circle class="chart-measured" cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{ink}"/>')


@dataclass(frozen=True, slots=True)
class Reach:
    """One interval in shares; `value` is None where only its ends are told."""

    label: str
    low: float
    high: float
    value: float | None
    ends: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a picture is called, what it tells, and how nothing is written."""

    key: str
    title: str
    desc: str
    nothing: str


def draw_reaches(reaches: Sequence[Reach], scene: Scene) -> Markup:
    """The intervals below each other on one scale, which holds nothing, too."""
    least = min(0.0, *(reach.low for reach in reaches))
    scale = (RIGHT - LEFT) / max(max(0.0, *(reach.high for reach in reaches)) - least, 1e-3)
    bottom = ROW_HEIGHT * len(reaches) + 4
    zero = LEFT - least * scale
    parts = [
        *(
            _RULE.format(x=zero, top=ROW_HEIGHT * number + 17, bottom=ROW_HEIGHT * number + 35)
            for number in range(len(reaches))
        ),
        _TEXT.format(x=zero, y=bottom + 13, anchor="middle", text=scene.nothing),
    ]
    for number, reach in enumerate(reaches):
        parts += _draw_row(reach, ROW_HEIGHT * number, LEFT - least * scale, scale)
    return _FRAME.format(
        width=WIDTH,
        height=bottom + FLOOR_HEIGHT,
        key=scene.key,
        title=scene.title,
        desc=scene.desc,
        parts=Markup("\n").join(parts),
    )


def _draw_row(reach: Reach, top: float, zero: float, scale: float) -> list[Markup]:
    low, high = zero + reach.low * scale, zero + reach.high * scale
    parts = [
        _TEXT.format(x=0, y=top + 12, anchor="start", text=reach.label),
        _REACH.format(x=low, y=top + 24.5, width=max(high - low, 1), ink=INK),
        _TEXT.format(x=max(low, 12), y=top + 42, anchor="middle", text=reach.ends[0]),
        _TEXT.format(x=min(high, 328), y=top + 42, anchor="middle", text=reach.ends[1]),
    ]
    if reach.value is not None:
        parts.append(_MARK.format(x=zero + reach.value * scale, y=top + 26, ink=INK))
    return parts
