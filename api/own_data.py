"""For a household and its programs: what is kept of it, who looked, and how it takes all away."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.deps import Database, Now, Reader
from api.schemas import NowOut, PeriodOut, Rounded
from api.sessions import look_up
from commonwatt.access import member_of, occupancy_of
from commonwatt.errors import AccessError, InputError
from commonwatt.reports.household import load_live_power
from commonwatt.reports.index_check import check_indices
from commonwatt.reports.takeout import takeout
from commonwatt.storage import consents, listing, typed_indices
from commonwatt.storage.audit import note
from commonwatt.storage.consents import Purpose
from commonwatt.storage.pool import borrow_as
from commonwatt.storage.typed_indices import TypedIndex

router = APIRouter(prefix="/api/v1/household", tags=["household"])

LOOK_S = 2.0
LONGEST_S = 900.0
STREAMS = threading.BoundedSemaphore(16)
"""How many streams run at once; each holds a thread of the web server."""

Limit = Annotated[int, Query(ge=1, le=2000)]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]


class _Out(BaseModel):
    """Reads a frozen record field by field."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class HalfHourOut(_Out):
    """A half-hour, by how its energy is known."""

    start_utc: datetime
    register_wh: Rounded
    power_wh: Rounded
    estimated_wh: Rounded
    covered_s: Rounded


class ReadingOut(_Out):
    """A reading as the meter told it."""

    end_utc: datetime
    log: int
    n: int
    duration_s: int
    register_wh: float | None
    power_w: float | None


class HalfHoursOut(_Out):
    """A page of half-hours; `next` is null on the last one."""

    items: list[HalfHourOut]
    next: str | None


class ReadingsOut(_Out):
    """A page of readings; `next` is null on the last one."""

    items: list[ReadingOut]
    next: str | None


class ConsentOut(_Out):
    """A yes, and when it was taken back."""

    purpose: str
    recipient: str
    granularity: str
    given_utc: datetime
    withdrawn_utc: datetime | None


class VisitOut(_Out):
    """Somebody looked at something."""

    at_utc: datetime
    viewer: str
    what: str


class IndexIn(BaseModel):
    """The supplier's meter, as a person read it."""

    at_utc: AwareDatetime
    index_kwh: float = Field(ge=0, le=1e9)


class IndexCheckOut(_Out):
    """Two typed indices beside the service's own figure."""

    period: PeriodOut
    typed_kwh: Rounded
    own_kwh: Rounded | None
    difference: Rounded | None
    coverage: Rounded


@router.get("/live", response_class=StreamingResponse)
def live(request: Request, viewer: Reader) -> StreamingResponse:
    """Power as server-sent events; the stream ends when the way in does."""
    occupancy_of(viewer)

    def look() -> NowOut:
        look_up(request)
        now_viewer = request.state.viewer
        with borrow_as(request.app.state.pool, now_viewer) as connection:
            told = load_live_power(connection, now_viewer)
        return NowOut.model_validate(told) if told else NowOut(power_w=None, at_utc=None)

    return StreamingResponse(live_events(look), media_type="text/event-stream")


def live_events(look: Callable[[], NowOut], pause_s: float = LOOK_S) -> Iterator[str]:
    """An event for each new power, else a heartbeat; ends when looking is no longer allowed."""
    yield "retry: 5000\n\n"
    if not STREAMS.acquire(blocking=False):
        return
    try:
        end_s, last = time.monotonic() + LONGEST_S, None
        while time.monotonic() < end_s:
            now = look()
            yield f"data: {now.model_dump_json()}\n\n" if now != last else ": still here\n\n"
            last = now
            time.sleep(pause_s)
    except AccessError:
        yield "event: end\ndata: {}\n\n"
    finally:
        STREAMS.release()


@router.get("/half-hours")
def half_hours(
    viewer: Reader, connection: Database, after: Cursor = None, limit: Limit = 500
) -> HalfHoursOut:
    """All half-hours that are kept, the oldest first."""
    place = listing.place(_open_cursor(after))[0] if after else None
    found = listing.list_half_hours(connection, viewer, place, limit)
    items = [HalfHourOut.model_validate(each) for each in found]
    last = _cursor(found[-1].start_utc, 0, 0) if len(found) == limit else None
    return HalfHoursOut(items=items, next=last)


@router.get("/readings")
def readings(
    viewer: Reader, connection: Database, after: Cursor = None, limit: Limit = 500
) -> ReadingsOut:
    """All readings that are kept, the oldest first."""
    place = listing.place(_open_cursor(after)) if after else None
    found = listing.list_readings(connection, viewer, place, limit)
    items = [ReadingOut.model_validate(each) for each in found]
    last = found[-1] if len(found) == limit else None
    return ReadingsOut(items=items, next=_cursor(last.end_utc, last.log, last.n) if last else None)


def _cursor(at_utc: datetime, log: int, n: int) -> str:
    told = json.dumps([at_utc.timestamp(), log, n])
    return base64.urlsafe_b64encode(told.encode()).decode()


def _open_cursor(told: str) -> tuple[float, int, int]:
    try:
        at_s, log, n = json.loads(base64.urlsafe_b64decode(told))
        return float(at_s), int(log), int(n)
    except (ValueError, TypeError) as error:
        raise InputError("take `after` from the `next` of the page before") from error


@router.get("/takeout", response_class=StreamingResponse)
def take_out(request: Request, viewer: Reader, now_utc: Now) -> StreamingResponse:
    """All that is kept of the household, as one ZIP."""
    occupancy_id = member_of(viewer)

    def pieces() -> Iterator[bytes]:
        with borrow_as(request.app.state.pool, viewer) as connection:
            note(connection, viewer, "takeout", now_utc=now_utc, occupancy_id=occupancy_id)
            yield from takeout(connection, viewer)

    headers = {"content-disposition": 'attachment; filename="commonwatt.zip"'}
    return StreamingResponse(pieces(), media_type="application/zip", headers=headers)


@router.get("/consents")
def list_consents(viewer: Reader, connection: Database) -> list[ConsentOut]:
    found = consents.load_consents(connection, viewer)
    return [ConsentOut.model_validate(each) for each in found]


@router.delete("/consents/{purpose}", status_code=204)
def withdraw(viewer: Reader, connection: Database, now_utc: Now, purpose: Purpose) -> None:
    """Take a consent back; it holds at once."""
    consents.withdraw_consent(connection, member_of(viewer), now_utc, purpose)


@router.get("/who-looked")
def who_looked(viewer: Reader, connection: Database) -> list[VisitOut]:
    """Who of others looked at what, the latest first."""
    return [VisitOut.model_validate(each) for each in listing.who_looked(connection, viewer)]


@router.get("/index-checks")
def index_checks(viewer: Reader, connection: Database, now_utc: Now) -> list[IndexCheckOut]:
    """The service checked against the supplier's meter."""
    found = check_indices(connection, viewer, now_utc)
    return [IndexCheckOut.model_validate(each) for each in found]


@router.post("/indices", status_code=204)
def type_index(viewer: Reader, connection: Database, now_utc: Now, told: IndexIn) -> None:
    """Type what the supplier's meter shows."""
    typed = TypedIndex(told.at_utc, 1000 * told.index_kwh)
    typed_indices.type_index(connection, viewer, typed, now_utc)


class PassOut(_Out):
    """A link for a coach; it is shown this once and ends after a week."""

    path: str


@router.post("/read-pass")
def lend_pass(viewer: Reader, connection: Database, now_utc: Now) -> PassOut:
    """Lend a coach a look at the energy for a week; lending is the consent."""
    return PassOut(path=f"/l/{listing.lend_pass(connection, viewer, now_utc)}")


@router.delete("/read-pass", status_code=204)
def end_passes(viewer: Reader, connection: Database, now_utc: Now) -> None:
    """Take every pass back; it holds at once."""
    listing.end_passes(connection, viewer, now_utc)
