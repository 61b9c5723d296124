"""What the templates of the build guide are given."""
# ruff: noqa: RUF009 - told is dataclasses.field with a meaning, made anew for each field

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from dashboards.contexts import FormChoice, Link, Page, Table, told


@dataclass(frozen=True, slots=True)
class HeadCard:
    """One kind of meter that can be built."""

    name: str = told("what it reads")
    text: str = told("who builds and places it")
    facts: str = told("how many steps, how long, what it costs")
    link: Link = told("its steps")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidePage(Page):
    """The build guide's first page."""

    template: ClassVar[str] = "guide/guide.html"

    heads: tuple[HeadCard, ...] = told("the kinds of meter")
    links: tuple[Link, ...] = told("parts and repairs")


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One step, with its picture."""

    key: str = told("names the step in addresses inside the page")
    place: str = told("which step of how many, and how long it takes")
    title: str = told("what is done, in a few words")
    picture: Markup = told("the same drawn, as SVG")
    alt: str = told("what is on the picture")
    actions: tuple[str, ...] = told("what to do, one after another")
    check: str = told("how to see that it is done")
    caution: str | None = told("what to beware of; None if nothing")
    needs_adult: bool = told("true if an adult looks before one goes on")
    things: str = told("parts and tools that come to the table; empty if none do")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadPage(Page):
    """All steps of one kind of meter, and its wiring."""

    template: ClassVar[str] = "guide/head.html"

    back: Link = told("the guide's first page")
    text: str = told("who builds and places it")
    steps: tuple[GuideStep, ...] = told("the steps in order")
    wiring: Markup = told("the wiring of the head, as SVG")
    wiring_title: str = told("what the drawing shows")
    wires: tuple[str, ...] = told("each wire as a line to read")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsPage(Page):
    """What to buy for a number of kits."""

    template: ClassVar[str] = "guide/parts.html"

    back: Link = told("the guide's first page")
    heads: tuple[FormChoice, ...] = told("the kinds of meter to choose from")
    head: str = told("the one that is chosen")
    kits: int = told("for how many kits")
    most_kits: int = told("the most that can be asked for")
    total: Markup = told("what all of it costs, about")
    parts: Table = told("each part, how many to buy, what they cost")
    tools: Table = told("each tool, and how many a group shares")


@dataclass(frozen=True, slots=True)
class RepairCard:
    """Something that goes wrong, and what to do."""

    key: str = told("names the card in addresses inside the page")
    title: str = told("what is wrong")
    light: str = told("how the lamp shows it, in words")
    sign: str = told("how else it shows")
    actions: tuple[str, ...] = told("what to do, one after another")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairsPage(Page):
    """What goes wrong most."""

    template: ClassVar[str] = "guide/repairs.html"

    back: Link = told("the guide's first page")
    cards: tuple[RepairCard, ...] = told("one for each thing that goes wrong")
