"""The pages of a household, and the links between them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from dashboards.contexts import Link

if TYPE_CHECKING:
    from dashboards.words import Words


class Area(StrEnum):
    """One of a household's pages."""

    ENERGY = "energy"
    MONEY = "money"
    SAVING = "saving"
    ALWAYS_ON = "always_on"
    COMPARE = "compare"
    ADVICE = "advice"
    DATA = "data"


ADDRESSES = {
    Area.ENERGY: "/home",
    Area.MONEY: "/home/money",
    Area.SAVING: "/home/saving",
    Area.ALWAYS_ON: "/home/always-on",
    Area.COMPARE: "/home/compare",
    Area.ADVICE: "/home/advice",
    Area.DATA: "/home/data",
}


def area_links(current: Area, words: Words) -> tuple[Link, ...]:
    return tuple(
        Link(words.text(f"area.{area}"), ADDRESSES[area], area is current) for area in Area
    )
