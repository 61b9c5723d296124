"""Peaks and margins by hand, and those of half a year in Sceaux."""

from __future__ import annotations

import itertools
import math
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.demand import ApparentMethod, ApparentSeries, find_demand, find_peaks
from commonwatt.core.series import PowerSeries
from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SCEAUX = Path(__file__).parents[3] / "shared" / "data" / "uci-sceaux-2007h1-minute.zip"
CLOCK_AHEAD = timedelta(hours=1)
FIRST_S = datetime(2006, 12, 31, 23, tzinfo=UTC).timestamp()
NAN = float("nan")

needs_sceaux = pytest.mark.skipif(not SCEAUX.exists(), reason="the recording is not here")


def minutes(power_w: Sequence[float], first_s: float = 0.0, step_s: float = 60.0) -> PowerSeries:
    start_s = first_s + step_s * np.arange(len(power_w), dtype=np.float64)
    return PowerSeries(start_s, start_s + step_s, np.array(power_w, float))


def apparent(each_va: Sequence[float]) -> ApparentSeries:
    series = minutes(each_va)
    return ApparentSeries(series.start_s, series.end_s, series.power_w, ApparentMethod.MEASURED)


@pytest.fixture(scope="module")
def sceaux() -> dict[str, NDArray[np.float64]]:
    """The columns of every minute; NaN where one is missing."""
    with zipfile.ZipFile(SCEAUX) as archive:
        head, *lines = archive.read("household_power_consumption.csv").decode().splitlines()
    rows = [line.split(",") for line in lines]
    names = head.split(",")
    wanted = names[3:5] + names[7:]
    return {
        name: np.array([float(row[place]) if row[place] not in {"", "?"} else NAN for row in rows])
        for place, name in enumerate(names)
        if name in wanted
    }


def active(sceaux: dict[str, NDArray[np.float64]]) -> PowerSeries:
    count = len(sceaux["Global_active_power"])
    start_s = FIRST_S + 60.0 * np.arange(count, dtype=np.float64)
    return PowerSeries(start_s, start_s + 60, sceaux["Global_active_power"] * 1000)


def recorded_clock(start_s: float) -> datetime:
    return datetime.fromtimestamp(start_s, UTC) + CLOCK_AHEAD


@needs_sceaux
def test_the_peaks_of_half_a_year_in_sceaux(sceaux: dict[str, NDArray[np.float64]]) -> None:
    minute, _, half_hour = find_peaks(active(sceaux))
    assert minute.power_w == pytest.approx(10_670, abs=1e-6)
    assert recorded_clock(minute.start_s) == datetime(2007, 3, 4, 19, 34, tzinfo=UTC)
    assert half_hour.power_w == pytest.approx(7403.867, abs=5e-4)


@needs_sceaux
def test_the_demand_of_half_a_year_in_sceaux(sceaux: dict[str, NDArray[np.float64]]) -> None:
    series = ApparentSeries.of_powers(active(sceaux), sceaux["Global_reactive_power"] * 1000)
    demand = find_demand(series, 6000)
    assert demand.method is ApparentMethod.MEASURED
    assert demand.minutes_known == 260_640 - 3771
    assert demand.minutes_above == 1096
    assert find_demand(series, 9000).minutes_above == 20
    assert demand.peaks[0].apparent_va == pytest.approx(10_682.470, abs=5e-4)
    assert recorded_clock(demand.peaks[0].start_s) == datetime(2007, 3, 4, 19, 34, tzinfo=UTC)
    # 1 - 10.68247 / 6 = -0.780412
    assert demand.peaks[0].margin == pytest.approx(-0.780412, abs=1e-6)


@needs_sceaux
def test_the_rest_of_sceaux_is_kept_below_nothing(sceaux: dict[str, NDArray[np.float64]]) -> None:
    # What the three sub-meters leave of a minute: rounded meters make it negative now and then,
    # and no figure may hide that.
    rest_wh = sceaux["Global_active_power"] * 1000 / 60
    for number in (1, 2, 3):
        rest_wh = rest_wh - sceaux[f"Sub_metering_{number}"]
    assert (rest_wh < 0).sum() == 11
    assert np.nanmin(rest_wh) == pytest.approx(-1.9, abs=1e-9)


def test_windows_by_hand() -> None:
    # Ten minutes of 1 kW but for one of 11 kW: the mean is (9 * 1 + 11) / 10 = 2 kW.
    each_w = [1000.0] * 40
    each_w[13] = 11_000
    minute, ten, half_hour = find_peaks(minutes(each_w))
    assert minute.power_w == pytest.approx(11_000)
    assert minute.start_s == 13 * 60
    assert ten.power_w == pytest.approx(2000)
    assert ten.start_s == 600
    # (29 * 1 + 11) / 30 over the only whole half-hour.
    assert half_hour.power_w == pytest.approx(40_000 / 30)
    assert half_hour.start_s == 0


def test_seconds_make_minutes() -> None:
    # 10 s steps: 3 of 600 W and 3 of 1200 W are a minute of 900 W.
    minute = find_peaks(minutes([600.0] * 3 + [1200.0] * 3, step_s=10))[0]
    assert minute.power_w == pytest.approx(900)


def test_a_window_with_a_hole_is_left_out() -> None:
    each_w = [1000.0] * 20
    each_w[3], each_w[4] = NAN, 9000
    minute, ten, half_hour = find_peaks(minutes(each_w))
    assert minute.power_w == pytest.approx(9000)
    assert ten.power_w == pytest.approx(1000)
    assert ten.start_s == 600
    assert math.isnan(half_hour.power_w)
    assert math.isnan(half_hour.start_s)


def test_half_hours_have_no_peak_over_a_minute() -> None:
    minute, ten, half_hour = find_peaks(minutes([500.0, 700.0], step_s=1800))
    assert math.isnan(minute.power_w)
    assert math.isnan(ten.power_w)
    assert half_hour.power_w == pytest.approx(700)


def test_nothing_known_has_no_peak() -> None:
    for series in (minutes([]), minutes([NAN, NAN])):
        assert all(math.isnan(peak.power_w) for peak in find_peaks(series))
    demand = find_demand(apparent([]), 6000)
    assert (demand.minutes_known, demand.minutes_above) == (0, 0)
    assert all(math.isnan(peak.margin) for peak in demand.peaks)


def test_margins_by_hand() -> None:
    # 1 - 4500 / 6000 = 0.25; at the subscription itself nothing is above it.
    demand = find_demand(apparent([4500.0]), 6000)
    assert demand.peaks[0].margin == pytest.approx(0.25)
    assert find_demand(apparent([6000.0, 6000.5, NAN]), 6000).minutes_above == 1


def test_apparent_power_of_powers() -> None:
    # 3, 4, 5
    series = ApparentSeries.of_powers(minutes([3000.0, NAN]), np.array([4000.0, 1.0]))
    np.testing.assert_allclose(series.apparent_va, [5000, NAN])
    assert series.method is ApparentMethod.MEASURED


def test_a_clamp_without_voltage_says_so() -> None:
    start_s = np.array([0.0])
    nominal = ApparentSeries.of_current(start_s, start_s + 60, np.array([20.0]))
    assert nominal.apparent_va.tolist() == [4600]
    assert find_demand(nominal, 6000).method is ApparentMethod.NOMINAL_VOLTAGE
    measured = ApparentSeries.of_current(start_s, start_s + 60, np.array([20.0]), np.array([241.0]))
    assert measured.apparent_va.tolist() == [4820]
    assert measured.method is ApparentMethod.MEASURED


def test_bad_input_is_named() -> None:
    with pytest.raises(SeriesError, match="apparent_va holds -5"):
        apparent([1.0, -5.0])
    with pytest.raises(SeriesError, match="infinite"):
        apparent([math.inf])
    with pytest.raises(SeriesError, match="1 real powers and 2 reactive ones"):
        ApparentSeries.of_powers(minutes([1.0]), np.array([1.0, 2.0]))
    one = np.array([0.0])
    with pytest.raises(SeriesError, match="2 voltages and 1 currents"):
        ApparentSeries.of_current(one, one + 1, one, np.array([230.0, 230.0]))
    with pytest.raises(SeriesError, match="above 0 VA was expected, not 0"):
        find_demand(apparent([1.0]), 0)
    with pytest.raises(SeriesError, match="above 0 s was expected, not 0"):
        find_peaks(minutes([1.0]), (0.0,))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.just(NAN), st.floats(0, 12_000)), min_size=1, max_size=90),
    st.integers(0, 5000),
)
def test_longer_windows_have_lower_peaks(each_w: list[float], more_w: int) -> None:
    # A day later, or more power all the time: the same windows.
    base = find_peaks(minutes(each_w))
    known = [peak.power_w for peak in base if not math.isnan(peak.power_w)]
    assert all(a >= b - 1e-6 for a, b in itertools.pairwise(known))
    assert known[:1] == pytest.approx([np.nanmax(each_w)] if known else [])
    moved = find_peaks(minutes([each + more_w for each in each_w], 86_400.0))
    for before, after in zip(base, moved, strict=True):
        assert after.power_w == pytest.approx(before.power_w + more_w, nan_ok=True)
