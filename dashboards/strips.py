"""A few homes side by side as lying bars, which need no script, no colour and no style sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from dashboards.svg import INK, PALE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.words import Words

WIDTH, ROW_HEIGHT, BAR_HEIGHT = 340, 44, 16

_FRAME = Markup(
    '<svg class="chart" role="img" viewBox="0 0 {width} {height}"'
    ' xmlns="http://www.w3.org/2000/svg" aria-labelledby="strips-title"'
    ' font-size="13" font-family="sans-serif">\n<title id="strips-title">{title}</title>\n{parts}\n</svg>'
)
_ROW = Markup(
    '<text class="chart-text" x="0" y="{text_y}">{label}</text>'
    '<text class="chart-text" x="{right}" y="{text_y}" text-anchor="end">{kwh}</text>'
    '<rect class="{mark}" x="0.5" y="{bar_y}" width="{length:.1f}" height="{height}"'
    ' fill="{fill}" stroke="{ink}"/>'
)


@dataclass(frozen=True, slots=True)
class Strip:
    """One bar; the reader's own is filled."""

    label: str
    kwh: float
    is_own: bool


def draw_strips(strips: Sequence[Strip], title: str, words: Words) -> Markup:
    longest_kwh = max(*(strip.kwh for strip in strips), 1e-9)
    rows = [
        _ROW.format(
            text_y=number * ROW_HEIGHT + 14,
            label=strip.label,
            right=WIDTH,
            kwh=words.text("unit.energy", kwh=words.energy(strip.kwh)),
            mark="chart-measured" if strip.is_own else "chart-other",
            bar_y=number * ROW_HEIGHT + 20,
            length=max(strip.kwh, 0.0) / longest_kwh * (WIDTH - 1),
            height=BAR_HEIGHT,
            fill=INK if strip.is_own else "none",
            ink=INK if strip.is_own else PALE,
        )
        for number, strip in enumerate(strips)
    ]
    return _FRAME.format(
        width=WIDTH,
        height=len(strips) * ROW_HEIGHT,
        title=title,
        parts=Markup("\n").join(rows),
    )
