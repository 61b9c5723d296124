"""The one thing that is worth doing in a home now, and what its household was told of lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from commonwatt.access import HouseholdMember
from commonwatt.reports.always_on import AlwaysOnReport, load_always_on_report
from commonwatt.reports.money import MoneyReport, load_money
from commonwatt.reports.monthly_sheet import HIGH_ALWAYS_ON_W
from commonwatt.storage.alerts import Alert, Choices, alerts_since, load_choices, unseen_alerts

if TYPE_CHECKING:
    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

LEAST_MONTH_EUR = 1.0
"""What costs less a month is not worth a tip."""

_TOLD_FOR = timedelta(days=60)
_SILENT_AFTER = timedelta(days=1)


class Hint(StrEnum):
    """What a home's data point to."""

    METER = "meter"
    CONTRACT = "contract"
    WATER_HEATER = "water_heater"
    ALWAYS_ON = "always_on"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class AdviceReport:
    """One hint with the figures it rests on; what the household chose to be told, and was told.

    `month_eur` is what a month of it costs, `power_w` what is always on; None where the hint has no
    such figure. `choices` and `alerts` are empty for a coach, who only looks and may not change them.
    """

    hint: Hint
    month_eur: float | None
    power_w: float | None
    choices: Choices
    alerts: tuple[Alert, ...]
    may_change: bool


def load_advice(connection: Connection, viewer: Viewer | None, now_utc: datetime) -> AdviceReport:
    money = load_money(connection, viewer, now_utc)
    load = load_always_on_report(connection, viewer, now_utc)
    hint = choose_hint(money, load, now_utc)
    is_member = isinstance(viewer, HouseholdMember)
    return AdviceReport(
        hint=hint,
        month_eur=_month_eur(hint, money, load),
        power_w=load.load.power_w if load.load and hint is Hint.ALWAYS_ON else None,
        choices=load_choices(connection, viewer) if is_member else {},
        alerts=alerts_since(connection, viewer, now_utc - _TOLD_FOR) if is_member else (),
        may_change=is_member,
    )


def load_unseen(connection: Connection, viewer: Viewer | None) -> tuple[Alert, ...]:
    """What the household was told of and has not seen; nothing for a coach."""
    return unseen_alerts(connection, viewer) if isinstance(viewer, HouseholdMember) else ()


def choose_hint(money: MoneyReport, load: AlwaysOnReport, now_utc: datetime) -> Hint:
    """A silent meter hides all else, without a contract nothing has a price; then what costs most."""
    if load.live is None or now_utc - load.live.at_utc > _SILENT_AFTER:
        return Hint.METER
    if any(finding.code == "no_contract" for finding in money.cost.findings):
        return Hint.CONTRACT
    high = load.load is not None and load.load.power_w >= HIGH_ALWAYS_ON_W
    worth_eur = {
        Hint.WATER_HEATER: money.heater.extra_eur if money.heater else 0.0,
        Hint.ALWAYS_ON: (load.year_eur or 0.0) / 12 if high else 0.0,
    }
    dearest = max(worth_eur, key=lambda hint: worth_eur[hint])
    if worth_eur[dearest] >= LEAST_MONTH_EUR:
        return dearest
    return Hint.ALWAYS_ON if high else Hint.NEUTRAL


def _month_eur(hint: Hint, money: MoneyReport, load: AlwaysOnReport) -> float | None:
    if hint is Hint.WATER_HEATER and money.heater:
        return money.heater.extra_eur
    if hint is Hint.ALWAYS_ON and load.year_eur is not None:
        return load.year_eur / 12
    return None
