"""What a saving is worth, by hand: flat prices, day and night, steps, days that do not count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from commonwatt.core.avoided_cost import avoided_cost
from commonwatt.core.baseline import fit_baseline
from commonwatt.core.calendar import local_day_edges_s
from commonwatt.core.cost import price_series
from commonwatt.core.savings import Saving, estimate_saving
from commonwatt.core.series import EnergySeries
from commonwatt.core.tariff import Rate
from commonwatt.errors import SeriesError
from commonwatt.model import ZONE
from tests.core.homes import daily, heated_wh, seasons_c
from tests.core.tariffs import BASE, NIGHTS, PRICES_EUR, tariff

FIRST = date(2024, 1, 1)
FIRST_DAY = (FIRST - date(1970, 1, 1)).days
YEAR_C = seasons_c(365, start=FIRST_DAY - 365)
DAYS = 60
EDGES_S = local_day_edges_s(FIRST, DAYS, ZONE)
HALF_HOURS_S = np.arange(EDGES_S[0], EDGES_S[-1] + 1, 1800)


def saving_of(share: float = 0.1, days: int = DAYS, **plan: object) -> Saving:
    """A home that is known exactly and saves a share of every day."""
    baseline = fit_baseline(daily(heated_wh(YEAR_C), YEAR_C, start=FIRST_DAY - 365))
    used_wh = (1 - share) * heated_wh(YEAR_C[:days])
    reporting = daily(used_wh, YEAR_C[:days], start=FIRST_DAY)
    return estimate_saving(baseline, reporting, **plan)  # type: ignore[arg-type]


def curve_of(saving: Saving, night_share: float = 0.0) -> EnergySeries:
    """Half-hours of the days: evenly, or a share of each day from midnight to six."""
    day = np.searchsorted(EDGES_S, HALF_HOURS_S[:-1], side="right") - 1
    night = HALF_HOURS_S[:-1] - EDGES_S[day] < 6 * 3600
    weight = np.where(night, night_share / 12, (1 - night_share) / 36)
    if not night_share:
        weight = np.full(len(day), 1 / 48)
    used_wh = np.zeros(DAYS)
    used_wh[: saving.days] = saving.reporting.energy_wh
    energy_wh, zeros = weight * used_wh[day], np.zeros(len(day))
    covered_s = np.full(len(day), 1800.0)
    return EnergySeries(HALF_HOURS_S, energy_wh, energy_wh, zeros, zeros, covered_s)


def test_at_one_price_it_is_energy_times_price() -> None:
    saving = saving_of()
    worth = avoided_cost(curve_of(saving), FIRST_DAY, EDGES_S, saving, tariff(BASE))
    price_eur = PRICES_EUR[Rate.BASE]
    assert worth.saved_eur == pytest.approx(saving.saved_wh / 1000 * price_eur)
    assert worth.mean_eur_per_kwh == pytest.approx(price_eur)
    interval = saving.interval(0.9)
    assert worth.low_eur == pytest.approx(interval.low_wh / 1000 * price_eur)
    assert worth.high_eur == pytest.approx(interval.high_wh / 1000 * price_eur)
    assert worth.price_lists == ("base-2000-01-01",)


def test_where_night_is_cheap_a_saving_of_the_night_is_worth_less() -> None:
    """Off-peak from 22:30 to 6:30 at 0.10, else 0.25; all use between midnight and six."""
    saving = saving_of()
    prices = tariff(NIGHTS)
    by_night = avoided_cost(curve_of(saving, 1.0), FIRST_DAY, EDGES_S, saving, prices)
    assert by_night.saved_eur == pytest.approx(saving.saved_wh / 1000 * 0.10)
    # An even day: 8 hours at 0.10 and 16 at 0.25 are 0.20 on average.
    even = avoided_cost(curve_of(saving), FIRST_DAY, EDGES_S, saving, prices)
    assert even.saved_eur == pytest.approx(saving.saved_wh / 1000 * 0.20)
    assert even.mean_eur_per_kwh == pytest.approx(0.20)


def test_it_is_the_difference_of_two_costs() -> None:
    saving = saving_of(0.25)
    curve, prices = curve_of(saving, 0.4), tariff(NIGHTS)
    more = replace(curve, energy_wh=curve.energy_wh / 0.75)
    costs = [
        sum(price_series(each, prices, EDGES_S[0], EDGES_S[-1]).energy_eur.values())
        for each in (more, curve)
    ]
    worth = avoided_cost(curve, FIRST_DAY, EDGES_S, saving, prices)
    assert worth.saved_eur == pytest.approx(costs[0] - costs[1], rel=1e-4)


def test_days_that_do_not_count_are_in_neither_cost() -> None:
    saving = saving_of(days=20)
    curve = curve_of(saving)
    loud = replace(
        curve, energy_wh=np.where(np.arange(len(curve)) >= 48 * 20, 9e5, curve.energy_wh)
    )
    prices = tariff(BASE)
    quiet_eur = avoided_cost(curve, FIRST_DAY, EDGES_S, saving, prices).saved_eur
    assert avoided_cost(loud, FIRST_DAY, EDGES_S, saving, prices).saved_eur == quiet_eur


def test_a_day_without_any_use_is_priced_evenly() -> None:
    saving = saving_of(1.0)
    worth = avoided_cost(curve_of(saving), FIRST_DAY, EDGES_S, saving, tariff(NIGHTS))
    assert worth.saved_eur == pytest.approx(saving.expected_wh / 1000 * 0.20)


def test_a_step_that_was_declared_is_no_loss() -> None:
    saving = saving_of(0.1, event_days=[FIRST_DAY + 20])
    assert saving.daily_wh.sum() == pytest.approx(saving.saved_wh)
    worth = avoided_cost(curve_of(saving), FIRST_DAY, EDGES_S, saving, tariff(BASE))
    assert worth.saved_eur == pytest.approx(saving.saved_wh / 1000 * 0.20)


def test_days_beyond_the_edges_are_refused() -> None:
    saving = saving_of()
    curve, prices = curve_of(saving), tariff(BASE)
    for shift in (1, -1):
        with pytest.raises(SeriesError, match="between the edges"):
            avoided_cost(curve, FIRST_DAY + shift, EDGES_S, saving, prices)
