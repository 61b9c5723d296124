"""Costs at the very edges: buckets beside the stretch, powers at the limits, what errors name."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.core.cost import price_series
from commonwatt.core.energy import bucket_energy
from commonwatt.core.rates import local_days, rate_timeline
from commonwatt.core.tariff import Contract, OffPeakWindows, Option, Rate, Season, Window
from commonwatt.errors import PeriodError, TariffError
from commonwatt.model import ZONE
from tests.core.tariffs import BASE, NIGHTS, contract, local_s, stretches, tariff

if TYPE_CHECKING:
    from commonwatt.core.series import EnergySeries

HOUR_S = 3600.0
NOON_S = local_s(2026, 1, 14, 12)
HOURS_S = np.array([NOON_S + HOUR_S * hour for hour in range(4)])


@pytest.fixture
def three_hours() -> EnergySeries:
    return bucket_energy(stretches(HOURS_S, [100, 200, 400]), HOURS_S)


@pytest.mark.parametrize(
    ("first_hour", "last_hour", "energy_wh", "measured_hours"),
    [
        (0, 3, 700, 3),
        (-2, 3, 700, 3),
        (0, 9, 700, 3),
        (1, 2, 200, 1),
        (0.5, 2.25, 50 + 200 + 100, 1.75),
        (-2, -1, 0, 0),
        (4, 9, 0, 0),
    ],
)
def test_buckets_count_where_they_lie_in_the_stretch(
    three_hours: EnergySeries,
    first_hour: float,
    last_hour: float,
    energy_wh: float,
    measured_hours: float,
) -> None:
    edges_s = (NOON_S + first_hour * HOUR_S, NOON_S + last_hour * HOUR_S)
    report = price_series(three_hours, tariff(BASE), *edges_s)
    assert report.total_wh == pytest.approx(energy_wh)
    assert report.energy_eur == pytest.approx({Rate.BASE: 0.2 * energy_wh / 1000})
    assert report.covered_s == pytest.approx(measured_hours * HOUR_S)
    assert report.known == (measured_hours > 0)


def test_rates_without_a_bucket_have_no_energy(three_hours: EnergySeries) -> None:
    # Off-peak hours begin at 22:30, seven and a half hours after the last bucket.
    report = price_series(three_hours, tariff(NIGHTS), NOON_S, NOON_S + 12 * HOUR_S)
    assert report.energy_wh == pytest.approx({Rate.PEAK: 700, Rate.OFF_PEAK: 0})
    assert report.length_s == {Rate.PEAK: 10.5 * HOUR_S, Rate.OFF_PEAK: 1.5 * HOUR_S}


@pytest.mark.parametrize(
    ("day", "edges"),
    [
        # The clock goes from 2:00 to 3:00: what is 2:15 to 2:45 on it does not happen.
        ((2026, 3, 29), [0, 1, 1.5, 3.5, 4, 23]),
        # It goes from 3:00 back to 2:00: 2:15 to 2:45 happens twice.
        ((2026, 10, 25), [0, 1, 1.5, 2.25, 2.75, 3.25, 3.75, 5.5, 6, 25]),
    ],
)
def test_windows_around_a_change_of_the_clock(
    day: tuple[int, int, int], edges: list[float]
) -> None:
    # Off-peak 1:00 to 1:30, 2:15 to 2:45 and 4:30 to 5:00, in hours after local midnight.
    own = tariff(contract(Option.OFF_PEAK, (60, 90), (135, 165), (270, 300)))
    start_s = local_s(*day)
    timeline = rate_timeline(own, start_s, start_s + edges[-1] * HOUR_S)
    assert ((timeline.edges_s - start_s) / HOUR_S).tolist() == edges
    alternating = [Rate.PEAK, Rate.OFF_PEAK] * len(edges)
    assert list(timeline.rates) == alternating[: len(edges) - 1]


@pytest.mark.parametrize("end_minute", [179, 180])
def test_a_window_that_the_clock_skips_does_not_happen(end_minute: int) -> None:
    # 2:15 to 2:59 or 3:00, while the clock goes from 2:00 to 3:00.
    own = tariff(contract(Option.OFF_PEAK, (135, end_minute), (600, 660)))
    start_s = local_s(2026, 3, 29)
    timeline = rate_timeline(own, start_s, start_s + 23 * HOUR_S)
    assert ((timeline.edges_s - start_s) / HOUR_S).tolist() == [0, 9, 10, 23]
    assert timeline.rates == (Rate.PEAK, Rate.OFF_PEAK, Rate.PEAK)


def test_a_window_of_the_last_minutes_of_a_day() -> None:
    own = tariff(contract(Option.OFF_PEAK, (23 * 60 + 50, 23 * 60 + 55)))
    start_s = local_s(2026, 1, 14)
    timeline = rate_timeline(own, start_s, start_s + 24 * HOUR_S)
    assert ((timeline.edges_s - start_s) / 60).tolist() == [0, 1430, 1435, 1440]


def test_an_hour_after_the_clock_was_changed() -> None:
    start_s = local_s(2026, 3, 29, 10)
    timeline = rate_timeline(tariff(BASE), start_s, start_s + HOUR_S)
    assert timeline.edges_s.tolist() == [start_s, start_s + HOUR_S]
    assert timeline.rates == (Rate.BASE,)


@pytest.mark.parametrize(("after_s", "days"), [(-1.0, 1), (0.0, 1), (1e-6, 2), (1.0, 2)])
def test_a_day_is_touched_from_its_first_microsecond_on(after_s: float, days: int) -> None:
    midnight_s = local_s(2026, 1, 15)
    assert len(local_days(midnight_s - 3600, midnight_s + after_s, ZONE)) == days


def test_the_shortest_stretch_touches_a_day() -> None:
    midnight_s = local_s(2026, 1, 15)
    assert local_days(midnight_s, float(np.nextafter(midnight_s, np.inf)), ZONE) == [
        date(2026, 1, 15)
    ]


@pytest.mark.parametrize("edges_s", [(0.0, np.inf), (-np.inf, 0.0)])
def test_a_stretch_has_both_ends(edges_s: tuple[float, float]) -> None:
    with pytest.raises(PeriodError, match="a stretch was expected"):
        local_days(*edges_s, ZONE)


@pytest.mark.parametrize("kva", [1, 36])
def test_the_smallest_and_the_largest_power(kva: int) -> None:
    assert contract(Option.BASE, kva=kva).subscribed_kva == kva


@pytest.mark.parametrize("kva", [0, 37])
def test_powers_beyond_them_are_refused(kva: int) -> None:
    with pytest.raises(TariffError, match=f"1 to 36 kVA was expected, not {kva}"):
        contract(Option.BASE, kva=kva)


def test_an_overlap_is_told_as_a_clock_shows_it() -> None:
    # 19:40 and 23:59 are 1180 and 1439 minutes.
    with pytest.raises(TariffError, match="overlap at 19:40"):
        Season(1, 1, (Window(1100, 1200), Window(1180, 1300)))
    with pytest.raises(TariffError, match="at 23:59"):
        Window(1439, 1439)


def test_a_contract_that_ends_too_early_is_named() -> None:
    told = "the contract of 2026-01-02 ends on 2026-01-01, before it begins on 2026-01-02"
    with pytest.raises(TariffError, match=told):
        Contract(date(2026, 1, 2), Option.BASE, 6, valid_to=date(2026, 1, 1))
    assert Contract(date(2026, 1, 2), Option.BASE, 6, valid_to=date(2026, 1, 2)).valid_to


def test_the_first_windows_are_those_that_come_too_late() -> None:
    windows = [OffPeakWindows.all_year(date(2026, month, 1), (0, 480)) for month in (3, 5)]
    with pytest.raises(TariffError, match=r"begins on 2026-01-01 and its off-peak .* 2026-03-01"):
        Contract(date(2026, 1, 1), Option.OFF_PEAK, 6, tuple(windows))
