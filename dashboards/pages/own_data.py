"""A household's page about its own data: what it agreed to, who looked, what it takes or erases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from commonwatt.access import Paused, member_of
from commonwatt.core.tariff import Option
from commonwatt.erasure import erase
from commonwatt.errors import InputError
from commonwatt.model import ZONE
from commonwatt.reports.index_check import IndexCheck, check_indices
from commonwatt.storage import consents, listing, typed_indices
from commonwatt.storage.audit import VISITS
from commonwatt.storage.consents import Purpose
from commonwatt.storage.contracts import load_contracts
from commonwatt.storage.listing import Visit
from commonwatt.storage.typed_indices import TypedIndex
from dashboards.choices import local_date
from dashboards.consents import TEXTS, consent_choices, text_of
from dashboards.contexts import DataPage, FormChoice, OnceShown
from dashboards.deps import Database, Language, Now, Reader, Workbench
from dashboards.rendering import language_links, render
from dashboards.words import Words

router = APIRouter()

CONFIRMATION = "OK"


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
    secret: OnceShown | None = None,
) -> DataPage:
    """The page; with a link or token that was made just now, if one was."""
    given = consents.standing_purposes(connection, viewer)
    is_paused = isinstance(viewer, Paused)
    checks = () if is_paused else check_indices(connection, viewer, now_utc)
    return DataPage(
        words=words,
        title=words.text("data.title"),
        languages=language_links(request, words),
        is_paused=is_paused,
        consents=consent_choices(TEXTS, words, given),
        secret=secret,
        checks=tuple(_tell_check(check, words) for check in checks),
        contract=None if is_paused else _tell_contract(connection, viewer, now_utc, words),
        options=tuple(FormChoice(each, words.text(f"contract.option.{each}")) for each in Option),
        visits=tuple(_tell_visit(visit, words) for visit in listing.who_looked(connection, viewer)),
        confirmation=CONFIRMATION,
        now_local=now_utc.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%dT%H:%M"),
    )


def _tell_contract(connection: Database, viewer: Reader, now_utc: Now, words: Words) -> str:
    agreed = load_contracts(connection, viewer).find(local_date(now_utc))
    if agreed is None:
        return words.text("contract.none")
    return words.text(
        "contract.now",
        option=words.text(f"contract.option.{agreed.option}"),
        kva=words.number(agreed.subscribed_kva),
        since=words.full_date(agreed.valid_from),
    )


def _tell_visit(visit: Visit, words: Words) -> str:
    who, _, _ = visit.viewer.partition(" ")
    return words.text(
        "data.visit",
        when=words.moment(visit.at_utc),
        who=words.text(f"visitor.{who}"),
        what=words.text(f"visit.{visit.what}") if visit.what in VISITS else visit.what,
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
    words: Language,
    purpose: Annotated[Purpose, Form()],
    *,
    agree: Annotated[bool, Form()],
) -> RedirectResponse:
    """Give one consent, or take it back; both hold at once."""
    occupancy_id = member_of(viewer)
    if agree:
        consents.give_consent(connection, occupancy_id, now_utc, purpose, text_of(purpose, words))
    else:
        consents.withdraw_consent(connection, occupancy_id, now_utc, purpose)
    return RedirectResponse("/home/data", 303)


@router.post("/home/data/pass")
def lend(
    request: Request, viewer: Reader, connection: Database, now_utc: Now, words: Language
) -> HTMLResponse:
    """Lend a coach a look; its link is shown this once."""
    token = listing.lend_pass(connection, viewer, now_utc, text_of(Purpose.COACH, words))
    url = f"{str(request.base_url).rstrip('/')}/l/{token}"
    lent = OnceShown(words.text("data.pass.made"), url, url)
    return render(request, data_page(request, viewer, connection, now_utc, words, lent))


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
    connection: Workbench,
    now_utc: Now,
    confirmation: Annotated[str, Form(max_length=20)],
) -> RedirectResponse:
    """Erase the household for good, if it typed the word that confirms it."""
    member_of(viewer)
    if confirmation.strip().upper() != CONFIRMATION:
        raise InputError(f"type {CONFIRMATION} to erase everything")
    erase(connection, viewer, now_utc, request.app.state.erasure_list)
    return RedirectResponse("/", 303)
