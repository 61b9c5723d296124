"""What the templates of a landlord's further pages, and of what a landlord opens, are given."""
# ruff: noqa: RUF009 - told is dataclasses.field with a meaning, made anew for each field

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from dashboards.contexts import Link, Page, Table, told


@dataclass(frozen=True, slots=True)
class SavingPanel:
    """One action and what the building saved since: the sentence, then the interval, then how."""

    key: str = told("names the panel in addresses inside the page")
    heading: str = told("what was done and when")
    note: str = told("what the landlord wrote of it; empty if nothing")
    verdict: str = told("the verdict's code, for its colour; the words say it too")
    verdict_heading: str = told("the verdict in a few words")
    sentence: Markup = told("what was saved, or that nothing can be said")
    between: str | None = told("the interval in words; None without figures")
    advice: str = told("whether one can conclude, how long to wait, or why nothing is said")
    frozen: str | None = told("why the figures are not continued; None if they are")
    chart: Markup | None = told("the intervals as SVG; None without figures")
    table: Table | None = told("the intervals as figures; None without figures")
    known: tuple[str, ...] = told("method, days, homes, coverage, source")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingSavingsPage(Page):
    """For a landlord: what a building saved since each action."""

    template: ClassVar[str] = "landlord/savings.html"

    name: str = told("the building")
    back: Link = told("the building's months")
    panels: tuple[SavingPanel, ...] = told("the actions, latest first")
    act: Link = told("where to note an action")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDataPage(Page):
    """For everybody: the told months of a building that was opened."""

    template: ClassVar[str] = "public/open.html"

    name: str = told("the building")
    sentence: Markup = told("the latest month, or that there is none")
    table: Table | None = told("the months; None if there are none")
    since: str = told("since when everybody may read it")
    files: tuple[Link, ...] = told("the same to take away, and the wall display")
    licences: tuple[Link, ...] = told("the licences to choose from")


@dataclass(frozen=True, slots=True, kw_only=True)
class WallPage(Page):
    """For an entrance hall: one sentence and one figure, to be read from afar."""

    template: ClassVar[str] = "public/wall.html"

    sentence: Markup = told("the latest month in one sentence")
    figure: str | None = told("energy per home with its unit; None before the first month")
    caption: str = told("what the figure is and of whom")
    data: Link = told("where the figures are")
    refresh_s: int = told("after how many seconds the page asks for itself again")
