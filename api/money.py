"""For a household and its programs: what its energy costs, what it saved, what is always on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from api.deps import Database, Now, Reader
from api.money_schemas import AlwaysOnOut, CostOut, MoneyOut, OffersOut, SavingOut
from api.tags import UNCHANGED, tagged
from commonwatt.errors import PeriodError
from commonwatt.model import FIRST_YEAR, ZONE, Period
from commonwatt.reports.always_on import load_always_on_report
from commonwatt.reports.cost import load_cost
from commonwatt.reports.money import load_money
from commonwatt.reports.offers import load_offers
from commonwatt.reports.savings import first_comparable_day, load_saving

router = APIRouter(prefix="/api/v1/household", tags=["household"])


@router.get("/money", response_model=MoneyOut, responses=UNCHANGED)
def money(request: Request, viewer: Reader, connection: Database, now_utc: Now) -> Response:
    """The month: its cost up to now, its forecast, its budget, and a load at dear hours."""
    return tagged(request, MoneyOut.model_validate(load_money(connection, viewer, now_utc)))


@router.get("/cost", response_model=CostOut, responses=UNCHANGED)
def cost(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    start_utc: Annotated[AwareDatetime, Query(alias="from")],
    end_utc: Annotated[AwareDatetime, Query(alias="to", description="not included")],
) -> Response:
    """What the energy between two instants cost."""
    known = load_cost(connection, viewer, Period(start_utc, end_utc), now_utc)
    return tagged(request, CostOut.model_validate(known))


@router.get("/offers")
def offers(viewer: Reader, connection: Database, now_utc: Now) -> OffersOut | None:
    """What up to a year would have cost with other contracts; null without a contract of today."""
    report = load_offers(connection, viewer, now_utc)
    return OffersOut.model_validate(report) if report else None


@router.get("/saving", response_model=SavingOut, responses=UNCHANGED)
def saving(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    since: Annotated[date | None, Query(description="a local day, such as 2026-01-31")] = None,
) -> Response:
    """The saving since a day; if none is given, since the first that has a year before it."""
    chosen = since or first_comparable_day(connection, viewer, now_utc)
    if chosen.year <= FIRST_YEAR:
        raise PeriodError(f"since= takes a day after {FIRST_YEAR}")
    yesterday = now_utc.astimezone(ZoneInfo(ZONE)).date() - timedelta(days=1)
    found = load_saving(connection, viewer, min(chosen, yesterday), now_utc)
    return tagged(request, SavingOut.of(found))


@router.get("/always-on", response_model=AlwaysOnOut, responses=UNCHANGED)
def always_on(request: Request, viewer: Reader, connection: Database, now_utc: Now) -> Response:
    """What the home uses at night when nobody needs anything."""
    report = load_always_on_report(connection, viewer, now_utc)
    return tagged(request, AlwaysOnOut.model_validate(report))
