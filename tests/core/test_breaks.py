"""A suspected change of household is a question, asked only where two signs agree."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.baseline import fit_baseline
from commonwatt.core.breaks import suspect_break
from commonwatt.model import Severity
from tests.core.homes import MONDAY, daily, flat_wh, seasons_c

YEAR_C = seasons_c(364)
WEEKEND = daily(YEAR_C, YEAR_C).weekend
AFTER = np.arange(364) >= 196


def test_a_step_with_a_new_rhythm_is_asked_about() -> None:
    factor = np.where(AFTER, np.where(WEEKEND, 1.2, 0.5), np.where(WEEKEND, 1.0, 1.1))
    found = suspect_break(fit_baseline(daily(flat_wh(364, 0.1) * factor, YEAR_C)))
    assert found is not None
    assert (found.code, found.severity, found.where) == (
        "something_changed",
        Severity.INFO,
        "home",
    )
    assert found.facts["day"] == pytest.approx(MONDAY + 196, abs=7)
    # Weekdays 1.1 and weekends 1 before, 0.5 and 1.2 after: 1.07 and 0.70, against 0.90.
    assert found.facts["step_share"] == pytest.approx(-0.41, abs=0.1)


def test_a_step_alone_is_a_new_fridge() -> None:
    factor = np.where(AFTER, 0.7, 1.0)
    assert suspect_break(fit_baseline(daily(flat_wh(364, 0.1) * factor, YEAR_C))) is None


def test_a_new_rhythm_alone_is_a_new_job() -> None:
    # Means of a week stay as they were: 5 * 0.9 + 2 * 1.25 = 7.
    factor = np.where(AFTER, np.where(WEEKEND, 1.25, 0.9), 1.0)
    assert suspect_break(fit_baseline(daily(flat_wh(364, 0.1) * factor, YEAR_C))) is None


def test_homes_that_did_not_change_are_rarely_asked() -> None:
    asked = [
        suspect_break(fit_baseline(daily(flat_wh(364, 0.25, seed), YEAR_C))) is not None
        for seed in range(100)
    ]
    assert sum(asked) <= 1


def test_few_days_ask_nothing() -> None:
    factor = np.where(np.arange(55) < 28, 1.0, 3.0)
    short = daily(flat_wh(55, 0.1) * factor, YEAR_C[:55])
    assert suspect_break(fit_baseline(short)) is None


def test_days_without_scatter_ask_nothing() -> None:
    assert suspect_break(fit_baseline(daily(np.zeros(364), YEAR_C))) is None
