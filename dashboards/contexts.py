"""What each page's template is given: one record a page, every field explained."""
# ruff: noqa: RUF009 - _told is dataclasses.field with a meaning, made anew for each field

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from markupsafe import Markup

from dashboards.words import Words


def _told(meaning: str) -> Any:
    return field(metadata={"help": meaning})


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go, and whether the reader is there already."""

    text: str = _told("what the link says")
    url: str = _told("where it goes")
    is_current: bool = field(default=False, metadata={"help": "true for the page being shown"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    label: str = _told("the stretch of time, in words")
    cells: tuple[str, ...] = _told("the figures, as a language writes them; unknown is said")


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a chart, one line a bar."""

    caption: str = _told("what the table tells")
    columns: tuple[str, ...] = _told("the heads, with units; the first is of the labels")
    rows: tuple[Row, ...] = _told("the lines, oldest first")


@dataclass(frozen=True, slots=True)
class EnergyPanel:
    """One period of a household: the sentence, then the chart, then the table."""

    key: str = _told("names the panel in addresses inside the page")
    heading: str = _told("which period, in words")
    sentence: Markup = _told("how much was used, or that nothing is known")
    comparison: str | None = _told("the same in something one can picture; None without a figure")
    chart: Markup | None = _told("the bars as SVG; None if there is nothing to draw")
    table: Table = _told("the bars as figures")
    provenance: tuple[str, ...] = _told("how it is known: coverage, register, power, estimated")
    gaps: tuple[str, ...] = _told("the longest holes, each with start, length, and what is known")
    more_gaps: str | None = _told("how many shorter holes there are besides; None if none")
    links: tuple[Link, ...] = _told("the period before, detail, and the table to take away")


@dataclass(frozen=True, slots=True)
class LivePanel:
    """The power of the moment."""

    sentence: Markup = _told("how many watts, or that nothing was told yet")
    measured: str = _told("the words before the time: measured at, or on")
    when: str | None = _told("when it was measured; None if nothing was told yet")
    is_fresh: bool = _told("false if the last word is too old to be called now")


@dataclass(frozen=True, slots=True)
class RefusalPanel:
    """The last message of a meter that was refused."""

    when: str = _told("when it came")
    reason: str = _told("why it could not be used")
    advice: str = _told("what to do about it")
    detail: str | None = _told("where in the message; None if that would tell what was measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page has."""

    template: ClassVar[str]

    words: Words = _told("the reader's language: words.text(code)")
    title: str = _told("what the page is called, in the tab and as its only h1")
    languages: tuple[Link, ...] = _told("this page in each language")


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomePage(Page):
    """For who comes without a link."""

    template: ClassVar[str] = "public/welcome.html"

    others: tuple[Words, ...] = _told("the other languages, for a short welcome in each")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage(Page):
    """For who cannot be shown what was asked."""

    template: ClassVar[str] = "public/error.html"

    text: str = _told("what happened and what to do next")


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage(Page):
    """A household's first view: now, today, this week, this month."""

    template: ClassVar[str] = "household/home.html"

    where: str = _told("dwelling and building")
    live: LivePanel = _told("the power of the moment")
    findings: tuple[str, ...] = _told("what the household should know about its meter")
    is_empty: bool = _told("true before the first measurement of all")
    panels: tuple[EnergyPanel, ...] = _told("today, this week, this month")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodPage(Page):
    """One day, week, month or year of a household."""

    template: ClassVar[str] = "household/period.html"

    panel: EnergyPanel = _told("the period")
    views: tuple[Link, ...] = _told("day, week, month and year around the same date")
    before: Link = _told("the period before")
    after: Link | None = _told("the period after; None if it lies in the future")
    view: str = _told("the view shown, for the form that goes to a date")
    date: str = _told("the date shown, as 2026-01-31")
    today: str = _told("the latest date that can be asked for")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChoice:
    """One purpose a household agrees to or not."""

    purpose: str = _told("the purpose's code, for the form")
    text: str = _told("what the household agrees to, in plain words")
    is_given: bool = _told("whether it agrees now")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPage(Page):
    """A household's own data: consents, passes, typed indices, visits, takeout, erasing."""

    template: ClassVar[str] = "household/data.html"

    consents: tuple[ConsentChoice, ...] = _told("each purpose")
    pass_url: str | None = _told("a coach's new link, shown this once; else None")
    checks: tuple[str, ...] = _told("what comparing typed indices gave")
    visits: tuple[str, ...] = _told("who looked at what, the latest first")
    confirmation: str = _told("the word that confirms erasing")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage(Page):
    """Where a household types its letters."""

    template: ClassVar[str] = "public/enter.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorePage(Page):
    """One period with a chart to zoom into."""

    template: ClassVar[str] = "household/explore.html"

    heading: str = _told("which period, in words")
    figure: str = _told("the plotly figure as JSON")
    table: Table = _told("the same figures")
    views: tuple[Link, ...] = _told("day, week, month and year around the same date")
    before: Link = _told("the period before")
    after: Link | None = _told("the period after; None if it lies in the future")
    back: Link = _told("the same period on paper-friendly bars")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterPage(Page):
    """For a maker: whether the meter lives."""

    template: ClassVar[str] = "maker/meter.html"

    serial: str = _told("the meter's name, as on its label")
    state: str = _told("which stage of its life it is in")
    health: str = _told("alive, silent or never: chooses the picture")
    sentence: str = _told("whether it lives")
    last_sign: str | None = _told("when it was last heard; None if never")
    readings: str = _told("how many readings came today, and of how many")
    received_share: float | None = _told("that as a share; None if nobody knows how many to expect")
    findings: tuple[str, ...] = _told("what its maker should know")
    advice: str | None = _told("what to do if it is quiet; None if it lives")
    refusal: RefusalPanel | None = _told("the last message refused; None if none was")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingPage(Page):
    """For a landlord: months of groups of homes."""

    template: ClassVar[str] = "landlord/building.html"

    name: str = _told("the building")
    sentence: Markup = _told("the latest month that can be shown, or that none can")
    counts: tuple[Row, ...] = _told("dwellings, consenting homes, meters alive")
    chart: Markup | None = _told("energy per home and month; None before the first closed month")
    table: Table = _told("the months, with the reason where one is withheld")
    rule: str = _told("when a month is shown and when not")
