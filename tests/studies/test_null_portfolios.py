"""A small run of the study of portfolios: nothing claimed where nothing was saved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from commonwatt.core.portfolio import Estimator
from commonwatt.studies.null_portfolios import (
    AFTER_WEEKS,
    BEFORE_WEEKS,
    STAIRWELLS,
    Row,
    Unit,
    page_of,
    simulate_portfolio,
    study_null_portfolios,
    table_of,
)

PORTFOLIOS = 60


@pytest.fixture(scope="module")
def null_rows() -> list[Row]:
    return study_null_portfolios(seed=7, portfolios=PORTFOLIOS)


def test_every_size_unit_and_estimator_has_its_row(null_rows: list[Row]) -> None:
    cases = {(row.case.homes, row.case.unit, row.case.estimator) for row in null_rows}
    assert len(null_rows) == len(cases) == 3 * 2 * 2
    assert {homes for homes, _, _ in cases} == set(STAIRWELLS)
    assert {row.portfolios for row in null_rows} == {PORTFOLIOS}


def test_hardly_a_portfolio_without_saving_publishes_one(null_rows: list[Row]) -> None:
    """Of 720 judgements 5 % are 36; the whole study, of 2,000 portfolios a row, holds by row."""
    assert np.mean([row.drops for row in null_rows]) <= 0.05
    assert max(row.drops for row in null_rows) <= 0.12


def test_before_and_after_claims_what_is_not_there(null_rows: list[Row]) -> None:
    naive = float(np.mean([row.naive_drops for row in null_rows]))
    assert naive >= 0.1
    assert naive >= 3 * float(np.mean([row.drops for row in null_rows]))
    assert np.mean([row.naive_lower for row in null_rows]) >= 0.25


def test_homes_change_as_much_as_they_did_on_edrp(null_rows: list[Row]) -> None:
    assert np.mean([row.home_change for row in null_rows]) == pytest.approx(0.165, abs=0.01)


def test_more_homes_see_more(null_rows: list[Row]) -> None:
    for unit in Unit:
        for estimator in Estimator:
            seen = [
                row.detectable
                for row in null_rows
                if (row.case.unit, row.case.estimator) == (unit, estimator)
            ]
            assert seen == sorted(seen, reverse=True)


def test_a_large_saving_is_seen() -> None:
    rows = study_null_portfolios(seed=3, portfolios=20, saving=0.2, sizes=(100,))
    assert all(row.drops >= 0.7 for row in rows)
    assert all(row.rises == 0 for row in rows)
    assert np.mean([row.covered for row in rows]) >= 0.8


def test_the_saving_is_that_of_early_homes_after_they_began() -> None:
    null, saved = (
        simulate_portfolio(np.random.default_rng(5), 30, Unit.HOME, saving)
        for saving in (0.0, 0.05)
    )
    ratio = saved.energy_wh / null.energy_wh
    assert ratio[:, :BEFORE_WEEKS] == pytest.approx(1)
    assert ratio[~null.design.early] == pytest.approx(1)
    assert ratio[null.design.early, BEFORE_WEEKS:] == pytest.approx(0.95)
    assert null.energy_wh.shape == (30, BEFORE_WEEKS + AFTER_WEEKS)


def test_weeks_are_compared_as_if_they_were_as_many() -> None:
    simulated = simulate_portfolio(np.random.default_rng(5), 30, Unit.STAIRWELL, 0.0)
    flat = replace(simulated, energy_wh=np.ones_like(simulated.energy_wh))
    for portfolio in (flat.compared(), flat.placebo()):
        assert portfolio.expected_wh == pytest.approx(portfolio.observed_wh)
    assert set(np.unique(flat.compared().cluster)) <= set(range(6))


def test_the_same_seed_gives_the_same_table() -> None:
    first, second = (study_null_portfolios(seed=1, portfolios=3, sizes=(30,)) for _ in range(2))
    assert table_of(first) == table_of(second)
    assert table_of(first).count("\n") == 2 + 4
    widths = {line.count("|") for line in table_of(first).splitlines()}
    assert widths == {13}


def test_the_page_says_the_worst_row_and_has_both_tables(null_rows: list[Row]) -> None:
    saving = [replace(row, case=replace(row.case, saving=0.05)) for row in null_rows]
    page = page_of(7, null_rows, saving)
    worst = max(row.drops for row in null_rows)
    assert f"A saving was published of {100 * worst:.1f} % of the portfolios at most." in page
    assert "saved 5 %" in page
    assert page.count("| 200 | home | ancova |") == 2
