"""The words of the printed build guide: the same steps, parts and repairs as on the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from commonwatt.catalogue.steps import shipped_steps
from commonwatt.documents.guide_sheets import GuideSheets, RepairSheet, StepSheet, guide_sheets
from commonwatt.errors import CatalogueError
from commonwatt.hardware.folders import HEADS, VARIANT_OF
from commonwatt.hardware.parts import shipped_parts, shipped_tools
from commonwatt.hardware.pictures import draw_picture
from commonwatt.hardware.repairs import shipped_repairs
from commonwatt.hardware.wiring import describe_wiring, draw_wiring, shipped_wiring
from dashboards.guide_words import tell_facts, tell_repair, tell_step

if TYPE_CHECKING:
    from commonwatt.catalogue.steps import Step
    from commonwatt.hardware.repairs import Repair
    from dashboards.words import Words

HEADINGS: Final = {
    "parts": "guide.parts.heading",
    "tools": "guide.tools",
    "things": "guide.things",
    "check": "kit.check",
    "caution": "kit.caution",
    "adult": "kit.adult",
    "wires": "guide.wires",
    "repairs": "guide.repairs",
}


def print_guide(
    head: str, words: Words, *, stamp_s: int, form: Literal["pdf", "png"] = "pdf"
) -> list[bytes]:
    """The guide of one kind of meter as one PDF, or as a picture a page."""
    if head not in HEADS:
        raise CatalogueError(f"a head is one of {', '.join(HEADS)}, not {head!r}")
    steps = shipped_steps(VARIANT_OF[head])
    pictures = {step.key: draw_picture(step.key).encode() for step in steps}
    pictures["wiring"] = draw_wiring(shipped_wiring(head)).encode()
    guide = tell_guide(head, words)
    return guide_sheets(guide, pictures, language=words.language, stamp_s=stamp_s, form=form)


def tell_guide(head: str, words: Words) -> GuideSheets:
    steps, wiring = shipped_steps(VARIANT_OF[head]), shipped_wiring(head)
    return GuideSheets(
        title=words.text(f"guide.head.{head}"),
        who=words.text(f"guide.who.{head}"),
        facts=tell_facts(head, words),
        warning=words.text("guide.untried"),
        licence=words.text("guide.licence"),
        headings={name: words.text(code) for name, code in HEADINGS.items()},
        parts=[
            (words.number(part.count_for(head)), part.names[words.language])
            for part in shipped_parts().values()
            if part.count_for(head)
        ],
        tools=_list_tools(steps, words),
        steps=[_sheet(step, number, len(steps), words) for number, step in enumerate(steps, 1)],
        wiring=wiring.titles[words.language],
        wires=describe_wiring(wiring),
        repairs_lead=words.text("guide.repairs.lead"),
        repairs=[_card(repair, words) for repair in shipped_repairs()],
    )


def _list_tools(steps: tuple[Step, ...], words: Words) -> list[str]:
    used = {ref for step in steps for ref in step.tools}
    return [tool.names[words.language] for ref, tool in shipped_tools().items() if ref in used]


def _sheet(step: Step, number: int, count: int, words: Words) -> StepSheet:
    told = tell_step(step, number, count, words)
    return StepSheet(
        picture=told.key,
        place=told.place,
        title=told.title,
        alt=told.alt,
        actions=told.actions,
        check=told.check,
        caution=told.caution,
        needs_adult=told.needs_adult,
        things=told.things,
    )


def _card(repair: Repair, words: Words) -> RepairSheet:
    told = tell_repair(repair, words)
    return RepairSheet(told.title, told.light, told.sign, told.actions)
