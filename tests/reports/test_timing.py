"""A household's gaps follow its own week: no total changes, whatever period is asked for."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from commonwatt import rollups
from commonwatt.access import HouseholdMember, Landlord
from commonwatt.core.energy import bucket_energy
from commonwatt.core.profile import week_slots
from commonwatt.core.series import ESTIMATED
from commonwatt.errors import AccessError
from commonwatt.model import ZONE
from commonwatt.reports.half_hours import load_half_hours
from commonwatt.reports.timing import load_timed_half_hours, load_timed_spans, time_gaps
from commonwatt.storage import households
from tests.simulated import Home, move_in, pick, rows_of, write

if TYPE_CHECKING:
    from commonwatt.core.series import EnergySeries
    from commonwatt.storage.pool import Connection

P_MAX_W = 12_000.0
DAY_S = 86_400.0


def local(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=ZoneInfo(ZONE))  # type: ignore[misc, arg-type]


START_UTC = local(2026, 3, 2).astimezone(UTC)
START_S = START_UTC.timestamp()
DAYS = 42
"""Six weeks from Monday 2 March; clocks go forward on Sunday 29 March."""

GAPS = {
    "a day": (local(2026, 3, 17, 9, 30), local(2026, 3, 18, 11)),
    "the short night": (local(2026, 3, 28, 20), local(2026, 3, 29, 20)),
}
USED_WH = np.repeat([50.0, 600.0, 50.0], [36, 6, 6])
"""A day: 50 Wh each half-hour, and 600 Wh from 18:00 to 21:00."""


@pytest.fixture
def home(connection: Connection) -> Home:
    """Half-hours of one log, without those in which the meter was silent; the register counted."""
    home = move_in(connection, start_utc=START_UTC)
    ends_s = START_S + 1800.0 * np.arange(1, DAYS * 48 + 1, dtype=np.float64)
    slot = week_slots(ends_s - 1800, ZONE)
    rows = rows_of(home.meter, ends_s, np.cumsum(USED_WH[slot % 48]), duration_s=0 * slot + 1800)
    heard = np.ones(len(ends_s), bool)
    for start, end in GAPS.values():
        heard &= (ends_s <= start.timestamp()) | (ends_s >= end.timestamp())
    write(connection, pick(rows, heard))
    while rollups.refresh(connection):
        pass
    return home


def timed(connection: Connection, home: Home, start: datetime, end: datetime) -> EnergySeries:
    stretch_s = start.timestamp(), end.timestamp()
    return load_timed_half_hours(connection, home.viewer, home.meter, *stretch_s)


def even(connection: Connection, home: Home, start: datetime, end: datetime) -> EnergySeries:
    stretch_s = start.timestamp(), end.timestamp()
    return load_half_hours(connection, home.meter.meter_id, *stretch_s)


@pytest.mark.parametrize("gap", GAPS.values(), ids=GAPS)
def test_a_gap_is_timed_as_the_home_lives(
    connection: Connection, home: Home, gap: tuple[datetime, datetime]
) -> None:
    shaped, flat = timed(connection, home, *gap), even(connection, home, *gap)
    used_wh = USED_WH[week_slots(shaped.edges_s[:-1], ZONE) % 48]
    assert np.ptp(flat.energy_wh) < 1e-9
    assert shaped.energy_wh == pytest.approx(used_wh)
    assert math.fsum(shaped.energy_wh) == pytest.approx(math.fsum(flat.energy_wh), abs=1e-9)
    assert shaped.estimated_wh.tolist() == shaped.energy_wh.tolist()
    assert not shaped.covered_s.any()


def test_what_was_measured_is_not_touched(connection: Connection, home: Home) -> None:
    whole = START_UTC, START_UTC + timedelta(days=DAYS)
    shaped, flat = timed(connection, home, *whole), even(connection, home, *whole)
    measured = flat.estimated_wh == 0
    assert 1900 < np.count_nonzero(measured) < len(flat)
    np.testing.assert_array_equal(shaped.energy_wh[measured], flat.energy_wh[measured])
    np.testing.assert_array_equal(shaped.register_wh, flat.register_wh)
    np.testing.assert_array_equal(shaped.covered_s, flat.covered_s)


def test_every_stretch_times_a_half_hour_alike(connection: Connection, home: Home) -> None:
    start, end = local(2026, 3, 15), local(2026, 3, 31)
    cuts = [start, local(2026, 3, 17, 18, 30), local(2026, 3, 29), end]
    parts = [timed(connection, home, a, b) for a, b in pairwise(cuts)]
    whole = timed(connection, home, start, end)
    np.testing.assert_array_equal(np.concatenate([p.energy_wh for p in parts]), whole.energy_wh)


def test_spans_and_half_hours_are_timed_alike(connection: Connection, home: Home) -> None:
    # Up to 19:10, within the evening's three hours.
    start_s, end_s = START_S + 15 * DAY_S, local(2026, 3, 17, 19, 10).timestamp()
    spans = load_timed_spans(connection, home.viewer, home.meter, start_s, end_s)
    shaped = timed(connection, home, START_UTC + timedelta(days=15), local(2026, 3, 17, 19, 30))
    edges_s = np.append(shaped.edges_s[:-1], end_s)
    told_wh = bucket_energy(spans, edges_s).energy_wh
    assert told_wh[:-1] == pytest.approx(shaped.energy_wh[:-1])
    assert told_wh[-1] == pytest.approx(shaped.energy_wh[-1] / 3)
    assert told_wh[-1] == pytest.approx(200)
    assert (spans.source == ESTIMATED).sum() > 1


def test_another_households_evenings_are_not_looked_at(connection: Connection, home: Home) -> None:
    """Who moves in while the meter is silent has their own days alone to be timed by."""
    moved_utc = local(2026, 3, 28, 22)
    households.move_out(connection, home.viewer.occupancy_id, moved_utc)
    [[dwelling_id]] = connection.execute("SELECT dwelling_id FROM dwellings").fetchall()
    newcomer = HouseholdMember(households.move_in(connection, dwelling_id, moved_utc))
    gap_s = moved_utc.timestamp(), local(2026, 3, 29, 20).timestamp()
    theirs = load_timed_half_hours(connection, newcomer, home.meter, *gap_s)
    stored = load_half_hours(connection, home.meter.meter_id, *gap_s)
    assert math.fsum(theirs.energy_wh) == pytest.approx(math.fsum(stored.energy_wh), abs=1e-9)
    former = timed(connection, home, local(2026, 3, 28, 20), moved_utc)
    kept = even(connection, home, local(2026, 3, 28, 20), moved_utc)
    assert math.fsum(former.energy_wh) == pytest.approx(math.fsum(kept.energy_wh), abs=1e-9)
    # Half-hours from 20:00 to 22:00 had 600, 600, 50 and 50 Wh.
    assert former.energy_wh / former.energy_wh.sum() == pytest.approx(
        np.array([600, 600, 50, 50]) / 1300
    )


def test_a_home_of_a_few_days_keeps_the_even_spread(connection: Connection) -> None:
    home = move_in(connection, start_utc=START_UTC)
    ends_s = START_S + 1800.0 * np.array([*range(90), *range(120, 200)])
    same = np.full(len(ends_s), 1800)
    write(connection, rows_of(home.meter, ends_s, np.arange(len(ends_s)) ** 1.5, duration_s=same))
    while rollups.refresh(connection):
        pass
    stretch = START_UTC, START_UTC + timedelta(days=4)
    shaped, flat = timed(connection, home, *stretch), even(connection, home, *stretch)
    assert flat.estimated_wh.any()
    np.testing.assert_array_equal(shaped.energy_wh, flat.energy_wh)


def test_without_a_gap_nothing_is_done(connection: Connection, home: Home) -> None:
    calm = load_half_hours(connection, home.meter.meter_id, START_S, START_S + DAY_S)
    assert time_gaps(calm, p_max_w=P_MAX_W) is calm


@pytest.mark.parametrize("viewer", [None, Landlord(1)])
@pytest.mark.parametrize("day", [date(2026, 3, 4), date(2026, 3, 17)], ids=["whole", "gap"])
def test_only_a_household_has_its_energy_timed(
    connection: Connection, home: Home, viewer: Landlord | None, day: date
) -> None:
    start_s = local(day.year, day.month, day.day).timestamp()
    with pytest.raises(AccessError):
        load_timed_half_hours(connection, viewer, home.meter, start_s, start_s + DAY_S)
    with pytest.raises(AccessError):
        load_timed_spans(connection, viewer, home.meter, start_s, start_s + DAY_S)
