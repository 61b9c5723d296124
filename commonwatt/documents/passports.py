"""The passport of a meter as one A4 page: the same facts as its JSON, in the reader's words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from commonwatt.documents.typesetting import set_pages

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class PassportLine:
    """A fact of the meter, or a test and how it came out, in words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class PassportPage:
    """What the page says, in order."""

    title: str
    serial: str
    sentence: str
    facts: Sequence[PassportLine]
    tests_heading: str
    tests: Sequence[PassportLine]
    warning: str


def passport_page(
    page: PassportPage, *, language: str, stamp_s: int, form: Literal["pdf", "png"] = "pdf"
) -> bytes:
    """One page, however long its names."""
    facts = asdict(page) | {"language": language}
    (made,) = set_pages("passport", facts, stamp_s=stamp_s, form=form)
    return made
