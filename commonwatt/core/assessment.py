"""One home's saving from its days: choose, fit, compare, test, judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.baseline import MIN_DAYS, expect, fit_baseline
from commonwatt.core.breaks import suspect_break
from commonwatt.core.exclusions import ExcludedRun, Reason, Tenancy, judge_days, list_exclusions
from commonwatt.core.savings import degrees_of_freedom, estimate_saving
from commonwatt.core.student import t_quantile
from commonwatt.core.tiers import Judgement, Tier, Verdict, judge_saving, tier_of
from commonwatt.errors import PeriodError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.core.baseline import Baseline
    from commonwatt.core.daily import DailySeries
    from commonwatt.core.savings import Saving
    from commonwatt.model import Finding

BASELINE_DAYS = 365
"""A baseline is never longer: two winters would count double (CalTRACK 2.0, 2.2.1.1)."""

PLACEBO_BLOCK_DAYS = 14
PLACEBO_CONFIDENCE = 0.99
HEATED_T = 3.0
HEATED_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """Which days of a home are compared with which; days are counted from 1970-01-01.

    Parameters
    ----------
    change_day : int
        When what may have saved began: the baseline is the 365 days before.
    reporting_start_day, reporting_end_day : int
        The reporting period, up to, not including, its end.
    tenancy : Tenancy
        The household; its first and last day are hard breaks.
    always_on_w : float
        Always-on load; NaN if unknown. [W]
    event_days : tuple of int
        First days after declared events in the reporting period.

    Raises
    ------
    PeriodError
        If the reporting period is empty or begins before the change.
    """

    change_day: int
    reporting_start_day: int
    reporting_end_day: int
    tenancy: Tenancy
    always_on_w: float = float("nan")
    event_days: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.change_day <= self.reporting_start_day < self.reporting_end_day:
            raise PeriodError(
                f"a reporting period after day {self.change_day} was expected, not "
                f"{self.reporting_start_day} to {self.reporting_end_day}"
            )


@dataclass(frozen=True, slots=True)
class Assessment:
    """What can be said of one home's saving, and everything it rests on.

    Parameters
    ----------
    judgement : Judgement
        Tier, verdict and gates.
    saving : Saving or None
        None where nothing could be computed; not to be shown where the judgement says so.
    baseline : Baseline or None
        None below 14 counted days.
    baseline_exclusions, reporting_exclusions : tuple of ExcludedRun
        Days that did not count, with their reason.
    measured : float
        Share of the reporting period whose energy is known, 0 to 1.
    counted : float
        Share of the reporting period that is in the saving, 0 to 1.
    placebo_ok : bool
        Whether the baseline, tested on itself, shows no saving.
    heated : bool
        Whether the baseline shows electric heating: slope over error above 3, and a heating share
        above 20 %.
    findings : tuple of Finding
        Questions to ask.
    """

    judgement: Judgement
    saving: Saving | None
    baseline: Baseline | None
    baseline_exclusions: tuple[ExcludedRun, ...]
    reporting_exclusions: tuple[ExcludedRun, ...]
    measured: float
    counted: float
    placebo_ok: bool
    heated: bool
    findings: tuple[Finding, ...]


def assess_home(
    daily: DailySeries, plan: Plan, faulty: NDArray[np.bool_] | None = None
) -> Assessment:
    """Assess one home.

    Parameters
    ----------
    daily : DailySeries
        The dwelling's days: baseline and reporting period, others are left out.
    plan : Plan
        What is compared with what.
    faulty : (n,) bool, optional
        Days on which the meter had a fault.

    Returns
    -------
    Assessment
        Days that count, baseline, saving with its intervals, and what may be said of it.

    Raises
    ------
    SeriesError
        If `faulty` is of another length, or an event has too few days around it.
    """
    reason = judge_days(daily, tenancy=plan.tenancy, always_on_w=plan.always_on_w, faulty=faulty)
    before = (daily.day >= plan.change_day - BASELINE_DAYS) & (daily.day < plan.change_day)
    after = (daily.day >= plan.reporting_start_day) & (daily.day < plan.reporting_end_day)
    counted = reason == Reason.COUNTED
    known = daily.take(before & counted)
    baseline = fit_baseline(known) if len(known) >= MIN_DAYS else None
    if baseline is not None:
        outside = after & counted & ~baseline.supports(daily)
        reason[outside] = Reason.OUTSIDE_TEMPERATURES
        counted &= ~outside
    asked = daily.take(after & counted)
    saving = None
    if baseline is not None and len(asked):
        saving = estimate_saving(baseline, asked, plan.event_days)
    length = plan.reporting_end_day - plan.reporting_start_day
    unmeasured = (reason > Reason.COUNTED) & (reason <= Reason.NOT_MEASURED)
    measured = float(np.count_nonzero(after & ~unmeasured)) / length
    tier = tier_of(len(known), len(asked))
    judgement, placebo_ok = _judge(tier, saving, baseline, measured)
    change = suspect_break(baseline) if baseline is not None else None
    return Assessment(
        judgement=judgement,
        saving=saving,
        baseline=baseline,
        baseline_exclusions=list_exclusions(daily.day[before], reason[before]),
        reporting_exclusions=list_exclusions(daily.day[after], reason[after]),
        measured=measured,
        counted=len(asked) / length,
        placebo_ok=placebo_ok,
        heated=baseline is not None and is_heated(baseline),
        findings=(change,) if change else (),
    )


def is_heated(baseline: Baseline) -> bool:
    """Say whether a home heats with electricity.

    Parameters
    ----------
    baseline : Baseline
        Of a period with cold days.

    Returns
    -------
    bool
        True if the heating slope is more than 3 standard errors above 0 and heating is more than
        20 % of the energy of the fitted days.
    """
    model, days = baseline.model, baseline.days
    if not model.heating_t > HEATED_T:
        return False
    lacking_k = np.maximum(model.heating_balance_c - days.temperature_c, 0.0)
    heating_wh = model.heating_wh_per_k * float(lacking_k.sum())
    return heating_wh > HEATED_SHARE * float((days.energy_wh / days.coverage).sum())


def passes_placebo(days: DailySeries) -> bool:
    """Test a baseline on itself: half of its fortnights must not seem to save against the others.

    Parameters
    ----------
    days : DailySeries
        The counted days of a baseline.

    Returns
    -------
    bool
        True if the 99 % interval of the placebo saving holds 0; False too where half the
        fortnights are too few to tell.
    """
    halves = placebo_halves(days)
    if halves is None:
        return False
    half, asked = halves
    expectation = expect(half, asked)
    saved_wh = expectation.total_wh - float((asked.energy_wh / asked.coverage).sum())
    reach = t_quantile((1 + PLACEBO_CONFIDENCE) / 2, degrees_of_freedom(half.quality))
    return abs(saved_wh) <= reach * expectation.standard_error_wh


def placebo_halves(days: DailySeries) -> tuple[Baseline, DailySeries] | None:
    """Fit half of a baseline's fortnights, to be tested on the others.

    Parameters
    ----------
    days : DailySeries
        The counted days of a baseline.

    Returns
    -------
    tuple of Baseline and DailySeries, or None
        The fit, and the days it is asked about; None where half the fortnights are too few.
    """
    even = (days.day - days.day[0]) // PLACEBO_BLOCK_DAYS % 2 == 0
    if min(np.count_nonzero(even), np.count_nonzero(~even)) < MIN_DAYS:
        return None
    half = fit_baseline(days.take(even))
    asked = days.take(~even & half.supports(days))
    return (half, asked) if len(asked) else None


def _judge(
    tier: Tier, saving: Saving | None, baseline: Baseline | None, measured: float
) -> tuple[Judgement, bool]:
    """Judge; the placebo test is run only where a change would be claimed."""
    hopeful = judge_saving(tier, saving, measured=measured, placebo_ok=True)
    if hopeful.verdict not in {Verdict.PROVEN_DROP, Verdict.RISE} or baseline is None:
        return hopeful, True
    placebo_ok = passes_placebo(baseline.days)
    return judge_saving(tier, saving, measured=measured, placebo_ok=placebo_ok), placebo_ok
