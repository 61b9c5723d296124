"""A month in euros: up to now, to its end, beside a budget, and at which hours."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from commonwatt import rollups
from commonwatt.access import Guest, Landlord
from commonwatt.core.price_lists import PriceBook
from commonwatt.core.tariff import Contract, OffPeakWindows, Option
from commonwatt.errors import AccessError, InputError
from commonwatt.model import ZONE
from commonwatt.reports.money import MoneyReport, load_money
from commonwatt.storage import budgets, contracts
from tests.core.tariffs import price_list
from tests.simulated import START_S, START_UTC, Home, move_in, rows_of, write

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

FIRST = date(2026, 1, 1)
PRICES = PriceBook(tuple(price_list(option, yearly_eur=365.0) for option in Option))
"""0.20 EUR at any time, or 0.25 peak and 0.10 off-peak; a subscription of 1 EUR a day."""

NOW_UTC = START_UTC + timedelta(days=40)
TODAY = NOW_UTC.astimezone(ZoneInfo(ZONE)).date()
MONTH_LEFT = (datetime(2026, 5, 1, tzinfo=ZoneInfo(ZONE)) - NOW_UTC) / timedelta(days=1)


@pytest.fixture
def home(connection: Connection) -> Home:
    """200 W for forty days, and 2,000 W more for two and a half hours from 19:00 local time."""
    home = move_in(connection)
    ends_s = START_S + 1800 * np.arange(1, 40 * 48 + 1)
    hour = np.array([_local_hour(end_s - 900) for end_s in ends_s.tolist()])
    wh = 100.0 + 1000.0 * ((hour >= 19) & (hour < 21.5))
    rows = rows_of(home.meter, ends_s, np.cumsum(wh))
    rows.duration_s[:] = 1800
    write(connection, rows)
    while rollups.refresh(connection):
        pass
    return home


def _local_hour(at_s: float) -> float:
    local = datetime.fromtimestamp(at_s, ZoneInfo(ZONE))
    return local.hour + local.minute / 60


def agree(connection: Connection, home: Home, contract: Contract) -> None:
    contracts.enter_contract(connection, home.viewer.occupancy_id, contract, START_UTC)


def money(connection: Connection, home: Home, now_utc: datetime = NOW_UTC) -> MoneyReport:
    return load_money(connection, home.viewer, now_utc, PRICES)


def test_a_month_that_is_alike_costs_the_same_to_its_end(
    connection: Connection, home: Home
) -> None:
    # 4.8 + 5 = 9.8 kWh at 0.20 and 1 EUR of subscription: 2.96 EUR a day;
    # the day of the clock change is an hour shorter.
    agree(connection, home, Contract(FIRST, Option.BASE, 6))
    report = money(connection, home)
    assert report.forecast is not None
    assert report.forecast.days == 28
    assert report.cost.total_eur is not None
    assert report.forecast.expected == pytest.approx(
        report.cost.total_eur + 2.96 * MONTH_LEFT, abs=0.05
    )
    assert report.forecast.high - report.forecast.low < 0.5
    assert (report.heater, report.budget) == (None, None)


def test_a_budget_is_shared_out_over_the_days_left(connection: Connection, home: Home) -> None:
    agree(connection, home, Contract(FIRST, Option.BASE, 6))
    budgets.set_budget(connection, home.viewer, 90.0, NOW_UTC)
    budget = money(connection, home).budget
    assert budget is not None
    spent_eur = money(connection, home).cost.total_eur
    assert spent_eur is not None
    assert budget.left_eur is not None
    assert budget.left_eur == pytest.approx(90 - spent_eur)
    assert budget.days_left == (date(2026, 5, 1) - TODAY).days
    assert budget.left_per_day_eur == pytest.approx(budget.left_eur / budget.days_left)
    budgets.set_budget(connection, home.viewer, 2.0, NOW_UTC)
    spent = money(connection, home).budget
    assert spent is not None
    assert spent.left_eur is not None
    assert spent.left_eur < 0
    assert spent.left_per_day_eur == 0
    budgets.set_budget(connection, home.viewer, None, NOW_UTC)
    assert money(connection, home).budget is None


def test_a_tank_that_heats_at_dear_hours_is_noticed(connection: Connection, home: Home) -> None:
    # 5 kWh a day at 0.25 that could cost 0.10: 0.75 EUR a day, 22.83 EUR a month.
    nights = OffPeakWindows.all_year(FIRST, (1350, 390))
    agree(connection, home, Contract(FIRST, Option.OFF_PEAK, 6, (nights,)))
    heater = money(connection, home).heater
    assert heater is not None
    assert heater.start_minute == 19 * 60
    assert heater.days == heater.looked_at >= 25
    assert heater.extra_eur == pytest.approx(0.15 * 5 * 365.25 / 12, rel=0.01)


def test_at_cheap_hours_it_costs_nothing_more(connection: Connection, home: Home) -> None:
    evenings = OffPeakWindows.all_year(FIRST, (1110, 1350))
    agree(connection, home, Contract(FIRST, Option.OFF_PEAK, 6, (evenings,)))
    heater = money(connection, home).heater
    assert heater is not None
    assert heater.extra_eur == pytest.approx(0)


def test_without_a_contract_the_report_says_what_lacks(connection: Connection, home: Home) -> None:
    budgets.set_budget(connection, home.viewer, 50.0, NOW_UTC)
    report = money(connection, home)
    assert [finding.code for finding in report.cost.findings] == ["no_contract"]
    assert (report.forecast, report.heater) == (None, None)
    assert report.budget is not None
    assert (report.budget.month_eur, report.budget.left_per_day_eur) == (50, None)


def test_the_first_days_are_not_forecast(connection: Connection, home: Home) -> None:
    agree(connection, home, Contract(FIRST, Option.BASE, 6))
    report = money(connection, home, START_UTC + timedelta(days=5))
    assert report.cost.total_eur is not None
    assert report.forecast is None


def test_a_coach_reads_a_budget_and_changes_none(connection: Connection, home: Home) -> None:
    budgets.set_budget(connection, home.viewer, 50.0, NOW_UTC)
    coach = Guest(home.viewer.occupancy_id)
    assert budgets.load_budget(connection, coach) == 50
    for stranger in (coach, Landlord(home.building_id), None):
        with pytest.raises(AccessError):
            budgets.set_budget(connection, stranger, 60.0, NOW_UTC)


@pytest.mark.parametrize("month_eur", [0.0, 10_001.0, float("nan")])
def test_an_absurd_budget_is_refused(connection: Connection, home: Home, month_eur: float) -> None:
    with pytest.raises(InputError, match="1 to 10000 euros"):
        budgets.set_budget(connection, home.viewer, month_eur, NOW_UTC)
