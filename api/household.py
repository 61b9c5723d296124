"""For a household and its programs: its own energy, as the page shows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from api.deps import Database, Now, Reader
from api.schemas import EnergyOut, HouseholdOut, NowOut
from api.tags import UNCHANGED, tagged
from commonwatt.errors import PeriodError
from commonwatt.model import Period
from commonwatt.reports import household
from commonwatt.reports.energy import load_energy

router = APIRouter(prefix="/api/v1/household", tags=["household"])

LONGEST = {"half_hour": timedelta(days=62), "day": timedelta(days=1100)}
"""How long a period may be for a kind of bar; months and totals know no limit."""


@router.get("/now")
def live_power(viewer: Reader, connection: Database) -> NowOut:
    """The last power told."""
    live = household.load_live_power(connection, viewer)
    if live is None:
        return NowOut(power_w=None, at_utc=None)
    return NowOut.model_validate(live)


@router.get("/report", response_model=HouseholdOut, responses=UNCHANGED)
def report(request: Request, viewer: Reader, connection: Database, now_utc: Now) -> Response:
    """Today in half-hours, this week and this month in days."""
    known = household.load_household(connection, viewer, now_utc)
    return tagged(request, HouseholdOut.model_validate(known))


@router.get("/energy", response_model=EnergyOut, responses=UNCHANGED)
def energy(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    start_utc: Annotated[
        AwareDatetime, Query(alias="from", description="with its offset: 2026-01-01T00:00:00+01:00")
    ],
    end_utc: Annotated[AwareDatetime, Query(alias="to", description="not included")],
    by: Annotated[
        Literal["half_hour", "day", "month"] | None, Query(description="totals alone if not given")
    ] = None,
) -> Response:
    """The energy between two instants, how it is known, and what is missing."""
    period = Period(start_utc, end_utc)
    if by in LONGEST and end_utc - start_utc > LONGEST[by]:
        raise PeriodError(f"by={by} takes at most {LONGEST[by].days} days at once")
    known = load_energy(connection, viewer, period, by, now_utc)
    return tagged(request, EnergyOut.model_validate(known))
