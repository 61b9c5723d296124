"""What a household's energy cost: exact at any minute, restated by corrections, never invented."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt import rollups
from commonwatt.access import Landlord, Maker
from commonwatt.core.price_lists import PriceBook
from commonwatt.core.tariff import Contract, OffPeakWindows, Option, Rate
from commonwatt.core.tempo import Colour, TempoColours
from commonwatt.errors import AccessError
from commonwatt.model import Period
from commonwatt.reports.cost import HouseholdCost, compare_contracts, load_cost
from commonwatt.reports.household import day_of
from commonwatt.storage import contracts, households
from commonwatt.storage.readings import instant
from tests.core.tariffs import price_list
from tests.reports.two_years import END_UTC, HOLE_S, live
from tests.simulated import START_S, START_UTC, Home, move_in, rows_of, write

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

DAY_S = 86_400
LATER_UTC = START_UTC + timedelta(days=400)
MARCH = date(2026, 3, 1)
BASE = Contract(MARCH, Option.BASE, 6)
PRICES = PriceBook(tuple(price_list(option, yearly_eur=365.0) for option in Option))
"""0.20 EUR at any time, or 0.25 peak and 0.10 off-peak; a subscription of 1 EUR a day."""

SECOND = day_of(date(2026, 3, 2))


def nights(*windows: tuple[int, int]) -> Contract:
    return Contract(MARCH, Option.OFF_PEAK, 6, (OffPeakWindows.all_year(MARCH, *windows),))


@pytest.fixture
def home(connection: Connection) -> Home:
    """A home that used 600 W, 10 Wh a minute, for its first three days of UTC."""
    home = move_in(connection)
    minutes = np.arange(1, 3 * 1440 + 1)
    write(connection, rows_of(home.meter, START_S + 60 * minutes, 10.0 * minutes))
    while rollups.refresh(connection):
        pass
    return home


def agree(connection: Connection, home: Home, contract: Contract, days: int = 0) -> None:
    entered_utc = START_UTC + timedelta(days=days)
    contracts.enter_contract(connection, home.viewer.occupancy_id, contract, entered_utc)


def cost(connection: Connection, home: Home, period: Period = SECOND) -> HouseholdCost:
    return load_cost(connection, home.viewer, period, LATER_UTC, PRICES)


def kwh(report: HouseholdCost) -> dict[Rate, float]:
    return {each.rate: round(each.energy_kwh, 9) for each in report.rates}


def codes(report: HouseholdCost) -> list[str]:
    return [finding.code for finding in report.findings]


def test_a_day_on_the_base_option(connection: Connection, home: Home) -> None:
    # 24 h at 600 W are 14.4 kWh at 0.20: 2.88 EUR, and 1 EUR of subscription.
    agree(connection, home, BASE)
    report = cost(connection, home)
    assert kwh(report) == {Rate.BASE: 14.4}
    assert report.energy_eur == pytest.approx(2.88)
    assert report.subscription_eur == pytest.approx(1)
    assert report.total_eur == pytest.approx(3.88)
    assert report.coverage == pytest.approx(1)
    assert report.estimated_share == 0
    assert report.price_lists == ("base-2000-01-01",)
    assert report.findings == ()


@pytest.mark.parametrize("windows", [[(1350, 390)], [(1337, 377)], [(121, 361), (731, 971)]])
def test_eight_hours_off_peak_at_any_minute(
    connection: Connection, home: Home, windows: list[tuple[int, int]]
) -> None:
    # 8 h at 600 W are 4.8 kWh at 0.10, the other 9.6 kWh cost 0.25: 0.48 + 2.40 EUR.
    agree(connection, home, nights(*windows))
    report = cost(connection, home)
    assert kwh(report) == {Rate.PEAK: 9.6, Rate.OFF_PEAK: 4.8}
    assert report.energy_eur == pytest.approx(2.88)
    assert report.estimated_share == 0


def test_windows_within_half_hours_are_priced_from_readings(connection: Connection) -> None:
    # 100 Wh in 22:00-22:10 and nothing after it; off-peak begins at 22:10.
    home = move_in(connection)
    start_s = START_S + 21 * 3600
    minutes = np.arange(1, 61)
    write(connection, rows_of(home.meter, start_s + 60 * minutes, 10.0 * np.minimum(minutes, 10)))
    while rollups.refresh(connection):
        pass
    agree(connection, home, nights((1330, 370)))
    report = cost(connection, home, Period(instant(start_s), instant(start_s + 3600)))
    assert kwh(report) == {Rate.PEAK: 0.1, Rate.OFF_PEAK: 0}


def test_ragged_ends_are_priced_from_readings(connection: Connection) -> None:
    # 100 Wh in the ten minutes from 22:00; a period that begins at 22:05 holds 50 of them.
    home = move_in(connection)
    start_s = START_S + 21 * 3600
    minutes = np.arange(1, 61)
    write(connection, rows_of(home.meter, start_s + 60 * minutes, 10.0 * np.minimum(minutes, 10)))
    while rollups.refresh(connection):
        pass
    agree(connection, home, BASE)
    late = Period(instant(start_s + 300), instant(start_s + 3500))
    assert kwh(cost(connection, home, late)) == {Rate.BASE: 0.05}


def test_a_tempo_day_needs_its_colours(connection: Connection, home: Home) -> None:
    # 2 March: 6 h of the 1st's blue off-peak, 3.6 kWh at 0.12; 16 h white peak, 9.6 kWh at 0.18;
    # 2 h white off-peak, 1.2 kWh at 0.14: 0.432 + 1.728 + 0.168 = 2.328 EUR.
    agree(connection, home, Contract(MARCH, Option.TEMPO, 6))
    colours = {date(2026, 3, 2): Colour.WHITE}
    contracts.save_colours(connection, TempoColours(colours), "made up for a test")
    report = cost(connection, home)
    assert report.total_eur is None
    (finding,) = report.findings
    assert (finding.code, finding.facts["first_day"]) == ("no_colour", "2026-03-01")
    colours = {date(2026, 3, 1): Colour.BLUE}
    contracts.save_colours(connection, TempoColours(colours), "made up for a test")
    assert cost(connection, home).energy_eur == pytest.approx(2.328)


def test_the_parts_of_a_period_cost_what_the_whole_costs(
    connection: Connection, home: Home
) -> None:
    agree(connection, home, nights((1337, 377)))
    start_s = START_S + 3600
    cuts_s = [start_s, start_s + 1234, start_s + 40_000.5, start_s + 2 * DAY_S]
    parts = [
        cost(connection, home, Period(instant(a), instant(b))).total_eur or 0
        for a, b in pairwise(cuts_s)
    ]
    whole = cost(connection, home, Period(instant(cuts_s[0]), instant(cuts_s[-1])))
    assert sum(parts) == pytest.approx(whole.total_eur)


def test_no_contract_is_not_a_cost_of_nothing(connection: Connection, home: Home) -> None:
    report = cost(connection, home)
    assert (report.total_eur, report.energy_eur, report.subscription_eur) == (None, None, None)
    (finding,) = report.findings
    assert finding.code == "no_contract"
    assert finding.facts == {"first_day": "2026-03-02", "last_day": "2026-03-02", "count": 1}


def test_a_hole_in_the_prices_is_told(connection: Connection, home: Home) -> None:
    agree(connection, home, BASE)
    old = PriceBook((price_list(Option.BASE, valid_to=date(2026, 3, 1)),))
    report = load_cost(connection, home.viewer, SECOND, LATER_UTC, old)
    assert report.total_eur is None
    assert codes(report) == ["no_prices"]


def test_without_energy_only_the_subscription_is_told(connection: Connection, home: Home) -> None:
    agree(connection, home, BASE)
    report = cost(connection, home, day_of(date(2026, 4, 2)))
    assert (report.energy_eur, report.total_eur, report.coverage) == (None, None, 0)
    assert report.subscription_eur == pytest.approx(1)
    assert codes(report) == ["no_energy"]


def test_a_corrected_contract_restates_the_past(connection: Connection, home: Home) -> None:
    agree(connection, home, BASE)
    assert cost(connection, home).energy_eur == pytest.approx(2.88)
    agree(connection, home, nights((0, 720)), days=30)
    assert cost(connection, home).energy_eur == pytest.approx(7.2 * 0.10 + 7.2 * 0.25)
    believed = contracts.load_contracts(connection, home.viewer, START_UTC)
    assert believed.contracts == (BASE,)


def test_what_would_i_have_paid(connection: Connection, home: Home) -> None:
    # 12 h off-peak instead of base: 7.2 * 0.10 + 7.2 * 0.25 - 14.4 * 0.20 = -0.36 EUR.
    agree(connection, home, BASE)
    comparison = compare_contracts(
        connection, home.viewer, SECOND, LATER_UTC, nights((0, 720)), PRICES
    )
    assert comparison.difference_eur == pytest.approx(-0.36)
    late = Contract(date(2026, 3, 3), Option.BASE, 6)
    comparison = compare_contracts(connection, home.viewer, SECOND, LATER_UTC, late, PRICES)
    assert comparison.difference_eur is None
    assert codes(comparison.other) == ["no_contract"]


def test_the_future_and_the_time_before_moving_in_cost_nothing(
    connection: Connection, home: Home
) -> None:
    agree(connection, home, BASE)
    noon_utc = SECOND.start_utc + timedelta(hours=12)
    today = load_cost(connection, home.viewer, SECOND, noon_utc, PRICES)
    assert today.period == Period(SECOND.start_utc, noon_utc)
    assert today.total_eur == pytest.approx(1.44 + 0.5)
    assert today.coverage == pytest.approx(1)
    first = Period(START_UTC - timedelta(days=9), START_UTC + timedelta(days=1))
    assert cost(connection, home, first).subscription_eur == pytest.approx(1)
    households.move_out(connection, home.viewer.occupancy_id, noon_utc)
    assert cost(connection, home).subscription_eur == pytest.approx(0.5)
    gone = cost(connection, home, day_of(date(2026, 3, 3)))
    assert (gone.period, gone.total_eur, codes(gone)) == (None, None, ["no_time_to_price"])


def test_shipped_prices_are_used_unless_others_are_given(
    connection: Connection, home: Home
) -> None:
    agree(connection, home, BASE)
    report = load_cost(connection, home.viewer, SECOND, LATER_UTC)
    assert report.price_lists == ("regulated-base-2026-02-01",)
    assert report.energy_eur == pytest.approx(14.4 * 0.19398)


@pytest.mark.parametrize("viewer", [None, Maker(1), Landlord(1)])
def test_only_the_household_may_look(
    connection: Connection, viewer: Maker | Landlord | None
) -> None:
    with pytest.raises(AccessError):
        load_cost(connection, viewer, SECOND, LATER_UTC, PRICES)
    with pytest.raises(AccessError):
        compare_contracts(connection, viewer, SECOND, LATER_UTC, BASE, PRICES)


def test_a_neighbours_energy_is_not_priced(connection: Connection, home: Home) -> None:
    neighbour = move_in(connection, "A02", serial="cw-2222222")
    agree(connection, home, BASE)
    agree(connection, neighbour, BASE)
    assert codes(cost(connection, neighbour)) == ["no_energy"]


def test_energy_of_a_gap_is_priced_when_the_home_uses_it(connection: Connection) -> None:
    """Three days that only the register knows, of a home that sleeps from 0 to 6."""
    home = live(connection, hole="bridged")
    nights = OffPeakWindows.all_year(date(2023, 1, 1), (22 * 60 + 30, 6 * 60 + 30))
    contract = Contract(date(2023, 1, 1), Option.OFF_PEAK, 6, (nights,))
    contracts.enter_contract(connection, home.viewer.occupancy_id, contract, END_UTC)
    period = Period(instant(HOLE_S), instant(HOLE_S) + timedelta(days=3))
    prices = PriceBook((price_list(Option.OFF_PEAK),))
    found = load_cost(connection, home.viewer, period, END_UTC, prices)
    assert found.estimated_share == pytest.approx(1)
    kwh = {each.rate: each.energy_kwh for each in found.rates}
    # Of 120 parts of a day 9 lie before midnight, 12 before six and 3 after: 24 are off-peak, a
    # fifth. Spread evenly it would be 8 hours of 24, a third.
    assert kwh[Rate.OFF_PEAK] / sum(kwh.values()) == pytest.approx(0.2, abs=0.01)
