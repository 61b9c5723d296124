"""Days of weather in a real database: replaced, never doubled, given back by building."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.errors import RegistryError, RowRefusedError
from commonwatt.storage import buildings, weather
from commonwatt.weather.days import DayKind, Station, StationDays
from commonwatt.weather.formats import read_weather

if TYPE_CHECKING:
    from pathlib import Path

    from commonwatt.storage.pool import Connection

NAN = float("nan")
EPOCH = date(1970, 1, 1)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
ORMES = Station("ormes", "Ormes", 47.9, 1.8, None)


def number(day: date) -> int:
    return (day - EPOCH).days


def some_days(
    first: date,
    mean_c: list[float],
    kind: DayKind = DayKind.LOCAL_DAY,
    station: Station = ORMES,
) -> StationDays:
    mean = np.array(mean_c, float)
    day = number(first) + np.arange(len(mean), dtype=np.int64)
    return StationDays(station, kind, day, mean, mean - 2, mean + 2, np.full(len(mean), NAN))


def means(connection: Connection, building_id: int) -> dict[int, float]:
    days = weather.load_days(connection, building_id, FIRST, LAST)
    assert days is not None
    return dict(zip(days.day.tolist(), days.mean_c.tolist(), strict=True))


@pytest.fixture
def building_id(connection: Connection) -> int:
    weather.replace_days(connection, [some_days(FIRST, [1.0, 2.0, 3.0])])
    building_id = buildings.add_building(connection, "Ormes")
    weather.choose_station(connection, building_id, "ormes")
    return building_id


def test_days_come_back_as_arrays(connection: Connection, building_id: int) -> None:
    days = weather.load_days(connection, building_id, FIRST, date(2026, 1, 2))
    assert days is not None
    assert days.station == ORMES
    assert days.day.tolist() == [number(FIRST), number(FIRST) + 1]
    assert (days.mean_c.tolist(), days.low_c.tolist()) == ([1, 2], [-1, 0])
    assert days.high_c.tolist() == [3, 4]
    assert days.is_local.tolist() == [True, True]
    asked = np.array([number(FIRST) + 1, number(FIRST) + 9], np.int64)
    np.testing.assert_array_equal(days.mean_on(asked), [2, NAN])


def test_importing_again_changes_nothing(connection: Connection, building_id: int) -> None:
    before = means(connection, building_id)
    assert weather.replace_days(connection, [some_days(FIRST, [1.0, 2.0, 3.0])]) == 3
    assert means(connection, building_id) == before


def test_a_newer_file_replaces_its_own_stretch(connection: Connection, building_id: int) -> None:
    newer = StationDays(
        ORMES,
        DayKind.LOCAL_DAY,
        np.array([number(FIRST) + 1, number(FIRST) + 3], np.int64),
        *(np.array([value, value]) for value in (9.0, 8.0, 10.0, NAN)),
    )
    weather.replace_days(connection, [newer])
    # The first day lies before the file; the third lies within it and is no longer there.
    first = number(FIRST)
    assert means(connection, building_id) == {first: 1, first + 1: 9, first + 3: 9}


def test_a_local_day_goes_before_a_utc_day_with_a_mean(
    connection: Connection, building_id: int
) -> None:
    weather.replace_days(connection, [some_days(FIRST, [5.0] * 4, DayKind.UTC_DAY)])
    extremes = StationDays(
        ORMES,
        DayKind.LOCAL_DAY,
        np.array([number(FIRST) + 2], np.int64),
        *(np.array([value]) for value in (NAN, 0.0, 4.0, NAN)),
    )
    weather.replace_days(connection, [extremes])
    days = weather.load_days(connection, building_id, FIRST, LAST)
    assert days is not None
    assert days.mean_c.tolist() == [1, 2, 5, 5]
    assert days.is_local.tolist() == [True, True, False, False]
    (known,) = weather.known_stations(connection)
    assert (known.local_days, known.utc_days) == (3, 4)
    assert (known.first_day, known.last_day) == (FIRST, date(2026, 1, 4))


def test_a_building_without_a_station_has_no_weather(connection: Connection) -> None:
    building_id = buildings.add_building(connection, "Ormes")
    assert weather.load_days(connection, building_id, FIRST, LAST) is None
    with pytest.raises(RegistryError, match="no weather station 'ormes'"):
        weather.choose_station(connection, building_id, "ormes")


def test_a_station_without_days_in_the_stretch(connection: Connection, building_id: int) -> None:
    days = weather.load_days(connection, building_id, date(2020, 1, 1), date(2020, 1, 9))
    assert days is not None
    assert len(days.day) == len(days.mean_c) == 0
    assert np.isnan(days.mean_on(np.array([1], np.int64))).all()


def test_a_building_may_change_its_station(connection: Connection, building_id: int) -> None:
    other = Station("autre", "Autre")
    weather.replace_days(connection, [some_days(FIRST, [-7.0], station=other)])
    weather.choose_station(connection, building_id, "autre")
    assert means(connection, building_id) == {number(FIRST): -7}
    with pytest.raises(RegistryError):
        weather.choose_station(connection, building_id + 1, "autre")


def test_a_newer_file_may_tell_a_place_and_not_forget_it(
    connection: Connection, building_id: int
) -> None:
    bare = Station("ormes", "Ormes-Bourg", altitude_m=120)
    weather.replace_days(connection, [some_days(FIRST, [1.0], station=bare)])
    days = weather.load_days(connection, building_id, FIRST, LAST)
    assert days is not None
    assert days.station == Station("ormes", "Ormes-Bourg", 47.9, 1.8, 120)


def test_all_files_or_none(connection: Connection, building_id: int) -> None:
    nothing = some_days(date(2026, 2, 1), [NAN])
    with pytest.raises(RowRefusedError):
        weather.replace_days(connection, [some_days(FIRST, [9.0]), nothing])
    assert means(connection, building_id)[number(FIRST)] == 1


def test_a_file_goes_into_the_database(
    connection: Connection, building_id: int, tmp_path: Path
) -> None:
    path = tmp_path / "days.csv"
    path.write_text(
        "station,day,mean_c,min_c,max_c\normes,2026-03-29,9.25,,\normes,2026-03-30,,2,8\n", "utf-8"
    )
    assert weather.replace_days(connection, read_weather(path)) == 2
    days = weather.load_days(connection, building_id, date(2026, 3, 1), LAST)
    assert days is not None
    np.testing.assert_array_equal(days.mean_c, [9.25, NAN])
    np.testing.assert_array_equal(days.low_c, [NAN, 2])
