"""A household's saving, from stored readings and weather to a verdict."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from commonwatt.access import HouseholdMember, Landlord, Maker
from commonwatt.core.calendar import local_day_edges_s
from commonwatt.core.exclusions import ExcludedRun, Reason
from commonwatt.core.series import EnergySeries
from commonwatt.core.tiers import Tier, Verdict
from commonwatt.errors import AccessError, PeriodError
from commonwatt.model import ZONE
from commonwatt.reports.savings import load_saving
from commonwatt.storage import households, weather
from commonwatt.storage import rollups as tiers
from commonwatt.weather.days import DayKind, Station, StationDays
from tests.core.homes import heated_wh, seasons_c
from tests.simulated import Home, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

FIRST = date(2023, 1, 2)
DAYS = 730
CHANGE = FIRST + timedelta(days=365)
END = FIRST + timedelta(days=DAYS)
START_UTC = datetime(2023, 1, 1, 23, tzinfo=UTC)
END_UTC = datetime(2024, 12, 31, 23, tzinfo=UTC)
STATION = Station("ormes", "Ormes")
EPOCH = date(1970, 1, 1)
HOLE_S = datetime(2024, 6, 10, 10, tzinfo=UTC).timestamp()


def number(day: date) -> int:
    return (day - EPOCH).days


TEMPERATURE_C = seasons_c(DAYS, start=number(FIRST))


def live(connection: Connection, saving: float = 0.2, hole: str = "none") -> Home:
    """Two years of half-hours; nights from 0 to 6 use a third of what the hours of the day do."""
    home = move_in(connection, start_utc=START_UTC)
    use_wh = heated_wh(TEMPERATURE_C, noise=0.1)
    use_wh[365:] *= 1 - saving
    midnights_s = local_day_edges_s(FIRST, DAYS, ZONE)
    edges_s = np.arange(midnights_s[0], midnights_s[-1] + 1, 1800)
    day = np.searchsorted(midnights_s, edges_s[:-1], side="right") - 1
    shape = np.where(edges_s[:-1] - midnights_s[day] < 6 * 3600, 1.0, 3.0)
    energy_wh = shape * (use_wh / np.bincount(day, shape))[day]
    lost = (edges_s[:-1] >= HOLE_S) & (edges_s[:-1] < HOLE_S + 3 * 86_400) & (hole != "none")
    bridged, zeros = lost & (hole == "bridged"), np.zeros_like(energy_wh)
    series = EnergySeries(
        edges_s=edges_s,
        energy_wh=np.where(lost & ~bridged, np.nan, energy_wh),
        register_wh=np.where(lost, 0.0, energy_wh),
        power_wh=zeros,
        estimated_wh=np.where(bridged, energy_wh, 0.0),
        covered_s=np.where(lost, 0.0, 1800.0),
    )
    with connection.transaction():
        tiers.replace_half_hours(connection, home.meter.meter_id, series)
    return home


def know_weather(connection: Connection, home: Home) -> None:
    day = np.arange(number(FIRST), number(FIRST) + DAYS)
    unknown = np.full(DAYS, np.nan)
    kind = DayKind.LOCAL_DAY
    days = StationDays(STATION, kind, day, TEMPERATURE_C, unknown, unknown, unknown)
    weather.replace_days(connection, [days])
    weather.choose_station(connection, home.building_id, STATION.key)


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
