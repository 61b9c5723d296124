"""A short soak loses nothing; the slope of memory is that of the lives, not of the restarts between them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commonwatt.faults.pages import describe_soak
from commonwatt.faults.soak import WARM_S, SoakOutcome, fit_slope, run_soak
from commonwatt.faults.speech import Weight


def life(pid: int, start_s: float, level_mb: float, slope_mb_per_h: float) -> list[Weight]:
    """An hour, weighed every ten seconds; it grows by 20 MB before it is warm."""
    return [
        Weight(
            start_s + at_s,
            pid,
            level_mb + min(at_s, WARM_S) / WARM_S * 20 + slope_mb_per_h * at_s / 3600,
            3.0,
        )
        for at_s in range(0, 3600, 10)
    ]


@pytest.mark.parametrize("slope", [0.0, 0.4, 3.0])
def test_the_slope_is_that_of_each_life(slope: float) -> None:
    weights = [*life(1, 0, 55, slope), Weight(3600, 1, 0.0, 3.0), *life(2, 3610, 40, slope)]
    assert fit_slope(weights) == pytest.approx(slope, abs=1e-9)


def test_short_lives_tell_no_slope() -> None:
    assert fit_slope(life(1, 0, 55, 2.0)[:180]) is None


def test_what_grows_or_loses_is_not_clean() -> None:
    flat = SoakOutcome(7200, 2, 100, 100, 60.0, 9.0, 0.9)
    assert flat.is_clean
    assert not replace(flat, slope_mb_per_h=1.1).is_clean
    assert not replace(flat, stored=99).is_clean
    assert not replace(flat, stored=101).is_clean


def test_twenty_seconds_with_two_kills_lose_and_double_nothing() -> None:
    """The last one, of PostgreSQL, a second before the end: it is still coming back when all is counted."""
    outcome = run_soak(19, fault_every_s=9)
    assert (outcome.faults, outcome.sent, outcome.stored) == (2, 1900, 1900)
    assert outcome.is_clean
    assert "too short to tell" in describe_soak(outcome)
