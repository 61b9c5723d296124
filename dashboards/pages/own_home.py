"""What a household sets for itself: its PIN, its programs, its contract, and that it moves out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from commonwatt.access import member_of
from commonwatt.core.tariff import Contract, OffPeakWindows, Option
from commonwatt.errors import InputError
from commonwatt.model import ZONE
from commonwatt.registry.windows import read_window
from commonwatt.storage import households, links, pins
from commonwatt.storage.contracts import enter_contract
from dashboards.contexts import OnceShown
from dashboards.deps import Language, Now, Reader, Workbench
from dashboards.pages.own_data import data_page
from dashboards.rendering import render

router = APIRouter()


@router.post("/home/data/pin")
def set_pin(
    viewer: Reader,
    connection: Workbench,
    now_utc: Now,
    pin: Annotated[str, Form(max_length=20)] = "",
) -> RedirectResponse:
    """Ask a new PIN of whoever opens the letters on another device; an empty one ends that."""
    occupancy_id = member_of(viewer)
    if pin.strip():
        pins.set_pin(connection, occupancy_id, pin.strip(), now_utc)
    else:
        pins.drop_pin(connection, occupancy_id)
    return RedirectResponse("/home/data", 303)


@router.post("/home/data/program")
def let_program_in(
    request: Request, viewer: Reader, connection: Workbench, now_utc: Now, words: Language
) -> HTMLResponse:
    """Make a token for the household's own display or program; it is shown this once."""
    token = links.make_program_token(connection, viewer, now_utc)
    made = OnceShown(words.text("data.program.made"), token)
    return render(request, data_page(request, viewer, connection, now_utc, words, made))


@router.post("/home/data/contract")
def agree_contract(
    viewer: Reader,
    connection: Workbench,
    now_utc: Now,
    valid_from: Annotated[date, Form()],
    option: Annotated[Option, Form()],
    subscribed_kva: Annotated[int, Form(ge=1, le=36)],
    off_peak: Annotated[str, Form(max_length=100)] = "",
) -> RedirectResponse:
    """Keep the supply contract; one with the same first day is corrected, and with it the past."""
    windows = [read_window(told) for told in off_peak.split(",") if told.strip()]
    with_hours = windows and option is Option.OFF_PEAK
    hours = (OffPeakWindows.all_year(valid_from, *windows),) if with_hours else ()
    agreed = Contract(valid_from, option, subscribed_kva, hours)
    enter_contract(connection, member_of(viewer), agreed, now_utc)
    return RedirectResponse("/home/data", 303)


@router.post("/home/data/leave")
def move_out(
    viewer: Reader, connection: Workbench, now_utc: Now, at_local: Annotated[datetime, Form()]
) -> RedirectResponse:
    """End the stay; what was measured until then stays the household's, the next one starts empty."""
    at_utc = at_local.replace(tzinfo=ZoneInfo(ZONE))
    if at_utc > now_utc:
        raise InputError("the day of moving out may not lie ahead; come back then")
    households.leave(connection, viewer, at_utc)
    return RedirectResponse("/home/data", 303)
