"""Gates at the value from which they are open."""

from __future__ import annotations

import pytest

from commonwatt.core.tiers import Gate, Judgement, Tier, Verdict, judge_saving
from tests.core.test_tiers import saving


@pytest.mark.parametrize(("days", "expected_wh"), [(14, 1e6), (300, 0.5)])
def test_the_least_that_may_be_claimed(days: int, expected_wh: float) -> None:
    least = saving(5, 9, days=days, expected_wh=expected_wh)
    found = judge_saving(Tier.B, least, measured=0.9, placebo_ok=True)
    assert found == Judgement(Tier.B, Verdict.PROVEN_DROP)


def test_a_rise_of_less_than_a_watt_hour_is_a_rise() -> None:
    found = judge_saving(Tier.B, saving(-0.5, -0.1), measured=1.0, placebo_ok=True)
    assert found == Judgement(Tier.B, Verdict.RISE)


def test_a_failed_placebo_leaves_the_tier() -> None:
    found = judge_saving(Tier.B, saving(5, 9), measured=1.0, placebo_ok=False)
    assert found == Judgement(Tier.B, Verdict.NOT_ENOUGH_DATA, (Gate.PLACEBO_FAILED,))
