"""A household prints its own sheet: its figures, its words, and a note that it was printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from dashboards.words import Words
from tests.documents.pdf_reading import read_pdf
from tests.documents.qr_reading import read_qr

if TYPE_CHECKING:
    from tests.api.conftest import Doors


def ask(doors: Doors, audience: str = "household", **told: str) -> Any:
    headers = doors.headers(audience) | {"accept-language": "fr"}
    return doors.client.get("/home/sheet.pdf", params=told, headers=headers)


def test_a_household_prints_its_month(doors: Doors) -> None:
    answer = ask(doors, month="2026-03")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    (page,) = read_pdf(answer.content)
    for text in ("Mars2026", "LogementA01", "Tilleuls,escalierA"):
        assert text in page.text
    assert re.sub(r"\s", "", Words("fr").text("sheet.running")) in page.text
    assert [read_qr(code) for code in page.codes] == ["http://testserver/enter"]


def test_without_a_month_it_is_the_last_one_that_is_over(doors: Doors) -> None:
    (page,) = read_pdf(ask(doors).content)
    assert "Février2026" in page.text


def test_a5_is_smaller(doors: Doors) -> None:
    sizes = [
        re.search(rb"/MediaBox\s*\[0 0 ([\d.]+)", ask(doors, paper=paper).content)
        for paper in ("a4", "a5")
    ]
    assert [round(float(size[1])) for size in sizes if size] == [595, 420]


@pytest.mark.parametrize(
    "told", [{"month": "2026-13"}, {"month": "2026-04"}, {"month": "x"}, {"paper": "a3"}]
)
def test_what_cannot_be_printed_is_told(doors: Doors, told: dict[str, str]) -> None:
    assert ask(doors, **told).status_code == 422


def test_each_printing_is_noted_for_the_household(doors: Doors) -> None:
    ask(doors)
    headers = doors.headers("household")
    seen = doors.client.get("/api/v1/household/who-looked", headers=headers).json()
    assert [(each["viewer"], each["what"]) for each in seen] == [("household 1", "sheet")]
    page = doors.client.get("/home/data", headers=headers | {"accept-language": "fr"}).text
    assert Words("fr").text("visit.sheet") in page
