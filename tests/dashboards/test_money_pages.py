"""What the pages of euros, saving and always-on load say, in every state."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from commonwatt.core.tiers import Verdict
from commonwatt.model import Finding, Severity
from commonwatt.reports.money import Budget
from dashboards.pages.always_on import read_hunt
from dashboards.pages.saving import SPOKEN
from tests.dashboards.money_samples import (
    always_on_report,
    assessment,
    money_report,
    offers_report,
    saving_found,
    silent_always_on,
    unpriced,
)
from tests.dashboards.samples import NOW_UTC
from tests.dashboards.test_pages import Page, plain, read

if TYPE_CHECKING:
    from tests.dashboards.conftest import Open


def told(open_pages: Open, path: str, language: str = "en", **reports: Any) -> str:
    return plain(read(open_pages(**reports), path, language))


def test_the_month_leads_with_what_it_cost_and_will_cost(open_pages: Open) -> None:
    text = told(open_pages, "/home/money")
    assert "Your electricity has cost €21.79 since the month began" in text
    assert "about €45 , probably between €41 and €49" in text.replace("€45,", "€45 ,")
    assert "There is €1.66 a day left for the 17 days to come." in text
    assert "€22 spent of €50" in text
    assert "starts nearly every day at about 19:00" in text
    assert "about €4 a month more" in text


def test_in_french_too(open_pages: Open) -> None:
    text = told(open_pages, "/home/money", "fr")
    assert "Votre électricité a coûté 21,79 € depuis le début du mois" in text
    assert "Il reste 1,66 € par jour pour les 17 jours à venir." in text


def test_a_spent_budget_is_said_and_no_budget_is_an_invitation(open_pages: Open) -> None:
    spent = money_report(budget=Budget(20.0, -1.79, 17))
    assert "exceeded by €2" in told(open_pages, "/home/money", money=spent)
    unset = told(open_pages, "/home/money", money=money_report(budget=None))
    assert "Choose how much you want to spend" in unset


def test_a_budget_is_kept_while_nothing_has_a_price(open_pages: Open) -> None:
    report = money_report(cost=unpriced(), budget=Budget(60.0, None, 17), forecast=None)
    assert "Your budget is €60 a month." in told(open_pages, "/home/money", money=report)


def test_without_a_contract_the_page_asks_for_it(open_pages: Open) -> None:
    report = money_report(cost=unpriced(), forecast=None, budget=None, heater=None)
    page = Page(open_pages(money=report).get("/home/money").text)
    assert "/home/data#contract" in page.values("href")
    assert page.count("table") == 0
    text = told(open_pages, "/home/money", money=report)
    assert "cannot be told yet" in text
    assert "from Jan 1, 2026" in text or "from 1 Jan 2026" in text


def test_a_small_extra_is_not_spoken_of(open_pages: Open) -> None:
    report = money_report()
    assert report.heater is not None
    text = told(open_pages, "/home/money", money=money_report(heater=None))
    assert "dear hours" not in text


@pytest.mark.parametrize(
    ("differences", "sentence"),
    [
        ((-23.4, 12.0), "would have cost €23 less"),
        ((3.0, 12.0), "already the cheapest"),
        ((None, None), "cannot be priced at the moment"),
    ],
)
def test_other_contracts(
    open_pages: Open, differences: tuple[float | None, ...], sentence: str
) -> None:
    text = told(open_pages, "/home/money/contracts", offers=offers_report(*differences))
    assert sentence in text


def test_differences_carry_their_sign(open_pages: Open) -> None:
    text = told(open_pages, "/home/money/contracts", offers=offers_report(-23.4, 12.0))
    assert "436.17 \u221223.40" in text
    assert "471.57 +12.00" in text
    assert "assumed from 22:30 to 6:30" in text


def test_no_contract_no_comparison(open_pages: Open) -> None:
    text = told(open_pages, "/home/money/contracts", offers=None)
    assert "Tell us first which contract you have." in text


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [
        (0.8, Verdict.PROVEN_DROP),
        (1.0, Verdict.NO_VISIBLE_CHANGE),
        (1.25, Verdict.RISE),
    ],
)
def test_each_verdict_has_its_words(open_pages: Open, factor: float, verdict: Verdict) -> None:
    assert assessment(factor).judgement.verdict is verdict
    found = saving_found(factor)
    answer = open_pages(saving=found).get("/home/saving", headers={"accept-language": "en"})
    assert f'data-verdict="{verdict}"' in answer.text
    text = plain(answer.text.replace("\u00a0", " ").replace("\u202f", " "))
    assert found.shown is not None
    if verdict in SPOKEN:
        word = "less" if verdict is Verdict.PROVEN_DROP else "more"
        kwh = abs(found.shown.saved_wh) / 1000
        assert f"{kwh:,.0f} kWh {word}" in text
        assert f"€{'120' if factor < 1 else '80'} {word} to pay" in text
    else:
        assert "it may also be none" in text
        assert "to pay" not in text


def test_what_may_not_be_shown_is_not_shown(open_pages: Open) -> None:
    early = saving_found(assessment=assessment(0.5, days=5), worth=None)
    assert early.shown is None
    text = told(open_pages, "/home/saving", saving=early)
    assert "Too early to say" in text
    assert "At least 14 days are needed since the chosen day." in text
    assert "kWh less" not in text
    assert Page(open_pages(saving=early).get("/home/saving").text).count("table") == 0


def test_without_weather_the_page_says_why(open_pages: Open) -> None:
    lacking = Finding("no_weather", Severity.WARNING, "building")
    blind = saving_found(assessment=None, worth=None, findings=(lacking,))
    assert "weather" in told(open_pages, "/home/saving", saving=blind)


@pytest.mark.parametrize("since", ["yesterday", "1999-01-01", "2026-13-01"])
def test_a_day_that_is_none_is_refused(open_pages: Open, since: str) -> None:
    assert open_pages().get(f"/home/saving?since={since}").status_code == 422


def test_what_is_always_on_is_told_in_watts_and_euros(open_pages: Open) -> None:
    text = told(open_pages, "/home/always-on")
    assert "Your home still uses 132 watts." in text
    assert "about €232" in text
    assert "34.5%" in text
    assert "If you heat with electricity" in text
    new = told(open_pages, "/home/always-on", always_on=always_on_report(load=None, share=None))
    assert "A few measured nights are needed" in new


def test_the_hunt_goes_from_room_to_room(open_pages: Open) -> None:
    page = Page(open_pages().get("/home/always-on").text)
    (begin,) = [url for url in page.values("href") if "hunt=" in url]
    assert begin == "/home/always-on?hunt=690#hunt"
    text = told(open_pages, "/home/always-on?hunt=800,700,720")
    assert "the living room 100 W less" in text
    assert "the kitchen 0 W less" in text
    assert "Now: the bedroom." in text
    assert "Found in all: 100 W less. If it stays unplugged, that is about €175 a year." in text
    page = Page(open_pages().get("/home/always-on?hunt=800,700,720").text)
    assert "/home/always-on?hunt=800,700,720,690#hunt" in page.values("href")


def test_after_the_last_room_the_hunt_is_over(open_pages: Open) -> None:
    text = told(open_pages, "/home/always-on?hunt=800,700,690,690,600,590")
    assert "All rooms are done." in text
    assert "210 W less" in text


def test_a_silent_meter_finds_nothing(open_pages: Open) -> None:
    text = told(open_pages, "/home/always-on", always_on=silent_always_on())
    assert "The meter has to speak just now." in text
    assert silent_always_on().now_utc - NOW_UTC == timedelta(0)


@pytest.mark.parametrize(
    "trail", ["", "x", "-5", "1,2,3,4,5,6,7", "99999", "1,,2", "1\n", "<b>", "1.5"]
)
def test_an_unreadable_hunt_begins_anew(trail: str) -> None:
    assert not read_hunt(trail).is_begun
