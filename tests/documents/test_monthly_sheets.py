"""The fridge-door sheet says what the report says, on one page, whatever its names."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from commonwatt.documents.monthly_sheets import Paper
from commonwatt.errors import PeriodError
from commonwatt.reports.monthly_sheet import MonthEnergy, SheetDay, Tip
from dashboards.monthly_sheets import pile_coins, print_sheets, read_month, sheet_page
from dashboards.words import Words
from tests.api.hostile_names import list_hostile_names
from tests.documents.month_samples import DAYS, OCTOBER, SHEET, SILENT, sheet
from tests.documents.pdf_reading import PdfPage, read_pdf
from tests.documents.qr_reading import read_qr

WEB_URL = "https://compteurs.example.org"
LONGEST: dict[str, Any] = {
    "building_name": "W" * 80,
    "stairwell": "M" * 40,
    "dwelling_label": "W" * 40,
    "energy": MonthEnergy(OCTOBER, 99_999.0, 1.0, 0.5, 6666.6),
    "days": (
        *DAYS[:20],
        *(SheetDay(day.day, None, 0.0, is_outside=False) for day in DAYS[20:28]),
        *(SheetDay(day.day, None, 0.0, is_outside=True) for day in DAYS[28:]),
    ),
    "is_over": False,
    "daily_eur": 1999.9,
    "tip": Tip.ALWAYS_ON,
    "always_on_w": 99_990.0,
}


def squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)


def printed(
    *sheets: Any, language: str = "fr", paper: Paper = Paper.A4, web_url: str = WEB_URL
) -> list[PdfPage]:
    return read_pdf(print_sheets(sheets, web_url, Words(language), paper))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("tip", Tip)
def test_a_page_says_what_the_report_says(language: str, paper: Paper, tip: Tip) -> None:
    told = sheet(tip=tip, always_on_w=243.0, off_peak_share=0.17)
    words, page = Words(language), sheet_page(told, Words(language))
    (found,) = printed(told, language=language, paper=paper)
    said = [page.month, page.home, page.place, page.energy, page.daily, page.cost, page.tip]
    said += [page.highest, page.how, page.scan, *page.comparisons]
    said += [name for _, name in page.legend]
    assert [text for text in said if squeeze(text) not in found.text] == []
    assert words.month(date(2025, 10, 1)) in page.comparisons[1]


def test_a_code_leads_to_the_door_and_carries_no_secret() -> None:
    (page,) = printed(SHEET, web_url=f"{WEB_URL}/")
    assert [read_qr(code) for code in page.codes] == [f"{WEB_URL}/enter"]


@pytest.mark.parametrize(
    ("eur", "told"),
    [
        (0.0, []),
        (0.04, []),
        (0.06, [("10 c", 1)]),
        (2.78, [("2 €", 1), ("50 c", 1), ("20 c", 1), ("10 c", 1)]),
        (3.97, [("2 €", 2)]),
        (19.9, [("2 €", 9), ("1 €", 1), ("50 c", 1), ("20 c", 2)]),
    ],
)
def test_euros_are_told_in_the_fewest_coins(eur: float, told: list[tuple[str, int]]) -> None:
    piles = pile_coins(eur, Words("fr"))
    assert [(pile.label.replace("\xa0", " "), pile.count) for pile in piles] == told


@pytest.mark.parametrize(("eur", "twos"), [(3.9, 1), (12.0, 6), (14.0, 1)])
def test_coins_are_drawn_one_by_one_up_to_six(eur: float, twos: int) -> None:
    (page,) = printed(sheet(daily_eur=eur))
    assert sum(squeeze(run) == "2€" for run in page.runs) == twos


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_silent_month_is_not_nothing(language: str) -> None:
    words = Words(language)
    (page,) = printed(SILENT, language=language)
    for code in ("energy.unknown", "silent", "cost.silent", "tip.meter", "legend.unknown"):
        assert squeeze(words.text(f"sheet.{code}")) in page.text
    assert squeeze(words.text("sheet.legend.measured")) not in page.text
    assert "kWh" not in page.text


def test_a_month_lived_elsewhere_is_told_so() -> None:
    words = Words("fr")
    energy = MonthEnergy(OCTOBER, None, 0.0, 0.0, None)
    (page,) = printed(replace(SILENT, energy=energy, tip=Tip.NEUTRAL))
    assert squeeze(words.text("sheet.elsewhere")) in page.text
    assert squeeze(words.text("sheet.silent")) not in page.text


def test_without_a_price_the_way_to_one_is_told() -> None:
    words = Words("fr")
    (page,) = printed(sheet(daily_eur=None))
    assert squeeze(words.text("sheet.cost.unknown")) in page.text
    assert "€" not in page.text


def test_days_without_a_word_are_counted() -> None:
    days = (SheetDay(OCTOBER, None, 0.0, is_outside=False), *DAYS[1:])
    told = sheet_page(sheet(days=days), Words("en"))
    assert told.notice == "The meter said nothing for 1 day: its box is empty."
    assert [bar.is_unknown for bar in told.days] == [True] + [False] * 30


def test_bars_are_shares_of_the_highest_day() -> None:
    bars = sheet_page(SHEET, Words("fr")).days
    assert max(bar.measured + bar.estimated for bar in bars) == pytest.approx(1)
    assert [n for n, bar in enumerate(bars) if bar.estimated] == [20]
    assert bars[20].estimated == pytest.approx(2 / 10)
    assert bars[20].measured == pytest.approx(4 / 10)


@pytest.mark.parametrize(
    ("daily_kwh", "kind", "count"),
    [
        (0.04, None, 0),
        (0.1, "kettle", 1),
        (8.9, "kettle", 9),
        (15.0, "kettle", 15),
        (30.0, "heater", 10),
    ],
)
def test_a_day_is_a_row_of_pictures(daily_kwh: float, kind: str | None, count: int) -> None:
    energy = MonthEnergy(OCTOBER, 31 * daily_kwh, 1.0, 1.0, daily_kwh)
    pictures = sheet_page(sheet(energy=energy), Words("fr")).pictures
    assert (pictures.kind if pictures else None) == kind
    assert (pictures.count if pictures else 0) == count


@pytest.mark.parametrize(
    ("daily_kwh", "code"), [(7.5, "same"), (7.7, "same"), (7.8, "more"), (7.2, "less")]
)
def test_months_are_compared_by_the_day(daily_kwh: float, code: str) -> None:
    words = Words("en")
    energy = MonthEnergy(OCTOBER, 31 * daily_kwh, 1.0, 1.0, daily_kwh)
    told = sheet_page(sheet(energy=energy, year_before=None), words).comparisons
    percent = words.number(100 * abs(daily_kwh / 7.5 - 1))
    facts = {"month": "September 2026", "kwh": "7.50", "percent": percent}
    assert told == (words.text(f"sheet.than.{code}", **facts),)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("paper", Paper)
def test_the_longest_sheet_is_one_page(language: str, paper: Paper) -> None:
    (page,) = printed(sheet(**LONGEST), language=language, paper=paper)
    assert "W" * 120 in page.text
    assert not any("W" * 40 in run for run in page.runs)


def test_forty_sheets_are_forty_pages_in_order() -> None:
    pages = printed(*(sheet(dwelling_label=f"A{n:02}") for n in range(40)))
    assert len(pages) == 40
    assert [f"LogementA{n:02}" in page.text for n, page in enumerate(pages)] == [True] * 40


@pytest.mark.parametrize(
    "names", [list_hostile_names()[part::5] for part in range(5)], ids=range(5)
)
def test_every_hostile_name_stands_on_one_page(names: list[str]) -> None:
    sheets = [
        sheet(building_name=name[:80], stairwell=name[:40], dwelling_label=name[:40])
        for name in names
    ]
    pages = printed(*sheets)
    assert len(pages) == len(names)
    lost = [
        name
        for name, page in zip(names, pages, strict=True)
        if "zq7" not in page.text and "7qz" not in page.text
    ]
    assert lost == [], "told forwards, or backwards where a name turns the direction"


def test_the_same_sheet_makes_the_same_bytes() -> None:
    assert print_sheets([SHEET], WEB_URL, Words("fr")) == print_sheets(
        [SHEET], WEB_URL, Words("fr")
    )


def test_what_is_estimated_is_hatched_and_not_only_coloured() -> None:
    measured = sheet(days=(SheetDay(OCTOBER, 6.0, 0.0, is_outside=False),))
    estimated = sheet(days=(SheetDay(OCTOBER, 6.0, 6.0, is_outside=False),))
    patterns = [
        print_sheets([told], WEB_URL, Words("fr")).count(b"/PatternType 1")
        for told in (measured, estimated)
    ]
    assert patterns[0] == 0
    assert patterns[1] > 0


@pytest.mark.parametrize(
    ("asked", "month"),
    [(None, date(2026, 2, 1)), ("", date(2026, 2, 1)), ("2025-12", date(2025, 12, 1))],
)
def test_a_month_is_read_from_an_address(asked: str | None, month: date) -> None:
    assert read_month(asked, datetime(2026, 3, 12, tzinfo=UTC)) == month


def test_in_january_the_last_month_is_december() -> None:
    assert read_month(None, datetime(2026, 1, 1, tzinfo=UTC)) == date(2025, 12, 1)


@pytest.mark.parametrize("asked", ["2026-13", "october", "2026-10-01", "1999-12", "26-10"])
def test_what_is_no_month_is_refused(asked: str) -> None:
    with pytest.raises(PeriodError):
        read_month(asked, datetime(2026, 3, 12, tzinfo=UTC))
