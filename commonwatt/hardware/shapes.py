"""The things that step pictures are made of: each drawn once, around its own origin, in one style."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

INK, SHEET, PAPER, GLOW, EMBER = "#2b211a", "#fffcf6", "#fbf5e9", "#ffe3b3", "#94470b"
WELL, ILL, DARK, METAL, BLUE = "#1f7a3d", "#b3261e", "#4a3f36", "#d9d2c7", "#1f5fa8"

_LEGS = "".join(f'<path d="M{x} 34V62" stroke="#8d8378"/>' for x in (12, 24, 36))
_PINS = "".join(f'<path d="M{x} 0V-7M{x} 46V53" stroke="#8d8378"/>' for x in range(10, 81, 10))
_HOLES = "".join(
    f'<circle cx="{x}" cy="{y}" r="1.6" fill="{DARK}" stroke="none"/>'
    for x in range(12, 151, 9)
    for y in (12, 21, 30, 70, 79, 88)
)


def _stroke(path: str, colour: str, width: float = 4) -> str:
    return f'<path d="{path}" stroke="{colour}" stroke-width="{width}"/>'


def _person(tall: int, colour: str) -> str:
    return (
        f'<circle cx="22" cy="16" r="14" fill="{GLOW}"/>'
        f'<path d="M2 {tall}V58a20 20 0 0 1 40 0V{tall}Z" fill="{colour}"/>'
    )


def _meter(light: str) -> str:
    """A utility meter seen from the front, its light as given."""
    return (
        f'<rect width="92" height="118" rx="10" fill="{METAL}"/>'
        f'<rect x="14" y="14" width="64" height="30" rx="4" fill="{SHEET}"/>'
        '<path d="M22 24H52M22 34H62" stroke-width="4"/>'
        f'<circle cx="46" cy="66" r="8" fill="{light}"/>'
        f'<rect x="10" y="86" width="72" height="24" rx="4" fill="{SHEET}"/>'
    )


def _rays(x: int, y: int, colour: str) -> str:
    path = f"M{x - 16} {y}h-9M{x + 16} {y}h9M{x} {y - 16}v-9M{x - 11} {y - 11}l-7 -7M{x + 11} {y - 11}l7 -7"
    return _stroke(path, colour, 3)


THINGS: Mapping[str, str] = {
    "carton": (
        f'<path d="M0 30H110V96H0Z" fill="{GLOW}"/><path d="M0 30L-16 8H30L38 30M110 30L126 8H80L72 30"'
        f' fill="{SHEET}"/>'
    ),
    "sheet": (
        f'<path d="M0 0H56L74 18V100H0Z" fill="{SHEET}"/><path d="M56 0V18H74"/>'
        '<path d="M12 34H58M12 50H58M12 66H58M12 82H44" stroke-width="2.5"/>'
    ),
    "shield": (
        f'<path d="M44 0L88 14C88 60 74 88 44 104C14 88 0 60 0 14Z" fill="{SHEET}"/>'
        f'<path d="M48 22L26 58H42L36 84L62 46H46Z" fill="{ILL}" stroke="none"/>'
        + _stroke("M14 84L76 20", ILL, 6)
    ),
    "goggles": (
        f'<rect x="0" y="0" width="40" height="28" rx="12" fill="{GLOW}"/>'
        f'<rect x="50" y="0" width="40" height="28" rx="12" fill="{GLOW}"/><path d="M40 12H50"/>'
    ),
    "sensor": (
        _LEGS + f'<rect y="0" width="48" height="36" rx="4" fill="{SHEET}"/>'
        f'<circle cx="24" cy="17" r="11" fill="{GLOW}"/>'
    ),
    "joints": (
        _stroke("M0 0V40", INK)
        + _stroke("M24 0V40", ILL)
        + _stroke("M48 0V40", "#b58900")
        + "".join(f'<circle cx="{x}" cy="0" r="6" fill="{METAL}"/>' for x in (0, 24, 48))
    ),
    "iron": (
        f'<path d="M0 78L34 44L42 52L8 80Z" fill="{METAL}"/>'
        f'<path d="M32 42L44 54L96 10L84 -4Z" fill="{EMBER}"/>'
        + _stroke("M-2 62c-8 -8 6 -14 -2 -24M10 54c-8 -8 6 -14 -2 -24", "#8d8378", 2)
    ),
    "tube": (
        f'<rect width="104" height="56" rx="6" fill="{DARK}"/>'
        f'<ellipse cx="104" cy="28" rx="12" ry="28" fill="{INK}"/>'
    ),
    "board": (
        _PINS + f'<rect width="90" height="46" rx="5" fill="{WELL}"/>'
        f'<rect x="-10" y="13" width="24" height="20" rx="4" fill="{METAL}"/>'
        f'<rect x="30" y="8" width="42" height="30" rx="3" fill="{METAL}"/>'
    ),
    "breadboard": f'<rect width="162" height="100" rx="6" fill="{SHEET}"/><path d="M6 50H156" stroke-width="2"/>'
    + _HOLES,
    "lamp_on": (
        f'<path d="M0 30V14a14 14 0 0 1 28 0V30Z" fill="{WELL}"/><path d="M8 30V52M20 30V46"/>'
        + _rays(14, 6, WELL)
    ),
    "lamp_off": f'<path d="M0 30V14a14 14 0 0 1 28 0V30Z" fill="{SHEET}"/><path d="M8 30V58M20 30V48"/>',
    "resistor": (
        '<path d="M-26 9H0M60 9H86"/>'
        f'<rect width="60" height="18" rx="8" fill="{GLOW}"/>'
        + _stroke("M14 1V17", "#b58900")
        + _stroke("M27 1V17", "#7b3fa0")
        + _stroke("M40 1V17", EMBER)
    ),
    "magnifier": f'<path d="M58 58L92 92" stroke-width="9"/><circle cx="36" cy="36" r="32" fill="{SHEET}" fill-opacity="0.4"/>',
    "finger": f'<path d="M0 30C-8 16 8 10 14 20L34 52C60 44 72 60 66 78L58 96H20L12 76Z" fill="{GLOW}"/>',
    "usb": (
        f'<rect width="30" height="20" rx="4" fill="{METAL}"/><rect x="-34" y="-4" width="36" height="28" rx="6"'
        f' fill="{DARK}"/>' + _stroke("M-34 10C-70 10 -60 60 -100 60", DARK, 6)
    ),
    "laptop": (
        f'<rect x="16" width="118" height="76" rx="6" fill="{SHEET}"/>'
        f'<path d="M0 96L16 76H134L150 96Z" fill="{METAL}"/>'
        '<path d="M34 20H90M34 36H112M34 52H76" stroke-width="3"/>'
    ),
    "wifi": (
        "<path d='M0 22C20 0 50 0 70 22M14 36C26 24 44 24 56 36'/>".replace("'", '"')
        + f'<circle cx="35" cy="50" r="4" fill="{INK}"/>'
    ),
    "label": (
        f'<rect width="104" height="56" rx="4" fill="{SHEET}"/>'
        '<path d="M48 14H92M48 28H92M48 42H76" stroke-width="2.5"/>'
        f'<path d="M10 12H20V22H10ZM28 12H38V22H28ZM10 32H20V42H10ZM29 33H37V41H29Z" fill="{INK}" stroke-width="1"/>'
    ),
    "meter": _meter(SHEET),
    "meter_lit": _meter(ILL) + _rays(46, 66, ILL),
    "tick": f'<circle cx="18" cy="18" r="18" fill="{WELL}" stroke="none"/>'
    + _stroke("M9 19L16 26L28 11", SHEET, 5),
    "cross": f'<circle cx="18" cy="18" r="18" fill="{ILL}" stroke="none"/>'
    + _stroke("M10 10L26 26M26 10L10 26", SHEET, 5),
    "adult": _person(112, BLUE),
    "youth": _person(92, EMBER),
    "talk": f'<path d="M0 0H60V36H26L10 52V36H0Z" fill="{SHEET}"/><path d="M12 12H48M12 24H38" stroke-width="2.5"/>',
    "arrow": _stroke("M0 0H44M30 -12L46 0L30 12", EMBER, 6),
    "arrow_down": _stroke("M0 0V36M-12 24L0 38L12 24", EMBER, 6),
    "wires": (
        _stroke("M0 0C30 0 20 40 60 40", ILL)
        + _stroke("M0 14C30 14 20 54 60 54", INK)
        + _stroke("M0 28C30 28 20 68 60 68", "#b58900")
    ),
    "green_wire": _stroke("M0 0C24 -26 48 -26 70 0", WELL),
    "opto": (
        '<path d="M12 -12V0M40 -12V0M12 44V56M40 44V56" stroke="#8d8378"/>'
        f'<rect width="52" height="44" rx="4" fill="{DARK}"/><circle cx="11" cy="34" r="4" fill="{SHEET}" stroke="none"/>'
    ),
    "terminal": (
        f'<rect width="60" height="46" rx="3" fill="{WELL}"/><circle cx="16" cy="18" r="10" fill="{METAL}"/>'
        f'<circle cx="44" cy="18" r="10" fill="{METAL}"/><path d="M10 18H22M38 18H50" stroke-width="2.5"/>'
    ),
    "two_wires": _stroke("M0 0C30 0 30 30 64 30", BLUE) + _stroke("M0 18C30 18 30 44 64 44", BLUE),
    "screwdriver": f'<path d="M0 84L34 50" stroke-width="5"/><path d="M30 46L40 56L78 20L64 6Z" fill="{ILL}"/>',
    "adc": (
        f'<rect width="70" height="56" rx="4" fill="{BLUE}"/><rect x="24" y="12" width="22" height="18" fill="{DARK}"/>'
        + "".join(f'<circle cx="{x}" cy="46" r="3.4" fill="{GLOW}"/>' for x in (9, 22, 35, 48, 61))
    ),
    "jack": f'<rect width="46" height="40" rx="4" fill="{DARK}"/><circle cx="23" cy="20" r="11" fill="{METAL}"/>',
    "plug": f'<path d="M0 8H26V14H0Z" fill="{METAL}"/><rect x="26" width="38" height="22" rx="5" fill="{DARK}"/>'
    + _stroke("M64 11C90 11 84 50 112 50", DARK, 5),
    "capacitor": f'<path d="M10 56V76M28 56V70" stroke="#8d8378"/><rect width="38" height="56" rx="5" fill="{BLUE}"/>'
    + _stroke("M29 10V46", SHEET, 5),
    "clamp": (
        f'<rect width="76" height="84" rx="14" fill="{BLUE}"/><circle cx="38" cy="32" r="19" fill="{SHEET}"/>'
        '<path d="M0 60H76"/>'
    ),
    "loop": "".join(
        f'<ellipse cx="{x}" cy="40" rx="9" ry="34" stroke="{EMBER}"/>' for x in (0, 8, 16, 24, 32)
    ),
    "demo_box": (
        f'<rect width="120" height="92" rx="8" fill="{METAL}"/><path d="M16 18H60M16 28H60M16 38H60" stroke-width="2"/>'
        '<text x="60" y="76" font-size="24" font-weight="bold" text-anchor="middle"'
        f' font-family="DejaVu Sans Mono, monospace" fill="{INK}" stroke="none">5 V</text>'
    ),
    "case": f'<rect width="130" height="80" rx="8" fill="{METAL}"/><rect x="10" y="10" width="110" height="60" rx="5" fill="{SHEET}"/>',
    "lid": f'<rect width="130" height="80" rx="8" fill="{METAL}"/><path d="M14 18H46" stroke-width="2.5"/>',
    "clock": f'<circle cx="30" cy="30" r="30" fill="{SHEET}"/><path d="M30 10V30H46"/>',
    "tie": _stroke("M0 20C20 -8 40 -8 60 20", INK, 6),
}
"""Every thing by its name; origins are top left, but for what sticks out."""
