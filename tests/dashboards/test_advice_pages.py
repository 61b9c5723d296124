"""What the pages of the tip, the alerts, homes alike and the moment say, in every state."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from commonwatt.core.tariff import Rate
from commonwatt.reports.advice import Hint
from commonwatt.reports.past import Past
from commonwatt.storage.alerts import AlertKind
from tests.dashboards.money_samples import (
    advice_report,
    alert,
    moment,
    similar_report,
)
from tests.dashboards.samples import NOW_UTC
from tests.dashboards.test_money_pages import told
from tests.dashboards.test_pages import Page

if TYPE_CHECKING:
    from tests.dashboards.conftest import Open


def test_the_moment_tells_rate_price_turn_and_margin(open_pages: Open) -> None:
    text = told(open_pages, "/home")
    assert "Peak hours : 20.8 cents per kWh. This rate changes at 22:30." in text.replace(
        "hours:", "hours :"
    )
    assert "You can switch on 5,640 watts more at most. Your contract allows 6 kVA in all." in text


def test_above_the_subscribed_power_a_page_warns(open_pages: Open) -> None:
    over = moment(margin_w=-740.0)
    assert "You are 740 watts above your limit." in told(open_pages, "/home", moment=over)


def test_a_stale_power_gives_no_margin_and_a_flat_rate_no_turn(open_pages: Open) -> None:
    still = moment(rate=Rate.BASE, until_utc=None, margin_w=None)
    page = Page(open_pages(moment=still).get("/home").text)
    assert page.values("data-live-limit") == []
    assert "changes at" not in told(open_pages, "/home", moment=still)


def test_without_a_contract_the_moment_is_silent(open_pages: Open) -> None:
    assert "per kWh" not in told(open_pages, "/home", moment=None)


@pytest.mark.parametrize(
    ("hint", "month_eur", "power_w", "sentence"),
    [
        (Hint.METER, None, None, "has said nothing for more than a day"),
        (Hint.CONTRACT, None, None, "With your contract"),
        (Hint.WATER_HEATER, 4.4, None, "that costs about €4 a month"),
        (
            Hint.ALWAYS_ON,
            9.6,
            212.0,
            "212 watts stay on day and night in your home, about €10 a month",
        ),
        (
            Hint.ALWAYS_ON,
            None,
            212.0,
            "212 watts stay on day and night in your home. That is a lot",
        ),
        (Hint.NEUTRAL, None, None, "no clear waste"),
    ],
)
def test_each_hint_has_its_sentence_and_its_reason(
    open_pages: Open, hint: Hint, month_eur: float | None, power_w: float | None, sentence: str
) -> None:
    report = advice_report(hint=hint, month_eur=month_eur, power_w=power_w)
    text = told(open_pages, "/home/advice", advice=report)
    assert sentence in text
    assert "How do we know?" in text


@pytest.mark.parametrize("hint", Hint)
@pytest.mark.parametrize("language", ["fr", "falc", "en"])
def test_no_language_lacks_a_hint(open_pages: Open, hint: Hint, language: str) -> None:
    report = advice_report(hint=hint, month_eur=None)
    assert told(open_pages, "/home/advice", language, advice=report)


@pytest.mark.parametrize(
    ("kind", "found", "sentence"),
    [
        (AlertKind.DAY, 14.26, "14.3 kWh used. You wanted to be told above 12.0 kWh."),
        (AlertKind.ALWAYS_ON, 212.4, "212 W are always on. You wanted to be told above 12 W."),
        (AlertKind.MONTH, 52.3, "€52.30 already. You wanted to be told above €12.00."),
    ],
)
def test_alerts_are_on_the_first_page_until_they_are_seen(
    open_pages: Open, kind: AlertKind, found: float, sentence: str
) -> None:
    raised = alert(kind, found=found)
    assert sentence in told(open_pages, "/home", alerts=(raised,))
    assert "Your alerts" not in told(open_pages, "/home", alerts=())
    seen = alert(kind, found=found, seen_utc=NOW_UTC + timedelta(hours=1))
    page = told(open_pages, "/home/advice", advice=advice_report(alerts=(seen,)))
    assert sentence in page
    assert "I have seen it" not in page


def test_a_choice_is_shown_where_it_is_changed(open_pages: Open) -> None:
    page = Page(open_pages().get("/home/advice").text)
    assert page.values("value").count("12") == 1
    text = told(open_pages, "/home/advice")
    assert text.count("Alert chosen.") == 1
    assert text.count("No alert.") == 2


@pytest.mark.parametrize(
    ("percentile", "sentence"),
    [(10, "less than most"), (35, "about as much as"), (65, "about as much as"), (90, "more than")],
)
def test_a_home_stands_below_among_or_above(
    open_pages: Open, percentile: float, sentence: str
) -> None:
    report = similar_report()
    assert report.place is not None
    place = type(report.place)(report.place.month, 182.4, 201.7, 148.2, percentile, 17)
    text = told(open_pages, "/home/compare", similar=similar_report(place=place))
    assert f"In December 2025 you used 182.4 kWh : {sentence}" in text.replace("kWh:", "kWh :")
    assert "Of 17 homes, the one in the middle used 201.7 kWh. One in five used 148.2 kWh" in text


def test_before_a_comparison_the_page_says_what_lacks(open_pages: Open) -> None:
    waiting = similar_report(place=None)
    assert "at least eleven homes" in told(open_pages, "/home/compare", similar=waiting)
    stranger = similar_report(place=None, agrees=False, profile=None)
    assert "Describe your home" in told(open_pages, "/home/compare", similar=stranger)


def test_a_coach_is_shown_no_form(open_pages: Open) -> None:
    report = similar_report(profile=None, agrees=False, place=None, may_change=False)
    page = Page(open_pages(similar=report).get("/home/compare").text)
    assert page.count("form") == 0


@pytest.mark.parametrize(
    ("kwh", "sentence"),
    [
        (3.0, "That is 25% less than yesterday at this time: 4.00 kWh."),
        (5.0, "That is 25% more than yesterday at this time: 4.00 kWh."),
        (4.04, "That is as much as yesterday at this time: 4.00 kWh."),
    ],
)
def test_a_period_stands_beside_its_past(open_pages: Open, kwh: float, sentence: str) -> None:
    assert sentence in told(open_pages, "/home", past=Past(kwh, 4.0))
    assert "than yesterday" not in told(open_pages, "/home", past=None)


def test_a_chart_is_drawn_beside_another_period(open_pages: Open) -> None:
    alone = Page(open_pages().get("/home/explore?view=week&date=2026-01-14").text)
    page = Page(open_pages().get("/home/explore?view=week&date=2026-01-14&beside=year").text)
    assert (alone.count("table"), page.count("table")) == (1, 2)
    (figure,) = page.values("data-figure")
    assert '"type":"scatter"' in figure.replace(" ", "")
    assert open_pages().get("/home/explore?beside=tomorrow").status_code == 422
