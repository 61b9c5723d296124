"""The build guide as pages: kinds of meter, steps with pictures, parts to buy, repairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from commonwatt.catalogue.steps import shipped_steps
from commonwatt.errors import AccessError
from commonwatt.hardware.folders import HEADS, VARIANT_OF
from commonwatt.hardware.parts import shopping_list, tools_for
from commonwatt.hardware.repairs import shipped_repairs
from commonwatt.hardware.wiring import describe_wiring, draw_wiring, shipped_wiring
from dashboards.contexts import FormChoice, Link, Row, Table
from dashboards.deps import Language
from dashboards.guide_contexts import (
    GuidePage,
    HeadCard,
    HeadPage,
    PartsPage,
    RepairsPage,
)
from dashboards.guide_words import tell_facts, tell_repair, tell_step
from dashboards.rendering import language_links, render

if TYPE_CHECKING:
    from commonwatt.hardware.parts import ShoppingLine
    from dashboards.words import Words

router = APIRouter()

MOST_KITS = 500


@router.get("/guide")
def guide(request: Request, words: Language) -> HTMLResponse:
    page = GuidePage(
        words=words,
        title=words.text("guide.title"),
        languages=language_links(request, words),
        heads=tuple(_head_card(head, words) for head in HEADS),
        links=(
            Link(words.text("guide.parts"), "/guide/parts"),
            Link(words.text("guide.repairs"), "/guide/repairs"),
        ),
    )
    return render(request, page)


def _head_card(head: str, words: Words) -> HeadCard:
    return HeadCard(
        name=words.text(f"guide.head.{head}"),
        text=words.text(f"guide.who.{head}"),
        facts=tell_facts(head, words),
        link=Link(words.text(f"guide.open.{head}"), f"/guide/{head}"),
    )


@router.get("/guide/parts")
def parts(
    request: Request,
    words: Language,
    head: str = "led",
    kits: Annotated[int, Query(ge=1, le=MOST_KITS)] = 1,
) -> HTMLResponse:
    """What to buy for some kits and the benches that test them."""
    _require(head)
    lines = shopping_list(head, kits)
    total_eur = sum(line.cost_eur for line in lines)
    page = PartsPage(
        words=words,
        title=words.text("guide.parts"),
        languages=language_links(request, words),
        back=_back(words),
        heads=tuple(FormChoice(name, words.text(f"guide.head.{name}")) for name in HEADS),
        head=head,
        kits=kits,
        most_kits=MOST_KITS,
        total=words.rich(
            "guide.total",
            euros=words.euros(total_eur, whole=True),
            each=words.euros(total_eur / kits, whole=True),
        ),
        parts=_parts_table(lines, words),
        tools=_tools_table(kits, words),
    )
    return render(request, page)


def _parts_table(lines: list[ShoppingLine], words: Words) -> Table:
    months = sorted({line.part.price_date for line in lines})
    columns = ("part", "needed", "bought", "cost")
    return Table(
        caption=words.text("guide.parts.caption", month=months[-1]),
        columns=tuple(words.text(f"guide.column.{column}") for column in columns),
        rows=tuple(
            Row(
                line.part.names[words.language],
                (
                    words.number(line.needed),
                    words.number(line.bought),
                    words.cents(line.cost_eur),
                ),
            )
            for line in lines
        ),
    )


def _tools_table(kits: int, words: Words) -> Table:
    return Table(
        caption=words.text("guide.tools.caption"),
        columns=(words.text("guide.column.tool"), words.text("guide.column.needed")),
        rows=tuple(
            Row(tool.names[words.language], (words.number(count),))
            for tool, count in tools_for(kits)
        ),
    )


@router.get("/guide/repairs")
def repairs(request: Request, words: Language) -> HTMLResponse:
    page = RepairsPage(
        words=words,
        title=words.text("guide.repairs"),
        languages=language_links(request, words),
        back=_back(words),
        cards=tuple(tell_repair(repair, words) for repair in shipped_repairs()),
    )
    return render(request, page)


@router.get("/guide/{head}")
def head_steps(request: Request, words: Language, head: str) -> HTMLResponse:
    """Every step of one kind of meter, as one page that can be printed."""
    _require(head)
    steps = shipped_steps(VARIANT_OF[head])
    wiring = shipped_wiring(head)
    page = HeadPage(
        words=words,
        title=words.text(f"guide.head.{head}"),
        languages=language_links(request, words),
        back=_back(words),
        text=words.text(f"guide.who.{head}"),
        steps=tuple(
            tell_step(step, number, len(steps), words) for number, step in enumerate(steps, 1)
        ),
        wiring=Markup(draw_wiring(wiring)),  # noqa: S704 - drawn by us, from our own file
        wiring_title=wiring.titles[words.language],
        wires=tuple(describe_wiring(wiring)),
    )
    return render(request, page)


def _back(words: Words) -> Link:
    return Link(words.text("guide.back"), "/guide")


def _require(head: str) -> None:
    if head not in HEADS:
        raise AccessError
