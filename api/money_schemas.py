"""A household's euros, saving and always-on load as JSON: the figures of its pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from api.schemas import FindingOut, NowOut, Out, PeriodOut, Rounded
from commonwatt.core.tiers import VERDICT_CONFIDENCE, Tier, Verdict

if TYPE_CHECKING:
    from commonwatt.core.savings import Saving
    from commonwatt.reports.savings import HouseholdSaving


class RateCostOut(Out):
    """The energy billed at one rate, and what it cost."""

    rate: str
    energy_kwh: Rounded
    energy_eur: Rounded


class CostOut(Out):
    """What a period cost; null where it cannot be told, and a finding says why."""

    period: PeriodOut | None
    energy_eur: Rounded | None
    subscription_eur: Rounded | None
    total_eur: Rounded | None
    rates: list[RateCostOut]
    estimated_share: Rounded
    coverage: Rounded
    price_lists: list[str]
    findings: list[FindingOut]


class ForecastOut(Out):
    """What the whole month will cost, and the interval that is meant to hold it."""

    expected: Rounded
    low: Rounded
    high: Rounded
    days: int
    confidence: float


class BudgetOut(Out):
    """What is left of a month's budget, `days_left` counting today; null while nothing can be priced."""

    month_eur: Rounded
    left_eur: Rounded | None
    days_left: int
    left_per_day_eur: Rounded | None


class HeaterOut(Out):
    """A big load that comes back every day; `start_minute` is of the local day."""

    start_minute: int
    days: int
    looked_at: int
    extra_eur: Rounded


class MoneyOut(Out):
    """A month in euros."""

    now_utc: datetime
    month: PeriodOut
    cost: CostOut
    forecast: ForecastOut | None
    budget: BudgetOut | None
    heater: HeaterOut | None


class PricedOfferOut(Out):
    """What a household paid over a period, and what it would have paid."""

    period: PeriodOut
    own_eur: Rounded
    other_eur: Rounded
    difference_eur: Rounded


class OfferOut(Out):
    """Another contract; `priced` is null where it cannot be priced, and findings say why."""

    option: str
    priced: PricedOfferOut | None
    is_usual_night: bool
    findings: list[FindingOut]


class OffersOut(Out):
    """The household's own contract of today, and the others."""

    own: str
    subscribed_kva: int
    offers: list[OfferOut]


class SumsOut(Out):
    """A saving that may be shown, with its 90 % interval; less than expected is above 0."""

    days: int
    expected_kwh: Rounded
    used_kwh: Rounded
    saved_kwh: Rounded
    low_kwh: Rounded
    high_kwh: Rounded
    share: Rounded

    @classmethod
    def of(cls, saving: Saving) -> SumsOut:
        wide = saving.interval(VERDICT_CONFIDENCE)
        return cls(
            days=saving.days,
            expected_kwh=saving.expected_wh / 1000,
            used_kwh=saving.used_wh / 1000,
            saved_kwh=saving.saved_wh / 1000,
            low_kwh=wide.low_wh / 1000,
            high_kwh=wide.high_wh / 1000,
            share=saving.share,
        )


class WorthOut(Out):
    """What a saving is worth."""

    saved_eur: Rounded
    low_eur: Rounded
    high_eur: Rounded


class SavingOut(Out):
    """A verdict; the saving itself only where it may be shown."""

    change_day: date
    end_day: date
    verdict: Verdict
    tier: Tier | None
    gates: list[str]
    saving: SumsOut | None
    worth: WorthOut | None
    co2e_kg: Rounded | None
    findings: list[FindingOut]

    @classmethod
    def of(cls, found: HouseholdSaving) -> SavingOut:
        judgement = found.assessment.judgement if found.assessment else None
        return cls(
            change_day=found.change_day,
            end_day=found.end_day,
            verdict=judgement.verdict if judgement else Verdict.NOT_ENOUGH_DATA,
            tier=judgement.tier if judgement else None,
            gates=[gate.value for gate in judgement.gates] if judgement else [],
            saving=SumsOut.of(found.shown) if found.shown else None,
            worth=WorthOut.model_validate(found.worth) if found.worth else None,
            co2e_kg=found.emissions.co2e_kg if found.emissions else None,
            findings=[FindingOut.model_validate(finding) for finding in found.findings],
        )


class NightsOut(Out):
    """The load of the nights, how many they were, and whether heating may be in it."""

    power_w: Rounded
    nights: int
    may_hold_heating: bool


class AlwaysOnOut(Out):
    """What is always on, its share of all energy, and its cost in a year."""

    now_utc: datetime
    live: NowOut | None
    load: NightsOut | None
    share: Rounded | None
    year_eur: Rounded | None
