"""The parts list: what a meter is made of, and what to buy for a number of kits."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import TYPE_CHECKING

from commonwatt.errors import CatalogueError
from commonwatt.hardware.folders import DOCUMENTS, HEADS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SPARE_SHARE = 0.1
"""What breaks or rolls under the table: one in ten, at least one of each."""
KITS_PER_BENCH = 4
_SETS = ("core", *HEADS, "bench")


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the parts list; `price_eur` is indicative, of the month `price_date`."""

    ref: str
    counts: Mapping[str, int]
    names: Mapping[str, str]
    mpn: str
    alternatives: str
    price_eur: float
    price_date: str
    licence: str
    safety: Mapping[str, str]

    def count_for(self, head: str) -> int:
        """How many of it one meter with this head has."""
        return self.counts["core"] + self.counts[head]


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that stays with the workshop and is shared by some kits."""

    ref: str
    kits_per_tool: int
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShoppingLine:
    """How many of one part to buy; `cost_eur` is indicative."""

    part: Part
    needed: int
    bought: int

    @property
    def cost_eur(self) -> float:
        return self.bought * self.part.price_eur


@cache
def shipped_parts() -> Mapping[str, Part]:
    return {part.ref: part for part in read_parts(DOCUMENTS / "hardware" / "bom.csv")}


@cache
def shipped_tools() -> Mapping[str, Tool]:
    rows = _rows(DOCUMENTS / "hardware" / "tools.csv")
    tools = [Tool(row["ref"], int(row["kits_per_tool"]), _told(row, "name")) for row in rows]
    return {tool.ref: tool for tool in tools}


def read_parts(path: Path) -> list[Part]:
    """Every part of a file; an error says which line and what is wrong with it."""
    parts = []
    for number, row in enumerate(_rows(path), 2):
        try:
            parts.append(_part(row))
        except (KeyError, TypeError, ValueError) as error:
            raise CatalogueError(f"{path.name}, line {number}: {error}") from error
    refs = [part.ref for part in parts]
    if len(set(refs)) < len(refs):
        raise CatalogueError(f"{path.name}: a part stands there twice")
    return parts


def shopping_list(head: str, kits: int) -> list[ShoppingLine]:
    """What to buy for some kits with one head and the benches that test them, with spares."""
    if head not in HEADS:
        raise CatalogueError(f"a head is one of {', '.join(HEADS)}, not {head!r}")
    if kits < 1:
        raise CatalogueError(f"one kit at least, not {kits}")
    benches = ceil(kits / KITS_PER_BENCH)
    lines = []
    for part in shipped_parts().values():
        needed = part.count_for(head) * kits + part.counts["bench"] * benches
        if needed:
            lines.append(ShoppingLine(part, needed, needed + ceil(needed * SPARE_SHARE)))
    return lines


def tools_for(kits: int) -> list[tuple[Tool, int]]:
    return [(tool, ceil(kits / tool.kits_per_tool)) for tool in shipped_tools().values()]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _told(row: Mapping[str, str], column: str) -> dict[str, str]:
    return {language: row[f"{column}_{language}"] for language in ("fr", "en")}


def _part(row: Mapping[str, str]) -> Part:
    price_eur = float(row["price_eur"])
    if price_eur <= 0 or not row["name_fr"] or not row["name_en"]:
        raise ValueError("a part has a price and a name in each language")
    return Part(
        ref=row["ref"],
        counts={name: int(row[name]) for name in _SETS},
        names=_told(row, "name"),
        mpn=row["mpn"],
        alternatives=row["alternatives"],
        price_eur=price_eur,
        price_date=row["price_date"],
        licence=row["licence"],
        safety=_told(row, "safety"),
    )
