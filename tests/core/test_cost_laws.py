"""Laws that any bill keeps, whatever the contracts, prices, colours and energy."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.calendar import half_hour_edges_s
from commonwatt.core.cost import (
    CostReport,
    price_series,
    price_spans,
)
from commonwatt.core.energy import bucket_energy
from commonwatt.core.price_lists import KvaPrices, PriceBook
from commonwatt.core.series import EnergySpans
from commonwatt.core.tariff import (
    Option,
)
from commonwatt.core.tempo import Colour
from tests.core.tariffs import (
    PRICES_EUR,
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

DAY_S = 86_400.0


def half_hours(spans: EnergySpans, start_s: float, end_s: float) -> EnergySeries:
    return bucket_energy(spans, half_hour_edges_s(start_s, end_s))


@st.composite
def any_tariff(draw: st.DrawFn) -> Tariff:
    """A month of contracts of every kind around a clock change, with prices that change too."""
    minute = st.integers(0, 1439)
    edges = sorted(draw(st.sets(minute, min_size=4, max_size=4)))
    windows = [(edges[0], edges[1]), (edges[2], edges[3])]
    night = (edges[3], edges[0])
    colour = st.sampled_from(list(Colour))
    first = date(2026, 3, 1)
    colours = {first + timedelta(days=i): draw(colour) for i in range(-2, 60)}
    kinds = [
        lambda on: contract(Option.BASE, valid_from=on, kva=9),
        lambda on: contract(Option.TEMPO, valid_from=on),
        lambda on: contract(Option.OFF_PEAK, *windows, valid_from=on),
        lambda on: contract(Option.OFF_PEAK, night, valid_from=on),
    ]
    starts = [
        date(2026, 1, 1),
        *sorted(draw(st.sets(st.dates(first, date(2026, 4, 9)), max_size=3))),
    ]
    contracts = [draw(st.sampled_from(kinds))(on) for on in starts]
    change = draw(st.dates(first, date(2026, 4, 9)))
    lists = [
        made
        for option in Option
        for made in (
            price_list(option, valid_to=change - timedelta(days=1), yearly_eur=185.64),
            price_list(option, change, factor=1.37, yearly_eur=201.03),
        )
    ]
    return tariff(*contracts, prices=PriceBook(tuple(lists)), colours=colours)


MARCH_S = local_s(2026, 3, 5)
WEEKS_S = 5 * 7 * DAY_S
laws = settings(deadline=None, max_examples=60, derandomize=True)
instants = st.sets(
    st.floats(1, WEEKS_S - 1, allow_nan=False).map(lambda s: round(s, 3)), max_size=6
)


def sums(reports: list[CostReport]) -> dict[str, float]:
    found: dict[str, float] = {}
    for report in reports:
        for name in ("energy_eur", "energy_wh", "length_s"):
            for rate, value in getattr(report, name).items():
                found[f"{name}.{rate}"] = found.get(f"{name}.{rate}", 0.0) + value
        for name in ("subscription_eur", "estimated_wh", "covered_s", "total_eur"):
            found[name] = found.get(name, 0.0) + getattr(report, name)
    return found


@laws
@given(any_tariff(), instants, st.integers(0, 2**32))
def test_cost_is_additive_over_any_split(own: Tariff, cuts: set[float], seed: int) -> None:
    random = np.random.default_rng(seed)
    edges_s = MARCH_S + np.unique(np.append(random.uniform(0, WEEKS_S, 400), [0, WEEKS_S]))
    spans = stretches(edges_s, random.uniform(0, 6000, len(edges_s) - 1))
    kept = random.random(len(spans)) < 0.8
    spans = EnergySpans(
        spans.start_s[kept],
        spans.end_s[kept],
        spans.energy_wh[kept],
        random.integers(1, 4, int(kept.sum())).astype(np.uint8),
    )
    series = half_hours(spans, MARCH_S, MARCH_S + WEEKS_S)
    ends_s = MARCH_S + np.array([0, *sorted(cuts), WEEKS_S])
    pairs = list(pairwise(ends_s.tolist()))
    ends = MARCH_S, MARCH_S + WEEKS_S
    for reports, whole in (
        ([price_spans(spans, own, *p) for p in pairs], price_spans(spans, own, *ends)),
        ([price_series(series, own, *p) for p in pairs], price_series(series, own, *ends)),
    ):
        assert sums(reports) == pytest.approx(sums([whole]), rel=1e-9, abs=1e-6)


@laws
@given(any_tariff(), st.floats(0.01, 5), st.floats(0.01, 3))
def test_cost_is_linear_in_energy_and_in_price(own: Tariff, more: float, dearer: float) -> None:
    end_s = MARCH_S + WEEKS_S
    edges_s = np.linspace(MARCH_S, end_s, 200)
    power_w = np.random.default_rng(7).uniform(0, 6000, 199)
    once = price_spans(stretches(edges_s, power_w), own, MARCH_S, end_s)
    scaled = price_spans(stretches(edges_s, more * power_w), own, MARCH_S, end_s)
    assert scaled.subscription_eur == once.subscription_eur
    assert sum(scaled.energy_eur.values()) == pytest.approx(more * sum(once.energy_eur.values()))
    lists = tuple(
        price_list(
            each.option,
            each.valid_from,
            each.valid_to,
            by_kva={
                kva: KvaPrices(
                    dearer * prices.yearly_subscription_eur,
                    {rate: dearer * eur for rate, eur in prices.price_eur_per_kwh.items()},
                )
                for kva, prices in each.by_kva.items()
            },
        )
        for each in own.prices.lists
    )
    dear = tariff(*own.contracts.contracts, prices=PriceBook(lists), colours=own.colours.by_day)
    assert price_spans(stretches(edges_s, power_w), dear, MARCH_S, end_s).total_eur == (
        pytest.approx(dearer * once.total_eur)
    )


@laws
@given(any_tariff())
def test_every_second_has_one_rate_and_every_watt_hour_one_price(own: Tariff) -> None:
    end_s = MARCH_S + WEEKS_S
    report = price_spans(constant(730, MARCH_S, end_s), own, MARCH_S, end_s)
    assert sum(report.length_s.values()) == WEEKS_S
    assert report.total_wh == pytest.approx(730 * WEEKS_S / 3600)
    dearest = 1.37 * max(PRICES_EUR.values())
    assert 0 < sum(report.energy_eur.values()) < dearest * report.total_wh / 1000
