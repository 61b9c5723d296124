"""The build guide in the reader's words: a kind of meter, a step, a repair; for pages and for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from commonwatt.catalogue.steps import shipped_steps
from commonwatt.hardware.folders import VARIANT_OF
from commonwatt.hardware.parts import shipped_parts, shipped_tools
from commonwatt.hardware.pictures import draw_picture
from dashboards.guide_contexts import GuideStep, RepairCard

if TYPE_CHECKING:
    from commonwatt.catalogue.steps import Step
    from commonwatt.hardware.repairs import Repair
    from dashboards.words import Words


def tell_facts(head: str, words: Words) -> str:
    """How many steps, how long, and what the parts of one meter cost."""
    steps = shipped_steps(VARIANT_OF[head])
    price_eur = sum(part.price_eur * part.count_for(head) for part in shipped_parts().values())
    return words.text(
        "guide.facts",
        steps=words.number(len(steps)),
        length=words.duration(sum(step.minutes for step in steps)),
        euros=words.euros(price_eur, whole=True),
    )


def tell_step(step: Step, number: int, count: int, words: Words) -> GuideStep:
    text = step.texts[words.chosen]
    place = words.text("kit.step", number=number, count=count)
    return GuideStep(
        key=step.key,
        place=f"{place} · {words.count('unit.minute', step.minutes)}",
        title=text.title,
        picture=Markup(draw_picture(step.key)),  # noqa: S704 - drawn by us, from our own file
        alt=text.alt,
        actions=text.actions,
        check=text.check,
        caution=text.caution,
        needs_adult=step.needs_adult,
        things=", ".join(list_things(step, words)),
    )


def list_things(step: Step, words: Words) -> list[str]:
    known, tools = shipped_parts(), shipped_tools()
    return [
        *(known[ref].names[words.language] for ref in step.parts),
        *(tools[ref].names[words.language] for ref in step.tools),
    ]


def tell_repair(repair: Repair, words: Words) -> RepairCard:
    text = repair.texts[words.language]
    length = "long" if repair.blinks.startswith("—") else "short"
    return RepairCard(
        key=repair.key,
        title=text.title,
        light=words.text(f"guide.light.{length}", count=words.number(repair.blinks.count("•"))),
        sign=text.sign,
        actions=text.actions,
    )
