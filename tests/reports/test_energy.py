"""A household's energy: figures, how they are known, and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt import rollups
from commonwatt.access import Landlord, Maker
from commonwatt.errors import AccessError, PeriodError
from commonwatt.model import Period
from commonwatt.reports.energy import load_energy
from commonwatt.reports.export import energy_csv
from commonwatt.reports.household import day_of, load_household, month_of, week_of
from commonwatt.storage import households, meters, readings
from commonwatt.storage.readings import Sign, instant
from tests.simulated import START_S, START_UTC, Home, move_in, rows_of, write

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

DAY_S = 86_400
LATER_UTC = START_UTC + timedelta(days=400)


def measure(connection: Connection, home: Home, first_s: int, last_s: int, *, log: int = 7) -> None:
    """Write minutes of 60 W, 1 Wh each, from one instant to another, in a log of their own."""
    minutes = np.arange(1, (last_s - first_s) // 60 + 1)
    same = np.full(len(minutes), log)
    write(connection, rows_of(home.meter, first_s + 60 * minutes, 1.0 * minutes, log=same))
    while rollups.refresh(connection):
        pass


def period(start_s: float, end_s: float) -> Period:
    return Period(instant(start_s), instant(end_s))


def test_bars_add_up_to_the_total(connection: Connection) -> None:
    home = move_in(connection)
    measure(connection, home, START_S, START_S + 10 * DAY_S)
    whole = period(START_S + 1234, START_S + 9 * DAY_S + 777)
    expected_kwh = whole.length_s / 60 / 1000
    for by in ("half_hour", "day", "month", None):
        report = load_energy(connection, home.viewer, whole, by, LATER_UTC)
        assert report.total.kwh == pytest.approx(expected_kwh)
        assert report.total.coverage == pytest.approx(1)
        assert report.gaps == ()
        if by:
            assert sum(bar.kwh or 0 for bar in report.bars) == pytest.approx(expected_kwh)
            assert report.bars[0].period.start_utc == whole.start_utc
            assert report.bars[-1].period.end_utc == whole.end_utc


def test_days_are_local(connection: Connection) -> None:
    """29 March 2026 has 23 hours: 1.38 kWh at 60 W."""
    home = move_in(connection)
    measure(connection, home, START_S + 26 * DAY_S, START_S + 31 * DAY_S)
    april_fools = datetime(2026, 3, 29, 12, tzinfo=UTC).date()
    report = load_energy(connection, home.viewer, week_of(april_fools), "day", LATER_UTC)
    assert [round(bar.kwh or 0, 6) for bar in report.bars][-2:] == [1.44, 1.38]
    assert (
        len(load_energy(connection, home.viewer, day_of(april_fools), "half_hour", LATER_UTC).bars)
        == 46
    )


def test_a_hole_is_named_and_never_filled(connection: Connection) -> None:
    """Two logs with 100 minutes between them: the energy of the hole is unknown, not zero."""
    home = move_in(connection)
    measure(connection, home, START_S, START_S + 36_000)
    measure(connection, home, START_S + 42_000, START_S + 78_000, log=8)
    whole = period(START_S, START_S + 78_000)
    report = load_energy(connection, home.viewer, whole, "half_hour", LATER_UTC)
    assert report.total.kwh == pytest.approx(1.2)
    assert report.total.coverage == pytest.approx(72_000 / 78_000)
    (gap,) = report.gaps
    assert (gap.start_utc, gap.minutes, gap.energy_known) == (instant(START_S + 36_000), 100, False)
    empty = [bar for bar in report.bars if bar.kwh is None]
    assert len(empty) == 3, "three whole half-hours lie inside the hole"


def test_a_bridged_gap_is_estimated(connection: Connection) -> None:
    """One log that goes on after an hour: the amount is exact, its timing is not."""
    home = move_in(connection)
    minutes = np.r_[np.arange(1, 61), np.arange(121, 181)]
    rows = rows_of(home.meter, START_S + 60 * minutes, 1.0 * minutes, n=minutes)
    write(connection, rows)
    rollups.refresh(connection)
    report = load_energy(
        connection, home.viewer, period(START_S, START_S + 10_800), None, LATER_UTC
    )
    assert report.total.kwh == pytest.approx(0.180)
    assert report.total.estimated_kwh == pytest.approx(0.061)
    assert [gap.energy_known for gap in report.gaps] == [True]


def test_instants_of_any_offset_ask_for_the_same(connection: Connection) -> None:
    home = move_in(connection)
    measure(connection, home, START_S, START_S + DAY_S)
    utc = period(START_S + 3600, START_S + 7200)
    shifted = timezone(timedelta(hours=5, minutes=45))
    other = Period(utc.start_utc.astimezone(shifted), utc.end_utc.astimezone(shifted))
    for asked in (utc, other):
        report = load_energy(connection, home.viewer, asked, None, LATER_UTC)
        assert report.total.kwh == pytest.approx(0.060)


def test_the_future_is_not_missing(connection: Connection) -> None:
    home = move_in(connection)
    measure(connection, home, START_S, START_S + 7200)
    now_utc = instant(START_S + 7260)
    report = load_energy(connection, home.viewer, period(START_S, START_S + DAY_S), None, now_utc)
    assert report.total.coverage == pytest.approx(7200 / 7260)
    assert report.gaps == ()


def test_a_silent_meter_leaves_a_gap_up_to_now(connection: Connection) -> None:
    home = move_in(connection)
    measure(connection, home, START_S, START_S + 7200)
    now_utc = instant(START_S + 14_400)
    report = load_energy(connection, home.viewer, period(START_S, START_S + DAY_S), None, now_utc)
    assert [(gap.start_utc, gap.end_utc) for gap in report.gaps] == [
        (instant(START_S + 7200), now_utc)
    ]


def test_the_next_household_starts_empty(connection: Connection) -> None:
    """The meter stays, the people change at midday: each sees their own half."""
    home = move_in(connection)
    noon_utc = START_UTC + timedelta(hours=12)
    households.move_out(connection, home.viewer.occupancy_id, noon_utc)
    dwelling = connection.execute("SELECT dwelling_id FROM dwellings").fetchone() or (0,)
    newcomer = type(home.viewer)(households.move_in(connection, dwelling[0], noon_utc))
    measure(connection, home, START_S, START_S + DAY_S)
    day = period(START_S, START_S + DAY_S)
    for viewer in (home.viewer, newcomer):
        report = load_energy(connection, viewer, day, "day", LATER_UTC)
        assert report.total.kwh == pytest.approx(0.720)
    hours = load_energy(connection, newcomer, day, "half_hour", LATER_UTC).bars
    assert all(bar.kwh is None for bar in hours if bar.period.end_utc <= noon_utc)


def test_a_swapped_meter_goes_on(connection: Connection) -> None:
    home = move_in(connection)
    noon_utc = START_UTC + timedelta(hours=12)
    connection.execute("UPDATE installations SET end_utc = %s", (noon_utc,))
    second = meters.add_meter(connection, "cw-1111111", backlog_days=None)
    dwelling = connection.execute("SELECT dwelling_id FROM dwellings").fetchone() or (0,)
    meters.install(connection, second.meter_id, dwelling[0], noon_utc)
    measure(connection, home, START_S, START_S + DAY_S)
    swapped = Home(home.viewer, second, home.building_id)
    measure(connection, swapped, START_S + DAY_S // 2, START_S + DAY_S)
    report = load_energy(connection, home.viewer, period(START_S, START_S + DAY_S), None, LATER_UTC)
    assert report.total.kwh == pytest.approx(1.440)


@pytest.mark.parametrize("viewer", [None, Maker(1), Landlord(1)])
def test_only_the_household_may_look(
    connection: Connection, viewer: Maker | Landlord | None
) -> None:
    with pytest.raises(AccessError):
        load_energy(connection, viewer, period(0, 60), None, LATER_UTC)
    with pytest.raises(AccessError):
        load_household(connection, viewer, LATER_UTC)


def test_another_household_is_not_seen(connection: Connection) -> None:
    home = move_in(connection)
    measure(connection, home, START_S, START_S + DAY_S)
    neighbour = move_in(connection, "A02", serial="cw-2222222")
    report = load_energy(
        connection, neighbour.viewer, period(START_S, START_S + DAY_S), "day", LATER_UTC
    )
    assert report.total.kwh is None


def test_periods_that_cannot_be() -> None:
    with pytest.raises(PeriodError, match="time zone"):
        Period(datetime(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001 - that is the point
    with pytest.raises(PeriodError, match="not after its start"):
        Period(START_UTC, START_UTC)


def test_the_household_report_is_about_today(connection: Connection) -> None:
    home = move_in(connection)
    now_utc = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
    measure(connection, home, START_S, int(now_utc.timestamp()))
    sign = Sign(home.meter.meter_id, now_utc.timestamp(), power_w=60, power_s=now_utc.timestamp())
    readings.see_meters(connection, [sign])
    report = load_household(connection, home.viewer, now_utc)
    assert report.live is not None
    assert report.live.power_w == 60
    assert report.today.total.kwh == pytest.approx(0.660), "11 local hours since midnight"
    assert report.week.total.kwh == pytest.approx(3 * 1.440 + 0.660)
    assert report.month.total.period == month_of(now_utc.date())
    assert report.findings == ()
    silent = load_household(connection, home.viewer, now_utc + timedelta(hours=2))
    assert [(f.code, f.facts["minutes"]) for f in silent.findings] == [("silent", 120)]


def test_the_table_to_take_away(connection: Connection) -> None:
    home = move_in(connection)
    measure(connection, home, START_S, START_S + 3600)
    report = load_energy(
        connection, home.viewer, period(START_S, START_S + 5400), "half_hour", LATER_UTC
    )
    lines = energy_csv(report, "Europe/Paris").splitlines()
    assert lines[0].split(",")[:4] == ["start_utc", "end_utc", "start_local", "energy_kwh"]
    assert lines[1] == (
        "2026-03-01T00:00:00Z,2026-03-01T00:30:00Z,2026-03-01T01:00:00+0100,"
        "0.030000,0.030000,0.000000,0.000000,1.000000"
    )
    assert lines[3].split(",")[3] == "", "unknown is empty, not zero"
