"""What each page's template is given: one record a page, every field explained."""
# ruff: noqa: RUF009 - told is dataclasses.field with a meaning, made anew for each field

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from markupsafe import Markup

from dashboards.words import Words


def told(meaning: str) -> Any:
    return field(metadata={"help": meaning})


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go, and whether the reader is there already."""

    text: str = told("what the link says")
    url: str = told("where it goes")
    is_current: bool = field(default=False, metadata={"help": "true for the page being shown"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    label: str = told("the stretch of time, in words")
    cells: tuple[str, ...] = told("the figures, as a language writes them; unknown is said")


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a chart, one line a bar."""

    caption: str = told("what the table tells")
    columns: tuple[str, ...] = told("the heads, with units; the first is of the labels")
    rows: tuple[Row, ...] = told("the lines, oldest first")


@dataclass(frozen=True, slots=True)
class EnergyPanel:
    """One period of a household: the sentence, then the chart, then the table."""

    key: str = told("names the panel in addresses inside the page")
    heading: str = told("which period, in words")
    sentence: Markup = told("how much was used, or that nothing is known")
    cost: str | None = told("what it cost; None where no price is known")
    past: str | None = told("how that compares with the period before; None where it cannot")
    comparison: str | None = told("the same in something one can picture; None without a figure")
    chart: Markup | None = told("the bars as SVG; None if there is nothing to draw")
    table: Table = told("the bars as figures")
    provenance: tuple[str, ...] = told("how it is known: coverage, register, power, estimated")
    gaps: tuple[str, ...] = told("the longest holes, each with start, length, and what is known")
    more_gaps: str | None = told("how many shorter holes there are besides; None if none")
    links: tuple[Link, ...] = told("the period before, detail, and the table to take away")


@dataclass(frozen=True, slots=True)
class LivePanel:
    """The power of the moment."""

    sentence: Markup = told("how many watts, or that nothing was told yet")
    measured: str = told("the words before the time: measured at, or on")
    when: str | None = told("when it was measured; None if nothing was told yet")
    is_fresh: bool = told("false if the last word is too old to be called now")


@dataclass(frozen=True, slots=True)
class MomentPanel:
    """The rate of the moment, and how far the power is from the subscribed one."""

    rate: Markup = told("the rate and its price")
    until: str | None = told("when it changes; None if it does not within a day")
    margin: Markup | None = told("what may be switched on besides; None if the power is not fresh")
    limit_w: int = told("the subscribed power, for the script that keeps the margin up to date")
    is_over: bool = told("true above the subscribed power")


@dataclass(frozen=True, slots=True)
class RefusalPanel:
    """The last message of a meter that was refused."""

    when: str = told("when it came")
    reason: str = told("why it could not be used")
    advice: str = told("what to do about it")
    detail: str | None = told("where in the message; None if that would tell what was measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page has."""

    template: ClassVar[str]

    words: Words = told("the reader's language: words.text(code)")
    title: str = told("what the page is called, in the tab and as its only h1")
    languages: tuple[Link, ...] = told("this page in each language")


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomePage(Page):
    """For who comes without a link."""

    template: ClassVar[str] = "public/welcome.html"

    others: tuple[Words, ...] = told("the other languages, for a short welcome in each")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage(Page):
    """For who cannot be shown what was asked."""

    template: ClassVar[str] = "public/error.html"

    text: str = told("what happened and what to do next")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage(Page):
    """For operators and landlords' staff, who have an account."""

    template: ClassVar[str] = "public/login.html"

    problem: str | None = told("why the last try failed; none before the first")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingsPage(Page):
    """The buildings that a landlord's staff may open."""

    template: ClassVar[str] = "landlord/buildings.html"

    buildings: tuple[Link, ...] = told("one link a building, by name")


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage(Page):
    """A household's first view: now, today, this week, this month."""

    template: ClassVar[str] = "household/home.html"

    areas: tuple[Link, ...] = told("the household's other pages")
    where: str = told("dwelling and building")
    live: LivePanel = told("the power of the moment")
    moment: MomentPanel | None = told("its rate and its limit; None without a contract")
    alerts: tuple[str, ...] = told("what it chose to be told of and has not seen")
    findings: tuple[str, ...] = told("what the household should know about its meter")
    is_empty: bool = told("true before the first measurement of all")
    panels: tuple[EnergyPanel, ...] = told("today, this week, this month")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodPage(Page):
    """One day, week, month or year of a household."""

    template: ClassVar[str] = "household/period.html"

    areas: tuple[Link, ...] = told("the household's other pages")
    panel: EnergyPanel = told("the period")
    views: tuple[Link, ...] = told("day, week, month and year around the same date")
    before: Link = told("the period before")
    after: Link | None = told("the period after; None if it lies in the future")
    view: str = told("the view shown, for the form that goes to a date")
    date: str = told("the date shown, as 2026-01-31")
    today: str = told("the latest date that can be asked for")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChoice:
    """One purpose a household agrees to or not."""

    purpose: str = told("the purpose's code, for the form")
    text: str = told("what the household agrees to, in plain words")
    is_given: bool = told("whether it agrees now")


@dataclass(frozen=True, slots=True)
class OnceShown:
    """A link or token that is shown this once."""

    text: str = told("what it is for")
    secret: str = told("the link or token")
    url: str | None = field(default=None, metadata={"help": "where it leads, if it is a link"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPage(Page):
    """A household's own data: consents, passes, typed indices, visits, takeout, erasing."""

    template: ClassVar[str] = "household/data.html"

    is_paused: bool = told("true after the household took back its first consent")
    consents: tuple[ConsentChoice, ...] = told("each purpose")
    secret: OnceShown | None = told("what was made just now and is shown this once; else None")
    checks: tuple[str, ...] = told("what comparing typed indices gave")
    contract: str | None = told("the contract of today in words; None while paused")
    options: tuple[FormChoice, ...] = told("how a contract can price hours")
    visits: tuple[str, ...] = told("who looked at what, the latest first")
    now_local: str = told("the present minute, for forms")
    confirmation: str = told("the word that confirms erasing")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPage(Page):
    """Where a meter is taken home."""

    template: ClassVar[str] = "public/claim.html"

    code: str = told("the claim code, if the address brought it or it was typed")
    dwelling: str = told("the dwelling's letters as they were typed")
    refused: str | None = told("why the last try failed and what to do; None before the first")
    consents: tuple[ConsentChoice, ...] = told("what can be agreed to; the first is needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedPage(Page):
    """The letters and the picture that let a household in, shown this once."""

    template: ClassVar[str] = "public/claimed.html"

    letters: str = told("the letters, in groups")
    url: str = told("the same as an address")
    picture: Markup = told("the address as a QR code")


@dataclass(frozen=True, slots=True, kw_only=True)
class PinPage(Page):
    """Where a household types its PIN."""

    template: ClassVar[str] = "public/pin.html"

    problem: str | None = told("that the last PIN was wrong; None before the first")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage(Page):
    """Where a household types its letters."""

    template: ClassVar[str] = "public/enter.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorePage(Page):
    """One period with a chart to zoom into."""

    template: ClassVar[str] = "household/explore.html"

    heading: str = told("which period, in words")
    figure: str = told("the plotly figure as JSON")
    table: Table = told("the same figures")
    views: tuple[Link, ...] = told("day, week, month and year around the same date")
    before: Link = told("the period before")
    after: Link | None = told("the period after; None if it lies in the future")
    back: Link = told("the same period on paper-friendly bars")
    beside: tuple[Link, ...] = told("alone, beside the period before, beside the year before")
    other: Table | None = told("the figures of the period beside; None if there is none")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterPage(Page):
    """For a maker: whether the meter lives."""

    template: ClassVar[str] = "maker/meter.html"

    serial: str = told("the meter's name, as on its label")
    state: str = told("which stage of its life it is in")
    health: str = told("alive, silent or never: chooses the picture")
    sentence: str = told("whether it lives")
    last_sign: str | None = told("when it was last heard; None if never")
    readings: str = told("how many readings came today, and of how many")
    received_share: float | None = told("that as a share; None if nobody knows how many to expect")
    findings: tuple[str, ...] = told("what its maker should know")
    advice: str | None = told("what to do if it is quiet; None if it lives")
    refusal: RefusalPanel | None = told("the last message refused; None if none was")


@dataclass(frozen=True, slots=True)
class StepPanel:
    """One step of building a meter."""

    key: str = told("names the step in addresses")
    place: str = told("which step of how many, in words")
    title: str = told("what is done, in a few words")
    actions: tuple[str, ...] = told("what to do, one after another")
    picture: Markup = told("the same drawn, as SVG")
    alt: str = told("what is on the picture, for who does not see it")
    check: str = told("how to see that it is done")
    caution: str | None = told("what to beware of; None if nothing")
    needs_adult: bool = told("true if an adult looks before one goes on")
    is_to_verify: bool = told("true if nobody has tried this step with a real board yet")
    duration: str = told("how long it takes")
    is_done: bool = told("true if it is ticked")
    before: Link | None = told("the step before; None at the first")
    after: Link | None = told("the step after; None at the last")


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step in the list of all steps."""

    link: Link = told("the step's title and address")
    is_done: bool = told("true if it is ticked")


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """One test of a self-test: green or red, and what to do about red."""

    name: str = told("what is tested, in plain words")
    grade: str = told("passed, warned, failed or missing: chooses the colour")
    verdict: str = told("the same in a word, for who does not see colours")
    hint: str | None = told("what to do; None if there is nothing to do")
    redo: Link | None = told("the step to do again; None if there is none")


@dataclass(frozen=True, slots=True)
class KitCard:
    """A kit on the wall: readable from three metres."""

    number: str = told("the number of its box")
    name: str = told("the maker's nickname, or the serial")
    stage: str = told("how far it is, in words")
    progress: str = told("how many steps of how many")
    share: float = told("the same from 0 to 1")
    light: str = told("passed, failed, missing or repair: chooses the colour")
    verdict: str = told("the same in words")
    url: str = told("the kit's own page for the facilitator")


@dataclass(frozen=True, slots=True)
class FormChoice:
    """Something to choose in a form."""

    value: str = told("what is sent")
    text: str = told("what is read")


@dataclass(frozen=True, slots=True)
class BadgeLine:
    """A badge that can be given."""

    kind: str = told("what is sent")
    name: str = told("what the badge is called")
    is_given: bool = told("true if the maker has it already")


@dataclass(frozen=True, slots=True, kw_only=True)
class KitPage(Page):
    """For a maker: building the own meter, one step at a time."""

    template: ClassVar[str] = "kit/kit.html"

    serial: str = told("the meter's name, as on its label")
    where: str = told("the workshop, its day and the number of the box")
    stage: str = told("how far the meter is")
    nickname: str = told("what the maker is called; empty if nobody said")
    longest_nickname: int = told("how many letters a nickname may have")
    refused: str | None = told("why the last change was refused; None if it was not")
    ticket: str | None = told("what the meter needs; None if it is well")
    progress: str = told("how many steps of how many")
    share: float = told("the same from 0 to 1")
    step: StepPanel | None = told("the step to do; None where there is no guide yet")
    steps: tuple[StepLine, ...] = told("all steps")
    verdict: str = told("how the last self-test came out")
    rewards: tuple[Link, ...] = told("passport and badges to take home")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPage(Page):
    """For a maker at the bench: the self-test as it comes in; asks for itself again."""

    template: ClassVar[str] = "kit/bench.html"

    serial: str = told("the meter's name, as on its label")
    sentence: str = told("how the last self-test came out")
    when: str | None = told("when it came; None before the first")
    tests: tuple[JudgedLine, ...] = told("every test, in order")
    refresh_s: int = told("after how many seconds the page asks for itself again")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage(Page):
    """For the wall of a workshop: every kit; asks for itself again."""

    template: ClassVar[str] = "workshop/board.html"

    where: str = told("place and day")
    sentence: str = told("how many meters have passed, of how many")
    cards: tuple[KitCard, ...] = told("the kits in the order of their boxes")
    repairs: tuple[str, ...] = told("the open repair tickets, in words")
    refresh_s: int = told("after how many seconds the page asks for itself again")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkshopKitPage(Page):
    """For a facilitator: one kit, and what can be decided about it."""

    template: ClassVar[str] = "workshop/kit.html"

    serial: str = told("the meter's name, as on its label")
    where: str = told("the number of its box and who builds it")
    stage: str = told("how far it is")
    progress: str = told("how many steps of how many")
    last_sign: str = told("when it was last heard, or that it never was")
    ticket: str | None = told("what it needs; None if it is well")
    refused: str | None = told("why the last change was refused; None if it was not")
    verdict: str = told("how the last self-test came out")
    tests: tuple[JudgedLine, ...] = told("every test, in order")
    stages: tuple[FormChoice, ...] = told("the stages it may be put to from here")
    badges: tuple[BadgeLine, ...] = told("all badges, given or not")
    has_passport: bool = told("true once it passed")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningPage(Page):
    """For an operator: opening a workshop."""

    template: ClassVar[str] = "workshop/opening.html"

    refused: str | None = told("why the last order was refused; None if it was not")
    variants: tuple[FormChoice, ...] = told("the kinds of sensor head")
    today: str = told("the date the form begins with")
    most_kits: int = told("how many kits a workshop may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingPage(Page):
    """For a landlord: months of groups of homes."""

    template: ClassVar[str] = "landlord/building.html"

    name: str = told("the building")
    paper: Link = told("the same as a PDF to print, with an annex")
    savings: Link = told("what was saved since each action")
    sentence: Markup = told("the latest month that can be shown, or that none can")
    counts: tuple[Row, ...] = told("dwellings, consenting homes, meters alive")
    chart: Markup | None = told("energy per home and month; None before the first closed month")
    table: Table = told("the months, with the reason where one is withheld")
    rule: str = told("when a month is shown and when not")
    reasons: tuple[str, ...] = told("why months are withheld, each with how many")
    released: Link = told("the months to take away")
    actions: Table | None = told("what was done in the building, latest first; None if nothing")
    kinds: tuple[Row, ...] = told("kinds of action to choose from: the words, and the code")
    refused: str | None = told("why an action typed just now was not kept; None if it was")
    opening: Link | None = told("the page that everybody may read; None if there is none")
    may_change: bool = told("whether actions can be noted and the page for everybody switched")
    note_url: str = told("where an action is sent to")
    switch_url: str = told("where the switch of that page is sent to")


@dataclass(frozen=True, slots=True)
class LivePiece:
    """The power and the rate of a moment, in one of their states."""

    live: LivePanel = told("the power")
    moment: MomentPanel | None = told("the rate and the limit; None without a contract")


@dataclass(frozen=True, slots=True, kw_only=True)
class PiecesPage(Page):
    """Every piece that pages are made of."""

    template: ClassVar[str] = "public/pieces.html"

    areas: tuple[Link, ...] = told("links between pages")
    live: tuple[LivePiece, ...] = told("the moment: below and above the limit, late, never heard")
    energy_piece: EnergyPanel = told("a period with estimated and unknown stretches")
    empty: EnergyPanel = told("a period of which nothing is known")
    verdicts: tuple[str, ...] = told("what can be said of a saving")
    tests: tuple[JudgedLine, ...] = told("what can be said of a test")
    lights: tuple[str, ...] = told("the colours of a wall board")
    strips: Markup = told("homes side by side")
