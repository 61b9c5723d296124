"""Files of Meteo-France by hand: quality codes, local days of 23 to 25 hours, malformed lines."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.errors import WeatherError
from commonwatt.weather.days import DayKind, Station
from commonwatt.weather.formats import read_weather

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from commonwatt.weather.days import StationDays

EPOCH = date(1970, 1, 1)
NAN = float("nan")
POST = "75114001;PARIS-MONTSOURIS;48.821667;2.337833;75"
DAILY = (
    "NUM_POSTE;NOM_USUEL;LAT;LON;ALTI;AAAAMMJJ;RR;QRR;TN;QTN;HTN;QHTN;TX;QTX;HTX;QHTX;"
    "TM;QTM;TNTXM;QTNTXM\n"
)
HOURLY = "NUM_POSTE;NOM_USUEL;LAT;LON;ALTI;AAAAMMJJHH;RR1;QRR1;T;QT;TN;QTN;TX;QTX\n"


def write(folder: Path, text: str, name: str = "Q_75_RR-T-Vent.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def daily(day: str, low: str, high: str, mean: str, post: str = POST) -> str:
    """A line of a daily file; each temperature comes with its quality code, as in `3.1;1`."""
    return f"{post};{day};0.2;1;{low};512;9;{high};1422;9;{mean};3.0;1\n"


def hourly(first: datetime, each_c: Iterable[float | None], spread_c: float = 0.5) -> str:
    """Lines of an hourly file; the extremes of each hour lie around its temperature."""
    lines = [HOURLY]
    for hour, value_c in enumerate(each_c):
        when = first + timedelta(hours=hour)
        cells = ["", "", ""]
        if value_c is not None:
            cells = [f"{value_c + d:.6f};1" for d in (0.0, -spread_c, spread_c)]
        t, tn, tx = (cell or ";" for cell in cells)
        lines.append(f"{POST};{when:%Y%m%d%H};;;{t};{tn};{tx}\n")
    return "".join(lines)


def number(day: str) -> int:
    return (date.fromisoformat(day) - EPOCH).days


def only(days: list[StationDays]) -> StationDays:
    (one,) = days
    return one


def test_a_daily_file(tmp_path: Path) -> None:
    text = (
        DAILY + daily("20260110", "-1.5;1", "4.5;1", "1.2;1") + daily("20260111", ";", ";", "2;9")
    )
    path = tmp_path / "Q_75_latest-2025-2026_RR-T-Vent.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    days = only(read_weather(path))
    assert days.kind is DayKind.UTC_DAY
    assert days.station == Station("75114001", "PARIS-MONTSOURIS", 48.821667, 2.337833, 75)
    assert days.day.tolist() == [number("2026-01-10"), number("2026-01-11")]
    np.testing.assert_array_equal(days.mean_c, [1.2, 2])
    np.testing.assert_array_equal(days.low_c, [-1.5, NAN])
    np.testing.assert_array_equal(days.high_c, [4.5, NAN])


def test_doubtful_figures_are_unknown_and_empty_days_left_out(tmp_path: Path) -> None:
    text = (
        DAILY + daily("20260110", "-1.5;2", "4.5;0", "1.2;9") + daily("20260111", ";", ";", "3;2")
    )
    days = only(read_weather(write(tmp_path, text)))
    assert days.day.tolist() == [number("2026-01-10")]
    assert np.isnan(days.low_c).all()
    assert days.high_c.tolist() == [4.5]


def test_a_rain_gauge_has_no_days(tmp_path: Path) -> None:
    gauge = "75107005;TOUR EIFFEL RR;48.858;2.294;330"
    text = DAILY + daily("20260110", ";", ";", ";", gauge) + daily("20260110", "1;1", "3;1", "2;1")
    assert only(read_weather(write(tmp_path, text))).station.key == "75114001"
    with pytest.raises(WeatherError, match="line 3: expected a day of the station 75107005"):
        read_weather(write(tmp_path, text), stations=["75107005"])


def test_a_winter_day_of_hours(tmp_path: Path) -> None:
    # The local day of 10 January is from 23 h UTC on the 9th; its 24 hours are 0 to 23 C.
    first = datetime(2026, 1, 9, 22, tzinfo=UTC)
    text = hourly(first, [50.0, *map(float, range(24)), 50.0])
    days = only(read_weather(write(tmp_path, text, "H_75_latest-2025-2026.csv")))
    assert days.kind is DayKind.LOCAL_DAY
    assert days.day.tolist() == [number("2026-01-10")]
    assert days.mean_c.tolist() == [11.5]
    assert days.coverage.tolist() == [1]
    # The hours that end in the day are those from 1 C on, and the 50 C that ends with it.
    assert days.low_c.tolist() == [0.5]
    assert days.high_c.tolist() == [50.5]


@pytest.mark.parametrize(
    ("day", "first_hour_utc", "hours"),
    [("2026-03-29", 23, 23), ("2026-10-25", 22, 25), ("2026-07-01", 22, 24)],
)
def test_days_of_clock_changes_are_whole(
    tmp_path: Path, day: str, first_hour_utc: int, hours: int
) -> None:
    eve = date.fromisoformat(day) - timedelta(days=1)
    first = datetime(eve.year, eve.month, eve.day, first_hour_utc, tzinfo=UTC)
    text = hourly(first - timedelta(hours=1), [40.0, *[float(h) for h in range(hours)], 40.0])
    days = only(read_weather(write(tmp_path, text)))
    assert days.day.tolist() == [number(day)]
    assert days.mean_c.tolist() == [pytest.approx((hours - 1) / 2)]
    assert days.coverage.tolist() == [1]


def test_half_of_the_hours_are_enough_for_a_mean_and_not_for_extremes(tmp_path: Path) -> None:
    first = datetime(2026, 1, 9, 23, tzinfo=UTC)
    days = only(read_weather(write(tmp_path, hourly(first, [6.0] * 12))))
    assert days.mean_c.tolist() == [6]
    assert days.coverage.tolist() == [0.5]
    assert np.isnan(days.low_c).all()
    assert np.isnan(days.high_c).all()
    with pytest.raises(WeatherError, match="at least one day"):
        read_weather(write(tmp_path, hourly(first, [6.0] * 11)))


def test_a_hole_of_two_hours_leaves_the_extremes(tmp_path: Path) -> None:
    first = datetime(2026, 1, 9, 23, tzinfo=UTC)
    each_c: list[float | None] = [6.0] * 25
    each_c[5] = each_c[6] = None
    days = only(read_weather(write(tmp_path, hourly(first, each_c))))
    assert days.coverage.tolist() == [pytest.approx(22 / 24)]
    assert (days.low_c.tolist(), days.high_c.tolist()) == ([5.5], [6.5])
    each_c[7] = None
    days = only(read_weather(write(tmp_path, hourly(first, each_c))))
    assert days.mean_c.tolist() == [6]
    assert np.isnan(days.low_c).all()


def test_extremes_may_be_left_out_of_an_hourly_file(tmp_path: Path) -> None:
    header = HOURLY.replace(";TN;QTN;TX;QTX", "")
    lines = [f"{POST};20260110{hour:02d};;;1.0;1\n" for hour in range(23)]
    days = only(read_weather(write(tmp_path, header + "".join(lines))))
    assert days.mean_c.tolist() == [1]
    assert np.isnan(days.high_c).all()


def test_another_zone_has_other_days(tmp_path: Path) -> None:
    first = datetime(2026, 1, 10, 0, tzinfo=UTC)
    text = hourly(first, [float(h) for h in range(24)])
    days = only(read_weather(write(tmp_path, text), zone="Etc/UTC"))
    assert days.mean_c.tolist() == [11.5]
    assert days.day.tolist() == [number("2026-01-10")]


def bad_daily(old: str, new: str) -> str:
    text = DAILY + daily("20260110", "1;1", "3;1", "2;1") + daily("20260111", "1;1", "3;1", "2;1")
    head, tail = text.rsplit(old, 1)
    return head + new + tail


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (";3.0;1\n", ";3.0\n", "20 cells as in the header"),
        ("75114001", "7511400", "a NUM_POSTE of 8 digits, found '7511400'"),
        ("20260111", "20260230", "a day such as 20260131, found '20260230'"),
        ("20260111", "2026-01-11", "a day such as 20260131, found '2026-01-11'"),
        ("20260111", "20260110", "each time of a station once, found '75114001 20260110'"),
        (";2;1;3.0", ";2,5;1;3.0", "a mean TM in Celsius from -60 to 60, found '2,5'"),
        (";2;1;3.0", ";99;1;3.0", "a mean TM in Celsius from -60 to 60, found '99'"),
        (";2;1;3.0", ";2;3;3.0", "a quality code 0, 1, 2 or 9 for a mean TM, found '3'"),
        (";1;1;512", ";5;1;512", "a low TN that is not above the high TX, found '5, 3'"),
        (";1;1;512", ";-99.9;2;512", "a low TN in Celsius from -60 to 60, found '-99.9'"),
    ],
)
def test_a_malformed_daily_line_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(WeatherError) as caught:
        read_weather(write(tmp_path, bad_daily(old, new)))
    assert str(caught.value).startswith("Q_75_RR-T-Vent.csv, line 3: expected ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("48.821667", "98.8", "a latitude LAT from -90 to 90, found '98.8'"),
        ("2.337833", "est", "a longitude LON from -180 to 180, found 'est'"),
        (";75;", ";9999;", "an altitude ALTI from -9000 to 9000, found '9999'"),
        ("PARIS-MONTSOURIS", "", "a NOM_USUEL of 1 to 80 letters"),
    ],
)
def test_a_station_needs_a_name_and_a_place(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = DAILY + daily("20260110", "1;1", "3;1", "2;1").replace(old, new)
    with pytest.raises(WeatherError) as caught:
        read_weather(write(tmp_path, text))
    assert message in str(caught.value)


def test_a_place_may_be_unknown_and_bytes_must_be_text(tmp_path: Path) -> None:
    text = DAILY + daily("20260110", "1;1", "3;1", "2;1", "75114001;FORÊT;;;")
    assert only(read_weather(write(tmp_path, text))).station == Station("75114001", "FORÊT")
    path = tmp_path / "Q_75.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(WeatherError, match="in UTF-8"):
        read_weather(path)


@pytest.mark.parametrize(
    "when", ["2026011024", "202601101", "20260110", "2026-01-10", "2026013201"]
)
def test_a_malformed_hour_is_refused(tmp_path: Path, when: str) -> None:
    text = hourly(datetime(2026, 1, 10, 5, tzinfo=UTC), [1.0]).replace("2026011005", when)
    with pytest.raises(WeatherError, match=f"a day and an hour such as .* found '{when}'"):
        read_weather(write(tmp_path, text))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeatherError, match="line 1: expected a column QTM"):
        read_weather(write(tmp_path, DAILY.replace(";QTM", "")))
    with pytest.raises(WeatherError, match="line 1: expected a column T,"):
        read_weather(write(tmp_path, HOURLY.replace(";T;", ";")))


@settings(derandomize=True, max_examples=25, deadline=None)
@given(st.integers(0, 365), st.integers(-20, 30), st.integers(1, 60))
def test_the_mean_of_a_steady_climate_is_the_climate(
    tmp_path_factory: pytest.TempPathFactory, start: int, level_c: int, hours: int
) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=start)
    path = write(tmp_path_factory.mktemp("h"), hourly(first, [float(level_c)] * (hours + 24)))
    days = only(read_weather(path))
    known = np.isfinite(days.mean_c)
    assert known.any()
    np.testing.assert_allclose(days.mean_c[known], level_c)
    assert ((days.coverage >= 0.5) | ~known).all()
    assert (days.coverage <= 1).all()
