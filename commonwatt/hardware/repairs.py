"""What may go wrong with a meter, how its lamp shows it, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from commonwatt.catalogue.steps import GUIDE, MOST_ACTIONS, read_table
from commonwatt.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class RepairText:
    """A card in one language: what is wrong, how it shows, what to do."""

    title: str
    sign: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """One card; `blinks` is how the lamp shows it, `event` what the meter says of it."""

    key: str
    blinks: str
    event: str
    step: str
    texts: Mapping[str, RepairText]


@cache
def shipped_repairs() -> tuple[Repair, ...]:
    return tuple(parse_repair(raw) for raw in read_table(GUIDE / "repairs.toml")["repair"])


def parse_repair(raw: Mapping[str, Any]) -> Repair:
    texts = {
        name: RepairText(raw[name]["title"], raw[name]["sign"], tuple(raw[name]["actions"]))
        for name in _LANGUAGES
    }
    if any(not 1 <= len(text.actions) <= MOST_ACTIONS for text in texts.values()):
        raise CatalogueError(f"{raw['key']}: one to {MOST_ACTIONS} actions")
    return Repair(raw["key"], raw["blinks"], raw["event"], raw["step"], texts)
