"""How one number came about: inputs, coverage, method and formula, as data without words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from commonwatt.core.change_points import Family
from commonwatt.reports.cost import load_cost
from commonwatt.reports.energy import load_energy
from commonwatt.reports.savings import load_saving
from commonwatt.storage import households, meters, readings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.core.assessment import Assessment
    from commonwatt.core.baseline import Baseline
    from commonwatt.core.exclusions import ExcludedRun
    from commonwatt.core.savings import Saving
    from commonwatt.core.tiers import Judgement
    from commonwatt.model import Finding, Period
    from commonwatt.reports.cost import HouseholdCost, RateCost
    from commonwatt.reports.savings import HouseholdSaving
    from commonwatt.storage.pool import Connection

Fact = float | int | str | date

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is said of a number; the suffix of a fact's name is its unit."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is said of a number, in order, and what is wrong with it."""

    lines: tuple[Line, ...]
    findings: tuple[Finding, ...] = ()


def explain_energy(
    connection: Connection, viewer: Viewer | None, period: Period, now_utc: datetime
) -> Explanation:
    """Explain the energy of a household over a period."""
    households.load_household(connection, viewer)
    report = load_energy(connection, viewer, period, None, now_utc)
    total = report.total
    lines = [Line("energy.period", {"start_utc": period.start_utc, "end_utc": period.end_utc})]
    for stay in households.stays_of(connection, viewer, period):
        meter = meters.meter_by_id(connection, stay.meter_id)
        stretch = (stay.start_utc.timestamp(), stay.end_utc.timestamp())
        count, _ = readings.count_readings(connection, stay.meter_id, *stretch)
        told: dict[str, Fact] = {"serial": meter.serial, "count": count, "most_w": meter.p_max_w}
        lines.append(Line("energy.meter", told))
    lines.append(Line("energy.rules"))
    if total.kwh is None:
        lines.append(Line("energy.nothing"))
    else:
        parts = {
            "register_kwh": total.register_kwh,
            "power_kwh": total.power_kwh,
            "estimated_kwh": total.estimated_kwh,
        }
        lines.append(Line("energy.parts", parts | {"total_kwh": total.kwh}))
    lines.append(Line("coverage", {"coverage_share": total.coverage, "count": len(report.gaps)}))
    lines.extend(
        Line(
            "energy.gap.known" if gap.energy_known else "energy.gap.unknown",
            {"start_utc": gap.start_utc, "end_utc": gap.end_utc},
        )
        for gap in report.gaps
    )
    return Explanation(tuple(lines))


def explain_cost(
    connection: Connection, viewer: Viewer | None, period: Period, now_utc: datetime
) -> Explanation:
    """Explain what the energy of a period cost a household."""
    return cost_explanation(period, load_cost(connection, viewer, period, now_utc))


def cost_explanation(period: Period, cost: HouseholdCost) -> Explanation:
    """Explain a cost that is known already."""
    lines = [Line("energy.period", {"start_utc": period.start_utc, "end_utc": period.end_utc})]
    lines += [Line("cost.prices", {"name": name}) for name in cost.price_lists]
    lines += [_rate_line(rate) for rate in cost.rates if rate.energy_kwh]
    lines.append(Line("cost.rules"))
    if cost.subscription_eur is not None:
        lines.append(Line("cost.subscription", {"subscription_eur": cost.subscription_eur}))
    if cost.total_eur is not None:
        lines.append(Line("cost.total", {"total_eur": cost.total_eur}))
        shares = {"coverage_share": cost.coverage, "estimated_share": cost.estimated_share}
        lines.append(Line("cost.coverage", shares))
    return Explanation(tuple(lines), cost.findings)


def _rate_line(rate: RateCost) -> Line:
    facts: dict[str, Fact] = {
        "rate": rate.rate.value,
        "energy_kwh": rate.energy_kwh,
        "energy_eur": rate.energy_eur,
        "mean_eur_per_kwh": rate.energy_eur / rate.energy_kwh,
    }
    return Line("cost.rate", facts)


def explain_saving(
    connection: Connection, viewer: Viewer | None, change_day: date, now_utc: datetime
) -> Explanation:
    """Explain what a household saved since a day."""
    return saving_explanation(load_saving(connection, viewer, change_day, now_utc))


def saving_explanation(found: HouseholdSaving) -> Explanation:
    """Explain a saving that is known already."""
    lines = [Line("saving.period", {"change_day": found.change_day, "end_day": found.end_day})]
    if found.station is not None:
        lines.append(Line("saving.station", {"name": found.station.name or found.station.key}))
    if found.always_on is not None and found.always_on.nights:
        facts = {"always_on_w": found.always_on.power_w, "nights": found.always_on.nights}
        lines.append(Line("saving.always_on", facts))
    if found.assessment is not None:
        lines.extend(_assessment_lines(found.assessment))
        lines.extend(_worth_lines(found))
        lines.extend(_judgement_lines(found.assessment.judgement))
    return Explanation(tuple(lines), found.findings)


def _assessment_lines(assessment: Assessment) -> Iterator[Line]:
    yield from _exclusion_lines("saving.baseline_without", assessment.baseline_exclusions)
    if assessment.baseline is not None:
        yield from _baseline_lines(assessment.baseline)
    yield from _exclusion_lines("saving.reporting_without", assessment.reporting_exclusions)
    shares = {"measured_share": assessment.measured, "counted_share": assessment.counted}
    yield Line("saving.counted", shares)
    if assessment.saving is not None and assessment.judgement.may_show_saving:
        yield from _saving_lines(assessment.saving)


def _worth_lines(found: HouseholdSaving) -> Iterator[Line]:
    if found.worth is not None:
        worth = {
            "saved_eur": found.worth.saved_eur,
            "low_eur": found.worth.low_eur,
            "high_eur": found.worth.high_eur,
        }
        yield Line("saving.worth", worth)
    if found.emissions is not None and found.emissions.factors:
        factors = ", ".join(f"{each.version} ({each.year})" for each in found.emissions.factors)
        yield Line("saving.carbon", {"co2e_kg": found.emissions.co2e_kg, "name": factors})


def _judgement_lines(judgement: Judgement) -> Iterator[Line]:
    yield Line(f"saving.tier.{judgement.tier.value}")
    yield Line(f"saving.verdict.{judgement.verdict.value}")
    for gate in judgement.gates:
        yield Line(f"saving.gate.{gate.value}")


def _exclusion_lines(code: str, runs: Iterable[ExcludedRun]) -> Iterator[Line]:
    """Say for each reason how many days it takes out, and which were the first and the last."""
    told = list(runs)
    days = Counter[str]()
    for run in told:
        days[run.reason.name.lower()] += run.last_day - run.first_day + 1
    for reason, count in days.items():
        ends = [run for run in told if run.reason.name.lower() == reason]
        first_day, last_day = _day(ends[0].first_day), _day(ends[-1].last_day)
        facts: dict[str, Fact] = {"count": count, "first_day": first_day, "last_day": last_day}
        yield Line(f"{code}.{reason}", facts)


def _baseline_lines(baseline: Baseline) -> Iterator[Line]:
    model, quality = baseline.model, baseline.quality
    days: dict[str, Fact] = {
        "count": quality.days,
        "effective_days": quality.effective_days,
        "first_day": _day(int(baseline.days.day[0])),
        "last_day": _day(int(baseline.days.day[-1])),
    }
    yield Line("saving.baseline", days)
    level = {"level_kwh": model.level_wh / 1000, "weekend_kwh": model.weekend_wh / 1000}
    yield Line("saving.model.level", level)
    if model.family & Family.HEATING:
        heating = {
            "slope_kwh": model.heating_wh_per_k / 1000,
            "balance_c": model.heating_balance_c,
            "ratio": model.heating_t,
        }
        yield Line("saving.model.heating", heating)
    if model.family & Family.COOLING:
        cooling = {
            "slope_kwh": model.cooling_wh_per_k / 1000,
            "balance_c": model.cooling_balance_c,
        }
        yield Line("saving.model.cooling", cooling)
    fit = {
        "r_squared_share": quality.r_squared,
        "cv_rmse_share": quality.cv_rmse,
        "spread_share": quality.spread,
        "correlation": quality.correlation,
    }
    yield Line("saving.fit", fit)
    yield Line("saving.rules")


def _saving_lines(saving: Saving) -> Iterator[Line]:
    wide = saving.interval(0.9)
    sums = {
        "expected_kwh": saving.expected_wh / 1000,
        "used_kwh": saving.used_wh / 1000,
        "saved_kwh": saving.saved_wh / 1000,
        "saved_share": saving.share,
        "count": saving.days,
    }
    yield Line("saving.sums", sums)
    interval = {
        "low_kwh": wide.low_wh / 1000,
        "high_kwh": wide.high_wh / 1000,
        "low_share": wide.low_wh / saving.expected_wh,
        "high_share": wide.high_wh / saving.expected_wh,
    }
    yield Line("saving.interval", interval)
    parts = saving.expectation
    errors = {
        "noise_kwh": parts.noise_variance**0.5 / 1000,
        "parameter_kwh": parts.parameter_variance**0.5 / 1000,
        "balance_kwh": parts.balance_variance**0.5 / 1000,
        "guideline_kwh": saving.guideline_14_wh / 1000,
    }
    yield Line("saving.errors", errors)


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)
