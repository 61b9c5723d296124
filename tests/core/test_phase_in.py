"""Draws of who begins first: balanced, fair, and drawn again from their seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from commonwatt.core.phase_in import PhaseIn, assign, draw_phase_in
from commonwatt.errors import PeriodError, SeriesError

START, DELAY = 20_000, 70


def stairwells(homes: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(homes) % count


def draw(homes: int, units: int, blocks: int = 1, seed: int = 5) -> PhaseIn:
    unit = stairwells(homes, units)
    return draw_phase_in(np.random.default_rng(seed), unit, unit % blocks, START, DELAY)


def test_stairwells_begin_as_a_whole_and_half_of_them_first() -> None:
    design = draw(homes=48, units=6)
    for unit in range(6):
        assert len(set(design.early[design.unit == unit].tolist())) == 1
    assert design.early.sum() == 24
    assert not design.by_home


def test_every_home_can_be_its_own_unit() -> None:
    design = draw(homes=31, units=31)
    assert design.by_home
    assert design.early.sum() in {15, 16}


def test_the_seed_draws_the_design_again() -> None:
    design = draw(homes=200, units=16, seed=11)
    again = assign(design.seed, design.unit, design.block)
    assert np.array_equal(design.early, again)
    assert not np.array_equal(design.early, draw(homes=200, units=16, seed=12).early)


def test_all_assignments_of_few_stairwells_are_listed_once() -> None:
    design = draw(homes=40, units=4)
    listed = design.assignments()
    # 4 choose 2.
    assert listed.shape == (6, 40)
    assert len({row.tobytes() for row in listed}) == 6
    assert (listed.sum(axis=1) == 20).all()
    assert (listed == design.early).all(axis=1).sum() == 1


def test_many_assignments_are_sampled_with_the_real_one_first() -> None:
    design = draw(homes=200, units=20)
    listed = design.assignments(most=500)
    assert listed.shape == (500, 200)
    assert np.array_equal(listed[0], design.early)
    assert np.array_equal(listed, design.assignments(most=500))
    assert (np.abs(listed.mean(axis=1) - 0.5) <= 0.1).all()
    assert listed.mean(axis=0) == pytest.approx(0.5, abs=0.1)


def test_every_assignment_is_as_likely_as_the_next() -> None:
    unit = stairwells(8, 4)
    block = np.zeros(8, np.int64)
    drawn = Counter(assign(seed, unit, block).tobytes() for seed in range(1200))
    assert len(drawn) == 6
    # 200 of each are expected, with a deviation of 13.
    assert all(150 < count < 250 for count in drawn.values())


def test_every_building_is_halved() -> None:
    design = draw(homes=96, units=12, blocks=3)
    for block in range(3):
        chosen = design.block == block
        assert len(set(design.unit[chosen & design.early].tolist())) == 2
    # (4 choose 2)^3
    assert design.assignments().shape[0] == 216


def test_odd_buildings_share_the_odd_ones() -> None:
    """Two buildings of three stairwells: one has two early, the other one; 2 * 3 * 3 ways."""
    unit = np.repeat(np.arange(6), 8)
    design = draw_phase_in(np.random.default_rng(1), unit, unit // 3, START, DELAY)
    listed = design.assignments()
    assert len(listed) == 18
    assert set(listed.sum(axis=1).tolist()) == {24}
    seen = {assign(seed, unit, unit // 3).tobytes() for seed in range(300)}
    assert seen == {row.tobytes() for row in listed}


def test_three_odd_buildings_have_one_or_two_of_the_odd_ones() -> None:
    """(1, 1, 2) and (1, 2, 2) of three: 3 * 27 ways each, all of them drawn and listed."""
    unit = np.repeat(np.arange(9), 6)
    block = unit // 3
    design = draw_phase_in(np.random.default_rng(1), unit, block, START, DELAY)
    listed = design.assignments()
    assert len(listed) == 162
    assert set(listed.sum(axis=1).tolist()) == {24, 30}
    drawn = Counter(int(assign(seed, unit, block).sum()) for seed in range(300))
    assert set(drawn) == {24, 30}
    # 150 of each are expected, with a deviation of 9.
    assert 110 < drawn[24] < 190


def test_listing_gives_way_to_sampling_at_a_bound() -> None:
    """Two buildings of three: at most (3 + 3)^2 ways are looked through."""
    unit = np.repeat(np.arange(6), 8)
    design = draw_phase_in(np.random.default_rng(1), unit, unit // 3, START, DELAY)
    assert len(design.assignments(most=36)) == 18
    sample = design.assignments(most=35)
    assert len(sample) == 35
    listed = {row.tobytes() for row in design.assignments()}
    assert {row.tobytes() for row in sample} <= listed


def test_arms_of_40_and_60_percent_are_balanced_enough() -> None:
    # 8 + 8 of 40 homes are 40 %; 19 + 20 of 99 are 39.4 %.
    unit = np.repeat(np.arange(4), [8, 8, 12, 12])
    block = np.zeros(40, np.int64)
    design = draw_phase_in(np.random.default_rng(1), unit, block, START, DELAY)
    assert set(design.assignments().sum(axis=1).tolist()) == {16, 20, 24}
    unit = np.repeat(np.arange(4), [19, 20, 30, 30])
    design = draw_phase_in(np.random.default_rng(1), unit, unit * 0, START, DELAY)
    assert set(design.assignments().sum(axis=1).tolist()) == {49, 50}


def test_columns_of_a_design_are_read_only() -> None:
    design = draw(homes=8, units=4)
    with pytest.raises(ValueError, match="read-only"):
        design.early[0] = True


def test_uneven_stairwells_are_not_drawn_into_uneven_arms() -> None:
    # Stairwells of 20, 4, 4 and 4 homes: no half of them is fair.
    unit = np.repeat(np.arange(4), [20, 4, 4, 4])
    with pytest.raises(SeriesError, match="40 to 60 % of the homes"):
        assign(1, unit, np.zeros(32, np.int64))
    # 10, 10, 6 and 6: the two large ones together are 62.5 %.
    unit = np.repeat(np.arange(4), [10, 10, 6, 6])
    design = draw_phase_in(np.random.default_rng(1), unit, np.zeros(32, np.int64), START, DELAY)
    assert set(design.assignments().sum(axis=1).tolist()) == {16}


def test_days_before_between_and_after() -> None:
    design = draw(homes=4, units=4)
    day = np.array([START - 1, START, START + DELAY - 1, START + DELAY])
    treated = design.treated(day)
    early = design.early.tolist()
    assert treated.tolist() == [[False] * 4, early, early, [True] * 4]
    assert design.compared(day).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"early": np.array([True, False])}, "one mark for each home"),
        ({"early": np.ones(4, bool)}, "early and late homes were expected"),
        ({"unit": np.array([1, 1, 2, 2])}, "a unit begins at two times"),
        ({"unit": np.zeros(4, np.int64)}, "two units or more were expected"),
        ({"unit": np.array([0, 1, 0, 1]), "block": np.array([0, 1, 1, 1])}, "lies in two blocks"),
    ],
)
def test_designs_that_contradict_themselves(change: dict[str, object], message: str) -> None:
    whole = PhaseIn(
        1, START, DELAY, np.arange(4), np.zeros(4, np.int64), np.array([True, False, True, False])
    )
    with pytest.raises(SeriesError, match=message):
        replace(whole, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("delay_days", [0, -7, 401])
def test_a_delay_is_some_weeks(delay_days: int) -> None:
    unit = np.arange(4)
    with pytest.raises(PeriodError, match=f"1 to 400 days was expected, not {delay_days}"):
        draw_phase_in(np.random.default_rng(1), unit, unit * 0, START, delay_days)
