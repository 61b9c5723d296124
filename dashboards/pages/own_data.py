"""A household's page about its own data: what it agreed to, who looked, what it takes or erases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from commonwatt.access import member_of
from commonwatt.erasure import erase
from commonwatt.errors import InputError
from commonwatt.model import ZONE
from commonwatt.reports.index_check import IndexCheck, check_indices
from commonwatt.storage import consents, listing, typed_indices
from commonwatt.storage.consents import ConsentText, Purpose
from commonwatt.storage.typed_indices import TypedIndex
from dashboards.contexts import ConsentChoice, DataPage
from dashboards.deps import Database, Language, Now, Reader
from dashboards.rendering import language_links, render
from dashboards.words import Words

router = APIRouter()

TEXT_VERSION = "1"
TEXTS = {
    Purpose.OWN_VIEW: "consent.own_view",
    Purpose.BUILDING_FIGURES: "consent.building_figures",
    Purpose.COACH: "consent.coach",
    Purpose.OPEN_DATA: "consent.open_data",
}
"""The words of each purpose; who changes their French raises the version."""
CONFIRMATION = "OK"


def text_of(purpose: Purpose) -> ConsentText:
    """What the ledger keeps of the words: the version and the French ones' hash."""
    return consents.consent_text(TEXT_VERSION, Words("fr").text(TEXTS[purpose]))


@router.get("/home/data")
def own_data(
    request: Request, viewer: Reader, connection: Database, now_utc: Now, words: Language
) -> HTMLResponse:
    return render(request, data_page(request, viewer, connection, now_utc, words))


def data_page(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    words: Language,
    pass_path: str | None = None,
) -> DataPage:
    occupancy_id = member_of(viewer)
    choices = [
        ConsentChoice(
            purpose=purpose.value,
            text=words.text(code),
            is_given=bool(consents.granularity_of(connection, occupancy_id, purpose)),
        )
        for purpose, code in TEXTS.items()
    ]
    return DataPage(
        words=words,
        title=words.text("data.title"),
        languages=language_links(request, words),
        consents=tuple(choices),
        pass_url=f"{str(request.base_url).rstrip('/')}{pass_path}" if pass_path else None,
        checks=tuple(
            _tell_check(check, words) for check in check_indices(connection, viewer, now_utc)
        ),
        visits=tuple(
            words.text(
                "data.visit", when=words.moment(visit.at_utc), who=visit.viewer, what=visit.what
            )
            for visit in listing.who_looked(connection, viewer)
        ),
        confirmation=CONFIRMATION,
    )


def _tell_check(check: IndexCheck, words: Words) -> str:
    start = words.moment(check.period.start_utc)
    end = words.moment(check.period.end_utc)
    if check.difference is None:
        return words.text("data.index.unknown", start=start, end=end)
    return words.text(
        "data.index.checked",
        start=start,
        end=end,
        theirs=words.number(check.typed_kwh, 1),
        ours=words.number(check.own_kwh or 0, 1),
        difference=words.number(100 * check.difference, 1),
        coverage=words.share(check.coverage),
    )


@router.post("/home/data/consents")
def choose(
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    purpose: Annotated[Purpose, Form()],
    *,
    agree: Annotated[bool, Form()],
) -> RedirectResponse:
    """Give one consent, or take it back; both hold at once."""
    occupancy_id = member_of(viewer)
    if agree:
        consents.give_consent(connection, occupancy_id, now_utc, purpose, text_of(purpose))
    else:
        consents.withdraw_consent(connection, occupancy_id, now_utc, purpose)
    return RedirectResponse("/home/data", 303)


@router.post("/home/data/pass")
def lend(
    request: Request, viewer: Reader, connection: Database, now_utc: Now, words: Language
) -> HTMLResponse:
    """Lend a coach a look; its link is shown this once."""
    token = listing.lend_pass(connection, viewer, now_utc, text_of(Purpose.COACH))
    return render(request, data_page(request, viewer, connection, now_utc, words, f"/l/{token}"))


@router.post("/home/data/pass/end")
def end_passes(viewer: Reader, connection: Database, now_utc: Now) -> RedirectResponse:
    listing.end_passes(connection, viewer, now_utc)
    return RedirectResponse("/home/data", 303)


@router.post("/home/data/index")
def type_index(
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    at_local: Annotated[datetime, Form()],
    index_kwh: Annotated[float, Form(ge=0, le=1e9)],
) -> RedirectResponse:
    """Keep what the supplier's meter showed at a local time."""
    at_utc = at_local.replace(tzinfo=ZoneInfo(ZONE))
    typed = TypedIndex(at_utc, 1000 * index_kwh)
    typed_indices.type_index(connection, viewer, typed, now_utc)
    return RedirectResponse("/home/data", 303)


@router.post("/home/data/erase")
def erase_all(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    confirmation: Annotated[str, Form(max_length=20)],
) -> RedirectResponse:
    """Erase the household for good, if it typed the word that confirms it."""
    member_of(viewer)
    if confirmation.strip().upper() != CONFIRMATION:
        raise InputError(f"type {CONFIRMATION} to erase everything")
    erase(connection, viewer, now_utc, request.app.state.erasure_list)
    return RedirectResponse("/", 303)
