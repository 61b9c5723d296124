"""A landlord's report says what was told, what was not and why, and claims no saving."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from commonwatt.reports.building import BuildingMonth, BuildingReport
from commonwatt.reports.landlord_report import describe_building
from commonwatt.storage.actions import Action, ActionKind
from dashboards.landlord_reports import ANNEX, landlord_paper, print_landlord_report
from dashboards.words import Words
from tests.api.hostile_names import list_hostile_names
from tests.dashboards.landlord_samples import SAVINGS
from tests.documents.pdf_reading import read_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.reports.building_savings import ActionSaving

NOW_UTC = datetime(2026, 11, 3, 9, tzinfo=UTC)


def list_months() -> Iterator[BuildingMonth]:
    """2024 withheld, 2025 released with 20 homes, 2026 waiting."""
    for number in range(34):
        month = date(2024 + number // 12, number % 12 + 1, 1)
        if month.year == 2025:
            kwh = 20 * (200.0 + number)
            yield BuildingMonth(month, 20, kwh, 0.95 if month.month == 2 else 0.99, None)
        else:
            reason = "too_few_homes" if month.year == 2024 else "year_not_over"
            yield BuildingMonth(month, None, None, None, reason)


BUILDING = BuildingReport(
    building_id=1,
    building_name="Résidence des Tilleuls",
    now_utc=NOW_UTC,
    zone="Europe/Paris",
    dwellings=24,
    consenting_homes=20,
    live_meters=19,
    silent_meters=1,
    months=tuple(list_months()),
    actions=(
        Action(ActionKind.DISPLAY, date(2025, 10, 6), date(2025, 10, 17), "hall A"),
        Action(ActionKind.WORKS, date(2026, 1, 12), None, "isolation"),
    ),
)
EMPTY = replace(BUILDING, months=(), actions=())


def squeeze(text: str) -> str:
    return re.sub(r"\s|\u200b", "", text)


def text_of(
    building: BuildingReport, language: str = "fr", savings: tuple[ActionSaving, ...] = ()
) -> str:
    report = describe_building(building, savings)
    return "".join(page.text for page in read_pdf(print_landlord_report(report, Words(language))))


def test_months_are_counted_and_reasons_too() -> None:
    report = describe_building(BUILDING)
    assert (report.first_told, report.last_told) == (date(2025, 1, 1), date(2025, 12, 1))
    assert (report.told, report.homes) == (12, (20, 20))
    assert report.withheld == (("too_few_homes", 12), ("year_not_over", 10))
    assert report.lowest_coverage == pytest.approx(0.95)
    assert report.mean_coverage == pytest.approx((11 * 0.99 + 0.95) / 12)


def test_the_month_of_an_action_is_neither_before_nor_after() -> None:
    display, works = describe_building(BUILDING).actions
    assert (display.told_before, display.told_after, display.has_baseline) == (9, 2, False)
    assert (works.told_before, works.told_after, works.has_baseline) == (12, 0, True)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("building", [BUILDING, EMPTY], ids=["full", "empty"])
@pytest.mark.parametrize("state", ["proven", "unclear", "risen", "untold", "nothing done"])
def test_the_pages_say_what_the_report_says(
    language: str, building: BuildingReport, state: str
) -> None:
    savings = SAVINGS[state].actions
    paper = landlord_paper(describe_building(building, savings), Words(language))
    found = text_of(building, language, savings)
    said = [paper.title, paper.name, paper.issued, paper.sentence, paper.rule, paper.annex_lead]
    said += [text for pair in (*paper.counts, *paper.annex) for text in pair]
    for table in (paper.months, paper.withheld, paper.actions, paper.savings):
        said += [table.heading, *(cell for row in table.rows for cell in row)]
        said += [*table.columns] if table.rows else [table.empty]
    assert [text for text in said if squeeze(text) not in found] == []
    assert len(paper.annex) == len(ANNEX)


def test_the_annex_claims_what_is_told_and_nothing_else() -> None:
    words = Words("en")
    claims = {
        state: dict(
            landlord_paper(describe_building(BUILDING, SAVINGS[state].actions), words).annex
        )
        for state in ("proven", "untold")
    }
    name = words.text("paper.annex.savings.name")
    assert claims["proven"][name].startswith("Told of 1 of 2 actions")
    assert claims["untold"][name].startswith("They are not computed")


def test_what_is_withheld_has_no_figure() -> None:
    paper = landlord_paper(describe_building(BUILDING), Words("fr"))
    withheld = [row for row in paper.months.rows if len(row) == 2]
    assert len(withheld) == 22
    assert {row[1] for row in withheld} == {
        Words("fr").text(f"building.withheld.{reason}")
        for reason in ("too_few_homes", "year_not_over")
    }
    assert [bar.height is None for bar in paper.bars] == [True] * 2 + [False] * 12 + [True] * 10


def test_the_annex_stands_on_the_last_page() -> None:
    words = Words("fr")
    pages = read_pdf(print_landlord_report(describe_building(BUILDING), words))
    heading = squeeze(words.text("paper.annex"))
    assert [heading in page.text for page in pages] == [False] * (len(pages) - 1) + [True]


def test_every_hostile_name_is_printed() -> None:
    """Told forwards, or backwards where a name turns the direction."""
    names = list_hostile_names()
    notes = [Action(ActionKind.OTHER, date(2025, 3, 1), None, name) for name in names]
    found = text_of(replace(BUILDING, months=(), actions=tuple(notes)))
    assert found.count("zq7") + found.count("7qz") == sum(name.count("zq7") for name in names)


@pytest.mark.parametrize("name", list_hostile_names()[::7])
def test_a_building_may_have_any_name(name: str) -> None:
    found = text_of(replace(EMPTY, building_name=name))
    assert "zq7" in found or "7qz" in found


def test_the_widest_words_lie_within_the_page() -> None:
    note = Action(ActionKind.OTHER, date(2025, 3, 1), None, "W" * 200)
    wide = replace(BUILDING, building_name="W" * 80, actions=(note,))
    pages = read_pdf(print_landlord_report(describe_building(wide), Words("fr")))
    runs = [run for page in pages for run in page.runs if run.startswith("WW") or run == "W"]
    assert len("".join(runs)) == 280
    assert max(len(run) for run in runs) <= 8


def test_the_same_report_makes_the_same_bytes() -> None:
    report = describe_building(BUILDING)
    assert print_landlord_report(report, Words("fr")) == print_landlord_report(report, Words("fr"))
