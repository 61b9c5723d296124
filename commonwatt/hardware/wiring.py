"""Wiring diagrams: boxes and nets from a data file, drawn as an SVG that is always the same."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from commonwatt.catalogue.steps import read_table
from commonwatt.errors import CatalogueError
from commonwatt.hardware.folders import DOCUMENTS, HEADS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIRINGS = {"core": "core", **HEADS, "bench": "bench"}
COLOURS = {
    "red": "#b3261e",
    "black": "#2b211a",
    "yellow": "#b58900",
    "green": "#1f7a3d",
    "blue": "#1f5fa8",
    "white": "#8d8378",
}
BOARD = "board"
_PIN, _HEAD, _FOOT, _GAP = 20, 26, 10, 24
_BOARD_DROP = _PIN // 2
"""Lowers the board by half a pin, so that no pin of it is level with one of a part."""
_LEFT, _BOARD_WIDTH, _PART_WIDTH, _LANE, _TOP = 16, 96, 128, 16, 16
_INK, _SHEET, _PAPER = "#2b211a", "#fffcf6", "#fbf5e9"


@dataclass(frozen=True, slots=True)
class Box:
    """A part in a diagram, with its pins from top to bottom."""

    name: str
    part: str
    says: str
    pins: tuple[str, ...]

    @property
    def height(self) -> int:
        return _HEAD + _PIN * len(self.pins) + _FOOT


@dataclass(frozen=True, slots=True)
class Net:
    """Pins that are one piece of wire, each as the name of a box and a pin."""

    colour: str
    pins: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Wiring:
    """One diagram, checked: every pin exists and belongs to one net at most."""

    titles: Mapping[str, str]
    boxes: tuple[Box, ...]
    nets: tuple[Net, ...]

    def __post_init__(self) -> None:
        known = {(box.name, pin) for box in self.boxes for pin in box.pins}
        joined = [pin for net in self.nets for pin in net.pins]
        if len(set(joined)) < len(joined):
            raise CatalogueError("a pin belongs to two nets")
        if known - set(joined):
            raise CatalogueError(f"pins without a wire: {sorted(known - set(joined))}")
        if any(len(net.pins) < 2 or net.colour not in COLOURS for net in self.nets):
            raise CatalogueError("a net joins two pins or more and has a known colour")


def shipped_wiring(key: str) -> Wiring:
    return parse_wiring(read_table(DOCUMENTS / "hardware" / WIRINGS[key] / "wiring.toml"))


def parse_wiring(table: Mapping[str, Any]) -> Wiring:
    """A diagram from its table; the board shows the pins that the nets use."""
    nets = tuple(Net(raw["colour"], tuple(map(_split, raw["pins"]))) for raw in table["net"])
    used = tuple(dict.fromkeys(pin for net in nets for name, pin in net.pins if name == BOARD))
    parts = [
        Box(raw.get("name", raw["part"]), raw["part"], raw["says"], tuple(raw["pins"]))
        for raw in table["box"]
    ]
    board = Box(BOARD, BOARD, "ESP32-C3", used)
    names = {board.name, *(box.name for box in parts)}
    strangers = {name for net in nets for name, _ in net.pins} - names
    if strangers:
        raise CatalogueError(f"nets name boxes that are not there: {sorted(strangers)}")
    return Wiring(table["title"], (board, *parts), nets)


def describe_wiring(wiring: Wiring) -> list[str]:
    """Each net as a line to read: what a person who does not see the drawing needs."""
    says = {box.name: box.says for box in wiring.boxes}
    return [" — ".join(f"{says[name]} {pin}" for name, pin in net.pins) for net in wiring.nets]


def draw_wiring(wiring: Wiring) -> str:
    """Board on the left, parts on the right, a lane for each net between them."""
    board, *parts = wiring.boxes
    first_lane = _LEFT + _BOARD_WIDTH + 24
    parts_x = first_lane + _LANE * len(wiring.nets) + 12
    tops, board_top = _stack(parts), _TOP + _BOARD_DROP
    height = max(tops[parts[-1].name] + parts[-1].height, board_top + board.height) + _TOP
    width = parts_x + _PART_WIDTH + _LEFT
    places = {
        (board.name, pin): (_LEFT + _BOARD_WIDTH, _pin_y(board_top, place))
        for place, pin in enumerate(board.pins)
    }
    for box in parts:
        for place, pin in enumerate(box.pins):
            places[box.name, pin] = (parts_x, _pin_y(tops[box.name], place))
    drawn = [
        _draw_net(net, places, first_lane + _LANE * lane) for lane, net in enumerate(wiring.nets)
    ]
    drawn.append(_draw_box(board, _LEFT, board_top, _BOARD_WIDTH, is_left=True))
    drawn += [_draw_box(box, parts_x, tops[box.name], _PART_WIDTH, is_left=False) for box in parts]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        ' font-family="DejaVu Sans Mono, monospace" font-size="12">\n'
        f'<rect width="{width}" height="{height}" fill="{_PAPER}"/>\n'
        + "\n".join(drawn)
        + "\n</svg>\n"
    )


def _split(told: str) -> tuple[str, str]:
    name, _, pin = told.partition(" ")
    return name, pin


def _stack(parts: Sequence[Box]) -> dict[str, int]:
    tops, top = {}, _TOP
    for box in parts:
        tops[box.name] = top
        top += box.height + _GAP
    return tops


def _pin_y(top: int, place: int) -> int:
    return top + _HEAD + _PIN * place + _PIN // 2


def _draw_net(net: Net, places: Mapping[tuple[str, str], tuple[int, int]], lane_x: int) -> str:
    points = [places[pin] for pin in net.pins]
    heights = [y for _, y in points]
    path = f"M{lane_x} {min(heights)}V{max(heights)}" + "".join(
        f"M{x} {y}H{lane_x}" for x, y in points
    )
    dots = "".join(
        f'<circle cx="{lane_x}" cy="{y}" r="3.5" fill="{COLOURS[net.colour]}"/>'
        for y in sorted(set(heights))
        if min(heights) < y < max(heights)
    )
    return (
        f'<path d="{path}" fill="none" stroke="{_PAPER}" stroke-width="7"/>'
        f'<path d="{path}" fill="none" stroke="{COLOURS[net.colour]}" stroke-width="2.5"/>{dots}'
    )


def _draw_box(box: Box, x: int, top: int, width: int, *, is_left: bool) -> str:
    text_x, anchor = (x + width - 9, "end") if is_left else (x + 9, "start")
    edge = x + width if is_left else x
    pins = "".join(
        f'\n<circle cx="{edge}" cy="{_pin_y(top, place)}" r="3.5" fill="{_SHEET}"'
        f' stroke="{_INK}" stroke-width="1.5"/>'
        f'<text x="{text_x}" y="{_pin_y(top, place) + 4}" text-anchor="{anchor}"'
        f' fill="{_INK}">{escape(pin)}</text>'
        for place, pin in enumerate(box.pins)
    )
    return (
        f'<rect x="{x}" y="{top}" width="{width}" height="{box.height}" rx="6" fill="{_SHEET}"'
        f' stroke="{_INK}" stroke-width="2"/>\n<text x="{x + width / 2:g}" y="{top + 18}"'
        f' text-anchor="middle" font-weight="bold" fill="{_INK}">{escape(box.says)}</text>{pins}'
    )
