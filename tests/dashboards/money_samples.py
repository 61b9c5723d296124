"""Reports of euros, saving and always-on load, made by hand or by the core from made-up days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from commonwatt.core.always_on import AlwaysOn
from commonwatt.core.assessment import Plan, assess_home
from commonwatt.core.avoided_cost import AvoidedCost
from commonwatt.core.daily import DailySeries
from commonwatt.core.exclusions import Tenancy
from commonwatt.core.forecast import Forecast
from commonwatt.core.similar import EnergySource
from commonwatt.core.tariff import Option, Rate
from commonwatt.model import Finding, Period, Severity
from commonwatt.reports.advice import AdviceReport, Hint
from commonwatt.reports.always_on import AlwaysOnReport
from commonwatt.reports.cost import HouseholdCost, RateCost
from commonwatt.reports.household import LivePower, month_of
from commonwatt.reports.moment import Moment
from commonwatt.reports.money import Budget, LateHeater, MoneyReport
from commonwatt.reports.offers import Offer, OffersReport, PricedOffer
from commonwatt.reports.past import Past
from commonwatt.reports.savings import HouseholdSaving
from commonwatt.reports.similar_homes import SimilarReport
from commonwatt.storage.alerts import Alert, AlertKind
from commonwatt.storage.similar_homes import HomeProfile, SimilarPlace
from dashboards.choices import local_date
from dashboards.pages import advice, always_on, compare, household, money, saving
from tests.dashboards.samples import NOW_UTC

if TYPE_CHECKING:
    import pytest

    from commonwatt.core.assessment import Assessment

Facts = dict[str, float | int | str]
EPOCH = date(1970, 1, 1)
TODAY = local_date(NOW_UTC)
CHANGE = TODAY - timedelta(days=120)
MONTH = month_of(TODAY)


def cost(**changes: Any) -> HouseholdCost:
    facts: dict[str, Any] = {
        "period": Period(MONTH.start_utc, NOW_UTC),
        "energy_eur": 15.59,
        "subscription_eur": 6.2,
        "rates": (RateCost(Rate.PEAK, 60.0, 12.6), RateCost(Rate.OFF_PEAK, 17.9, 2.99)),
        "estimated_share": 0.02,
        "coverage": 0.991,
        "price_lists": ("regulated-off_peak-2025-08-01",),
        "findings": (),
    }
    return HouseholdCost(**facts | changes)


def unpriced() -> HouseholdCost:
    facts: Facts = {"first_day": "2026-01-01", "last_day": "2026-01-15", "count": 15}
    lacking = Finding("no_contract", Severity.WARNING, "contract", facts)
    return cost(
        energy_eur=None, subscription_eur=None, rates=(), price_lists=(), findings=(lacking,)
    )


def money_report(**changes: Any) -> MoneyReport:
    facts: dict[str, Any] = {
        "now_utc": NOW_UTC,
        "month": MONTH,
        "cost": cost(),
        "forecast": Forecast(45.2, 41.0, 49.4, 28, 0.8),
        "budget": Budget(50.0, 28.21, 17),
        "heater": LateHeater(19 * 60, 26, 27, 4.4),
    }
    return MoneyReport(**facts | changes)


def offers_report(*differences_eur: float | None) -> OffersReport:
    year = Period(NOW_UTC - timedelta(days=365), NOW_UTC)
    facts: Facts = {"first_day": "2025-01-15", "last_day": "2026-01-14", "count": 365}
    lacking = (Finding("no_colour", Severity.WARNING, "prices", facts),)
    offers = [
        Offer(option, None, False, lacking)
        if difference is None
        else Offer(option, PricedOffer(year, 459.57, 459.57 + difference), True, ())
        for option, difference in zip(
            (Option.OFF_PEAK, Option.TEMPO), differences_eur, strict=False
        )
    ]
    return OffersReport(Option.BASE, 6, tuple(offers))


@cache
def assessment(factor: float, days: int = 120) -> Assessment:
    """A heated home that uses `factor` of what it used before, over the last days."""
    count = 365 + days
    day = (TODAY - EPOCH).days - count + np.arange(count)
    season = np.cos(2 * np.pi * (day % 365.25 - 15) / 365.25)
    noise = np.random.default_rng(1).normal(size=(2, count))
    temperature_c = 12 - 8 * season + 2 * noise[0]
    energy_wh = 4000 + 600 * np.maximum(0, 15 - temperature_c) + 300 * noise[1]
    energy_wh[365:] *= factor
    daily = DailySeries(day, energy_wh, np.ones(count), temperature_c)
    change = int(day[365])
    return assess_home(
        daily, Plan(change, change, int(day[-1]) + 1, Tenancy(int(day[0]), int(day[-1]) + 1))
    )


def saving_found(factor: float = 0.8, **changes: Any) -> HouseholdSaving:
    saved_eur = 120.4 if factor < 1 else -80.0
    worth = AvoidedCost(saved_eur, saved_eur - 30, saved_eur + 30, 0.2, ("base-2025-08-01",))
    facts: dict[str, Any] = {
        "change_day": CHANGE,
        "end_day": TODAY,
        "station": None,
        "always_on": None,
        "assessment": assessment(factor),
        "worth": worth,
        "emissions": None,
        "findings": (),
    }
    return HouseholdSaving(**facts | changes)


def always_on_report(**changes: Any) -> AlwaysOnReport:
    night = (TODAY - EPOCH).days
    facts: dict[str, Any] = {
        "now_utc": NOW_UTC,
        "live": LivePower(690.0, NOW_UTC - timedelta(seconds=12)),
        "load": AlwaysOn(132.4, 28, night - 28, night - 1, heated=False, season_share=1.0),
        "share": 0.345,
        "eur_a_watt_year": 1.7532,
    }
    return AlwaysOnReport(**facts | changes)


def silent_always_on() -> AlwaysOnReport:
    report = always_on_report()
    assert report.live is not None
    return replace(report, live=replace(report.live, at_utc=NOW_UTC - timedelta(hours=3)))


def moment(**changes: Any) -> Moment:
    facts: dict[str, Any] = {
        "rate": Rate.PEAK,
        "price_eur_per_kwh": 0.2081,
        "until_utc": NOW_UTC.replace(hour=21, minute=30),
        "subscribed_kva": 6,
        "margin_w": 5640.0,
    }
    return Moment(**facts | changes)


def alert(kind: AlertKind = AlertKind.DAY, **changes: Any) -> Alert:
    facts: dict[str, Any] = {
        "kind": kind,
        "day": TODAY - timedelta(days=1),
        "found": 14.26,
        "above": 12.0,
        "raised_utc": NOW_UTC,
    }
    return Alert(**facts | changes)


def advice_report(**changes: Any) -> AdviceReport:
    facts: dict[str, Any] = {
        "hint": Hint.WATER_HEATER,
        "month_eur": 4.4,
        "power_w": None,
        "choices": {AlertKind.DAY: 12.0},
        "alerts": (alert(), alert(AlertKind.MONTH, found=52.3, above=50.0, seen_utc=NOW_UTC)),
        "may_change": True,
    }
    return AdviceReport(**facts | changes)


def similar_report(**changes: Any) -> SimilarReport:
    facts: dict[str, Any] = {
        "profile": HomeProfile(EnergySource.COLLECTIVE, EnergySource.ELECTRICITY, 52, 2),
        "agrees": True,
        "place": SimilarPlace(date(2025, 12, 1), 182.4, 201.7, 148.2, 35.0, 17),
        "may_change": True,
    }
    return SimilarReport(**facts | changes)


def show_money(monkeypatch: pytest.MonkeyPatch, **reports: Any) -> None:
    """Let the pages show these reports, the ordinary ones for the rest."""
    made: dict[str, Any] = {
        "cost": cost(),
        "money": money_report(),
        "offers": offers_report(-23.4, None),
        "saving": saving_found(),
        "always_on": always_on_report(),
        "moment": moment(),
        "past": Past(3.4, 4.0),
        "alerts": (),
        "advice": advice_report(),
        "similar": similar_report(),
    } | reports
    monkeypatch.setattr(household, "load_past", lambda *_: made["past"])
    monkeypatch.setattr(household, "load_moment", lambda *_: made["moment"])
    monkeypatch.setattr(household, "load_unseen", lambda *_: made["alerts"])
    monkeypatch.setattr(advice, "load_advice", lambda *_: made["advice"])
    monkeypatch.setattr(compare, "load_similar", lambda *_: made["similar"])
    monkeypatch.setattr(household, "load_cost", lambda *_: made["cost"])
    monkeypatch.setattr(household, "load_costs", lambda *_: [made["cost"]] * 3)
    monkeypatch.setattr(money, "load_money", lambda *_: made["money"])
    monkeypatch.setattr(money, "load_offers", lambda *_: made["offers"])
    monkeypatch.setattr(saving, "load_saving", lambda *_: made["saving"])
    monkeypatch.setattr(saving, "first_comparable_day", lambda *_: CHANGE)
    monkeypatch.setattr(always_on, "load_always_on_report", lambda *_: made["always_on"])
