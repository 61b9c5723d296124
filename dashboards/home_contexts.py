"""What the templates of a household's further pages are given: euros, saving, what is always on."""
# ruff: noqa: RUF009 - told is dataclasses.field with a meaning, made anew for each field

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from dashboards.contexts import Link, LivePanel, Page, Table, told


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
