"""Peak and off-peak energy of half a year in a real home in Sceaux."""

from __future__ import annotations

import zipfile
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.core.calendar import half_hour_edges_s, local_month_edges_s
from commonwatt.core.cost import price_series, price_spans
from commonwatt.core.energy import bucket_energy, spans_of
from commonwatt.core.tariff import Option, Rate
from commonwatt.model import NO_LOG
from tests.core.readings import readings
from tests.core.tariffs import BASE, PRICES_EUR, contract, tariff
from tests.core.test_recorded_homes import (
    CLOCK_ZONE,
    FIRST_S,
    MINUTES,
    P_MAX_W,
    SCEAUX,
    TOTAL_KWH,
    needs_sceaux,
)

if TYPE_CHECKING:
    from commonwatt.core.series import EnergySpans

pytestmark = needs_sceaux
LAST_S = FIRST_S + 60 * MINUTES
NIGHT = [(22 * 60 + 30, 6 * 60 + 30)]
NIGHT_AND_NOON = [(23 * 60, 4 * 60), (12 * 60, 15 * 60)]


@pytest.fixture(scope="module")
def spans() -> EnergySpans:
    """The measured minutes; the recording's clock knows no summer time."""
    with zipfile.ZipFile(SCEAUX) as archive:
        lines = archive.read("household_power_consumption.csv").decode().splitlines()[1:]
    cells = [line.split(",", 4)[3] for line in lines]
    power_w = np.array([float(cell) * 1000 if cell not in {"", "?"} else np.nan for cell in cells])
    known = ~np.isnan(power_w)
    ends_s = FIRST_S + 60.0 * np.arange(1, MINUTES + 1)
    series = readings(ends_s[known], power_w=power_w[known], log=NO_LOG)
    return spans_of(series, zero_based=True, p_max_w=P_MAX_W)


@pytest.mark.parametrize(
    ("windows", "off_peak_kwh", "peak_kwh"),
    [
        (NIGHT, 1007.581267, 3979.687167),
        (NIGHT_AND_NOON, 1189.944267, TOTAL_KWH - 1189.944267),
    ],
)
def test_peak_and_off_peak(
    spans: EnergySpans, windows: list[tuple[int, int]], off_peak_kwh: float, peak_kwh: float
) -> None:
    own = tariff(contract(Option.OFF_PEAK, *windows), zone=CLOCK_ZONE)
    half_hours = bucket_energy(spans, half_hour_edges_s(FIRST_S, LAST_S))
    for report in (
        price_spans(spans, own, FIRST_S, LAST_S),
        price_series(half_hours, own, FIRST_S, LAST_S),
    ):
        assert report.energy_wh[Rate.OFF_PEAK] / 1000 == pytest.approx(off_peak_kwh, abs=1e-6)
        assert report.energy_wh[Rate.PEAK] / 1000 == pytest.approx(peak_kwh, abs=1e-6)
        expected_eur = off_peak_kwh * PRICES_EUR[Rate.OFF_PEAK] + peak_kwh * PRICES_EUR[Rate.PEAK]
        assert report.total_eur == pytest.approx(expected_eur, abs=1e-6)
        assert report.coverage == pytest.approx(0.98553177, abs=5e-9)
        assert report.estimated_wh == 0


def test_windows_at_any_minute_are_not_rounded_to_half_hours(spans: EnergySpans) -> None:
    # 22:37 to 6:37, counted here minute by minute from the clock of the recording.
    own = tariff(contract(Option.OFF_PEAK, (22 * 60 + 37, 6 * 60 + 37)), zone=CLOCK_ZONE)
    report = price_spans(spans, own, FIRST_S, LAST_S)
    minute = (spans.start_s - FIRST_S) / 60 % 1440
    off_peak = (minute >= 22 * 60 + 37) | (minute < 6 * 60 + 37)
    expected_wh = spans.energy_wh[off_peak].sum()
    assert report.energy_wh[Rate.OFF_PEAK] == pytest.approx(expected_wh, abs=1e-6)
    half_hours = bucket_energy(spans, half_hour_edges_s(FIRST_S, LAST_S))
    rough = price_series(half_hours, own, FIRST_S, LAST_S)
    assert abs(rough.energy_wh[Rate.OFF_PEAK] - expected_wh) > 1
    assert rough.estimated_share > 0.02


def test_the_months_cost_what_the_half_year_costs(spans: EnergySpans) -> None:
    own = tariff(BASE, zone=CLOCK_ZONE)
    edges_s = local_month_edges_s(date(2007, 1, 1), 6, CLOCK_ZONE).tolist()
    months = [price_spans(spans, own, a, b) for a, b in pairwise(edges_s)]
    assert sum(month.total_eur for month in months) == pytest.approx(TOTAL_KWH * 0.20, abs=1e-6)
