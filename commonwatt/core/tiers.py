"""What may be said of a home's saving: tiers A to D, gates, and one of four verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonwatt.core.savings import Saving

TIER_A_DAYS = 328
"""90 % of a year of baseline days."""

TIER_A_REPORTING_DAYS = 90
TIER_B_DAYS = 60
TIER_C_DAYS = 14
LEAST_REPORTING_DAYS = 14
LEAST_MEASURED = 0.9
VERDICT_CONFIDENCE = 0.9


class Tier(StrEnum):
    """How much a home's days can carry.

    A: a year, same tenants, 90 reporting days. B: 60 days whose temperatures cover the reporting
    days that are counted. C: 14 days; only groups may claim. D: less; no saving of any kind.
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Verdict(StrEnum):
    """The four things a home can be told about its saving."""

    PROVEN_DROP = "proven_drop"
    NO_VISIBLE_CHANGE = "no_visible_change"
    RISE = "rise"
    NOT_ENOUGH_DATA = "not_enough_data"


class Gate(StrEnum):
    """Why nothing, or no more, is said."""

    TOO_FEW_DAYS = "too_few_days"
    TOO_FEW_REPORTING_DAYS = "too_few_reporting_days"
    TOO_MANY_HOLES = "too_many_holes"
    PLACEBO_FAILED = "placebo_failed"
    NOTHING_EXPECTED = "nothing_expected"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A tier, a verdict, and the gates that stood in the way."""

    tier: Tier
    verdict: Verdict
    gates: tuple[Gate, ...] = ()

    @property
    def may_show_saving(self) -> bool:
        """Whether the home may be shown its saving with its interval (never without)."""
        return self.tier in {Tier.A, Tier.B} and self.verdict != Verdict.NOT_ENOUGH_DATA


def tier_of(baseline_days: int, reporting_days: int) -> Tier:
    """Give the tier of a home.

    Parameters
    ----------
    baseline_days : int
        Counted days of the baseline, all of one household.
    reporting_days : int
        Counted days of the reporting period, within the baseline's temperatures.

    Returns
    -------
    Tier
        A from 328 and 90 days, B from 60 days, C from 14, else D.
    """
    if baseline_days >= TIER_A_DAYS and reporting_days >= TIER_A_REPORTING_DAYS:
        return Tier.A
    if baseline_days >= TIER_B_DAYS:
        return Tier.B
    return Tier.C if baseline_days >= TIER_C_DAYS else Tier.D


def judge_saving(
    tier: Tier, saving: Saving | None, *, measured: float, placebo_ok: bool
) -> Judgement:
    """Say which of the four verdicts a home is told.

    Parameters
    ----------
    tier : Tier
        Of the home.
    saving : Saving or None
        None where none could be computed.
    measured : float
        Share of the reporting period's days whose energy is known, 0 to 1.
    placebo_ok : bool
        Whether the baseline, tested on itself, found no saving.

    Returns
    -------
    Judgement
        `PROVEN_DROP` or `RISE` only in tier A or B, with 90 % of the days known, a 90 % interval
        that excludes 0 and a passed placebo test; `NO_VISIBLE_CHANGE` where the interval holds 0;
        `NOT_ENOUGH_DATA` in all other cases, with the gates that were not passed.
    """
    gates = tuple(_closed_gates(tier, saving, measured))
    if saving is None or gates:
        return Judgement(tier, Verdict.NOT_ENOUGH_DATA, gates)
    interval = saving.interval(VERDICT_CONFIDENCE)
    if interval.low_wh <= 0 <= interval.high_wh:
        return Judgement(tier, Verdict.NO_VISIBLE_CHANGE)
    if not placebo_ok:
        return Judgement(tier, Verdict.NOT_ENOUGH_DATA, (Gate.PLACEBO_FAILED,))
    return Judgement(tier, Verdict.PROVEN_DROP if interval.low_wh > 0 else Verdict.RISE)


def _closed_gates(tier: Tier, saving: Saving | None, measured: float) -> list[Gate]:
    closed = {
        Gate.TOO_FEW_DAYS: tier in {Tier.C, Tier.D},
        Gate.TOO_FEW_REPORTING_DAYS: saving is None or saving.days < LEAST_REPORTING_DAYS,
        Gate.TOO_MANY_HOLES: measured < LEAST_MEASURED,
        Gate.NOTHING_EXPECTED: saving is not None and saving.expected_wh <= 0,
    }
    return [gate for gate, holds in closed.items() if holds]
