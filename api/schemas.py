"""The reports as JSON: the same fields and the same numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

Rounded = Annotated[float, AfterValidator(lambda value: round(value, 6))]
"""A figure without the dust of binary fractions: a kWh to the milliwatt-hour."""


class Out(BaseModel):
    """Reads a frozen report field by field."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class PeriodOut(Out):
    """From `start_utc` up to, not including, `end_utc`."""

    start_utc: datetime
    end_utc: datetime


class FigureOut(Out):
    """Energy of a period and how it is known; `kwh` is null where nothing is known."""

    period: PeriodOut
    kwh: Rounded | None
    register_kwh: Rounded
    power_kwh: Rounded
    estimated_kwh: Rounded
    coverage: Rounded


class GapOut(Out):
    """A stretch without readings; `energy_known` when the register bridges it."""

    start_utc: datetime
    end_utc: datetime
    minutes: Rounded
    energy_known: bool


class EnergyOut(Out):
    """A period, its bars and its longest gaps."""

    total: FigureOut
    bars: list[FigureOut]
    gaps: list[GapOut]


class NowOut(Out):
    """The last power the household's meter told; null before it told any."""

    power_w: float | None
    at_utc: datetime | None


class FindingOut(Out):
    """Something noticed, as data."""

    code: str
    severity: str
    where: str
    facts: dict[str, float | int | str]


class HouseholdOut(Out):
    """The household's first view: today, this week, this month."""

    dwelling_label: str
    building_name: str
    now_utc: datetime
    zone: str
    live: NowOut | None
    today: EnergyOut
    week: EnergyOut
    month: EnergyOut
    findings: list[FindingOut]


class RefusalOut(Out):
    """The last message of a meter that could not be used, and why.

    What was found in it is not told: it may be a measurement.
    """

    at_utc: datetime
    code: str


class NoticeOut(Out):
    """Something noticed of a meter, without the facts: they may be measurements."""

    code: str
    severity: str
    where: str


class MeterOut(Out):
    """Whether a meter lives; never what it measures."""

    serial: str
    variant: str
    state: str
    now_utc: datetime
    last_seen_utc: datetime | None
    received_today: int
    expected_today: int
    last_refusal: RefusalOut | None
    findings: list[NoticeOut]


class MonthOut(Out):
    """A closed month of a building; `withheld` says why there is no figure."""

    month: date
    homes: int | None
    kwh: Rounded | None
    coverage: Rounded | None
    withheld: str | None


class ActionOut(Out):
    """What was done in a building; `end_day` is null while it lasts."""

    kind: str
    start_day: date
    end_day: date | None
    note: str


class BuildingChoiceOut(Out):
    """A building that the viewer may open."""

    building_id: int
    name: str


class BuildingOut(Out):
    """What a landlord may see of a building."""

    building_name: str
    now_utc: datetime
    dwellings: int
    consenting_homes: int
    live_meters: int | None
    silent_meters: int | None
    months: list[MonthOut]
    actions: list[ActionOut]


class SavingFiguresOut(Out):
    """What a group of homes saved against homes that wait, in shares of one, at 90 %.

    `weeks_to_go` is null where more homes are needed, not more weeks.
    """

    homes: int
    waiting_homes: int
    share: Rounded
    low: Rounded
    high: Rounded
    saved_kwh: int
    expected_kwh: int
    detectable: Rounded
    placebo_low: Rounded
    placebo_high: Rounded
    coverage: Rounded
    weeks_to_go: int | None


class ActionSavingOut(Out):
    """What is told of one action; `reason` says why there are no figures."""

    action: ActionOut
    start_day: date | None
    end_day: date | None
    verdict: str
    reason: str | None
    frozen_reason: str | None
    figures: SavingFiguresOut | None


class BuildingSavingsOut(Out):
    """What a building saved since each action, the latest first."""

    building_id: int
    building_name: str
    station_name: str | None
    actions: list[ActionSavingOut]


class OpenDataOut(Out):
    """The told months of an open building; who takes them chooses one of the licences."""

    slug: str
    building_name: str
    opened_utc: datetime
    licences: list[str]
    months: list[MonthOut]


class WorkshopOut(Out):
    """A day on which meters are built."""

    place: str
    held_on: date
    variant: str
    facilitator: str


class JudgedTestOut(Out):
    """One test of a self-test and how it came out; what was found is not told."""

    key: str
    grade: str


class KitOut(BaseModel):
    """How far a kit is; never what it measures."""

    serial: str
    number: int
    nickname: str | None
    stage: str
    steps_done: int
    steps: int
    tests: list[JudgedTestOut]
    test_passed: bool | None
    last_seen_utc: datetime | None
    badges: list[str]
    has_passport: bool
    repair: str | None


class BoardOut(BaseModel):
    """A workshop and its kits, in the order of their boxes."""

    workshop: WorkshopOut
    kits: list[KitOut]
