"""A home's month as its sheet tells it: known, compared, priced and with one tip."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from commonwatt.access import HouseholdMember, Landlord, Maker, Paused
from commonwatt.core.calendar import local_day_edges_s
from commonwatt.core.price_lists import PriceBook
from commonwatt.core.series import EnergySeries
from commonwatt.core.tariff import Contract, OffPeakWindows, Option
from commonwatt.errors import AccessError, PeriodError
from commonwatt.model import ZONE
from commonwatt.reports.monthly_sheet import (
    HIGH_ALWAYS_ON_W,
    LITTLE_OFF_PEAK,
    MonthEnergy,
    MonthlySheet,
    Tip,
    choose_tip,
    load_monthly_sheet,
)
from commonwatt.storage import contracts, households
from commonwatt.storage import rollups as tiers
from tests.core.tariffs import price_list
from tests.simulated import Home, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

PARIS = ZoneInfo(ZONE)
FIRST = date(2024, 10, 1)
DAYS = 396
"""October 2024 up to and with October 2025; both ends of summer time lie within."""

OCTOBER = date(2025, 10, 1)
NOW = datetime(2025, 11, 3, 9, tzinfo=PARIS)
PRICES = PriceBook(tuple(price_list(option, yearly_eur=365.0) for option in Option))
"""0.20 EUR at any time, or 0.25 peak and 0.10 off-peak; a subscription of 1 EUR a day."""

KNOWN = MonthEnergy(OCTOBER, 100.0, 1.0, 1.0, 3.2)


def live(
    connection: Connection,
    power_w: Any = 300.0,
    *,
    unknown: tuple[date, int] | None = None,
    bridged: tuple[date, int] | None = None,
    start: date = FIRST,
) -> Home:
    """Thirteen months at a power, one value or one for each half-hour of a day, with days missing."""
    edges_s = local_day_edges_s(FIRST, DAYS, ZONE)
    home = move_in(connection, start_utc=datetime(start.year, start.month, start.day, tzinfo=PARIS))
    half_s = np.arange(edges_s[0], edges_s[-1] + 1, 1800)
    day = np.searchsorted(edges_s, half_s[:-1], side="right") - 1
    hour = ((half_s[:-1] - edges_s[day]) // 1800).astype(int)
    energy_wh = np.broadcast_to(np.asarray(power_w), 50)[hour] / 2
    lost, estimated = (_days_in(each, day) for each in (unknown, bridged))
    measured = ~lost & ~estimated
    series = EnergySeries(
        edges_s=half_s,
        energy_wh=np.where(lost, np.nan, energy_wh),
        register_wh=np.where(measured, energy_wh, 0.0),
        power_wh=np.zeros_like(energy_wh),
        estimated_wh=np.where(estimated, energy_wh, 0.0),
        covered_s=np.where(measured, 1800.0, 0.0),
    )
    with connection.transaction():
        tiers.replace_half_hours(connection, home.meter.meter_id, series)
    return home


def _days_in(stretch: tuple[date, int] | None, day: Any) -> Any:
    if stretch is None:
        return np.zeros(len(day), bool)
    first = (stretch[0] - FIRST).days
    return (day >= first) & (day < first + stretch[1])


def agree(connection: Connection, home: Home, contract: Contract) -> None:
    contracts.enter_contract(connection, home.viewer.occupancy_id, contract, NOW)


def load(connection: Connection, home: Home, month: date = OCTOBER, **changes: Any) -> MonthlySheet:
    told: dict[str, Any] = {"now_utc": NOW, "prices": PRICES} | changes
    return load_monthly_sheet(connection, home.viewer, month, **told)


def test_a_whole_month_is_told_compared_and_priced(connection: Connection) -> None:
    # October has 745 hours: 300 W are 223.5 kWh; a day of 24 h takes 7.2 kWh at 0.20, and 1 EUR.
    home = live(connection, 100.0)
    agree(connection, home, Contract(FIRST, Option.BASE, 6))
    found = load(connection, home)
    assert (found.building_name, found.stairwell, found.dwelling_label) == ("Tilleuls", "A", "A01")
    assert found.energy.kwh == pytest.approx(74.5)
    assert found.energy.daily_kwh == pytest.approx(2.4)
    assert found.energy.known == pytest.approx(1)
    assert (len(found.days), found.unknown_days, found.is_over) == (31, 0, True)
    assert found.days[25].kwh == pytest.approx(2.5), "the day of 25 hours"
    assert found.before is not None
    assert found.year_before is not None
    assert found.before.month == date(2025, 9, 1)
    assert found.before.kwh == pytest.approx(72)
    assert found.year_before.month == date(2024, 10, 1)
    assert found.daily_eur == pytest.approx(2.4 * 0.20 + 1, rel=0.002)
    assert found.always_on_w == pytest.approx(100)
    assert found.tip is Tip.NEUTRAL
    assert found.cost_findings == ()


def test_a_month_without_a_contract_has_no_price(connection: Connection) -> None:
    found = load(connection, live(connection))
    assert found.daily_eur is None
    assert [finding.code for finding in found.cost_findings] == ["no_contract"]


def test_unknown_days_are_neither_counted_nor_compared(connection: Connection) -> None:
    # Three of 31 days unknown: the sum is a least one, the mean is that of the other 28.
    home = live(connection, unknown=(date(2025, 10, 10), 3))
    agree(connection, home, Contract(FIRST, Option.BASE, 6))
    found = load(connection, home)
    assert [day.day.day for day in found.days if day.kwh is None] == [10, 11, 12]
    assert found.unknown_days == 3
    assert found.energy.known == pytest.approx((745 - 72) / 745)
    assert not found.energy.is_whole
    assert found.energy.daily_kwh == pytest.approx(7.2)
    assert (found.before, found.year_before) == (None, None)
    assert found.daily_eur == pytest.approx(7.2 * 0.20 + 1, rel=0.002)


def test_a_hole_in_the_month_before_ends_that_comparison_alone(connection: Connection) -> None:
    found = load(connection, live(connection, unknown=(date(2025, 9, 10), 3)))
    assert found.before is None
    assert found.year_before is not None


def test_a_bridged_gap_is_known_and_estimated(connection: Connection) -> None:
    found = load(connection, live(connection, bridged=(date(2025, 10, 10), 3)))
    assert found.energy.known == pytest.approx(1)
    assert [day.day.day for day in found.days if day.estimated_kwh > 0] == [10, 11, 12]
    assert found.energy.kwh == pytest.approx(0.3 * 745)


def test_a_silent_month_asks_for_the_meter(connection: Connection) -> None:
    home = live(connection, unknown=(OCTOBER, 31))
    agree(connection, home, Contract(FIRST, Option.BASE, 6))
    found = load(connection, home)
    assert (found.energy.kwh, found.energy.daily_kwh, found.energy.known) == (None, None, 0)
    assert (found.daily_eur, found.tip) == (None, Tip.METER)
    assert found.unknown_days == 31
    assert [finding.code for finding in found.cost_findings] == ["no_energy"]


def test_who_moved_in_within_the_month_is_told_its_own_days(connection: Connection) -> None:
    home = live(connection, start=date(2025, 10, 11))
    found = load(connection, home)
    assert found.energy.kwh == pytest.approx(0.3 * (21 * 24 + 1))
    assert found.energy.daily_kwh == pytest.approx(7.2)
    assert found.energy.is_whole
    assert found.energy.lived == pytest.approx((21 * 24 + 1) / 745)
    assert (found.before, found.unknown_days) == (None, 0)
    assert [day.is_outside for day in found.days] == [True] * 10 + [False] * 21


def test_a_half_month_is_compared_with_nothing(connection: Connection) -> None:
    home = live(connection, start=date(2025, 9, 11))
    found = load(connection, home)
    assert found.energy.is_comparable
    assert (found.before, found.year_before) == (None, None)


def test_a_month_before_moving_in_is_not_told(connection: Connection) -> None:
    found = load(connection, live(connection, start=date(2025, 11, 1)))
    assert (found.energy.lived, found.energy.known, found.energy.kwh) == (0, 0, None)
    assert (found.tip, found.unknown_days) == (Tip.NEUTRAL, 0)


def test_days_without_a_meter_are_unknown(connection: Connection) -> None:
    """Who lived there before the meter hung did not live elsewhere: those days are unknown."""
    home = live(connection)
    hung_utc = datetime(2025, 10, 11, tzinfo=PARIS)
    connection.execute("UPDATE installations SET start_utc = %s", (hung_utc,))
    found = load(connection, home)
    assert found.unknown_days == 10
    assert found.energy.lived == pytest.approx(1)
    assert found.energy.known == pytest.approx((21 * 24 + 1) / 745)


def test_a_month_that_runs_is_told_up_to_now(connection: Connection) -> None:
    now = datetime(2025, 10, 11, tzinfo=PARIS)
    found = load(connection, live(connection), now_utc=now)
    assert not found.is_over
    assert [day.is_outside for day in found.days] == [False] * 10 + [True] * 21
    assert (found.before, found.year_before) == (None, None)


def test_a_month_to_come_is_refused(connection: Connection) -> None:
    home = live(connection)
    with pytest.raises(PeriodError, match="2025-12 has not begun"):
        load(connection, home, date(2025, 12, 1))


def test_nights_that_use_much_are_the_thing_to_look_at(connection: Connection) -> None:
    found = load(connection, live(connection, 300.0))
    assert found.tip is Tip.ALWAYS_ON
    assert found.always_on_w == pytest.approx(300)


def test_heating_at_night_is_no_forgotten_device(connection: Connection) -> None:
    """1,000 W in the nights of winter, 80 W in those of summer: the calmest nights tell."""
    home = live(connection, 80.0)
    edges_s = local_day_edges_s(OCTOBER, 31, ZONE)
    half_s = np.arange(edges_s[0], edges_s[-1] + 1, 1800)
    heated = np.full(len(half_s) - 1, 500.0)
    zeros = np.zeros_like(heated)
    series = EnergySeries(half_s, heated, heated, zeros, zeros, zeros + 1800)
    with connection.transaction():
        tiers.replace_half_hours(connection, home.meter.meter_id, series)
    assert load(connection, home).always_on_w == pytest.approx(80)


def test_few_nights_say_nothing_of_the_load(connection: Connection) -> None:
    found = load(connection, live(connection, start=date(2025, 10, 11)))
    assert (found.always_on_w, found.tip) == (None, Tip.NEUTRAL)


@pytest.mark.parametrize(("night_w", "tip"), [(50.0, Tip.OFF_PEAK), (140.0, Tip.NEUTRAL)])
def test_little_energy_off_peak_asks_for_the_water_heater(
    connection: Connection, night_w: float, tip: Tip
) -> None:
    # 8 of 24 hours off-peak, from midnight: 50 W beside 250 W are 1/11, 140 W beside 110 W 0.39.
    power_w = np.full(50, 250.0 if night_w < 100 else 110.0)
    power_w[:16] = night_w
    home = live(connection, power_w)
    windows = OffPeakWindows.all_year(FIRST, (0, 480))
    agree(connection, home, Contract(FIRST, Option.OFF_PEAK, 6, (windows,)))
    found = load(connection, home)
    share = 8 * night_w / (8 * night_w + 16 * power_w[20])
    assert found.off_peak_share == pytest.approx(share, abs=0.01)
    assert found.tip is tip


@pytest.mark.parametrize(
    ("energy", "always_on_w", "share", "tip"),
    [
        (MonthEnergy(OCTOBER, None, 1.0, 0.0, None), 900.0, 0.1, Tip.METER),
        (KNOWN, HIGH_ALWAYS_ON_W, 0.1, Tip.ALWAYS_ON),
        (KNOWN, HIGH_ALWAYS_ON_W - 1, LITTLE_OFF_PEAK - 0.01, Tip.OFF_PEAK),
        (KNOWN, None, LITTLE_OFF_PEAK, Tip.NEUTRAL),
        (KNOWN, None, None, Tip.NEUTRAL),
    ],
)
def test_one_tip_is_chosen(
    energy: MonthEnergy, always_on_w: float | None, share: float | None, tip: Tip
) -> None:
    assert choose_tip(energy, always_on_w, share) is tip


@pytest.mark.parametrize("viewer", [None, Maker(1), Landlord(1), HouseholdMember(99), Paused(1)])
def test_nobody_else_sees_it(connection: Connection, viewer: Any) -> None:
    live(connection)
    with pytest.raises(AccessError):
        load_monthly_sheet(connection, viewer, OCTOBER, NOW)


def test_the_next_tenants_see_their_own_days_alone(connection: Connection) -> None:
    home = live(connection)
    moved_utc = datetime(2025, 10, 21, tzinfo=PARIS)
    households.move_out(connection, home.viewer.occupancy_id, moved_utc)
    row = connection.execute("SELECT dwelling_id FROM occupancies").fetchone()
    assert row is not None
    newcomer = HouseholdMember(households.move_in(connection, row[0], moved_utc))
    found = load_monthly_sheet(connection, newcomer, OCTOBER, NOW)
    assert [day.kwh is None for day in found.days] == [True] * 20 + [False] * 11
    assert [day.is_outside for day in found.days] == [True] * 20 + [False] * 11
    assert found.year_before is None
    assert NOW - moved_utc > timedelta(days=1)
