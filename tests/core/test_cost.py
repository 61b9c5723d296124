"""What energy costs: closed forms, clock changes, and holes that are errors."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.core.calendar import half_hour_edges_s, local_day_edges_s
from commonwatt.core.cost import (
    CostReport,
    compare,
    price_series,
    price_spans,
    subscription_eur,
)
from commonwatt.core.energy import bucket_energy
from commonwatt.core.price_lists import KvaPrices, PriceBook
from commonwatt.core.rates import HoleKind, TariffHole, find_holes, rate_timeline
from commonwatt.core.series import ESTIMATED, EnergySpans
from commonwatt.core.tariff import (
    Contract,
    OffPeakWindows,
    Option,
    Rate,
    Season,
    Window,
)
from commonwatt.core.tempo import Colour
from commonwatt.errors import PeriodError, TariffError
from commonwatt.model import ZONE
from tests.core.tariffs import (
    BASE,
    NIGHTS,
    TEMPO,
    book,
    constant,
    contract,
    local_s,
    price_list,
    stretches,
    tariff,
)

if TYPE_CHECKING:
    from commonwatt.core.rates import Tariff
    from commonwatt.core.series import EnergySeries

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
NOTHING = EnergySpans(np.empty(0), np.empty(0), np.empty(0), np.empty(0, np.uint8))
THREE_COLOURS = {
    date(2026, 1, 13): Colour.BLUE,
    date(2026, 1, 14): Colour.WHITE,
    date(2026, 1, 15): Colour.RED,
}


def kwh(report: CostReport) -> dict[Rate, float]:
    return {rate: round(energy_wh / 1000, 9) for rate, energy_wh in report.energy_wh.items()}


def hours(report: CostReport) -> dict[Rate, float]:
    return {rate: length_s / HOUR_S for rate, length_s in report.length_s.items()}


def price_day(spans: EnergySpans, own: Tariff, *day: int, days: int = 1) -> CostReport:
    edges_s = local_day_edges_s(date(*day), days, ZONE)
    return price_spans(spans, own, edges_s[0], edges_s[-1])


def test_a_constant_load_on_the_base_option() -> None:
    # 500 W for 24 h are 12 kWh, at 0.20 EUR: 2.40 EUR.
    start_s = local_s(2026, 1, 14)
    report = price_day(constant(500, start_s, start_s + DAY_S), tariff(BASE), 2026, 1, 14)
    assert kwh(report) == {Rate.BASE: 12.0}
    assert report.total_eur == pytest.approx(2.40, abs=1e-12)


def test_a_constant_load_on_peak_and_off_peak() -> None:
    # 8 h off-peak are 4 kWh at 0.10; 16 h peak are 8 kWh at 0.25: 0.40 + 2.00 EUR.
    start_s = local_s(2026, 1, 14)
    report = price_day(constant(500, start_s, start_s + DAY_S), tariff(NIGHTS), 2026, 1, 14)
    assert kwh(report) == {Rate.PEAK: 8.0, Rate.OFF_PEAK: 4.0}
    assert report.energy_eur == pytest.approx({Rate.PEAK: 2.00, Rate.OFF_PEAK: 0.40}, abs=1e-12)


def test_a_constant_load_on_tempo_changes_colour_at_six() -> None:
    # 14 January is white, the 13th blue. From 0:00 to 6:00 the day before rules: 6 h blue off-peak
    # are 3 kWh at 0.12; 6:00 to 22:00 white peak, 8 kWh at 0.18; 22:00 to 24:00 white off-peak,
    # 1 kWh at 0.14: 0.36 + 1.44 + 0.14 = 1.94 EUR.
    own = tariff(TEMPO, colours=THREE_COLOURS)
    start_s = local_s(2026, 1, 14)
    report = price_day(constant(500, start_s, start_s + DAY_S), own, 2026, 1, 14)
    assert kwh(report) == {
        Rate.BLUE_OFF_PEAK: 3.0,
        Rate.WHITE_PEAK: 8.0,
        Rate.WHITE_OFF_PEAK: 1.0,
    }
    assert report.total_eur == pytest.approx(1.94, abs=1e-12)


def test_a_whole_tempo_day_has_one_colour() -> None:
    # 6:00 on the 15th to 6:00 on the 16th is red: 16 h peak, 8 kWh at 0.65, and 8 h off-peak,
    # 4 kWh at 0.16: 5.20 + 0.64 EUR. The 16th itself needs no colour, nor does the 14th.
    start_s = local_s(2026, 1, 15, 6)
    own = tariff(TEMPO, colours={date(2026, 1, 15): Colour.RED})
    report = price_spans(constant(500, start_s, start_s + DAY_S), own, start_s, start_s + DAY_S)
    assert kwh(report) == {Rate.RED_PEAK: 8.0, Rate.RED_OFF_PEAK: 4.0}
    assert report.energy_eur == pytest.approx({Rate.RED_PEAK: 5.20, Rate.RED_OFF_PEAK: 0.64})


def test_a_square_wave() -> None:
    # 2 kW in every odd quarter of an hour, nothing in the others: 1 kWh each hour of clock.
    # Off-peak from 22:50 to 6:20 and peak the rest. In 22:50-23:00 lie 10 min of the odd quarter
    # 22:45-23:00: 1/3 kWh; 7 hours from 23:00 to 6:00: 7 kWh; 6:00-6:20: the even quarter, then
    # 5 min: 1/6 kWh. Off-peak 7.5 kWh of 24.
    start_s = local_s(2026, 1, 14)
    edges_s = start_s + 900.0 * np.arange(97)
    wave = stretches(edges_s, 2000.0 * (np.arange(96) % 2))
    own = tariff(contract(Option.OFF_PEAK, (22 * 60 + 50, 6 * 60 + 20)))
    report = price_day(wave, own, 2026, 1, 14)
    assert kwh(report) == {Rate.PEAK: 16.5, Rate.OFF_PEAK: 7.5}
    assert report.total_eur == pytest.approx(16.5 * 0.25 + 7.5 * 0.10, abs=1e-12)
    assert price_day(wave, tariff(BASE), 2026, 1, 14).total_eur == pytest.approx(24 * 0.20)
    # Tempo: 6 h blue off-peak, 16 h white peak, 2 h white off-peak, 1 kWh each hour:
    # 0.72 + 2.88 + 0.28 EUR.
    tempo = price_day(wave, tariff(TEMPO, colours=THREE_COLOURS), 2026, 1, 14)
    assert kwh(tempo) == {
        Rate.BLUE_OFF_PEAK: 6.0,
        Rate.WHITE_PEAK: 16.0,
        Rate.WHITE_OFF_PEAK: 2.0,
    }
    assert tempo.total_eur == pytest.approx(3.88)


def test_a_ramp() -> None:
    # Power rises from 0 W at midnight by 1 W a minute, in minutes at their mean power: up to
    # minute m it used m^2 / 120 Wh. Off-peak 0:00-6:30 is 390 min, 1267.5 Wh; 22:30-24:00 is
    # 1440^2 / 120 - 1350^2 / 120 = 17280 - 15187.5 = 2092.5 Wh; in all 3360 of 17280 Wh.
    start_s = local_s(2026, 1, 14)
    edges_s = start_s + 60.0 * np.arange(1441)
    ramp = stretches(edges_s, np.arange(1440) + 0.5)
    report = price_day(ramp, tariff(NIGHTS), 2026, 1, 14)
    assert kwh(report) == {Rate.PEAK: 13.92, Rate.OFF_PEAK: 3.36}
    assert report.total_eur == pytest.approx(13.92 * 0.25 + 3.36 * 0.10, abs=1e-12)
    # Tempo: to 6:00, 360^2 / 120 = 1080 Wh blue off-peak; to 22:00, 1320^2 / 120 - 1080 = 13440 Wh
    # white peak; the rest, 17280 - 14520 = 2760 Wh, white off-peak.
    tempo = price_day(ramp, tariff(TEMPO, colours=THREE_COLOURS), 2026, 1, 14)
    assert kwh(tempo) == {
        Rate.BLUE_OFF_PEAK: 1.08,
        Rate.WHITE_PEAK: 13.44,
        Rate.WHITE_OFF_PEAK: 2.76,
    }
    assert price_day(ramp, tariff(BASE), 2026, 1, 14).total_eur == pytest.approx(17.28 * 0.20)


@pytest.mark.parametrize(
    ("evening", "off_peak_hours"),
    [((2026, 3, 28), 7), ((2026, 10, 24), 9), ((2026, 6, 1), 8)],
)
def test_a_night_of_a_clock_change(evening: tuple[int, int, int], off_peak_hours: int) -> None:
    # From noon to noon: the night to 29 March has 7 hours off-peak, that to 25 October has 9.
    noon = date(*evening)
    start_s = local_s(*evening, 12)
    following = noon + timedelta(days=1)
    end_s = local_s(following.year, following.month, following.day, 12)
    report = price_spans(constant(1000, start_s, end_s), tariff(NIGHTS), start_s, end_s)
    assert hours(report) == {Rate.PEAK: 16, Rate.OFF_PEAK: off_peak_hours}
    assert kwh(report) == {Rate.PEAK: 16, Rate.OFF_PEAK: off_peak_hours}


@pytest.mark.parametrize(
    ("day", "off_peak_hours", "peak_hours"),
    [((2026, 3, 29), 7, 16), ((2026, 10, 25), 9, 16)],
)
def test_a_day_of_a_clock_change(
    day: tuple[int, int, int], off_peak_hours: int, peak_hours: int
) -> None:
    report = price_day(NOTHING, tariff(NIGHTS), *day)
    assert hours(report) == {Rate.PEAK: peak_hours, Rate.OFF_PEAK: off_peak_hours}


def test_the_clock_on_the_wall_decides() -> None:
    # Off-peak 2:20 to 2:50 and 12:00 to 12:07. In spring the clock shows no 2:20; in autumn twice.
    own = tariff(contract(Option.OFF_PEAK, (140, 170), (720, 727)))
    expected_minutes = {(2026, 3, 29): 7, (2026, 10, 25): 67, (2026, 6, 1): 37}
    for day, minutes in expected_minutes.items():
        assert price_day(NOTHING, own, *day).length_s[Rate.OFF_PEAK] == 60 * minutes
    # A window that the clock jumps into begins with the jump: 2:30 to 3:30 lasts 30 minutes.
    own = tariff(contract(Option.OFF_PEAK, (150, 210)))
    assert price_day(NOTHING, own, 2026, 3, 29).length_s[Rate.OFF_PEAK] == 1800
    # 2:30 to 3:30 in autumn: 2:30-3:00, the clock goes back to 2:00, and 2:30-3:30 again.
    timeline = rate_timeline(own, local_s(2026, 10, 25), local_s(2026, 10, 26))
    off_peak = [
        (timeline.edges_s[i] - local_s(2026, 10, 25)) / HOUR_S
        for i, rate in enumerate(timeline.rates)
        if rate == Rate.OFF_PEAK
    ]
    assert off_peak == [2.5, 3.5]
    assert price_day(NOTHING, own, 2026, 10, 25).length_s[Rate.OFF_PEAK] == 5400


def test_windows_change_with_the_season_and_with_their_date() -> None:
    # Summer: 1:00-6:00 and 14:00-17:00 from 1 April; winter: 23:00-7:00 from 1 November.
    # Since 1 May 2026 other windows hold all year: 2:00-7:30 and 12:10-14:40.
    summer = Season(4, 1, (Window(60, 360), Window(840, 1020)))
    winter = Season(11, 1, (Window(1380, 420),))
    first = OffPeakWindows(date(2025, 11, 1), (summer, winter))
    second = OffPeakWindows.all_year(date(2026, 5, 1), (120, 450), (730, 880))
    own = tariff(Contract(date(2025, 11, 1), Option.OFF_PEAK, 6, (first, second)))

    def off_peak(*day: int) -> list[tuple[float, float]]:
        edges_s = local_day_edges_s(date(*day), 1, ZONE)
        line = rate_timeline(own, *edges_s)
        minutes = (line.edges_s - edges_s[0]) / 60
        return [
            (minutes[i], minutes[i + 1])
            for i, rate in enumerate(line.rates)
            if rate == Rate.OFF_PEAK
        ]

    assert off_peak(2026, 1, 1) == [(0, 420), (1380, 1440)]
    assert off_peak(2026, 3, 31) == [(0, 420), (1380, 1440)]
    assert off_peak(2026, 4, 1) == [(60, 360), (840, 1020)]
    assert off_peak(2026, 4, 30) == [(60, 360), (840, 1020)]
    assert off_peak(2026, 5, 1) == [(120, 450), (730, 880)]
    assert off_peak(2026, 11, 1) == [(120, 450), (730, 880)]


def test_prices_change_at_local_midnight() -> None:
    # 1 kW over 31 January and 1 February: 24 kWh at 0.20 and 24 kWh at 0.40.
    prices = PriceBook(
        (
            price_list(Option.BASE, valid_to=date(2026, 1, 31)),
            price_list(Option.BASE, date(2026, 2, 1), factor=2),
        )
    )
    start_s = local_s(2026, 1, 31)
    report = price_day(
        constant(1000, start_s, start_s + 2 * DAY_S),
        tariff(BASE, prices=prices),
        2026,
        1,
        31,
        days=2,
    )
    assert report.total_eur == pytest.approx(24 * 0.20 + 24 * 0.40, abs=1e-12)
    assert report.price_lists == ("base-2000-01-01", "base-2026-02-01")


def test_the_subscription_goes_by_days_of_the_calendar_year() -> None:
    # 366 EUR a year: a day of 2026 costs 366/365 EUR, a day of 2028 exactly 1 EUR.
    own = tariff(BASE, prices=book(yearly_eur=366.0))
    for year in (2026, 2028):
        whole = subscription_eur(own, local_s(year, 1, 1), local_s(year + 1, 1, 1))
        assert whole == pytest.approx(366, rel=1e-12)
    assert subscription_eur(own, local_s(2028, 2, 29), local_s(2028, 3, 1)) == pytest.approx(1)
    # The first 6 of the 25 hours of 25 October 2026, and of the 23 of 29 March.
    start_s = local_s(2026, 10, 25)
    assert subscription_eur(own, start_s, start_s + 6 * HOUR_S) == pytest.approx(366 / 365 * 6 / 25)
    start_s = local_s(2026, 3, 29)
    assert subscription_eur(own, start_s, start_s + 6 * HOUR_S) == pytest.approx(366 / 365 * 6 / 23)


def test_the_subscription_follows_the_subscribed_power() -> None:
    by_kva = {
        6: KvaPrices(365.0, {Rate.BASE: 0.20}),
        9: KvaPrices(730.0, {Rate.BASE: 0.30}),
    }
    prices = PriceBook((price_list(Option.BASE, by_kva=by_kva),))
    own = tariff(BASE, contract(Option.BASE, valid_from=date(2026, 1, 15), kva=9), prices=prices)
    start_s = local_s(2026, 1, 14)
    report = price_day(constant(1000, start_s, start_s + 2 * DAY_S), own, 2026, 1, 14, days=2)
    assert report.subscription_eur == pytest.approx(1 + 2)
    assert report.energy_eur[Rate.BASE] == pytest.approx(24 * 0.20 + 24 * 0.30)


def half_hours(spans: EnergySpans, start_s: float, end_s: float) -> EnergySeries:
    return bucket_energy(spans, half_hour_edges_s(start_s, end_s))


def test_half_hours_are_exact_where_windows_fall_on_them() -> None:
    start_s = local_s(2026, 3, 28)
    end_s = local_s(2026, 3, 31)
    edges_s = np.arange(start_s, end_s + 1, 600)
    spans = stretches(edges_s, np.random.default_rng(1).uniform(0, 3000, len(edges_s) - 1))
    exact = price_spans(spans, tariff(NIGHTS), start_s, end_s)
    series = price_series(half_hours(spans, start_s, end_s), tariff(NIGHTS), start_s, end_s)
    assert series.energy_wh == pytest.approx(exact.energy_wh, rel=1e-12)
    assert series.total_eur == pytest.approx(exact.total_eur, rel=1e-12)
    assert series.estimated_wh == exact.estimated_wh == 0
    assert series.covered_s == exact.covered_s == end_s - start_s


def test_half_hours_say_what_they_cannot_know() -> None:
    # Off-peak begins at 22:10 and all the energy of 22:00-22:30 was used before it: 100 Wh. The
    # spans know; the half-hours put 20 minutes of 30 on off-peak, and say that they estimate.
    start_s = local_s(2026, 1, 14, 22)
    spans = stretches([start_s, start_s + 600, start_s + 1800, start_s + 3600], [600, 0, 200])
    own = tariff(contract(Option.OFF_PEAK, (22 * 60 + 10, 360)))
    exact = price_spans(spans, own, start_s, start_s + 3600)
    assert exact.energy_wh == pytest.approx({Rate.PEAK: 100, Rate.OFF_PEAK: 100})
    assert exact.estimated_wh == 0
    rough = price_series(half_hours(spans, start_s, start_s + 3600), own, start_s, start_s + 3600)
    assert rough.energy_wh == pytest.approx({Rate.PEAK: 100 / 3, Rate.OFF_PEAK: 500 / 3})
    assert rough.estimated_wh == pytest.approx(100)
    assert rough.estimated_share == pytest.approx(0.5)


def test_energy_read_across_a_gap_is_estimated_in_timing() -> None:
    # 3 kWh from 20:00 to 23:00 across a gap, then 1 kWh measured: 3 of 4 kWh are estimated.
    start_s = local_s(2026, 1, 14, 20)
    gap = stretches([start_s, start_s + 3 * HOUR_S], [1000], ESTIMATED)
    rest = stretches([start_s + 3 * HOUR_S, start_s + 4 * HOUR_S], [1000])
    columns = ("start_s", "end_s", "energy_wh", "source")
    spans = EnergySpans(*(np.concatenate([getattr(x, c) for x in (gap, rest)]) for c in columns))
    end_s = start_s + 4 * HOUR_S
    for report in (
        price_spans(spans, tariff(NIGHTS), start_s, end_s),
        price_series(half_hours(spans, start_s, end_s), tariff(NIGHTS), start_s, end_s),
    ):
        assert report.estimated_share == pytest.approx(0.75)
        assert report.coverage == pytest.approx(0.25)
        assert report.total_wh == pytest.approx(4000)
        assert report.energy_wh[Rate.OFF_PEAK] == pytest.approx(1500)


def test_nothing_known_is_not_nothing_used() -> None:
    report = price_day(NOTHING, tariff(NIGHTS), 2026, 1, 14)
    assert (report.known, report.covered_s, report.estimated_share) == (False, 0, 0)
    edges_s = local_day_edges_s(date(2026, 1, 14), 1, ZONE)
    empty = bucket_energy(NOTHING, half_hour_edges_s(*edges_s))
    assert not price_series(empty, tariff(NIGHTS), *edges_s).known
    start_s = local_s(2026, 1, 14, 12)
    idle = constant(0, start_s, start_s + 1)
    assert price_day(idle, tariff(NIGHTS), 2026, 1, 14).known


def test_what_would_i_have_paid() -> None:
    # A year at 500 W is 4380 kWh: 876 EUR on base. Off-peak 8 h of 24: 1460 kWh at 0.10 and
    # 2920 kWh at 0.25 are 876 EUR as well; spring and autumn nights cancel out.
    start_s, end_s = local_s(2026, 1, 1), local_s(2027, 1, 1)
    spans = constant(500, start_s, end_s)
    prices = PriceBook(
        (price_list(Option.BASE, yearly_eur=185), price_list(Option.OFF_PEAK, yearly_eur=189))
    )
    actual = price_spans(spans, tariff(BASE, prices=prices), start_s, end_s)
    other = price_spans(spans, tariff(NIGHTS, prices=prices), start_s, end_s)
    difference = compare(actual, other)
    assert actual.total_eur == pytest.approx(876 + 185)
    assert difference.energy_eur == pytest.approx(0, abs=1e-9)
    assert difference.subscription_eur == pytest.approx(4)
    assert difference.total_eur == pytest.approx(4)
    back = compare(other, actual)
    assert back.total_eur == pytest.approx(-4)
    with pytest.raises(PeriodError, match="two costs of one stretch were expected"):
        compare(actual, price_spans(spans, tariff(BASE), start_s, end_s - 1))


def test_a_contract_corrected_later_restates_the_past() -> None:
    # The off-peak hours turn out to be 2:00-7:00 and 13:00-16:00, not 22:30-6:30.
    start_s = local_s(2026, 1, 14)
    evening = constant(3000, start_s + 22.5 * HOUR_S, start_s + 24 * HOUR_S)
    believed = price_day(evening, tariff(NIGHTS), 2026, 1, 14)
    corrected = tariff(contract(Option.OFF_PEAK, (120, 420), (780, 960)))
    restated = price_day(evening, corrected, 2026, 1, 14)
    assert believed.total_eur == pytest.approx(4.5 * 0.10)
    assert restated.total_eur == pytest.approx(4.5 * 0.25)


def test_a_hole_in_the_contracts_is_an_error_that_says_so() -> None:
    own = tariff(
        contract(Option.BASE, valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31)),
        contract(Option.BASE, valid_from=date(2026, 2, 1)),
    )
    told = (
        "a contract for 2026-01-01 was expected; the contracts given are valid "
        "2025-01-01 to 2025-12-31, from 2026-02-01 on"
    )
    with pytest.raises(TariffError, match=told):
        price_spans(NOTHING, own, local_s(2025, 12, 1), local_s(2026, 3, 1))
    with pytest.raises(TariffError, match="a contract for 2024-12-31 was expected"):
        subscription_eur(own, local_s(2024, 12, 31), local_s(2025, 1, 2))
    with pytest.raises(TariffError, match="no contracts were given"):
        price_spans(NOTHING, tariff(), local_s(2026, 1, 1), local_s(2026, 1, 2))


def test_a_hole_in_the_prices_is_an_error_that_says_so() -> None:
    prices = PriceBook(
        (
            price_list(Option.BASE, date(2025, 8, 1), date(2026, 1, 31)),
            price_list(Option.BASE, date(2026, 2, 2)),
        )
    )
    own = tariff(BASE, prices=prices)
    told = (
        "prices of the regulated option base for 2026-02-01 were expected; the lists given are "
        "valid 2025-08-01 to 2026-01-31, from 2026-02-02 on"
    )
    with pytest.raises(TariffError, match=told):
        price_spans(NOTHING, own, local_s(2026, 1, 1), local_s(2026, 3, 1))
    price_spans(NOTHING, own, local_s(2026, 1, 1), local_s(2026, 2, 1))
    with pytest.raises(TariffError, match=r"option off_peak for 2026-01-01 .* no lists were given"):
        price_spans(
            NOTHING, tariff(NIGHTS, prices=prices), local_s(2026, 1, 1), local_s(2026, 1, 2)
        )
    strong = tariff(contract(Option.BASE, kva=12), prices=prices)
    with pytest.raises(TariffError, match=r"has prices for \[6, 9\] kVA, not for 12"):
        price_spans(NOTHING, strong, local_s(2026, 1, 1), local_s(2026, 1, 2))


def test_an_unknown_colour_is_an_error_that_names_the_day() -> None:
    own = tariff(TEMPO, colours=THREE_COLOURS)
    price_spans(NOTHING, own, local_s(2026, 1, 14), local_s(2026, 1, 16, 6))
    with pytest.raises(TariffError, match="colour of 2026-01-12 was expected; 3 colours"):
        price_spans(NOTHING, own, local_s(2026, 1, 13), local_s(2026, 1, 14))
    with pytest.raises(TariffError, match="colour of 2026-01-16 was expected"):
        price_spans(NOTHING, own, local_s(2026, 1, 14), local_s(2026, 1, 16, 6, 1))


def test_holes_are_found_before_they_are_errors() -> None:
    prices = PriceBook(
        (price_list(Option.BASE, valid_to=date(2025, 12, 31)), price_list(Option.TEMPO))
    )
    own = tariff(
        contract(Option.BASE, valid_from=date(2025, 12, 1), valid_to=date(2026, 1, 3)),
        contract(Option.TEMPO, valid_from=date(2026, 1, 10)),
        prices=prices,
        colours=THREE_COLOURS,
    )
    found = find_holes(own, local_s(2025, 12, 31), local_s(2026, 1, 15))
    assert found == (
        TariffHole(HoleKind.CONTRACT, date(2026, 1, 4), date(2026, 1, 9), 6),
        TariffHole(HoleKind.PRICES, date(2026, 1, 1), date(2026, 1, 3), 3),
        TariffHole(HoleKind.COLOUR, date(2026, 1, 9), date(2026, 1, 12), 4),
    )
    assert find_holes(own, local_s(2025, 12, 1), local_s(2026, 1, 1)) == ()
    assert find_holes(own, local_s(2026, 1, 13, 6), local_s(2026, 1, 16, 6)) == ()
    (late,) = find_holes(own, local_s(2026, 1, 13, 6), local_s(2026, 1, 16, 6, 1))
    assert late == TariffHole(HoleKind.COLOUR, date(2026, 1, 16), date(2026, 1, 16), 1)
    strong = tariff(contract(Option.BASE, kva=12))
    (unpriced,) = find_holes(strong, local_s(2026, 1, 1), local_s(2026, 1, 2))
    assert unpriced.kind == HoleKind.PRICES


@pytest.mark.parametrize(("start_s", "end_s"), [(1.0, 1.0), (2.0, 1.0), (0.0, float("nan"))])
def test_a_stretch_of_nothing_is_refused(start_s: float, end_s: float) -> None:
    with pytest.raises(PeriodError, match="a stretch was expected"):
        price_spans(NOTHING, tariff(BASE), start_s, end_s)
