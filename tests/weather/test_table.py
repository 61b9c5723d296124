"""Our own table of temperatures: the page's example, and every line that is refused."""

from __future__ import annotations

import gzip
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from commonwatt.errors import SeriesError, WeatherError
from commonwatt.weather.days import BuildingDays, DayKind, Station, StationDays
from commonwatt.weather.formats import read_weather

PAGE = Path(__file__).parents[2] / "docs" / "weather.md"
EPOCH = date(1970, 1, 1)
NAN = float("nan")
HEADER = "station,day,mean_c,min_c,max_c\n"


def write(folder: Path, text: str, name: str = "days.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def number(day: str) -> int:
    return (date.fromisoformat(day) - EPOCH).days


def test_the_example_of_the_page_is_read(tmp_path: Path) -> None:
    (block,) = re.findall(r"```csv\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (days,) = read_weather(write(tmp_path, block))
    assert (days.station.key, days.kind) == ("ormes", DayKind.LOCAL_DAY)
    assert days.day.tolist() == [number(f"2026-01-{day}") for day in (10, 11, 12)]
    np.testing.assert_array_equal(days.mean_c, [3.4, 1.9, NAN])
    np.testing.assert_array_equal(days.low_c, [-0.5, NAN, -3.0])
    np.testing.assert_array_equal(days.high_c, [6.1, NAN, 2.5])
    assert np.isnan(days.coverage).all()


def test_the_page_names_the_columns_that_are_read() -> None:
    told = set(re.findall(r"^\| `(\w+)`(?:, `\w+`)? \| ", PAGE.read_text("utf-8"), re.MULTILINE))
    assert {"station", "day", "mean_c", "min_c", "kind", "local_day", "utc_day"} <= told


def test_order_separator_and_compression_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "days.csv.gz"
    text = (
        "\ufeffmax_c;station;day;mean_c;min_c;kind\r\n"
        "9;b;2026-01-02;5;1;\r\n"
        "\r\n"
        "8;a;2026-01-02;4;0;utc_day\r\n"
        "7;b;2026-01-01;3;-1;local_day\r\n"
    )
    path.write_bytes(gzip.compress(text.encode("utf-8")))
    by_key = {each.station.key: each for each in read_weather(path)}
    assert by_key["b"].mean_c.tolist() == [3, 5]
    assert by_key["b"].kind is DayKind.LOCAL_DAY
    assert by_key["a"].kind is DayKind.UTC_DAY
    assert by_key["a"].high_c.tolist() == [8]


def test_only_the_stations_asked_are_kept_and_all_lines_checked(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "a,2026-01-01,1,,\nb,2026-01-01,2,,\n")
    (days,) = read_weather(path, stations=["b"])
    assert days.station.key == "b"
    with pytest.raises(WeatherError, match="line 3: expected a day of the station c, found 'none'"):
        read_weather(path, stations=["b", "c"])
    path = write(tmp_path, HEADER + "a,2026-01-01,warm,,\nb,2026-01-01,2,,\n")
    with pytest.raises(WeatherError, match=r"line 2: .*found 'warm'"):
        read_weather(path, stations=["b"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a,2026-01-02,1,", "5 cells as in the header, found 'a,2026-01-02,1,'"),
        (",2026-01-02,1,,", "a station of 1 to 40 letters, found ''"),
        (f"{'a' * 41},2026-01-02,1,,", "a station of 1 to 40 letters"),
        ("a\u0000,2026-01-02,1,,", "a station of 1 to 40 letters"),
        ("a,2026-02-30,1,,", "a local day such as 2026-01-31, found '2026-02-30'"),
        ("a,20260102,1,,", "a local day such as 2026-01-31, found '20260102'"),
        ("a,2026-W01-5,1,,", "a local day"),
        ("a,9999-01-01,1,,", "a local day"),
        ("a,2026-01-01,1,,", "each day of a station once, found 'a 2026-01-01'"),
        ("a,2026-01-02,,,", "a mean, a minimum or a maximum, found 'none of them'"),
        ("a,2026-01-02,1e1,,", "a mean in Celsius from -60 to 60, found '1e1'"),
        ("a,2026-01-02,nan,,", "a mean in Celsius from -60 to 60, found 'nan'"),
        ("a,2026-01-02,60.1,,", "a mean in Celsius from -60 to 60, found '60.1'"),
        ("a,2026-01-02,1,-61,", "a minimum in Celsius from -60 to 60, found '-61'"),
        ("a,2026-01-02,1,,273", "a maximum in Celsius from -60 to 60, found '273'"),
        ("a,2026-01-02,5,6,7", "minimum <= mean <= maximum, found '6, 5, 7'"),
        ("a,2026-01-02,8,6,7", "minimum <= mean <= maximum, found '6, 8, 7'"),
        ("a,2026-01-02,,7,6", "minimum <= mean <= maximum, found '7, , 6'"),
    ],
)
def test_a_malformed_line_is_refused_by_number(tmp_path: Path, line: str, message: str) -> None:
    path = write(tmp_path, HEADER + "a,2026-01-01,1,,\n\n" + line + "\n")
    with pytest.raises(WeatherError) as caught:
        read_weather(path)
    assert str(caught.value).startswith("days.csv, line 4: expected ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected a header, found 'nothing'"),
        ("\n", "line 1: expected a header"),
        (HEADER, "line 1: expected at least one day, found 'none'"),
        ("station,day,mean_c,min_c\n", "expected a column max_c"),
        (HEADER.replace("\n", ",rain\n"), "expected columns of day, kind, .* found 'rain'"),
        (HEADER.replace("max_c", "mean_c"), "expected columns of different names"),
        (
            HEADER.replace("\n", ",kind\n") + "a,2026-01-01,1,,,noon\n",
            "a kind of local_day, utc_day",
        ),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(WeatherError, match=message):
        read_weather(write(tmp_path, text))


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress((HEADER + "a,2026-01-01,1,,\n").encode())
    for cut in (len(whole) - 4, len(whole) // 2, 12):
        path = tmp_path / "days.csv.gz"
        path.write_bytes(whole[:cut])
        with pytest.raises(WeatherError, match="a whole compressed file"):
            read_weather(path)


def test_a_mean_over_the_utc_day_may_leave_the_range_of_other_hours(tmp_path: Path) -> None:
    text = HEADER.replace("\n", ",kind\n") + "a,2026-01-01,9,1,8,utc_day\n"
    (days,) = read_weather(write(tmp_path, text))
    assert days.mean_c.tolist() == [9]


def test_days_cannot_exist_wrong() -> None:
    one, day = np.array([1.0]), np.array([3], np.int64)
    station = Station("a", "a")
    with pytest.raises(SeriesError, match="mean_c holds"):
        StationDays(station, DayKind.UTC_DAY, day, one * 99, one, one, one)
    with pytest.raises(SeriesError, match=r"\[1, 1, 2, 1, 1\]"):
        StationDays(station, DayKind.UTC_DAY, day, one, np.ones(2), one, one)
    two = np.ones(2)
    with pytest.raises(SeriesError, match="a: the days do not increase"):
        StationDays(station, DayKind.UTC_DAY, np.array([3, 3], np.int64), two, two, two, two)


def test_a_building_asks_for_days_of_its_own() -> None:
    day, mean_c = np.array([3, 5], np.int64), np.array([1.0, NAN])
    local = np.array([True, False])
    weather = BuildingDays(Station("a", "a"), day, mean_c, mean_c - 1, mean_c + 1, local)
    asked = np.array([2, 3, 4, 5, 6], np.int64)
    np.testing.assert_array_equal(weather.mean_on(asked), [NAN, 1, NAN, NAN, NAN])
    np.testing.assert_array_equal(weather.low_on(asked), [NAN, 0, NAN, NAN, NAN])
    np.testing.assert_array_equal(weather.high_on(asked), [NAN, 2, NAN, NAN, NAN])
    nothing = np.empty(0)
    empty = BuildingDays(
        Station("a", "a"), np.empty(0, np.int64), nothing, nothing, nothing, nothing.astype(bool)
    )
    assert np.isnan(empty.mean_on(asked)).all()
