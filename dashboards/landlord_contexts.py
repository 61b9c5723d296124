"""What the templates of a landlord's further pages are given."""
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
