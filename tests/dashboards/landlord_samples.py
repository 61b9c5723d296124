"""What a landlord is told, made by hand, in every state a page can be in."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from commonwatt.access import Landlord
from commonwatt.core.tiers import Verdict
from commonwatt.reports.building_savings import WAITING, ActionSaving, BuildingSavings
from commonwatt.reports.open_data import LICENCES, OpenData
from commonwatt.storage.actions import Action, ActionKind
from commonwatt.storage.building_savings import SavingFigures
from dashboards.pages import building_savings, open_data
from tests.dashboards.samples import NOW_UTC, building_report

if TYPE_CHECKING:
    import pytest

DISPLAYS = Action(ActionKind.DISPLAY, date(2025, 3, 1), None, "Escaliers <A> et B")
WORKS = Action(ActionKind.WORKS, date(2025, 1, 6), date(2025, 1, 31), "")


def figures(share: float, low: float, high: float, weeks: int | None) -> SavingFigures:
    return SavingFigures(
        homes=17,
        waiting_homes=24,
        share=share,
        low=low,
        high=high,
        saved_kwh=round(31_240 * share),
        expected_kwh=31_240,
        detectable=0.052,
        placebo_low=-0.021,
        placebo_high=0.033,
        coverage=0.982,
        weeks_to_go=weeks,
    )


def told(verdict: Verdict, found: SavingFigures, frozen: str | None = None) -> ActionSaving:
    days = (date(2025, 3, 1), date(2026, 1, 1))
    return ActionSaving(DISPLAYS, *days, verdict, None, frozen, found)


def untold(reason: str) -> ActionSaving:
    start_day, end_day = (date(2025, 2, 1), date(2026, 1, 1)) if reason != WAITING else (None, None)
    return ActionSaving(WORKS, start_day, end_day, Verdict.NOT_ENOUGH_DATA, reason, None, None)


def savings_report(*actions: ActionSaving) -> BuildingSavings:
    return BuildingSavings(1, "Résidence des <Tilleuls>", "Ormes", actions)


DROP = told(Verdict.PROVEN_DROP, figures(0.091, 0.042, 0.138, 0))
SAVINGS: dict[str, BuildingSavings] = {
    "proven": savings_report(DROP, untold("waiting_too_few_homes")),
    "unclear": savings_report(told(Verdict.NO_VISIBLE_CHANGE, figures(0.02, -0.031, 0.07, 23))),
    "too few": savings_report(told(Verdict.NO_VISIBLE_CHANGE, figures(0.02, -0.08, 0.12, None))),
    "risen": savings_report(told(Verdict.RISE, figures(-0.08, -0.13, -0.03, 0), "cohort_changed")),
    "untold": savings_report(untold(WAITING), untold("portfolio_placebo_failed")),
    "nothing done": savings_report(),
}


def show_savings(monkeypatch: pytest.MonkeyPatch, report: BuildingSavings) -> None:
    """Let the page show this report, whoever looks."""

    def choose(*_: Any) -> Landlord:
        return Landlord(report.building_id)

    monkeypatch.setattr(building_savings, "choose_building", choose)
    monkeypatch.setattr(building_savings, "load_building_savings", lambda *_: report)


def open_report(*, empty: bool = False) -> OpenData:
    told = tuple(month for month in building_report().months if month.kwh is not None)
    return OpenData(
        slug="tilleuls-1",
        building_name="Résidence des <Tilleuls>",
        opened_utc=NOW_UTC,
        licences=LICENCES,
        months=() if empty else told,
    )


def show_open_data(monkeypatch: pytest.MonkeyPatch, report: OpenData) -> None:
    """Let the public pages show this building."""
    monkeypatch.setattr(open_data, "load_open_data", lambda *_: report)
