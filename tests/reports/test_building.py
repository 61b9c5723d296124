"""What a landlord is shown: years of sums over fixed cohorts, decided once."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from commonwatt.access import HouseholdMember, Landlord
from commonwatt.errors import AccessError
from commonwatt.releases import release_due
from commonwatt.reports.building import BuildingMonth, load_building
from commonwatt.reports.export import months_csv
from commonwatt.storage import consents, households, removal
from commonwatt.storage.consents import Purpose
from commonwatt.storage.pool import connect
from commonwatt.storage.removal import Erasure
from tests.simulated import Home, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

SINCE_UTC = datetime(2024, 12, 20, tzinfo=UTC)
FIRST = date(2025, 1, 1)
SETTLED_UTC = datetime(2026, 1, 4, tzinfo=UTC)
A_YEAR_LATER_UTC = datetime(2027, 1, 4, tzinfo=UTC)
DAYS = """
    INSERT INTO days (meter_id, day, register_wh, power_wh, estimated_wh, covered_s)
    SELECT %s, day::date, %s, 0, 0, 86400
    FROM generate_series(%s::date, '2026-12-31', interval '1 day') day
"""


def move_homes_in(
    connection: Connection, numbers: range, *, largest: float = 1, since_utc: datetime = SINCE_UTC
) -> list[Home]:
    """Consenting homes that use 5 kWh a day, the first of them `largest` times as much."""
    homes = []
    for number in numbers:
        home = move_in(connection, f"A{number:02}", serial=f"cw-{number:07}", start_utc=since_utc)
        consents.give_consent(connection, home.viewer.occupancy_id, since_utc)
        used_wh = 5000 * (largest if number == numbers[0] else 1)
        connection.execute(DAYS, (home.meter.meter_id, used_wh, since_utc.date()))
        homes.append(home)
    return homes


def months_of(
    connection: Connection, home: Home, now_utc: datetime = SETTLED_UTC
) -> dict[date, BuildingMonth]:
    release_due(connection, now_utc)
    report = load_building(connection, Landlord(home.building_id), now_utc)
    return {month.month: month for month in report.months}


def reasons_of(months: dict[date, BuildingMonth], year: int = 2025) -> set[str | None]:
    return {month.withheld for day, month in months.items() if day.year == year}


def withdraw(connection: Connection, home: Home, at_utc: datetime = SETTLED_UTC) -> None:
    consents.withdraw_consent(connection, home.viewer.occupancy_id, at_utc)


def test_eleven_homes_make_a_year(connection: Connection) -> None:
    """A month of 31 days of 5 kWh, in eleven homes; the last days of December are no month."""
    [home, *_] = move_homes_in(connection, range(11))
    months = months_of(connection, home)
    assert list(months) == [date(2025, month, 1) for month in range(1, 13)]
    assert reasons_of(months) == {None}
    january = months[FIRST]
    assert january.homes == 11
    assert january.kwh == pytest.approx(11 * 31 * 5)
    assert january.coverage == pytest.approx(1)
    assert months[date(2025, 2, 1)].kwh == pytest.approx(11 * 28 * 5)


def test_a_year_waits_for_its_end_and_for_late_readings(connection: Connection) -> None:
    [home, *_] = move_homes_in(connection, range(11))
    for now_utc in (datetime(2025, 6, 4, tzinfo=UTC), SETTLED_UTC - timedelta(days=1, hours=2)):
        months = months_of(connection, home, now_utc)
        assert reasons_of(months) == {"year_not_over"}
        assert {month.homes for month in months.values()} == {None}
    assert date(2025, 6, 1) not in months_of(connection, home, datetime(2025, 6, 4, tzinfo=UTC))


def test_ten_homes_make_none(connection: Connection) -> None:
    [home, *_] = move_homes_in(connection, range(10))
    assert reasons_of(months_of(connection, home)) == {"too_few_homes"}


def test_homes_measured_too_little_do_not_count(connection: Connection) -> None:
    homes = move_homes_in(connection, range(11))
    connection.execute(
        "DELETE FROM days WHERE meter_id = %s AND day BETWEEN '2025-03-20' AND '2025-03-24'",
        (homes[3].meter.meter_id,),
    )
    assert reasons_of(months_of(connection, homes[0])) == {"thin_data"}


def test_a_home_that_is_most_of_a_month_hides_that_month(connection: Connection) -> None:
    homes = move_homes_in(connection, range(11))
    connection.execute(
        "UPDATE days SET register_wh = 51000 WHERE meter_id = %s AND day >= '2025-03-01'"
        " AND day < '2025-04-01'",
        (homes[3].meter.meter_id,),
    )
    months = months_of(connection, homes[0])
    withheld = {day for day, month in months.items() if month.withheld}
    assert withheld == {date(2025, 3, 1)}
    assert months[date(2025, 3, 1)].withheld == "one_home_dominates"


def test_who_leaves_within_the_year_is_in_none_of_its_months(connection: Connection) -> None:
    homes = move_homes_in(connection, range(12))
    households.move_out(
        connection, homes[4].viewer.occupancy_id, datetime(2025, 8, 3, 10, tzinfo=UTC)
    )
    months = months_of(connection, homes[0])
    assert {month.homes for month in months.values()} == {11}


def test_a_decided_year_stays_as_it_is(connection: Connection) -> None:
    """Were it computed again without the one who left, the difference would be that home."""
    homes = move_homes_in(connection, range(12))
    before = months_of(connection, homes[0])
    withdraw(connection, homes[5])
    assert release_due(connection, SETTLED_UTC + timedelta(days=1)) == 0
    assert months_of(connection, homes[0]) == before


def test_a_withdrawn_home_is_in_no_later_release(connection: Connection) -> None:
    """Withdrawn before the year is told: it is as if it had never agreed."""
    homes = move_homes_in(connection, range(12))
    withdraw(connection, homes[5], datetime(2025, 12, 30, tzinfo=UTC))
    assert {month.homes for month in months_of(connection, homes[0]).values()} == {11}
    members = connection.execute("SELECT occupancy_id FROM release_members").fetchall()
    assert (homes[5].viewer.occupancy_id,) not in members


def test_a_year_that_differs_by_few_is_withheld(connection: Connection) -> None:
    homes = move_homes_in(connection, range(13))
    withdrawn = homes[5]
    assert reasons_of(months_of(connection, homes[0])) == {None}
    withdraw(connection, withdrawn)
    months = months_of(connection, homes[0], A_YEAR_LATER_UTC)
    assert reasons_of(months, 2026) == {"differs_by_few"}
    assert reasons_of(months) == {None}


def test_a_year_after_one_withdrew_is_told_of_fewer_homes(connection: Connection) -> None:
    """One of 22 withdrew and ten more stay out: eleven changed, eleven are told of."""
    homes = move_homes_in(connection, range(22))
    months_of(connection, homes[0])
    withdraw(connection, homes[5])
    months = months_of(connection, homes[0], A_YEAR_LATER_UTC)
    told = {month.homes for day, month in months.items() if day.year == 2026}
    assert told == {11}


def test_the_same_homes_go_on_beside_newcomers(connection: Connection) -> None:
    homes = move_homes_in(connection, range(11))
    move_homes_in(connection, range(11, 14), since_utc=datetime(2025, 10, 5, tzinfo=UTC))
    months = months_of(connection, homes[0], A_YEAR_LATER_UTC)
    assert reasons_of(months, 2026) == {None}
    assert {month.homes for month in months.values()} == {11}


def test_two_years_due_at_once_are_both_decided(connection: Connection) -> None:
    [home, *_] = move_homes_in(connection, range(11))
    assert release_due(connection, A_YEAR_LATER_UTC) == 24
    assert len(months_of(connection, home, A_YEAR_LATER_UTC)) == 24


def test_two_at_once_decide_once(connection: Connection, database: str) -> None:
    move_homes_in(connection, range(11))
    decided: list[int] = []

    def run() -> None:
        with connect(database) as own:
            decided.append(release_due(own, SETTLED_UTC))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(decided) == [0, 0, 12]


@pytest.mark.parametrize(("silent", "reason"), [(10, "differs_by_few"), (11, None)])
def test_a_main_meter_that_others_read_counts_as_told(
    connection: Connection, silent: int, reason: str | None
) -> None:
    homes = move_homes_in(connection, range(11 + silent))
    for home in homes[:silent]:
        withdraw(connection, home, SINCE_UTC + timedelta(days=1))
    connection.execute("UPDATE buildings SET main_meter_known = true")
    assert reasons_of(months_of(connection, homes[0])) == {reason}


def test_an_erased_home_still_counts_as_told(connection: Connection) -> None:
    """Its number alone stays; without it the next year would seem to be new."""
    homes = move_homes_in(connection, range(12))
    months_of(connection, homes[0])
    erased = homes[5].viewer.occupancy_id
    person = removal.person_of(connection, homes[5].viewer)
    removal.erase_person(connection, Erasure(person, SETTLED_UTC + timedelta(days=1)))
    assert consents.granularity_of(connection, erased, Purpose.BUILDING_FIGURES) is None
    months = months_of(connection, homes[0], A_YEAR_LATER_UTC)
    assert reasons_of(months, 2026) == {"differs_by_few"}


def test_a_building_says_nothing_of_another(connection: Connection) -> None:
    homes = move_homes_in(connection, range(11))
    other = move_in(connection, building="Ormes", serial="cw-9999999")
    release_due(connection, SETTLED_UTC)
    report = load_building(connection, Landlord(other.building_id), SETTLED_UTC)
    assert (report.dwellings, report.consenting_homes, report.months) == (1, 0, ())
    for stranger in (homes[0].viewer, Landlord(99), HouseholdMember(other.building_id), None):
        with pytest.raises(AccessError):
            load_building(connection, stranger, SETTLED_UTC)


@pytest.mark.parametrize(("homes", "told"), [(10, None), (11, 0)])
def test_meters_are_counted_from_eleven_on(
    connection: Connection, homes: int, told: int | None
) -> None:
    [home, *_] = move_homes_in(connection, range(homes))
    report = load_building(connection, Landlord(home.building_id), SETTLED_UTC)
    assert report.live_meters == told
    assert report.silent_meters == (homes if told is not None else None)


def test_the_table_to_take_away_tells_what_is_shown_and_no_more(connection: Connection) -> None:
    homes = move_homes_in(connection, range(11))
    connection.execute(
        "UPDATE days SET register_wh = 51000 WHERE meter_id = %s AND day >= '2025-03-01'"
        " AND day < '2025-04-01'",
        (homes[3].meter.meter_id,),
    )
    table = months_csv(tuple(months_of(connection, homes[0]).values())).splitlines()
    assert table[0] == "month,homes,kwh,coverage,withheld"
    assert table[1] == "2025-01-01,11,1705.000000,1.000000,"
    assert table[3] == "2025-03-01,,,,one_home_dominates"
    assert len(table) == 13
