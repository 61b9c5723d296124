"""The picture of each step: a scene of things from a data file, drawn to the same SVG every time."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING

from commonwatt.catalogue.steps import read_table
from commonwatt.errors import CatalogueError
from commonwatt.hardware.folders import DOCUMENTS
from commonwatt.hardware.shapes import INK, PAPER, THINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 360, 200


@cache
def shipped_scenes() -> Mapping[str, tuple[str, ...]]:
    """The things of each picture; a picture has the key of its step."""
    table = read_table(DOCUMENTS / "guide" / "pictures.toml")
    return {key: tuple(things) for key, things in table["picture"].items()}


@cache
def draw_picture(key: str) -> str:
    return draw_scene(shipped_scenes()[key])


def draw_scene(things: Sequence[str]) -> str:
    """Things one after another, each as its name, x, y, and perhaps its scale and its turn."""
    drawn = "\n".join(_place(told) for told in things)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="14" fill="{PAPER}"/>\n'
        f'<g fill="none" stroke="{INK}" stroke-width="3" stroke-linecap="round"'
        f' stroke-linejoin="round">\n{drawn}\n</g>\n</svg>\n'
    )


def _place(told: str) -> str:
    name, *numbers = told.split()
    if name not in THINGS or not 2 <= len(numbers) <= 4:
        raise CatalogueError(f"a thing that can be drawn, x and y were expected: {told!r}")
    try:
        x, y, scale, turn = (*map(float, numbers), *(1.0, 0.0)[len(numbers) - 2 :])
    except ValueError as error:
        raise CatalogueError(f"numbers were expected: {told!r}") from error
    place = f"translate({x:g} {y:g}) scale({scale:g}) rotate({turn:g})"
    return f'<g transform="{escape(place)}">{THINGS[name]}</g>'
