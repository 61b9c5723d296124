"""The energy of real homes: half a year in Sceaux, a day in twenty British homes."""

from __future__ import annotations

import io
import tarfile
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.core.calendar import local_month_edges_s
from commonwatt.core.energy import (
    bucket_energy,
    find_gaps,
    power_spans,
    sampled_power,
    spans_of,
)
from commonwatt.core.symptoms import find_flatline, find_reversed_clamp
from commonwatt.model import NO_LOG
from tests.core.readings import readings

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = Path(__file__).parents[3] / "shared" / "data"
SCEAUX = DATA / "uci-sceaux-2007h1-minute.zip"
REFIT = DATA / "refit-one-day-20-homes.tar"
P_MAX_W = 12_000.0

CLOCK_ZONE = "Etc/GMT-1"
"""The recording's clock is one hour ahead of UTC all year."""
FIRST_S = datetime(2006, 12, 31, 23, tzinfo=UTC).timestamp()
MINUTES = 260_640
MONTHS_KWH = [1150.197700, 941.481433, 981.036533, 586.357767, 733.481200, 594.713800]
TOTAL_KWH = 4987.268433

Minutes = tuple["NDArray[np.float64]", "NDArray[np.float64]"]

needs_sceaux = pytest.mark.skipif(not SCEAUX.exists(), reason="the recording is not here")
needs_refit = pytest.mark.skipif(not REFIT.exists(), reason="the recording is not here")


@pytest.fixture(scope="module")
def sceaux() -> Minutes:
    """End and mean power of every measured minute; a missing minute is marked by a cell of `?`."""
    with zipfile.ZipFile(SCEAUX) as archive:
        lines = archive.read("household_power_consumption.csv").decode().splitlines()[1:]
    cells = [line.split(",", 4)[3] for line in lines]
    assert len(cells) == MINUTES
    power_w = np.array([float(cell) * 1000 if cell not in {"", "?"} else np.nan for cell in cells])
    ends_s = FIRST_S + 60.0 * np.arange(1, MINUTES + 1)
    known = ~np.isnan(power_w)
    return ends_s[known], power_w[known]


@pytest.fixture(scope="module")
def refit() -> dict[str, Minutes]:
    """Time and power of every sample of each house."""
    homes = {}
    with tarfile.open(REFIT) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith("_day.csv") else None
            if file:
                text = io.StringIO(file.read().decode())
                time_s, power_w = np.loadtxt(text, delimiter=",", skiprows=1, usecols=(1, 2)).T
                homes[Path(member.name).stem] = (time_s, power_w)
    assert len(homes) == 20
    return homes


@needs_sceaux
@pytest.mark.parametrize("kind", ["power", "register"])
def test_half_a_year_in_sceaux(sceaux: Minutes, kind: str) -> None:
    ends_s, power_w = sceaux
    if kind == "power":
        series = readings(ends_s, power_w=power_w, log=NO_LOG)
    else:
        log = np.cumsum(np.diff(ends_s, prepend=-np.inf) > 60)
        first = np.flatnonzero(np.diff(log, prepend=0))
        total_wh = np.concatenate([[0.0], np.cumsum(power_w / 60)])
        n = np.arange(len(log)) - first[log - 1] + 1
        series = readings(ends_s, total_wh[1:] - total_wh[first[log - 1]], log=log, n=n)
    spans = spans_of(series, zero_based=True, p_max_w=P_MAX_W)
    edges_s = local_month_edges_s(date(2007, 1, 1), 6, CLOCK_ZONE)
    months = bucket_energy(spans, edges_s)
    assert months.energy_wh / 1000 == pytest.approx(MONTHS_KWH, abs=1e-6)
    assert months.energy_wh.sum() / 1000 == pytest.approx(TOTAL_KWH, abs=1e-6)
    part_wh = months.power_wh if kind == "power" else months.register_wh
    np.testing.assert_array_equal(part_wh, months.energy_wh)
    length_s = edges_s[-1] - edges_s[0]
    assert months.covered_s.sum() / length_s == pytest.approx(0.98553177, abs=5e-9)
    start_s, end_s, energy_known = find_gaps(spans, edges_s[0], edges_s[-1])
    assert (end_s - start_s).sum() / 60 == 3771
    assert not energy_known.any()
    longest = np.argmax(end_s - start_s)
    assert (end_s - start_s)[longest] / 60 == 3723
    assert datetime.fromtimestamp(start_s[longest] + 3600, UTC) == datetime(
        2007, 4, 28, 0, 21, tzinfo=UTC
    )


@needs_sceaux
def test_minutes_that_stand_for_five_more(sceaux: Minutes) -> None:
    ends_s, power_w = sceaux
    power = sampled_power(ends_s - 60, power_w, 60 + 5 * 60)
    energy = bucket_energy(power_spans(power), np.array([FIRST_S, FIRST_S + 60 * MINUTES]))
    assert energy.covered_s[0] / 60 == MINUTES - 3771 + 25
    assert energy.energy_wh[0] / 1000 == pytest.approx(4987.726800, abs=1e-6)


@needs_refit
def test_a_day_of_twenty_homes_where_a_long_wait_is_a_hole(refit: dict[str, Minutes]) -> None:
    homes_kwh = {}
    for home, (time_s, power_w) in refit.items():
        steps_s = np.diff(time_s)
        held = steps_s <= 60
        series = readings(
            time_s[1:][held], power_w=power_w[:-1][held], duration_s=steps_s[held], log=NO_LOG
        )
        spans = spans_of(series, zero_based=False, p_max_w=P_MAX_W)
        homes_kwh[home] = spans.energy_wh.sum() / 1000
    assert homes_kwh["house_1_day"] == pytest.approx(11.485315, abs=5e-7)
    assert sum(homes_kwh.values()) == pytest.approx(222.446021, abs=5e-7)


@needs_refit
def test_a_day_of_twenty_homes_where_a_sample_stands_for_a_while(refit: dict[str, Minutes]) -> None:
    # Held for at most three usual steps and at most a minute, up to the last sample of each home.
    homes_kwh = {}
    for home, (time_s, power_w) in refit.items():
        hold_s = min(60.0, 3 * float(np.median(np.diff(time_s))))
        spans = power_spans(sampled_power(time_s, power_w, hold_s))
        energy = bucket_energy(spans, time_s[[0, -1]])
        homes_kwh[home] = energy.energy_wh[0] / 1000
    assert homes_kwh["house_1_day"] == pytest.approx(11.485315, abs=5e-7)
    assert sum(homes_kwh.values()) == pytest.approx(222.543410, abs=5e-7)


@needs_sceaux
def test_half_a_year_in_sceaux_has_no_symptom(sceaux: Minutes) -> None:
    """Two days at a time, as they are looked at: no flatline, no reversed clamp."""
    ends_s, power_w = sceaux
    for start_s in np.arange(ends_s[0], ends_s[-1], 86_400):
        chosen = (ends_s >= start_s) & (ends_s < start_s + 2 * 86_400)
        series = readings(ends_s[chosen], power_w=power_w[chosen], log=NO_LOG)
        assert find_flatline(series) is None
        assert find_reversed_clamp(series) is None


@needs_refit
def test_a_day_of_twenty_homes_has_no_symptom(refit: dict[str, Minutes]) -> None:
    for time_s, power_w in refit.values():
        series = readings(time_s, power_w=power_w, duration_s=8, log=NO_LOG)
        assert find_flatline(series) is None
        assert find_reversed_clamp(series) is None
