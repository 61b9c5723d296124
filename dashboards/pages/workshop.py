"""A facilitator's pages: the board on the wall, and one kit with what can be decided about it."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from commonwatt.access import Audience
from commonwatt.documents.labels import Label
from commonwatt.errors import AccessError, KitError
from commonwatt.registry.badges import Achievement, BadgeKind
from commonwatt.registry.kits import FOLLOWS, Stage
from commonwatt.reports.kit import KitReport, load_passport, load_workshop_kit
from commonwatt.reports.workshop import WorkshopBoard, load_board
from commonwatt.storage import kits
from commonwatt.storage.badges import give_badge
from commonwatt.storage.claims import allot_code
from commonwatt.storage.links import make_link
from dashboards.contexts import BadgeLine, BoardPage, FormChoice, KitCard, WorkshopKitPage
from dashboards.deps import Language, Now, Reader, Workbench
from dashboards.kits import (
    day_words,
    judged_lines,
    progress_share,
    progress_words,
    refused_words,
    stage_words,
    ticket_words,
    verdict_code,
    verdict_words,
)
from dashboards.pages.kit import passport_answer
from dashboards.rendering import language_links, render
from dashboards.sheets import claim_url, print_labels, print_passport
from dashboards.words import Words

router = APIRouter()

REFRESH_S = 10
SIGNED_BY_OTHERS = frozenset({Stage.CLAIMED, Stage.LIVE, Stage.SILENT})
"""A home's code and the meter's own signs take a kit there, never a facilitator's hand."""


@router.get("/workshop")
def board(request: Request, viewer: Reader, connection: Workbench, words: Language) -> HTMLResponse:
    return render(request, board_page(request, load_board(connection, viewer), words))


@router.get("/workshop/kits/{serial}")
def kit(
    request: Request,
    viewer: Reader,
    connection: Workbench,
    words: Language,
    serial: str,
    refused: str | None = None,
) -> HTMLResponse:
    report = load_workshop_kit(connection, viewer, serial)
    return render(request, workshop_kit_page(request, report, words, refused))


@router.post("/workshop/kits/{serial}/stage")
def set_stage(
    viewer: Reader,
    connection: Workbench,
    now_utc: Now,
    serial: str,
    stage: Annotated[str, Form()],
) -> RedirectResponse:
    """Put a kit to another stage; passing the test gives it its passport."""
    found = kits.kit_of_workshop(connection, viewer, serial)
    if stage not in set(Stage) - SIGNED_BY_OTHERS:
        return _back(serial, KitError("wrong_order"))
    try:
        kits.require_at_workshop(connection, found, now_utc)
        kits.move_kit(connection, found, Stage(stage), now_utc)
    except KitError as error:
        return _back(serial, error)
    return _back(serial)


@router.post("/workshop/kits/{serial}/badges")
def give(
    viewer: Reader,
    connection: Workbench,
    now_utc: Now,
    words: Language,
    serial: str,
    kind: Annotated[str, Form()],
    passphrase: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Sign a badge; the passphrase is used for this and forgotten."""
    if kind not in set(BadgeKind):
        raise AccessError
    achievement = Achievement(
        BadgeKind(kind),
        name=words.text(f"badge.{kind}"),
        description=words.text(f"badge.{kind}.description"),
        criteria=words.text(f"badge.{kind}.criteria"),
    )
    try:
        give_badge(connection, viewer, serial, achievement, passphrase, now_utc)
    except KitError as error:
        return _back(serial, error)
    return _back(serial)


@router.post("/workshop/kits/{serial}/label")
def print_label_again(
    request: Request,
    viewer: Reader,
    connection: Workbench,
    now_utc: Now,
    words: Language,
    serial: str,
) -> Response:
    """A label with a new claim code and a new link; the old code is taken back.

    While the meter measures a household nobody else gets a code for it.
    """
    found = kits.kit_of_workshop(connection, viewer, serial)
    try:
        kits.require_at_workshop(connection, found, now_utc)
    except KitError as error:
        return _back(serial, error)
    if found.stage is Stage.RETIRED:
        return _back(serial, KitError("retired"))
    web_url = str(request.base_url).rstrip("/")
    with connection.transaction():
        code = str(allot_code(connection, found.meter_id, now_utc))
        token = make_link(connection, Audience.MAKER, found.meter_id, now_utc)
    label = Label(
        number=found.number,
        serial=found.serial,
        maker_url=f"{web_url}/l/{token}",
        claim_code=code,
        claim_url=claim_url(web_url, code),
        password=None,
    )
    sheet = print_labels([label], words, int(now_utc.timestamp()))
    name = f'attachment; filename="commonwatt-{found.serial}-label.pdf"'
    headers = {"content-disposition": name}
    return Response(sheet, media_type="application/pdf", headers=headers)


@router.get("/workshop/kits/{serial}/passport.pdf")
def passport_pdf(viewer: Reader, connection: Workbench, words: Language, serial: str) -> Response:
    found = kits.kit_of_workshop(connection, viewer, serial)
    document = load_passport(connection, found)
    return passport_answer(print_passport(document, words), found.serial, "pdf")


@router.get("/workshop/kits/{serial}/passport.json")
def passport_json(viewer: Reader, connection: Workbench, serial: str) -> Response:
    found = kits.kit_of_workshop(connection, viewer, serial)
    document = json.dumps(load_passport(connection, found), ensure_ascii=False, indent=2)
    return passport_answer(document.encode(), found.serial, "json")


def board_page(request: Request, told: WorkshopBoard, words: Words) -> BoardPage:
    passed, count = words.number(told.passed), words.number(len(told.kits))
    return BoardPage(
        words=words,
        title=words.text("board.title"),
        languages=language_links(request, words),
        where=day_words(told.workshop.place, told.workshop.held_on, words),
        sentence=words.text("board.sentence", passed=passed, count=count),
        cards=tuple(_card(report, words) for report in told.kits),
        repairs=tuple(
            words.text(
                "board.repair",
                number=report.kit.number,
                serial=report.kit.serial,
                told=ticket_words(report.ticket, words),
            )
            for report in told.kits
            if report.ticket
        ),
        refresh_s=REFRESH_S,
    )


def workshop_kit_page(
    request: Request, report: KitReport, words: Words, refused: str | None
) -> WorkshopKitPage:
    own = report.kit
    name = own.nickname or words.text("kit.nickname.none")
    seen_utc = report.last_seen_utc
    return WorkshopKitPage(
        words=words,
        title=words.text("workshop.kit.title", number=own.number),
        languages=language_links(request, words),
        serial=own.serial,
        where=words.text("workshop.kit.where", name=name),
        stage=stage_words(report, words),
        progress=progress_words(report, words),
        last_sign=words.moment(seen_utc) if seen_utc else words.text("meter.seen.never"),
        ticket=ticket_words(report.ticket, words) if report.ticket else None,
        refused=refused_words(refused, words),
        verdict=verdict_words(report, words),
        tests=judged_lines(report, words, for_maker=False),
        stages=_stages(own.stage, words),
        badges=tuple(
            BadgeLine(kind.value, words.text(f"badge.{kind}"), kind in report.badges)
            for kind in BadgeKind
        ),
        has_passport=report.has_passport,
    )


def _stages(now: Stage, words: Words) -> tuple[FormChoice, ...]:
    """Where a kit may go from here by hand: on, back, and last of all out."""
    order = list(Stage)
    allowed = sorted(
        FOLLOWS[now] - SIGNED_BY_OTHERS,
        key=lambda stage: (stage is Stage.RETIRED, -order.index(stage)),
    )
    return tuple(FormChoice(s.value, words.text(f"meter.state.{s}")) for s in allowed)


def _card(report: KitReport, words: Words) -> KitCard:
    own = report.kit
    light = "repair" if report.ticket else verdict_code(report)
    verdict = words.text("board.repair.short") if report.ticket else verdict_words(report, words)
    return KitCard(
        number=words.number(own.number),
        name=own.nickname or own.serial,
        stage=stage_words(report, words),
        progress=progress_words(report, words),
        share=progress_share(report),
        light=light,
        verdict=verdict,
        url=f"/workshop/kits/{own.serial}",
    )


def _back(serial: str, error: KitError | None = None) -> RedirectResponse:
    query = f"?refused={error.code}" if error else ""
    return RedirectResponse(f"/workshop/kits/{serial}{query}", status_code=303)
