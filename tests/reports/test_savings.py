"""A household's saving, from stored readings and weather to a verdict."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from commonwatt.access import HouseholdMember, Landlord, Maker
from commonwatt.core.exclusions import ExcludedRun, Reason
from commonwatt.core.tariff import Contract, Option
from commonwatt.core.tiers import Tier, Verdict
from commonwatt.errors import AccessError, PeriodError
from commonwatt.model import ZONE
from commonwatt.reports.savings import load_saving
from commonwatt.storage import households
from commonwatt.storage.contracts import enter_contract
from tests.core.homes import heated_wh
from tests.reports.two_years import (
    CHANGE,
    END,
    END_UTC,
    FIRST,
    START_UTC,
    STATION,
    TEMPERATURE_C,
    know_weather,
    live,
    number,
)
from tests.simulated import move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection


def test_a_fifth_less_is_proven(connection: Connection) -> None:
    home = live(connection)
    know_weather(connection, home)
    found = load_saving(connection, home.viewer, CHANGE, END_UTC)
    assert (found.change_day, found.end_day, found.station) == (CHANGE, END, STATION)
    assert found.assessment is not None
    assert found.assessment.judgement.tier is Tier.A
    assert found.assessment.judgement.verdict is Verdict.PROVEN_DROP
    saving = found.assessment.saving
    assert saving is not None
    assert saving.share == pytest.approx(0.2, abs=0.02)
    assert saving.used_wh == pytest.approx(
        0.8 * heated_wh(TEMPERATURE_C, 0.1)[365:].sum(), rel=0.01
    )
    assert found.assessment.measured == pytest.approx(1)


def test_a_saving_is_worth_money_and_gases(connection: Connection) -> None:
    home = live(connection)
    know_weather(connection, home)
    untold = load_saving(connection, home.viewer, CHANGE, END_UTC)
    assert untold.worth is None
    assert [finding.code for finding in untold.findings] == ["no_contract"]
    contract = Contract(date(2023, 1, 1), Option.BASE, 6)
    enter_contract(connection, home.viewer.occupancy_id, contract, END_UTC)
    found = load_saving(connection, home.viewer, CHANGE, END_UTC)
    assert found.findings == ()
    assert found.assessment is not None
    assert found.assessment.saving is not None
    saved_kwh = found.assessment.saving.saved_wh / 1000
    assert found.worth is not None
    # Three price lists of 2024: between 0.2 and 0.3 EUR/kWh.
    assert 0.2 < found.worth.saved_eur / saved_kwh < 0.3
    assert found.worth.low_eur < found.worth.saved_eur < found.worth.high_eur
    assert found.emissions is not None
    (factor,) = found.emissions.factors
    assert found.emissions.co2e_kg == pytest.approx(saved_kwh * factor.kg_per_kwh)
    assert factor.year == 2024


def test_days_with_clock_changes_are_whole(connection: Connection) -> None:
    home = live(connection)
    know_weather(connection, home)
    found = load_saving(connection, home.viewer, CHANGE, END_UTC).assessment
    assert found is not None
    assert found.baseline is not None
    days = found.baseline.days
    for turn in (date(2023, 3, 26), date(2023, 10, 29)):
        place = int(np.searchsorted(days.day, number(turn)))
        assert days.day[place] == number(turn)
        assert days.coverage[place] == pytest.approx(1)
        expected_wh = heated_wh(TEMPERATURE_C, 0.1)[number(turn) - number(FIRST)]
        assert days.energy_wh[place] == pytest.approx(expected_wh, abs=0.01)


def test_without_weather_nothing_is_claimed(connection: Connection) -> None:
    home = live(connection)
    found = load_saving(connection, home.viewer, CHANGE, END_UTC)
    assert (found.assessment, found.station) == (None, None)
    assert [finding.code for finding in found.findings] == ["no_weather"]


def test_the_next_tenants_begin_with_nothing(connection: Connection) -> None:
    home = live(connection)
    know_weather(connection, home)
    moved_utc = datetime(2023, 12, 1, 11, tzinfo=UTC)
    households.move_out(connection, home.viewer.occupancy_id, moved_utc)
    row = connection.execute(
        "SELECT dwelling_id FROM occupancies WHERE occupancy_id = %s", (home.viewer.occupancy_id,)
    ).fetchone()
    assert row is not None
    newcomer = HouseholdMember(households.move_in(connection, row[0], moved_utc))
    found = load_saving(connection, newcomer, CHANGE, END_UTC).assessment
    assert found is not None
    # 2 to 31 December: the day of the move belongs to two households, and to no baseline.
    assert found.baseline is not None
    assert found.baseline.quality.days == 31
    assert found.judgement.verdict is Verdict.NOT_ENOUGH_DATA
    assert {run.reason for run in found.baseline_exclusions} == {Reason.OTHER_TENANT}


def test_energy_bridged_across_a_gap_counts(connection: Connection) -> None:
    """Three silent days whose energy the register knows are known days."""
    home = live(connection, saving=0.0, hole="bridged")
    know_weather(connection, home)
    found = load_saving(connection, home.viewer, CHANGE, END_UTC).assessment
    assert found is not None
    assert found.measured == pytest.approx(1)


def test_an_unknown_day_does_not_count(connection: Connection) -> None:
    """Three days from a noon on: two of them unknown, and two halves."""
    home = live(connection, saving=0.0, hole="unknown")
    know_weather(connection, home)
    found = load_saving(connection, home.viewer, CHANGE, END_UTC).assessment
    assert found is not None
    assert found.measured == pytest.approx(361 / 365)
    first = number(date(2024, 6, 10))
    expected = ExcludedRun(first, first + 3, Reason.NOT_MEASURED)
    assert expected in found.reporting_exclusions


def test_a_day_to_come_cannot_be_compared(connection: Connection) -> None:
    home = move_in(connection, start_utc=START_UTC)
    with pytest.raises(PeriodError, match="a day before 2025-01-01 was expected"):
        load_saving(connection, home.viewer, date(2025, 1, 1), END_UTC)


@pytest.mark.parametrize("viewer", [None, Maker(1), Landlord(1), HouseholdMember(99)])
def test_nobody_else_sees_it(connection: Connection, viewer: object) -> None:
    move_in(connection, start_utc=START_UTC)
    with pytest.raises(AccessError):
        load_saving(connection, viewer, CHANGE, END_UTC)  # type: ignore[arg-type]


def test_the_house_is_in_paris() -> None:
    assert datetime(2023, 1, 2, tzinfo=ZoneInfo(ZONE)) == START_UTC
