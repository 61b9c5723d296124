"""The rate of now, its next change, and what is left below the subscribed power."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from commonwatt.core.tariff import Contract, OffPeakWindows, Option, Rate
from commonwatt.core.tempo import Colour, TempoColours
from commonwatt.registry.windows import read_window
from commonwatt.reports.household import LivePower
from commonwatt.reports.moment import load_moment
from commonwatt.storage import contracts
from tests.simulated import START_UTC, Home, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

SINCE = date(2025, 8, 1)
NOON_UTC = datetime(2025, 12, 10, 11, tzinfo=UTC)
"""Noon in Paris, the clock being an hour ahead in winter."""


@pytest.fixture
def home(connection: Connection) -> Home:
    return move_in(connection)


def agree(connection: Connection, home: Home, option: Option, told: str = "") -> None:
    windows = (OffPeakWindows.all_year(SINCE, read_window(told)),) if told else ()
    agreed = Contract(SINCE, option, 6, windows)
    contracts.enter_contract(connection, home.viewer.occupancy_id, agreed, START_UTC)


def test_off_peak_hours_turn_when_the_contract_says(connection: Connection, home: Home) -> None:
    agree(connection, home, Option.OFF_PEAK, "22:30-06:30")
    now = load_moment(connection, home.viewer, None, NOON_UTC)
    assert now is not None
    assert (now.rate, now.until_utc) == (Rate.PEAK, datetime(2025, 12, 10, 21, 30, tzinfo=UTC))
    night = load_moment(connection, home.viewer, None, NOON_UTC + timedelta(hours=12))
    assert night is not None
    assert (night.rate, night.until_utc) == (
        Rate.OFF_PEAK,
        datetime(2025, 12, 11, 5, 30, tzinfo=UTC),
    )
    assert night.price_eur_per_kwh < now.price_eur_per_kwh


def test_one_rate_never_turns(connection: Connection, home: Home) -> None:
    agree(connection, home, Option.BASE)
    now = load_moment(connection, home.viewer, None, NOON_UTC)
    assert now is not None
    assert (now.rate, now.until_utc, now.subscribed_kva) == (Rate.BASE, None, 6)


def test_an_unknown_colour_of_tomorrow_hides_only_tomorrow(
    connection: Connection, home: Home
) -> None:
    agree(connection, home, Option.TEMPO)
    assert load_moment(connection, home.viewer, None, NOON_UTC) is None
    contracts.save_colours(connection, TempoColours({NOON_UTC.date(): Colour.WHITE}), "test")
    now = load_moment(connection, home.viewer, None, NOON_UTC)
    assert now is not None
    assert now.rate is Rate.WHITE_PEAK
    assert now.until_utc == datetime.combine(NOON_UTC.date(), time(21), UTC)


@pytest.mark.parametrize(
    ("power_w", "minutes", "margin_w"), [(360, 1, 5640), (6740, 1, -740), (360, 11, None)]
)
def test_the_margin_needs_a_fresh_power(
    connection: Connection, home: Home, power_w: float, minutes: int, margin_w: float | None
) -> None:
    agree(connection, home, Option.BASE)
    live = LivePower(power_w, NOON_UTC - timedelta(minutes=minutes))
    now = load_moment(connection, home.viewer, live, NOON_UTC)
    assert now is not None
    assert now.margin_w == margin_w


def test_without_a_contract_there_is_no_rate(connection: Connection, home: Home) -> None:
    assert load_moment(connection, home.viewer, None, NOON_UTC) is None
