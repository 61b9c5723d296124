"""What a landlord is shown: sums of at least eleven homes, released once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt import rollups
from commonwatt.access import HouseholdMember, Landlord, may_publish
from commonwatt.errors import AccessError
from commonwatt.reports.building import BuildingMonth, load_building
from commonwatt.storage import consents
from tests.simulated import START_S, START_UTC, Home, move_in, rows_of, write

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

HALF_HOURS = 62 * 48
SETTLED_UTC = datetime(2026, 4, 4, tzinfo=UTC)
FEBRUARY_UTC = START_UTC - timedelta(days=10)


def homes_of(connection: Connection, count: int, *, largest: float = 1.0) -> list[Home]:
    """Consenting homes that use 50 Wh each half-hour, one of them `largest` times as much."""
    homes = []
    for number in range(count):
        home = move_in(
            connection, f"A{number:02}", serial=f"cw-{number:07}", start_utc=FEBRUARY_UTC
        )
        consents.give_consent(connection, home.viewer.occupancy_id, FEBRUARY_UTC)
        step = np.arange(1, HALF_HOURS + 1)
        used_wh = (50 * largest if number == 0 else 50) * step
        start_s = START_S - 5 * 86_400
        duration = np.full(HALF_HOURS, 1800)
        rows = rows_of(home.meter, start_s + 1800 * step, used_wh, duration_s=duration)
        write(connection, rows)
        homes.append(home)
    while rollups.refresh(connection):
        pass
    return homes


def march_of(connection: Connection, home: Home, now_utc: datetime = SETTLED_UTC) -> BuildingMonth:
    report = load_building(connection, Landlord(home.building_id), now_utc)
    return {month.month: month for month in report.months}[date(2026, 3, 1)]


def test_eleven_homes_make_a_month(connection: Connection) -> None:
    """March has 743 hours in Paris, so 1486 half-hours of 50 Wh, in eleven homes."""
    homes = homes_of(connection, 11)
    march = march_of(connection, homes[0])
    assert (march.homes, march.withheld) == (11, None)
    assert march.kwh == pytest.approx(11 * 1486 * 0.050)
    assert march.coverage == pytest.approx(1)


def test_ten_homes_do_not(connection: Connection) -> None:
    homes = homes_of(connection, 10)
    march = march_of(connection, homes[0])
    assert (march.kwh, march.withheld) == (None, "too_few_homes")


def test_a_home_that_is_most_of_the_sum_hides_it(connection: Connection) -> None:
    homes = homes_of(connection, 11, largest=11)
    assert march_of(connection, homes[0]).withheld == "one_home_dominates"


def test_homes_measured_too_little_do_not_count(connection: Connection) -> None:
    homes = homes_of(connection, 11)
    connection.execute(
        "DELETE FROM days WHERE meter_id = %s AND day > '2026-03-20'", (homes[3].meter.meter_id,)
    )
    assert march_of(connection, homes[0]).withheld == "thin_data"


def test_a_month_is_released_once(connection: Connection) -> None:
    """Were it computed again without the one who left, the difference would be that home."""
    homes = homes_of(connection, 12)
    before = march_of(connection, homes[0])
    consents.withdraw_consent(connection, homes[5].viewer.occupancy_id, SETTLED_UTC)
    assert march_of(connection, homes[0], SETTLED_UTC + timedelta(days=1)) == before
    connection.execute("DELETE FROM released_months")
    assert march_of(connection, homes[0]).homes == 11


def test_a_month_waits_for_late_readings(connection: Connection) -> None:
    homes = homes_of(connection, 11)
    report = load_building(
        connection, Landlord(homes[0].building_id), datetime(2026, 4, 2, tzinfo=UTC)
    )
    assert date(2026, 3, 1) not in [month.month for month in report.months]


def test_who_did_not_agree_is_not_counted(connection: Connection) -> None:
    homes = homes_of(connection, 12)
    newcomer = homes[7].viewer.occupancy_id
    consents.withdraw_consent(connection, newcomer, START_UTC)
    consents.give_consent(connection, newcomer, START_UTC + timedelta(days=3))
    assert march_of(connection, homes[0]).homes == 11


def test_a_building_says_nothing_of_another(connection: Connection) -> None:
    homes = homes_of(connection, 11)
    other = move_in(connection, building="Ormes", serial="cw-9999999")
    report = load_building(connection, Landlord(other.building_id), SETTLED_UTC)
    assert (report.dwellings, report.consenting_homes, report.months) == (1, 0, ())
    with pytest.raises(AccessError):
        load_building(connection, homes[0].viewer, SETTLED_UTC)
    with pytest.raises(AccessError):
        load_building(connection, Landlord(99), SETTLED_UTC)
    with pytest.raises(AccessError):
        load_building(connection, HouseholdMember(other.building_id), SETTLED_UTC)


@pytest.mark.parametrize(
    ("homes_wh", "published"),
    [
        ([1.0] * 11, True),
        ([1.0] * 10, False),
        ([1.0] * 10 + [10.0], True),
        ([1.0] * 10 + [10.1], False),
        ([0.0] * 11, False),
    ],
)
def test_the_gate(homes_wh: list[float], published: bool) -> None:
    assert may_publish(homes_wh) is published
