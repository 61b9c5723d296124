"""Reports made by hand, and the web application that shows them instead of a database's."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from api import household as household_api
from api import landlord as landlord_api
from api import maker as maker_api
from api.app import create_app
from commonwatt.model import ZONE, Finding, Period, Severity
from commonwatt.reports import household as household_reports
from commonwatt.reports.building import BuildingMonth, BuildingReport
from commonwatt.reports.energy import EnergyFigure, EnergyReport, Gap
from commonwatt.reports.household import HouseholdReport, LivePower, local_period
from commonwatt.reports.maker import MeterProgress, Refusal
from commonwatt.storage.actions import Action, ActionKind
from dashboards.choices import BARS, Choice, View, local_date
from dashboards.pages import household, landlord, maker

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from fastapi import FastAPI

    from commonwatt.reports.energy import By

NOW_UTC = datetime(2026, 1, 15, 13, 40, tzinfo=UTC)
"""A Thursday in winter, 14:40 in Paris."""

NIGHT_GAP = Gap(
    datetime(2026, 1, 15, 2, 0, tzinfo=UTC), datetime(2026, 1, 15, 4, 0, tzinfo=UTC), True
)
MORNING_GAP = Gap(
    datetime(2026, 1, 15, 8, 30, tzinfo=UTC), datetime(2026, 1, 15, 9, 45, tzinfo=UTC), False
)
SHAPE_KWH = (0.09, 0.08, 0.07, 0.07, 0.08, 0.12, 0.46, 0.71, 0.38, 0.22, 0.19, 0.52)
"""What a home uses in a half-hour, for every second hour of the day."""


def figure(period: Period, gaps: tuple[Gap, ...]) -> EnergyFigure:
    """What is known of a period: nothing in an unknown gap, an estimate in a known one."""
    step = timedelta(minutes=5)
    measured_kwh = estimated_kwh = 0.0
    covered = elapsed = 0
    at_utc = period.start_utc.astimezone(UTC)
    while at_utc < min(period.end_utc, NOW_UTC):
        gap = next((gap for gap in gaps if gap.start_utc <= at_utc < gap.end_utc), None)
        used_kwh = SHAPE_KWH[at_utc.hour // 2] / 6
        measured_kwh += used_kwh if gap is None else 0.0
        estimated_kwh += used_kwh if gap and gap.energy_known else 0.0
        covered += gap is None
        elapsed += 1
        at_utc += step
    kwh = measured_kwh + estimated_kwh
    return EnergyFigure(
        period=period,
        kwh=kwh or None,
        register_kwh=measured_kwh * 0.9,
        power_kwh=measured_kwh * 0.1,
        estimated_kwh=estimated_kwh,
        coverage=covered / elapsed if elapsed else 0.0,
    )


def energy(
    period: Period, by: By, gaps: tuple[Gap, ...] = (NIGHT_GAP, MORNING_GAP)
) -> EnergyReport:
    inside = tuple(g for g in gaps if period.start_utc <= g.start_utc < period.end_utc)
    bars = tuple(figure(bar, inside) for bar in _split(period, by))
    return EnergyReport(figure(period, inside), bars, inside)


def _split(period: Period, by: By) -> Iterator[Period]:
    start_utc = period.start_utc.astimezone(UTC)
    while start_utc < period.end_utc:
        day = local_date(start_utc)
        if by == "half_hour":
            bar = Period(start_utc, start_utc + timedelta(minutes=30))
        elif by == "day":
            bar = local_period(day, day + timedelta(days=1))
        else:
            bar = local_period(day, (day + timedelta(days=32)).replace(day=1))
        yield bar
        start_utc = bar.end_utc.astimezone(UTC)


def household_report(**changes: Any) -> HouseholdReport:
    day = local_date(NOW_UTC)
    facts = {
        "dwelling_label": "B12",
        "building_name": "Résidence des <Tilleuls>",
        "now_utc": NOW_UTC,
        "zone": ZONE,
        "live": LivePower(1432.4, NOW_UTC - timedelta(seconds=12)),
        "today": energy(Choice(View.DAY, day).period, BARS[View.DAY]),
        "week": energy(Choice(View.WEEK, day).period, BARS[View.WEEK]),
        "month": energy(Choice(View.MONTH, day).period, BARS[View.MONTH]),
        "findings": (),
    }
    return HouseholdReport(**{**facts, **changes})


def unknown(report: EnergyReport) -> EnergyReport:
    """The same period of a home that never measured anything."""

    def nothing(figure: EnergyFigure) -> EnergyFigure:
        return EnergyFigure(figure.period, None, 0.0, 0.0, 0.0, 0.0)

    end_utc = min(report.total.period.end_utc, NOW_UTC)
    gap = Gap(report.total.period.start_utc, end_utc, energy_known=False)
    return EnergyReport(nothing(report.total), tuple(map(nothing, report.bars)), (gap,))


def empty_household_report() -> HouseholdReport:
    full = household_report()
    return household_report(
        live=None,
        today=unknown(full.today),
        week=unknown(full.week),
        month=unknown(full.month),
        findings=(Finding("never_heard", Severity.WARNING, "meter"),),
    )


def silent_household_report() -> HouseholdReport:
    return household_report(
        live=LivePower(87.0, NOW_UTC - timedelta(minutes=1570)),
        findings=(Finding("silent", Severity.WARNING, "meter", {"minutes": 1570}),),
    )


def meter_progress(**changes: Any) -> MeterProgress:
    facts = {
        "serial": "cw-7k3f9qx",
        "variant": "led",
        "state": "live",
        "now_utc": NOW_UTC,
        "zone": ZONE,
        "last_seen_utc": NOW_UTC - timedelta(seconds=40),
        "received_today": 5261,
        "expected_today": 5280,
        "last_refusal": None,
        "findings": (),
    }
    return MeterProgress(**{**facts, **changes})


def silent_meter_progress(code: str = "wrong_shape", detail: str = "`$.r[0].e`") -> MeterProgress:
    return meter_progress(
        last_seen_utc=NOW_UTC - timedelta(minutes=130),
        received_today=3012,
        last_refusal=Refusal(NOW_UTC - timedelta(minutes=131), code, detail),
        findings=(Finding("silent", Severity.WARNING, "meter", {"minutes": 130}),),
    )


def new_meter_progress() -> MeterProgress:
    return meter_progress(
        state="provisioned",
        last_seen_utc=None,
        received_today=0,
        expected_today=0,
        findings=(Finding("never_heard", Severity.WARNING, "meter"),),
    )


def building_report(months: tuple[BuildingMonth, ...] | None = None) -> BuildingReport:
    known = tuple(
        BuildingMonth(date(2025, month, 1), homes, homes * each_kwh, 0.987, None)
        for month, homes, each_kwh in (
            (3, 16, 214.3),
            (4, 17, 176.8),
            (7, 17, 141.0),
            (8, 17, 133.6),
            (9, 18, 149.9),
            (10, 18, 188.2),
            (12, 18, 261.4),
        )
    )
    withheld = (
        BuildingMonth(date(2025, 5, 1), None, None, None, "too_few_homes"),
        BuildingMonth(date(2025, 6, 1), None, None, None, "thin_data"),
        BuildingMonth(date(2025, 11, 1), None, None, None, "one_home_dominates"),
    )
    both = sorted((*known, *withheld), key=lambda month: month.month)
    return BuildingReport(
        building_id=1,
        building_name="Résidence des Tilleuls",
        now_utc=NOW_UTC,
        zone=ZONE,
        dwellings=24,
        consenting_homes=20,
        live_meters=23,
        silent_meters=1,
        months=tuple(both) if months is None else months,
        actions=(
            Action(ActionKind.DISPLAY, date(2025, 10, 6), date(2025, 10, 17), "Escaliers <A> et B"),
            Action(ActionKind.WORKS, date(2025, 9, 1), None, ""),
        )
        if months is None
        else (),
    )


class StandInConnection:
    """Is told who looks, and knows nothing."""

    def execute(self, *_: Any) -> StandInConnection:
        return self

    def fetchone(self) -> None:
        return None


class StandInPool:
    """Where pages ask for a connection; the reports made by hand need nothing of it."""

    @contextmanager
    def connection(self) -> Iterator[StandInConnection]:
        yield StandInConnection()


def sample_app(monkeypatch: pytest.MonkeyPatch, **reports: Any) -> FastAPI:
    """The real application, with reports made by hand where it would load them."""
    told: dict[str, Any] = {
        "household": household_report(),
        "meter": meter_progress(),
        "building": building_report(),
    } | reports

    def load_energy(_: Any, __: Any, period: Period, by: By | None, ___: datetime) -> EnergyReport:
        return energy(period, by or "month")

    for module in (household, household_api):
        monkeypatch.setattr(module, "load_energy", load_energy)
    monkeypatch.setattr(household, "load_household", lambda *_: told["household"])
    monkeypatch.setattr(household_reports, "load_household", lambda *_: told["household"])
    monkeypatch.setattr(household_reports, "load_live_power", lambda *_: told["household"].live)
    for page, door in ((maker, maker_api), (landlord, landlord_api)):
        name = "load_meter" if page is maker else "load_building"
        for module in (page, door):
            monkeypatch.setattr(module, name, lambda *_, n=name: told[n.removeprefix("load_")])
    app = create_app("unused")
    app.state.pool = StandInPool()
    app.state.clock = lambda: NOW_UTC
    return app
