"""Bars: what is unknown, estimated or to come is said of each, and days are local."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from commonwatt.errors import PeriodError
from commonwatt.model import Period
from commonwatt.reports.energy import EnergyFigure, EnergyReport, Gap
from commonwatt.reports.household import day_of
from dashboards.bars import energy_bars
from dashboards.choices import BARS, Choice, View, read_choice
from dashboards.figures import energy_figure
from dashboards.words import Words
from tests.dashboards.samples import MORNING_GAP, NIGHT_GAP, NOW_UTC, energy

WORDS = Words("en")
TODAY = Choice(View.DAY, date(2026, 1, 15))


def day_bars() -> dict[str, tuple[Any, ...]]:
    report = energy(TODAY.period, "half_hour")
    bars = energy_bars(report, "half_hour", WORDS, NOW_UTC, in_one_day=True)
    return {b.label: (b.kwh, b.estimated_kwh, b.is_incomplete, b.is_to_come) for b in bars}


def test_each_half_hour_says_what_it_knows() -> None:
    """The night's gap is bridged by the register, the morning's from 9:30 to 10:45 is not."""
    bars = day_bars()
    assert len(bars) == 48
    assert bars["02:30"] == (pytest.approx(0.09), 0.0, False, False)
    assert bars["03:00"] == (pytest.approx(0.08), pytest.approx(0.08), False, False)
    assert bars["09:30"] == (None, 0.0, True, False)
    assert bars["10:30"] == (pytest.approx(0.04), 0.0, True, False)
    assert bars["14:30"] == (pytest.approx(0.46 / 3), 0.0, False, False)
    assert bars["15:00"] == (None, 0.0, False, True)


def test_a_short_hole_does_not_spoil_a_day() -> None:
    """2 % of the 14 h 40 min that have passed are 17.6 minutes."""
    for end_minute, incomplete in ((47, False), (48, True)):
        end_utc = datetime(2026, 1, 15, 8, end_minute, tzinfo=UTC)
        gap = Gap(datetime(2026, 1, 15, 8, 30, tzinfo=UTC), end_utc, energy_known=False)
        report = energy(TODAY.period, "day", (gap,))
        [bar] = energy_bars(report, "day", WORDS, NOW_UTC, in_one_day=False)
        assert bar.is_incomplete is incomplete


@pytest.mark.parametrize(
    ("day", "count"), [(date(2026, 3, 29), 46), (date(2026, 6, 1), 48), (date(2026, 10, 25), 50)]
)
def test_days_have_the_half_hours_they_have_and_no_two_share_a_label(day: date, count: int) -> None:
    later_utc = datetime(2027, 1, 1, tzinfo=UTC)
    period = day_of(day)
    start_s = int(period.start_s)
    half_hours = [
        Period(datetime.fromtimestamp(s, UTC), datetime.fromtimestamp(s + 1800, UTC))
        for s in range(start_s, int(period.end_s), 1800)
    ]
    figures = tuple(EnergyFigure(half, 0.1, 0.1, 0.0, 0.0, 1.0) for half in half_hours)
    report = EnergyReport(EnergyFigure(period, 4.8, 4.8, 0.0, 0.0, 1.0), figures, ())
    bars = energy_bars(report, "half_hour", WORDS, later_utc, in_one_day=True)
    assert len({bar.label for bar in bars}) == len(bars) == count


def test_ticks_are_few() -> None:
    for view, most in ((View.DAY, 4), (View.WEEK, 7), (View.MONTH, 5), (View.YEAR, 12)):
        choice = Choice(view, date(2025, 10, 15))
        report = energy(choice.period, BARS[view], ())
        bars = energy_bars(report, BARS[view], WORDS, NOW_UTC, in_one_day=view is View.DAY)
        assert 1 < len([bar for bar in bars if bar.tick]) <= most


def test_the_figure_has_the_same_bars() -> None:
    report = energy(TODAY.period, "half_hour", (NIGHT_GAP, MORNING_GAP))
    bars = energy_bars(report, "half_hour", Words("fr"), NOW_UTC, in_one_day=True)
    figure = energy_figure(bars, Words("fr")).to_plotly_json()
    measured, estimated = figure["data"]
    assert [trace["name"] for trace in figure["data"]] == ["mesuré", "heure estimée"]
    assert estimated["marker"]["pattern"]["shape"] == "/"
    told = [
        None if low is None else pytest.approx(low + high)
        for low, high in zip(measured["y"], estimated["y"], strict=True)
    ]
    assert [bar.kwh for bar in report.bars] == told
    assert figure["layout"]["separators"] == ",\u202f"
    assert "kWh" in figure["layout"]["yaxis"]["title"]["text"]


@pytest.mark.parametrize(
    ("view", "first", "last", "before", "after"),
    [
        ("day", "2026-01-15", "2026-01-15", "2026-01-14", "2026-01-16"),
        ("week", "2026-01-12", "2026-01-18", "2026-01-11", "2026-01-19"),
        ("month", "2026-01-01", "2026-01-31", "2025-12-31", "2026-02-01"),
        ("year", "2026-01-01", "2026-12-31", "2025-12-31", "2027-01-01"),
    ],
)
def test_a_choice_and_what_is_beside_it(
    view: str, first: str, last: str, before: str, after: str
) -> None:
    choice = read_choice(view, "2026-01-15", NOW_UTC)
    days = (choice.first_day, choice.last_day, choice.before.day, choice.after.day)
    assert [day.isoformat() for day in days] == [first, last, before, after]
    assert choice.holds(NOW_UTC)
    assert not choice.before.holds(NOW_UTC)


def test_a_day_to_come_is_today() -> None:
    assert read_choice("day", "9999-12-31", NOW_UTC).day == date(2026, 1, 15)
    assert read_choice(None, None, NOW_UTC) == TODAY


@pytest.mark.parametrize(
    ("view", "day"),
    [("decade", None), ("day", "15/01/2026"), ("day", "2026-02-30"), ("year", "0001-01-01")],
)
def test_a_choice_that_cannot_be_read_is_an_error(view: str, day: str | None) -> None:
    with pytest.raises(PeriodError):
        read_choice(view, day, NOW_UTC)
