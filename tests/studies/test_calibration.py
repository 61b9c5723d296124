"""Intervals hold the truth as often as they say, flat homes stay flat, and nobody is told a tale."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from commonwatt.core.baseline import fit_baseline
from commonwatt.core.change_points import Family
from commonwatt.studies.calibration import (
    Score,
    list_strata,
    score_stratum,
    simulate_strata,
    study_troubles,
)
from commonwatt.studies.homes import Stratum, simulate_homes
from commonwatt.studies.pages import calibration_page

HOMES = 150
SEED = 11


@pytest.fixture(scope="module")
def scores() -> dict[tuple[bool, int], Score]:
    """The strata of a saving of 5 %, each with homes enough to notice a wrong interval."""
    strata = [stratum for stratum in list_strata() if stratum.saving == 0.05]
    simulated = simulate_strata(SEED, HOMES, strata)
    scored = [score_stratum(stratum, homes) for stratum, homes in simulated]
    return {(s.stratum.heated, s.stratum.baseline_days): s for s in scored}


@pytest.mark.parametrize("heated", [False, True])
@pytest.mark.parametrize("days", [365, 180, 90, 56])
def test_intervals_hold_what_they_promise(
    scores: dict[tuple[bool, int], Score], *, heated: bool, days: int
) -> None:
    score = scores[heated, days]
    # Three standard deviations of a share of 150 homes: 7.3 points at 90 %, 9.8 at 80 %.
    assert score.covered_90 == pytest.approx(0.9, abs=3 * sqrt(0.09 / HOMES))
    assert score.covered_80 == pytest.approx(0.8, abs=3 * sqrt(0.16 / HOMES))


@pytest.mark.parametrize("heated", [False, True])
def test_a_year_has_no_bias(scores: dict[tuple[bool, int], Score], *, heated: bool) -> None:
    score = scores[heated, 365]
    assert abs(score.bias) < 3 * score.rmse / sqrt(HOMES)
    assert 0.02 < score.rmse < 0.045


def test_intervals_grow_as_baselines_shrink(scores: dict[tuple[bool, int], Score]) -> None:
    for heated in (False, True):
        widths = [scores[heated, days].half_width for days in (365, 180, 90, 56)]
        assert widths == sorted(widths)


@pytest.mark.parametrize("days", [56, 28])
def test_eight_weeks_and_four_are_told_nothing(
    scores: dict[tuple[bool, int], Score], days: int
) -> None:
    for heated in (False, True):
        assert (scores[heated, days].claims, scores[heated, days].refused) == (0, 1)


def test_a_flat_load_stays_flat() -> None:
    """In at least 95 % of 1,000 null simulations of a year."""
    homes = simulate_homes(np.random.default_rng(SEED), 1000, Stratum(False, 365, 0.0))
    fits = (fit_baseline(h.daily.take(~h.after & h.known)) for h in homes)
    assert sum(fit.model.family is Family.FLAT for fit in fits) >= 950


def test_null_homes_are_rarely_told_of_a_change() -> None:
    homes = simulate_homes(np.random.default_rng(SEED), 300, Stratum(True, 365, 0.0, 0.05))
    score = score_stratum(Stratum(True, 365, 0.0, 0.05), homes)
    assert score.wrong_claims == score.claims
    assert score.claims <= 0.1 + 3 * sqrt(0.09 / 300)
    assert score.refused < 0.1


def test_a_large_saving_is_mostly_told() -> None:
    """Half of the homes that saved 10 %, when hardly a day is lost."""
    kind = Stratum(False, 365, 0.1, 0.05)
    score = score_stratum(kind, simulate_homes(np.random.default_rng(SEED), 150, kind))
    assert score.claims > 0.5
    assert score.wrong_claims == 0


def test_the_same_seed_simulates_the_same_homes() -> None:
    kind = Stratum(True, 56, 0.03)
    first, again, other = (
        simulate_homes(np.random.default_rng(seed), 2, kind)[1] for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first.daily.energy_wh, again.daily.energy_wh)
    assert not np.array_equal(first.daily.temperature_c[:20], other.daily.temperature_c[:20])


def test_the_truth_is_the_counterfactual_less_the_saving() -> None:
    [home] = simulate_homes(np.random.default_rng(2), 1, Stratum(True, 180, 0.1, 0.0))
    after = home.after
    assert (after.sum(), (~after).sum()) == (365, 180)
    assert home.known.all()
    np.testing.assert_allclose(home.daily.energy_wh[after], 0.9 * home.counterfactual_wh[after])
    np.testing.assert_array_equal(home.daily.energy_wh[~after], home.counterfactual_wh[~after])


def test_the_page_names_its_command_and_every_stratum(
    scores: dict[tuple[bool, int], Score],
) -> None:
    troubles = list(study_troubles(SEED, 10))
    null = score_stratum(
        Stratum(False, 365, 0.0),
        simulate_homes(np.random.default_rng(1), 10, Stratum(False, 365, 0.0)),
    )
    page = calibration_page(SEED, HOMES, [*scores.values(), null], troubles)
    assert f"commonwatt study calibration --seed {SEED} --count {HOMES}" in page
    assert page.count("| heated | ") >= 5
    for name, _ in troubles:
        assert f"| {name} |" in page
    assert "{" not in page
