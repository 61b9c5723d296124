"""What the templates of a household's further pages are given: euros, saving, what is always on."""
# ruff: noqa: RUF009 - told is dataclasses.field with a meaning, made anew for each field

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from dashboards.contexts import FormChoice, Link, LivePanel, Page, Table, told


@dataclass(frozen=True, slots=True)
class BudgetPanel:
    """What a household wants to spend in a month, beside what it has spent."""

    sentence: Markup = told("what is left for each day, or that it is spent, or that none is set")
    share: float | None = told("what is spent, from 0 to 1; None without a budget")
    share_text: str | None = told("the same in words")
    month_eur: str = told("the budget as the form shows it; empty without one")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyPage(Page):
    """What a household's electricity costs this month."""

    template: ClassVar[str] = "household/money.html"

    areas: tuple[Link, ...] = told("the household's other pages")
    month: str = told("which month")
    sentence: Markup = told("what it cost up to now, or that it cannot be told")
    forecast: Markup | None = told("what it will cost to its end; None if that is not known yet")
    problems: tuple[str, ...] = told("what lacks so that it can be priced, or be priced well")
    needs_contract: bool = told("true if the household has told no contract")
    table: Table | None = told("energy and cost by rate; None if nothing is priced")
    heater: str | None = told("what a load at dear hours costs; None if there is none")
    budget: BudgetPanel = told("the budget, and the form that sets it")
    known: tuple[str, ...] = told("how it is known, line by line")
    offers: Link = told("what other contracts would have cost")
    may_change: bool = told("false for a coach, who only looks")


@dataclass(frozen=True, slots=True, kw_only=True)
class OffersPage(Page):
    """What the same electricity would have cost with another contract."""

    template: ClassVar[str] = "household/offers.html"

    areas: tuple[Link, ...] = told("the household's other pages")
    sentence: Markup = told("which contract would have cost least, or what lacks")
    table: Table | None = told(
        "each contract, its cost and the difference; None if nothing is priced"
    )
    remarks: tuple[str, ...] = told("what is assumed, and what could not be priced")
    needs_contract: bool = told("true if the household has told no contract")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavingPage(Page):
    """What a household saved since a day, honestly."""

    template: ClassVar[str] = "household/saving.html"

    areas: tuple[Link, ...] = told("the household's other pages")
    verdict: str = told(
        "proven_drop, no_visible_change, rise or not_enough_data: chooses the picture"
    )
    sentence: Markup = told("the verdict, with the saving if it may be shown")
    interval: str | None = told("between what and what it lies; None if it may not be shown")
    worth: str | None = told("the same in euros; None if it may not be shown or priced")
    reasons: tuple[str, ...] = told("why no more can be said, and what to do")
    table: Table | None = told("expected and used by month; None if it may not be shown")
    known: tuple[str, ...] = told("how it is known, line by line")
    since: str = told("the day from which is compared, as 2026-01-31")
    earliest: str = told("the first day that can be chosen")
    latest: str = told("the last day that can be chosen")


@dataclass(frozen=True, slots=True)
class RoomStep:
    """A room of the hunt: what was found there, or where to go on."""

    name: str = told("the room")
    found: str | None = told("what was unplugged there saves; None before it was tried")
    link: Link | None = told("to note what is found; None where it is not the room's turn")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlwaysOnPage(Page):
    """What runs when nobody needs it, and a hunt through the rooms for it."""

    template: ClassVar[str] = "household/always_on.html"

    areas: tuple[Link, ...] = told("the household's other pages")
    sentence: Markup = told("how much is always on, or that no night is known yet")
    cost: str | None = told("what that costs in a year; None without a price")
    share: str | None = told("how much of all that is; None if it is not known")
    warning: str | None = told("that heating may be in it; None if it is not")
    live: LivePanel = told("the power of the moment")
    step: str = told("what to do next in the hunt")
    begin: Link | None = told("to begin the hunt, or begin again; None while no power is known")
    rooms: tuple[RoomStep, ...] = told("the rooms in order")
    found: str | None = told("what the hunt has found in all; None before something was")


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """What a household chose to be told of and was."""

    text: str = told("what was found, and above what")
    is_new: bool = told("true until the household says that it has seen it")


@dataclass(frozen=True, slots=True)
class AlertField:
    """One thing that a household can choose to be told of."""

    kind: str = told("day, always_on or month: what the form sends")
    label: str = told("what it is, and in which unit")
    state: str = told("whether it is chosen")
    above: str = told("above what, as the form shows it; empty if it is not chosen")
    limits: str = told("between what it can be chosen, and how it ends")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvicePage(Page):
    """One tip that fits the home, and what its household wants to be told of."""

    template: ClassVar[str] = "household/advice.html"

    areas: tuple[Link, ...] = told("the household's other pages")
    heading: str = told("the tip in a few words")
    sentence: Markup = told("the tip, with its figure if it has one")
    why: str = told("what the tip rests on")
    onward: Link | None = told("where to go on; None if there is nothing to do here")
    alerts: tuple[ToldAlert, ...] = told("what the household was told of lately")
    has_unseen: bool = told("true if one of them was not seen")
    fields: tuple[AlertField, ...] = told("what it can choose to be told of")
    may_change: bool = told("false for a coach, who only looks")


@dataclass(frozen=True, slots=True)
class ProfileForm:
    """What a household says of its home."""

    sources: tuple[FormChoice, ...] = told("what can heat a home or its water")
    heating: str = told("which of them heats the home; empty before it was told")
    hot_water: str = told("which of them heats its water; empty before it was told")
    surface_m2: str = told("the living surface; empty before it was told")
    people: str = told("how many live there; empty before it was told")
    consent: str = told("what the household agrees to")
    agrees: bool = told("whether it does")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePage(Page):
    """Where a home stands among those like it."""

    template: ClassVar[str] = "household/compare.html"

    areas: tuple[Link, ...] = told("the household's other pages")
    sentence: Markup = told("where it stands, or what lacks")
    detail: str | None = told("what homes like it use; None before they were compared")
    picture: Markup | None = told("the same as bars; None before they were compared")
    table: Table | None = told("the same as a table; None before they were compared")
    known: tuple[str, ...] = told("how it is known, line by line")
    form: ProfileForm | None = told("what the household says of its home; None for a coach")
