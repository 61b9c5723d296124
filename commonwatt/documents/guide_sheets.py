"""The build guide on A4: a cover with the parts, two steps a page, the wiring, the repairs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from commonwatt.documents.typesetting import set_pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class StepSheet:
    """Half a page: one step, its picture by name, and what to do."""

    picture: str
    place: str
    title: str
    alt: str
    actions: Sequence[str]
    check: str
    caution: str | None
    needs_adult: bool
    things: str


@dataclass(frozen=True, slots=True)
class RepairSheet:
    """A card: what is wrong, how it shows, what to do."""

    title: str
    light: str
    sign: str
    actions: Sequence[str]


@dataclass(frozen=True, slots=True)
class GuideSheets:
    """What the sheets say, in words, in the order of the pages; `headings` are said on each."""

    title: str
    who: str
    facts: str
    warning: str
    licence: str
    headings: Mapping[str, str]
    parts: Sequence[tuple[str, str]]
    tools: Sequence[str]
    steps: Sequence[StepSheet]
    wiring: str
    wires: Sequence[str]
    repairs_lead: str
    repairs: Sequence[RepairSheet]


def guide_sheets(
    guide: GuideSheets,
    pictures: Mapping[str, bytes],
    *,
    language: str,
    stamp_s: int,
    form: Literal["pdf", "png"] = "pdf",
) -> list[bytes]:
    """One PDF, or a picture a page; `pictures` hold each step's by name, and the wiring."""
    facts = asdict(guide) | {"language": language}
    drawn = {f"{name}.svg": picture for name, picture in pictures.items()}
    return set_pages("guide_sheets", facts, drawn, stamp_s=stamp_s, form=form)
