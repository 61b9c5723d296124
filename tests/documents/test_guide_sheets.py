"""The printed build guide says every step, part, wire and repair, and cuts none."""

from __future__ import annotations

import re
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from commonwatt.cli.commands import app
from commonwatt.documents.guide_sheets import guide_sheets
from commonwatt.errors import CatalogueError
from commonwatt.hardware.folders import HEADS
from dashboards.guide_sheets import print_guide, tell_guide
from dashboards.words import LANGUAGES, Words
from tests.documents.pdf_reading import UNREADABLE, PdfPage, read_pdf

if TYPE_CHECKING:
    from pathlib import Path

    from commonwatt.documents.guide_sheets import GuideSheets

REPAIR_PAGES = 2


def printed(head: str, language: str) -> list[PdfPage]:
    (pdf,) = print_guide(head, Words(language), stamp_s=0)
    return read_pdf(pdf)


def squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)


def missing(texts: list[str], page: PdfPage) -> list[str]:
    return [text for text in texts if squeeze(text) not in page.text]


def told_of_step(guide: GuideSheets, number: int) -> list[str]:
    step = guide.steps[number]
    optional = [step.caution or "", guide.headings["adult"] if step.needs_adult else ""]
    return [step.place, step.title, *step.actions, step.check, step.things, *optional]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_its_part(head: str, language: str) -> None:
    guide, pages = tell_guide(head, Words(language)), printed(head, language)
    steps = ceil(len(guide.steps) / 2)
    assert len(pages) == 1 + steps + 1 + REPAIR_PAGES
    cover, *step_pages = pages[: 1 + steps]
    wiring, *repairs = pages[1 + steps :]
    names = [name for _, name in guide.parts]
    told = [guide.title, guide.who, guide.facts, guide.warning, guide.licence, *guide.tools]
    assert missing([*told, *names], cover) == []
    for number in range(len(guide.steps)):
        assert missing(told_of_step(guide, number), step_pages[number // 2]) == []
    assert missing([guide.wiring, *guide.wires], wiring) == []
    cards = PdfPage(tuple(run for page in repairs for run in page.runs), ())
    for card in guide.repairs:
        assert missing([card.title, card.light, card.sign, *card.actions], cards) == []
    assert not any(UNREADABLE in page.text for page in pages)


def test_the_same_guide_gives_the_same_bytes() -> None:
    assert print_guide("led", Words("fr"), stamp_s=0) == print_guide("led", Words("fr"), stamp_s=0)


def test_a_step_that_would_be_cut_is_an_error() -> None:
    guide = tell_guide("led", Words("en"))
    first = replace(guide.steps[0], actions=("Press the button once more. " * 60,))
    pictures = {step.picture: b"<svg xmlns='http://www.w3.org/2000/svg'/>" for step in guide.steps}
    with pytest.raises(Exception, match="too long for half a page"):
        guide_sheets(
            replace(guide, steps=[first, *guide.steps[1:]]),
            pictures | {"wiring": pictures["unpack"]},
            language="en",
            stamp_s=0,
        )


def test_the_command_writes_a_new_file_and_keeps_an_old_one(tmp_path: Path) -> None:
    out = tmp_path / "guide.pdf"
    done = CliRunner().invoke(app, ["guide", str(out), "--head", "tic", "--language", "falc"])
    assert done.exit_code == 0, done.output
    assert squeeze(Words("falc").text("guide.head.tic")) in read_pdf(out.read_bytes())[0].text
    before = out.read_bytes()
    assert CliRunner().invoke(app, ["guide", str(out)]).exit_code != 0
    assert out.read_bytes() == before


def test_an_unknown_head_is_told_the_known_ones() -> None:
    with pytest.raises(CatalogueError, match="led, tic, ct"):
        print_guide("laser", Words("fr"), stamp_s=0)
