"""Simulated years: the gate hides every home, the control does not, and landlords still see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from commonwatt.studies.histories import MONTHS, History, simulate_history
from commonwatt.studies.releases import Outcome, releases_page, study_releases
from commonwatt.studies.telling import SAVING_MONTHS, publish

SEED = 5


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return list(study_releases(SEED, 40))


def test_no_home_is_solved_or_half_known(outcomes: list[Outcome]) -> None:
    for attacks in (
        [outcome.years.attack for outcome in outcomes],
        [outcome.savings.attack for outcome in outcomes],
    ):
        assert sum(each.homes for each in attacks) > 1000
        assert sum(each.solved for each in attacks) == 0
        assert min(each.least_hidden for each in attacks) >= 0.5


def test_the_same_attack_solves_the_control(outcomes: list[Outcome]) -> None:
    control = [outcome.control for outcome in outcomes if outcome.control]
    assert len(control) == 4
    assert sum(each.solved for each in control) > 0.2 * sum(each.homes for each in control)
    assert sum(each.close_attack for each in control) > sum(each.close_guess for each in control)


def test_landlords_still_see_most_months(outcomes: list[Outcome]) -> None:
    months = [each for outcome in outcomes for each in outcome.years.months]
    assert len(months) > 40
    assert np.mean(np.array(months) >= 10) >= 0.95
    kept = [each for outcome in outcomes for each in outcome.years.kept]
    assert 0 < min(kept) <= max(kept) <= 1
    assert np.mean(kept) > 0.9


def test_a_home_that_withdrew_is_in_no_later_cohort() -> None:
    history = simulate_history(np.random.default_rng(SEED))
    cells = publish(history).cells
    withdrawn = np.flatnonzero(history.withdrawn_month < MONTHS)
    assert len(withdrawn)
    assert len(cells)
    for home in withdrawn:
        inside = cells.members[:, home]
        assert (cells.last_month[inside] < history.withdrawn_month[home]).all()


def test_savings_are_told_and_their_homes_take_part_in_every_month() -> None:
    histories = [
        simulate_history(np.random.default_rng(own))
        for own in np.random.SeedSequence(SEED).spawn(40)
    ]
    told = [publish(buildings_alone(history)) for history in histories]
    months = [each for telling in told for each in telling.savings]
    assert len(months) < sum(len(history.actions) for history in histories)
    assert 0 in months
    assert 0 < max(months) <= SAVING_MONTHS
    for history, telling in zip(histories, told, strict=True):
        cells = telling.cells
        for members, first, last in zip(
            cells.members, cells.first_month, cells.last_month, strict=True
        ):
            assert history.agreed(members, first, last)[members].all()


def buildings_alone(history: History) -> History:
    places = tuple(group for group in history.groups if group.kind == "building")
    return replace(history, groups=places)


def test_the_same_seed_makes_the_same_page(outcomes: list[Outcome]) -> None:
    page = releases_page(SEED, outcomes)
    assert f"commonwatt study releases --seed {SEED} --count 40" in page
    assert page == releases_page(SEED, list(study_releases(SEED, 40)))
    assert "{" not in page
