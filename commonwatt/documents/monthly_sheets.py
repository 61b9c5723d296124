"""The fridge-door sheet: one page a home and month, on A4 or A5, for one home or many at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from commonwatt.documents.typesetting import qr_svg, set_pages

if TYPE_CHECKING:
    from collections.abc import Sequence


class Paper(StrEnum):
    """The size of a sheet."""

    A4 = "a4"
    A5 = "a5"


@dataclass(frozen=True, slots=True)
class DayBar:
    """A day of the month: heights from 0 to 1 of what was measured and of what is estimated."""

    number: str
    measured: float
    estimated: float
    is_unknown: bool
    is_outside: bool


@dataclass(frozen=True, slots=True)
class CoinPile:
    """So many coins of one value, with what stands on them."""

    label: str
    size: float
    count: int


@dataclass(frozen=True, slots=True)
class Pictures:
    """The picture of a day's energy: kettles or heaters, so many of them, and the sentence below."""

    kind: Literal["kettle", "heater"]
    count: int
    sentence: str


@dataclass(frozen=True, slots=True)
class SheetPage:
    """What a sheet says, in words, in the order of the page."""

    month: str
    home: str
    place: str
    energy: str
    daily: str
    notice: str
    pictures: Pictures | None
    cost: str
    coins: Sequence[CoinPile]
    days_heading: str
    days: Sequence[DayBar]
    highest: str
    legend: Sequence[tuple[str, str]]
    comparisons: Sequence[str]
    tip_heading: str
    tip: str
    scan: str
    how: str


def month_sheets(
    pages: Sequence[SheetPage],
    enter_url: str,
    *,
    title: str,
    language: str,
    stamp_s: int,
    paper: Paper = Paper.A4,
    form: Literal["pdf", "png"] = "pdf",
) -> list[bytes]:
    """One page a sheet; the code leads to the door for everybody and lets nobody in by itself."""
    facts = {
        "title": title,
        "language": language,
        "paper": paper.value,
        "sheets": [asdict(page) for page in pages],
    }
    pictures = {"enter.svg": qr_svg(enter_url)}
    return set_pages("monthly_sheet", facts, pictures, stamp_s=stamp_s, form=form)
