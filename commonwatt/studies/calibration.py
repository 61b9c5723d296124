"""How often the intervals of savings hold the truth, on simulated homes that know it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.assessment import Plan, assess_home
from commonwatt.core.change_points import Family
from commonwatt.core.exclusions import Tenancy
from commonwatt.core.tiers import Verdict
from commonwatt.studies.homes import REPORTING_DAYS, SimulatedHome, Stratum, simulate_homes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonwatt.core.assessment import Assessment

BASELINES_DAYS = (365, 180, 90, 56, 28)
SAVINGS = (0.0, 0.03, 0.05, 0.1)


@dataclass(frozen=True, slots=True)
class Score:
    """How the assessments of a stratum compare with the truth.

    `fits` counts the homes for which an interval could be computed. Over these, in shares of what
    the counted days would have used: `bias` and `rmse` of the saving, mean `half_width` of the 90 %
    interval; and as shares of homes: `covered_80`, `covered_90`, `flat` (models without weather).
    `counted` is the mean share of reporting days in the saving. Of all `homes`: `claims` are told
    of a proven drop or a rise, `wrong_claims` of one that is not there, `refused` of nothing.
    """

    stratum: Stratum
    homes: int
    fits: int
    bias: float
    rmse: float
    covered_80: float
    covered_90: float
    half_width: float
    counted: float
    flat: float
    claims: float
    wrong_claims: float
    refused: float


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One home whose saving could be computed, beside the truth."""

    error: float
    half_width: float
    inside_80: bool
    inside_90: bool
    counted: float
    flat: bool
    wrong: bool


def list_strata() -> list[Stratum]:
    """Flat and heated homes, five baselines, four savings."""
    kinds = product((False, True), BASELINES_DAYS, SAVINGS)
    return [Stratum(heated, days, saving) for heated, days, saving in kinds]


def list_troubles() -> list[tuple[str, Stratum]]:
    """What the interval does not know of, each by itself, with a year of baseline and no saving."""
    plain = Stratum(heated=False, baseline_days=365, saving=0.0, gap_share=0.1)
    kinds = {
        "nothing": plain,
        "10 % more at the turn of the year than in June": replace(plain, winter_light=0.1),
        "guests on 5 % of days": replace(plain, guest_share=0.05),
        "homes drift by 5 % (standard deviation)": replace(plain, drift=0.05),
        "homes drift by 10 %": replace(plain, drift=0.1),
    }
    return [
        (name, replace(kind, heated=heated))
        for name, kind in kinds.items()
        for heated in (False, True)
    ]


def study_troubles(seed: int, homes: int) -> Iterator[tuple[str, Score]]:
    """Score what the interval does not know of."""
    troubles = list_troubles()
    simulated = simulate_strata(seed, homes, [stratum for _, stratum in troubles])
    for (name, _), (stratum, found) in zip(troubles, simulated, strict=True):
        yield name, score_stratum(stratum, found)


def simulate_strata(
    seed: int, homes: int, strata: Sequence[Stratum]
) -> Iterator[tuple[Stratum, list[SimulatedHome]]]:
    """Simulate the homes of each stratum from a seed of its own."""
    seeds = np.random.SeedSequence(seed).spawn(len(strata))
    for stratum, own in zip(strata, seeds, strict=True):
        yield stratum, simulate_homes(np.random.default_rng(own), homes, stratum)


def study_calibration(seed: int, homes: int) -> Iterator[Score]:
    """Score `homes` homes of each stratum."""
    for stratum, simulated in simulate_strata(seed, homes, list_strata()):
        yield score_stratum(stratum, simulated)


def assess_simulated(home: SimulatedHome) -> Assessment:
    """Assess a simulated home; its always-on load is not given, so no absence is looked for."""
    first, last = int(home.daily.day[0]), home.reporting_start + REPORTING_DAYS
    plan = Plan(home.reporting_start, home.reporting_start, last, Tenancy(first, last))
    return assess_home(home.daily, plan)


def score_stratum(stratum: Stratum, simulated: Sequence[SimulatedHome]) -> Score:
    """Compare the assessments of homes with their truth."""
    assessed = [(home, assess_simulated(home)) for home in simulated]
    outcomes = [each for each in (_compare(*pair) for pair in assessed) if each]
    verdicts = [found.judgement.verdict for _, found in assessed]

    def mean(name: str) -> float:
        return float(np.mean([getattr(each, name) for each in outcomes]))

    claimed = [verdict in {Verdict.PROVEN_DROP, Verdict.RISE} for verdict in verdicts]
    return Score(
        stratum=stratum,
        homes=len(simulated),
        fits=len(outcomes),
        bias=mean("error"),
        rmse=float(np.sqrt(np.mean([each.error**2 for each in outcomes]))),
        covered_80=mean("inside_80"),
        covered_90=mean("inside_90"),
        half_width=mean("half_width"),
        counted=mean("counted"),
        flat=mean("flat"),
        claims=float(np.mean(claimed)),
        wrong_claims=sum(each.wrong for each in outcomes) / len(simulated),
        refused=float(np.mean([verdict == Verdict.NOT_ENOUGH_DATA for verdict in verdicts])),
    )


def _compare(home: SimulatedHome, found: Assessment) -> _Outcome | None:
    if found.saving is None or found.baseline is None:
        return None
    days, saving = home.daily, found.saving
    asked = home.after & home.known & found.baseline.supports(days)
    would_have_wh = float(home.counterfactual_wh[asked].sum())
    true_wh = would_have_wh - float(days.energy_wh[asked].sum())
    narrow, wide = saving.interval(0.8), saving.interval(0.9)
    verdict, tolerance_wh = found.judgement.verdict, 1e-9 * would_have_wh
    wrong_drop = verdict == Verdict.PROVEN_DROP and true_wh <= tolerance_wh
    return _Outcome(
        error=(saving.saved_wh - true_wh) / would_have_wh,
        half_width=(wide.high_wh - wide.low_wh) / 2 / would_have_wh,
        inside_80=narrow.low_wh <= true_wh <= narrow.high_wh,
        inside_90=wide.low_wh <= true_wh <= wide.high_wh,
        counted=found.counted,
        flat=found.baseline.model.family == Family.FLAT,
        wrong=wrong_drop or verdict == Verdict.RISE,
    )
