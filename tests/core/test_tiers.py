"""Tiers, gates and the four verdicts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from commonwatt.core.savings import Interval, Saving
from commonwatt.core.tiers import Gate, Judgement, Tier, Verdict, judge_saving, tier_of


def saving(low_wh: float, high_wh: float, days: int = 300, expected_wh: float = 1e6) -> Saving:
    """A saving of which only what the judgement looks at is there."""
    interval = Interval(0.9, low_wh, high_wh)
    stand_in = SimpleNamespace(
        days=days, expected_wh=expected_wh, interval=lambda confidence: {0.9: interval}[confidence]
    )
    return cast("Saving", stand_in)


@pytest.mark.parametrize(
    ("baseline_days", "reporting_days", "tier"),
    [
        (365, 365, Tier.A),
        (328, 90, Tier.A),
        (327, 365, Tier.B),
        (365, 89, Tier.B),
        (60, 30, Tier.B),
        (59, 365, Tier.C),
        (14, 0, Tier.C),
        (13, 365, Tier.D),
        (0, 0, Tier.D),
    ],
)
def test_tiers(baseline_days: int, reporting_days: int, tier: Tier) -> None:
    assert tier_of(baseline_days, reporting_days) is tier


@pytest.mark.parametrize(
    ("low_wh", "high_wh", "verdict"),
    [
        (1, 9, Verdict.PROVEN_DROP),
        (0, 9, Verdict.NO_VISIBLE_CHANGE),
        (-4, 5, Verdict.NO_VISIBLE_CHANGE),
        (-4, 0, Verdict.NO_VISIBLE_CHANGE),
        (-9, -1, Verdict.RISE),
    ],
)
@pytest.mark.parametrize("tier", [Tier.A, Tier.B])
def test_verdicts(low_wh: float, high_wh: float, verdict: Verdict, tier: Tier) -> None:
    found = judge_saving(tier, saving(low_wh, high_wh), measured=0.9, placebo_ok=True)
    assert found == Judgement(tier, verdict)
    assert found.may_show_saving


@pytest.mark.parametrize("tier", [Tier.C, Tier.D])
def test_few_days_never_claim(tier: Tier) -> None:
    found = judge_saving(tier, saving(5, 9), measured=1.0, placebo_ok=True)
    assert (found.verdict, found.gates) == (Verdict.NOT_ENOUGH_DATA, (Gate.TOO_FEW_DAYS,))
    assert not found.may_show_saving


@pytest.mark.parametrize(
    ("found", "measured", "gate"),
    [
        (saving(5, 9), 0.899, Gate.TOO_MANY_HOLES),
        (saving(5, 9, days=13), 1.0, Gate.TOO_FEW_REPORTING_DAYS),
        (None, 1.0, Gate.TOO_FEW_REPORTING_DAYS),
        (saving(5, 9, expected_wh=0), 1.0, Gate.NOTHING_EXPECTED),
    ],
)
def test_each_gate_stops_a_claim(found: Saving | None, measured: float, gate: Gate) -> None:
    judged = judge_saving(Tier.A, found, measured=measured, placebo_ok=True)
    assert (judged.verdict, judged.gates) == (Verdict.NOT_ENOUGH_DATA, (gate,))
    assert not judged.may_show_saving


def test_a_failed_placebo_stops_a_claim_and_nothing_else() -> None:
    claim = judge_saving(Tier.A, saving(5, 9), measured=1.0, placebo_ok=False)
    assert (claim.verdict, claim.gates) == (Verdict.NOT_ENOUGH_DATA, (Gate.PLACEBO_FAILED,))
    quiet = judge_saving(Tier.A, saving(-5, 9), measured=1.0, placebo_ok=False)
    assert quiet.verdict is Verdict.NO_VISIBLE_CHANGE
