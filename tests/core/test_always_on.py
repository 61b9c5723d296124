"""The always-on load by hand, on both clock changes, and on half a year in Sceaux."""

from __future__ import annotations

import math
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.always_on import NightMinima, always_on, night_minima
from commonwatt.core.series import ESTIMATED, POWER, EnergySpans
from commonwatt.errors import PeriodError, SeriesError
from commonwatt.model import ZONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCEAUX = Path(__file__).parents[3] / "shared" / "data" / "uci-sceaux-2007h1-minute.zip"
NAN = float("nan")
EPOCH = date(1970, 1, 1)
JANUARY = date(2026, 1, 10)

needs_sceaux = pytest.mark.skipif(not SCEAUX.exists(), reason="the recording is not here")


def spans_of_minutes(
    first: datetime, power_w: NDArray[np.float64], source: int = POWER
) -> EnergySpans:
    start_s = first.timestamp() + 60.0 * np.arange(len(power_w), dtype=np.float64)
    known = np.isfinite(power_w)
    kinds = np.full(int(known.sum()), source, np.uint8)
    return EnergySpans(start_s[known], start_s[known] + 60, power_w[known] / 60, kinds)


def night_of(power_w: NDArray[np.float64], source: int = POWER) -> NightMinima:
    """One night from 02:00 on, which is 01:00 UTC in winter."""
    first = datetime(2026, 1, 10, 1, tzinfo=UTC)
    return night_minima(spans_of_minutes(first, power_w, source), JANUARY, 1, ZONE)


def minima(first: date, each_w: list[float]) -> NightMinima:
    day = (first - EPOCH).days + np.arange(len(each_w), dtype=np.int64)
    return NightMinima(day, np.array(each_w, float), np.ones(len(each_w)))


@pytest.fixture(scope="module")
def sceaux() -> EnergySpans:
    with zipfile.ZipFile(SCEAUX) as archive:
        lines = archive.read("household_power_consumption.csv").decode().splitlines()[1:]
    cells = [line.split(",", 4)[3] for line in lines]
    power_w = np.array([float(cell) * 1000 if cell not in {"", "?"} else NAN for cell in cells])
    return spans_of_minutes(datetime(2006, 12, 31, 23, tzinfo=UTC), power_w)


@needs_sceaux
def test_the_quietest_quarter_of_an_hour_of_days_in_sceaux(sceaux: EnergySpans) -> None:
    # Over whole days the median of the lowest mean over 15 minutes is 214 W.
    found = night_minima(sceaux, date(2007, 1, 1), 181, "Etc/GMT-1", hours=(0, 24))
    assert np.isfinite(found.minimum_w).sum() == 178
    assert np.nanmedian(found.minimum_w) == pytest.approx(213.93, abs=0.01)


@needs_sceaux
def test_the_always_on_load_of_sceaux(sceaux: EnergySpans) -> None:
    found = night_minima(sceaux, date(2007, 1, 1), 181, "Etc/GMT-1")
    assert np.nanmedian(found.minimum_w) == pytest.approx(221.67, abs=0.01)
    assert np.isnan(found.minimum_w).sum() == 3
    june = always_on(found)
    assert june.power_w == pytest.approx(130.13, abs=0.01)
    assert (june.nights, june.season_share, june.may_hold_heating) == (28, 0, False)
    assert june.last_day == (date(2007, 6, 30) - EPOCH).days


def test_the_lowest_quarter_of_an_hour_of_a_night() -> None:
    # 100 W, and 40 W for the 15 minutes from 03:07 on: they are found wherever they begin.
    power_w = np.full(180, 100.0)
    power_w[67:82] = 40
    assert night_of(power_w).minimum_w.tolist() == [pytest.approx(40)]
    # 14 quiet minutes and one at 100 W: (14 * 40 + 100) / 15 = 44 W.
    power_w[81] = 100
    assert night_of(power_w).minimum_w.tolist() == [pytest.approx(44)]


def test_what_lies_outside_the_night_does_not_count() -> None:
    first = datetime(2026, 1, 10, 0, tzinfo=UTC)
    power_w = np.full(300, 100.0)
    power_w[:60] = power_w[240:] = 0
    found = night_minima(spans_of_minutes(first, power_w), JANUARY, 1, ZONE)
    assert found.minimum_w.tolist() == [pytest.approx(100)]


def test_a_night_needs_nine_tenths() -> None:
    power_w = np.full(180, 100.0)
    power_w[:18] = NAN
    valid = night_of(power_w)
    assert valid.coverage.tolist() == [pytest.approx(0.9)]
    assert valid.minimum_w.tolist() == [pytest.approx(100)]
    power_w[18] = NAN
    invalid = night_of(power_w)
    assert invalid.coverage.tolist() == [pytest.approx(161 / 180)]
    assert np.isnan(invalid.minimum_w).all()


def test_a_window_of_few_minutes_is_not_one() -> None:
    # Two minutes at 0 W amid a hole of 15: no window around them is measured enough.
    power_w = np.full(180, 100.0)
    power_w[60:75] = NAN
    power_w[67:69] = 0
    assert night_of(power_w).minimum_w.tolist() == [pytest.approx(100)]


def test_a_register_across_a_gap_measures_no_night() -> None:
    found = night_of(np.full(180, 100.0), ESTIMATED)
    assert found.coverage.tolist() == [0]
    assert np.isnan(found.minimum_w).all()


def test_energy_across_a_gap_is_left_out_of_a_window() -> None:
    # 15 quiet minutes of 40 W, the middle one of which a register bridges with 5000 W.
    power_w = np.full(180, 100.0)
    power_w[67:82], power_w[74] = 40, 5000
    measured = spans_of_minutes(datetime(2026, 1, 10, 1, tzinfo=UTC), power_w)
    source = measured.source.copy()
    source[74] = ESTIMATED
    bridged = EnergySpans(measured.start_s, measured.end_s, measured.energy_wh, source)
    found = night_minima(bridged, JANUARY, 1, ZONE)
    assert found.minimum_w.tolist() == [pytest.approx(40)]
    assert found.coverage.tolist() == [pytest.approx(179 / 180)]


@pytest.mark.parametrize(
    ("day", "first_hour_utc", "hours"),
    [(date(2026, 3, 29), 1, 2), (date(2026, 10, 25), 0, 4), (date(2026, 7, 1), 0, 3)],
)
def test_nights_of_clock_changes(day: date, first_hour_utc: int, hours: int) -> None:
    # In spring 02:00 is 03:00 and the night has 2 hours; in autumn it has 02:00 twice, and 4.
    first = datetime(day.year, day.month, day.day, first_hour_utc, tzinfo=UTC)
    whole = spans_of_minutes(first, np.full(60 * hours, 100.0))
    found = night_minima(whole, day, 1, ZONE)
    assert found.coverage.tolist() == [pytest.approx(1)]
    later = spans_of_minutes(first + timedelta(minutes=30), np.full(60 * hours, 100.0))
    expected = (hours - 0.5) / hours
    assert night_minima(later, day, 1, ZONE).coverage.tolist() == [pytest.approx(expected)]


def test_nothing_known_is_no_load() -> None:
    found = night_minima(
        spans_of_minutes(datetime(2026, 1, 1, tzinfo=UTC), np.empty(0)), JANUARY, 3, ZONE
    )
    assert found.coverage.tolist() == [0, 0, 0]
    load = always_on(found)
    assert math.isnan(load.power_w)
    assert math.isnan(load.season_share)
    assert (load.nights, load.first_day, load.last_day) == (0, -1, -1)
    assert not load.may_hold_heating


def test_the_last_28_valid_nights_count() -> None:
    # 10 old nights of 500 W, then 29 nights of 1 to 29 W of which the 20th is not valid:
    # the 28 others, without 20, have the middle (14 + 15) / 2.
    each_w = [500.0] * 10 + [float(number) for number in range(1, 30)]
    each_w[29] = NAN
    load = always_on(minima(date(2026, 6, 1), each_w))
    assert (load.power_w, load.nights) == (14.5, 28)
    assert load.first_day == (date(2026, 6, 11) - EPOCH).days
    assert load.last_day == (date(2026, 7, 9) - EPOCH).days


def test_a_heated_home_is_read_off_its_mildest_nights() -> None:
    # 40 winter nights of 1000 W and more, 10 nights of 60 to 69 W from 21 May: a tenth of 50 is 5.
    each_w = [1000.0 + night for night in range(40)] + [60.0 + night for night in range(10)]
    first = date(2026, 5, 21) - timedelta(days=40)
    load = always_on(minima(first, each_w), heated=True)
    assert (load.power_w, load.nights, load.season_share) == (62, 5, 0)
    assert not load.may_hold_heating
    assert always_on(minima(first, each_w)).power_w > 1000


def test_a_heated_home_known_in_winter_only_is_warned_of() -> None:
    load = always_on(minima(date(2026, 1, 1), [900.0, 800.0, 1000.0]), heated=True)
    assert (load.power_w, load.nights, load.season_share) == (800, 1, 1)
    assert load.may_hold_heating


def test_a_heated_home_is_judged_by_its_last_year() -> None:
    load = always_on(minima(date(2024, 1, 1), [1.0] * 100 + [50.0] * 365), heated=True)
    assert (load.power_w, load.nights) == (50, 37)


def test_bad_input_is_named() -> None:
    nothing = spans_of_minutes(datetime(2026, 1, 1, tzinfo=UTC), np.empty(0))
    with pytest.raises(PeriodError, match="not 0 and"):
        night_minima(nothing, JANUARY, 0, ZONE)
    for hours in ((5, 2), (2, 2), (-1, 5), (0, 25)):
        with pytest.raises(PeriodError, match="two hours in order"):
            night_minima(nothing, JANUARY, 1, ZONE, hours=hours)
    day = np.array([3, 3], np.int64)
    with pytest.raises(SeriesError, match="do not increase"):
        NightMinima(day, np.ones(2), np.ones(2))
    with pytest.raises(SeriesError, match=r"lengths \(2, 1, 2\)"):
        NightMinima(day, np.ones(1), np.ones(2))
    with pytest.raises(SeriesError, match="infinite"):
        NightMinima(day[:1], np.array([math.inf]), np.ones(1))


@settings(derandomize=True, max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 3000), min_size=180, max_size=180),
    st.sets(st.integers(0, 179), max_size=18),
    st.integers(0, 2000),
    st.integers(1, 5),
)
def test_a_load_that_never_stops_is_added(
    each_w: list[float], holes: set[int], more_w: int, scale: int
) -> None:
    power_w = np.array(each_w)
    power_w[list(holes)] = NAN
    lowest_w = night_of(power_w).minimum_w
    np.testing.assert_allclose(night_of(power_w + more_w).minimum_w, lowest_w + more_w, atol=1e-6)
    np.testing.assert_allclose(night_of(power_w * scale).minimum_w, lowest_w * scale, atol=1e-6)
    assert np.nanmin(power_w) - 1e-6 <= lowest_w[0] <= np.nanmean(power_w) + 3000 / 10
