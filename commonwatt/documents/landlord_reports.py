"""A landlord's report on A4: months as bars and as a table, what is withheld, actions, and an annex."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from commonwatt.documents.typesetting import set_pages

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class MonthBar:
    """A month: its height from 0 to 1, or None where it is withheld, and what stands below it."""

    label: str
    height: float | None


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table with its heading; without rows its `empty` sentence stands there.

    The last cell of a row that is shorter than the columns goes on to their end.
    """

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    empty: str


@dataclass(frozen=True, slots=True)
class LandlordPaper:
    """What the report says, in order."""

    title: str
    name: str
    issued: str
    sentence: str
    counts: Sequence[tuple[str, str]]
    chart_heading: str
    bars: Sequence[MonthBar]
    legend: tuple[str, str]
    months: PaperTable
    withheld: PaperTable
    rule: str
    actions: PaperTable
    savings: PaperTable
    annex_heading: str
    annex_lead: str
    annex: Sequence[tuple[str, str]]
    page: str


def landlord_pages(
    paper: LandlordPaper, *, language: str, stamp_s: int, form: Literal["pdf", "png"] = "pdf"
) -> list[bytes]:
    """As many pages as it takes; the annex begins a new one."""
    facts = asdict(paper) | {"language": language}
    return set_pages("landlord_report", facts, stamp_s=stamp_s, form=form)
