"""What the gate lets through, hand-worked, and what it may never let through."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.release import (
    LARGEST_LEVERAGE,
    Cohort,
    ReleaseCells,
    choose_cohort,
    distinct_sums,
    home_leverage,
    judge_cell,
    judge_shares,
    smallest_class,
    solvable_homes,
)
from commonwatt.errors import SeriesError
from commonwatt.model import Finding, Severity

HOMES = 60


def homes(*ranges: tuple[int, int]) -> np.ndarray:
    """Homes from one number up to another."""
    members = np.zeros(HOMES, dtype=np.bool_)
    for start, end in ranges:
        members[start:end] = True
    return members


def told(*cells: tuple[np.ndarray, int, int]) -> ReleaseCells:
    everything = ReleaseCells.none(HOMES)
    for cell in cells:
        everything = everything.with_cell(*cell)
    return everything


def refusal(code: str, count: int) -> Finding:
    return Finding(code, Severity.WARNING, "release", {"homes": count, "needed": 11})


NOTHING = told()
TWENTY = told((homes((0, 20)), 0, 11))


def test_eleven_homes_may_and_ten_may_not() -> None:
    assert judge_cell(NOTHING, homes((0, 11)), 0, 11) is None
    assert judge_cell(NOTHING, homes((0, 10)), 0, 11) == refusal("too_few_homes", 10)
    assert judge_cell(NOTHING, homes(), 0, 11) == refusal("too_few_homes", 0)


@pytest.mark.parametrize(
    ("members", "finding"),
    [
        (homes((0, 20)), None),
        (homes((20, 31)), None),
        (homes((0, 31)), None),
        (homes((0, 30)), refusal("differs_by_few", 10)),
        (homes((0, 19)), refusal("differs_by_few", 1)),
        (homes((1, 20)), refusal("differs_by_few", 1)),
        (homes((0, 19), (30, 41)), refusal("differs_by_few", 1)),
        (homes((9, 31)), refusal("differs_by_few", 9)),
    ],
)
def test_in_the_same_months_whatever_can_be_told_apart_has_eleven_homes(
    members: np.ndarray, finding: Finding | None
) -> None:
    assert judge_cell(TWENTY, members, 0, 11) == finding
    assert judge_cell(TWENTY, members, 11, 11) == finding


@pytest.mark.parametrize(
    ("members", "finding"),
    [
        (homes((0, 20)), None),
        (homes((5, 26)), None),
        (homes((5, 25)), refusal("differs_by_few", 10)),
        (homes((0, 31)), None),
        (homes((0, 30)), refusal("differs_by_few", 10)),
    ],
)
def test_in_other_months_eleven_homes_have_to_change(
    members: np.ndarray, finding: Finding | None
) -> None:
    """5 leave and 6 join: 11. 5 leave and 5 join: 10."""
    assert judge_cell(TWENTY, members, 12, 23) == finding


def test_one_earlier_year_of_the_same_homes_is_enough() -> None:
    between = TWENTY.with_cell(homes((40, 55)), 12, 23)
    assert judge_cell(between, homes((0, 20)), 24, 35) is None


def test_each_earlier_year_is_compared_by_itself() -> None:
    """6 changes to either are too few, though they are 12 together."""
    earlier = told((homes((0, 20)), 0, 11), (homes((0, 32)), 12, 23))
    assert judge_cell(earlier, homes((0, 26)), 24, 35) == refusal("differs_by_few", 6)


def test_the_last_part_of_a_total_is_hidden_with_the_part_that_is_too_small() -> None:
    """40 in all: stairs of 15, 15 and 10. The second stair would give away the third."""
    building = told((homes((0, 40)), 0, 0), (homes((0, 15)), 0, 0))
    assert judge_cell(building, homes((15, 30)), 0, 0) == refusal("differs_by_few", 10)
    roomy = told((homes((0, 41)), 0, 0), (homes((0, 15)), 0, 0))
    assert judge_cell(roomy, homes((15, 30)), 0, 0) is None


def test_the_main_meter_gives_away_those_who_did_not_agree() -> None:
    ten = homes((0, 30))[None]
    assert judge_cell(NOTHING, homes((0, 20)), 0, 11, ten) == refusal("differs_by_few", 10)
    eleven = homes((0, 31))[None]
    assert judge_cell(NOTHING, homes((0, 20)), 0, 11, eleven) is None


def test_many_years_may_close_in_on_a_home() -> None:
    """Each cohort differs from each other by 22 homes, and all but home 0 can be eliminated."""
    blocks = [homes((1 + 11 * k, 12 + 11 * k)) for k in range(5)]
    year = [(block, 12 * k, 12 * k + 11) for k, block in enumerate(blocks)]
    both = blocks[0] | blocks[1]
    both[0] = True
    everything = told(*year[:2])
    assert home_leverage(np.vstack([*blocks[:2], both]))[0] == pytest.approx(1)
    assert judge_cell(everything, both, 60, 71) == Finding(
        "would_reveal", Severity.WARNING, "release"
    )


def test_cells_and_questions_have_to_fit() -> None:
    with pytest.raises(SeriesError, match="one first and one last"):
        ReleaseCells(np.ones((2, 3), dtype=np.bool_), np.array([1]), np.array([1, 2]))
    with pytest.raises(SeriesError, match="one first and one last"):
        ReleaseCells(np.ones((2, 3), dtype=np.bool_), np.array([1, 2]), np.array([1]))
    with pytest.raises(SeriesError, match="ends before"):
        told((homes((0, 11)), 3, 2))
    for members, last in ((np.ones(3, dtype=np.bool_), 5), (homes((0, 11)), 3)):
        with pytest.raises(SeriesError, match="same homes"):
            judge_cell(NOTHING, members, 4, last)
    for present in (np.zeros((HOMES, 0), dtype=np.bool_), np.zeros(HOMES, dtype=np.bool_)):
        with pytest.raises(SeriesError, match="with a month"):
            choose_cohort(NOTHING, present, 0)


def test_cells_know_their_months() -> None:
    cells = told((homes((0, 11)), 0, 11), (homes((11, 22)), 12, 23), (homes((0, 22)), 11, 12))
    assert len(cells) == 3
    assert [row.sum() for row in cells.sharing(11, 11)] == [11, 22]
    assert [row.sum() for row in cells.sharing(13, 40)] == [11]
    assert not len(cells.sharing(24, 30))


def year_of(members: np.ndarray) -> np.ndarray:
    return np.repeat(members[:, None], 12, axis=1)


def members_of(cohort: Cohort) -> list[int]:
    assert cohort.members is not None
    return [int(home) for home in np.flatnonzero(cohort.members)]


def test_a_cohort_is_who_took_part_all_year() -> None:
    present = year_of(homes((0, 14)))
    present[3, 7] = present[8, 0] = present[9, 11] = False
    chosen = choose_cohort(NOTHING, present, 0)
    assert members_of(chosen) == [0, 1, 2, 4, 5, 6, 7, 10, 11, 12, 13]
    assert chosen.finding is None
    present[0, 5] = False
    assert choose_cohort(NOTHING, present, 0) == Cohort(None, refusal("too_few_homes", 10))


def test_a_cohort_is_judged_over_its_own_months() -> None:
    shared = choose_cohort(TWENTY, year_of(homes((9, 31))), 11)
    assert shared.finding == refusal("differs_by_few", 9)
    assert members_of(choose_cohort(TWENTY, year_of(homes((9, 31))), 12)) == list(range(9, 31))
    before = told((homes((0, 20)), 23, 23))
    assert choose_cohort(before, year_of(homes((9, 31))), 12).members is None
    assert choose_cohort(before, year_of(homes((9, 31))), 11).members is not None


def test_the_same_homes_go_on_while_newcomers_are_few() -> None:
    earlier = homes((0, 20))
    assert members_of(choose_cohort(TWENTY, year_of(homes((0, 23))), 12, earlier)) == [*range(20)]
    renewed = choose_cohort(TWENTY, year_of(homes((0, 31))), 12, earlier)
    assert members_of(renewed) == [*range(31)]


def test_a_cohort_gives_up_homes_until_eleven_have_changed() -> None:
    """1 left and 3 came: 7 more stay out, the last of those who were told of before."""
    chosen = choose_cohort(TWENTY, year_of(homes((1, 23))), 12, homes((0, 20)))
    assert members_of(chosen) == [*range(1, 13), 20, 21, 22]
    assert chosen.finding is None
    assert members_of(choose_cohort(TWENTY, year_of(homes((0, 23))), 12)) == [
        *range(12),
        20,
        21,
        22,
    ]


@pytest.mark.parametrize(("end", "kept"), [(21, 11), (20, None)])
def test_homes_and_changes_below_22_cannot_be_told(end: int, kept: int | None) -> None:
    """1 left: with 20 homes since, 11 of them differ by 11; with 19 that lasted and came, by 10."""
    lasting = homes((1, end))
    changes = 1 + (end - 20)
    chosen = choose_cohort(TWENTY, year_of(lasting), 12, homes((0, 20)))
    assert (lasting.sum() + changes >= 22) == (kept is not None)
    if kept is None:
        assert chosen == Cohort(None, refusal("differs_by_few", changes))
    else:
        assert len(members_of(chosen)) == kept


def test_every_earlier_sum_is_moved_away_from() -> None:
    """Home 0 to 19, then 0 to 30: 22 homes change by 2 and by 9, and by 11 without nine."""
    earlier = TWENTY.with_cell(homes((0, 31)), 12, 23)
    chosen = choose_cohort(earlier, year_of(homes((0, 22))), 24)
    assert members_of(chosen) == [*range(11), 20, 21]


def test_a_total_leaves_out_whom_its_parts_left_out() -> None:
    """Parts of 20 and of 15 homes were told; 5 homes in neither would be the difference."""
    parts = TWENTY.with_cell(homes((25, 40)), 0, 11)
    everybody = choose_cohort(parts, year_of(homes((0, 40))), 0)
    assert members_of(everybody) == [*range(20), *range(25, 40)]
    roomy = choose_cohort(parts, year_of(homes((0, 25), (25, 46))), 0)
    assert members_of(roomy) == [*range(46)]


def test_the_main_meter_keeps_eleven_homes_outside() -> None:
    """Of 24 homes 23 agree: the one is hidden among ten more. The earlier 20 would leave 4."""
    known = homes((0, 24))[None]
    chosen = choose_cohort(NOTHING, year_of(homes((0, 23))), 12, known=known)
    assert members_of(chosen) == [*range(13)]
    fewer = choose_cohort(NOTHING, year_of(homes((0, 20))), 12, known=homes((0, 21))[None])
    assert fewer == Cohort(None, refusal("differs_by_few", 1))
    again = choose_cohort(TWENTY, year_of(homes((0, 23))), 12, homes((0, 20)), known)
    assert members_of(again) == [*range(11), 20, 21]


def test_classes_are_homes_in_the_same_cells() -> None:
    assert smallest_class(np.zeros((0, 4), dtype=np.bool_)) == 0
    assert smallest_class(np.zeros((2, 4), dtype=np.bool_)) == 0
    rows = np.array([[1, 1, 1, 1, 1, 0], [1, 1, 0, 0, 0, 0]], dtype=np.bool_)
    assert smallest_class(rows) == 2
    assert smallest_class(rows[:1]) == 5


def test_leverage_by_hand() -> None:
    """One sum of n homes explains 1/n of each; a home by itself is explained wholly."""
    rows = np.zeros((2, 6), dtype=np.bool_)
    np.testing.assert_array_equal(home_leverage(rows), np.zeros(6))
    rows[0, :4] = True
    np.testing.assert_allclose(home_leverage(rows), [0.25] * 4 + [0, 0])
    rows[1, 0] = True
    np.testing.assert_allclose(home_leverage(rows), [1, 1 / 3, 1 / 3, 1 / 3, 0, 0], atol=1e-12)


def test_sums_once_in_their_order() -> None:
    rows = np.array([[1, 0], [0, 1], [1, 0]], dtype=np.bool_)
    np.testing.assert_array_equal(distinct_sums(rows), rows[:2])


@pytest.mark.parametrize(
    ("use_wh", "shown"),
    [
        ([1.0] * 11, True),
        ([1.0] * 10 + [10.0], True),
        ([1.0] * 10 + [10.1], False),
        ([0.0] * 11, False),
        ([0.05] * 11, True),
        ([1.0] * 10 + [float("nan")], False),
        ([-1.0] * 11, False),
    ],
)
def test_no_home_is_more_than_half(use_wh: list[float], shown: bool) -> None:
    months = np.column_stack([use_wh, np.ones(11)])
    assert judge_shares(months).tolist() == [shown, True]


def solved_by_fractions(rows: np.ndarray) -> list[bool]:
    """Whether each unit vector is a row of the echelon form, in fractions."""
    table = [[Fraction(int(cell)) for cell in row] for row in rows]
    done = 0
    for column in range(rows.shape[1]):
        pivot = next((r for r in range(done, len(table)) if table[r][column]), None)
        if pivot is None:
            continue
        table[done], table[pivot] = table[pivot], table[done]
        table[done] = [cell / table[done][column] for cell in table[done]]
        for number, row in enumerate(table):
            if number != done and row[column]:
                table[number] = [a - row[column] * b for a, b in zip(row, table[done], strict=True)]
        done += 1
    solved = [False] * rows.shape[1]
    for row in table[:done]:
        if sum(1 for cell in row if cell) == 1:
            solved[next(i for i, cell in enumerate(row) if cell)] = True
    return solved


@given(st.integers(0, 2**32 - 1), st.integers(0, 9), st.integers(1, 8))
@settings(max_examples=200, deadline=None)
def test_the_attack_finds_what_fractions_find(seed: int, cells: int, count: int) -> None:
    rows = np.random.default_rng(seed).random((cells, count)) < 0.5
    solved = solvable_homes(rows)
    assert solved.tolist() == solved_by_fractions(rows)
    np.testing.assert_array_equal(solved, home_leverage(rows) > 1 - 1e-9)


def test_the_attack_rounds_nowhere() -> None:
    """All homes but one, for each: the determinant is 61, which a small prime would take for 0."""
    assert solvable_homes(~np.eye(62, dtype=np.bool_)).all()


def test_the_attack_works() -> None:
    rows = np.vstack([homes((0, 20)), homes((0, 19)), homes((30, 50))])
    assert np.flatnonzero(solvable_homes(rows)).tolist() == [19]


@st.composite
def requests(draw: st.DrawFn) -> list[tuple[np.ndarray, int, int]]:
    """Sums somebody may ask for: blocks of homes with some more and some fewer, any months."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    asked = []
    for _ in range(draw(st.integers(1, 14))):
        start, length = int(chance.integers(0, 40)), int(chance.integers(8, 40))
        members = homes((start, start + length))
        if chance.random() < 0.5:
            members ^= chance.random(HOMES) < chance.choice([0.02, 0.1, 0.3])
        first = int(chance.integers(0, 4))
        asked.append((members, first, first + int(chance.integers(0, 3))))
    return asked


@given(requests())
@settings(max_examples=150, deadline=None)
def test_no_sequence_of_requests_passes_and_is_solvable(
    asked: list[tuple[np.ndarray, int, int]],
) -> None:
    """Over (home, month) unknowns in each month by itself, and with use that never changes."""
    cells = NOTHING
    for members, first, last in asked:
        if judge_cell(cells, members, first, last) is None:
            cells = cells.with_cell(members, first, last)
    assert not solvable_homes(cells.members).any()
    assert home_leverage(cells.members).max(initial=0.0) <= LARGEST_LEVERAGE
    for month in range(6):
        rows = cells.sharing(month, month)
        assert not len(rows) or smallest_class(rows) >= 11


@given(requests())
@settings(max_examples=150, deadline=None)
def test_no_sequence_of_years_passes_and_is_solvable(
    asked: list[tuple[np.ndarray, int, int]],
) -> None:
    """Cohorts that the gate chose: whole classes in each month, 0 or 11 changes in all of them."""
    cells = NOTHING
    for members, first, last in asked:
        present = np.repeat(members[:, None], last - first + 1, axis=1)
        chosen = choose_cohort(cells, present, first).members
        if chosen is not None:
            assert not (chosen & ~members).any()
            cells = cells.with_cell(chosen, first, last)
    rows = distinct_sums(cells.members)
    assert not solvable_homes(rows).any()
    assert home_leverage(rows).max(initial=0.0) <= LARGEST_LEVERAGE
    changes = (rows[:, None] != rows).sum(axis=2)
    assert not len(rows) or changes[~np.eye(len(rows), dtype=np.bool_)].min(initial=11) >= 11
    for month in range(6):
        shared = cells.sharing(month, month)
        assert not len(shared) or smallest_class(shared) >= 11
