"""A maker's pages at the workshop: one step at a time, the bench, and what to take home."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from commonwatt.errors import AccessError, KitError
from commonwatt.hardware.pictures import draw_picture
from commonwatt.registry.badges import BadgeKind
from commonwatt.reports.kit import KitReport, KitStep, load_badge, load_own_kit, load_passport
from commonwatt.storage import kits
from dashboards.contexts import BenchPage, KitPage, Link, StepLine, StepPanel
from dashboards.deps import Language, Now, Reader, Workbench
from dashboards.kits import (
    day_words,
    judged_lines,
    progress_share,
    progress_words,
    refused_words,
    stage_words,
    ticket_words,
    verdict_words,
)
from dashboards.rendering import language_links, render
from dashboards.sheets import print_passport
from dashboards.words import Words

router = APIRouter()

REFRESH_S = 5


@router.get("/kit", response_model=None)
def kit(
    request: Request,
    viewer: Reader,
    connection: Workbench,
    words: Language,
    step: str | None = None,
    refused: str | None = None,
) -> Response:
    """The kit of a maker; a meter from no workshop has its own page."""
    report = load_own_kit(connection, viewer)
    if report is None:
        return RedirectResponse("/meter", status_code=303)
    return render(request, kit_page(request, report, words, step, refused))


@router.get("/kit/bench")
def bench(request: Request, viewer: Reader, connection: Workbench, words: Language) -> HTMLResponse:
    report = _own(load_own_kit(connection, viewer))
    return render(request, bench_page(request, report, words))


@router.post("/kit/nickname")
def name_maker(
    viewer: Reader, connection: Workbench, nickname: Annotated[str, Form()] = ""
) -> RedirectResponse:
    try:
        kits.name_maker(connection, viewer, nickname)
    except KitError as error:
        return RedirectResponse(f"/kit?refused={error.code}", status_code=303)
    return RedirectResponse("/kit", status_code=303)


@router.post("/kit/steps/{step}")
def tick_step(
    viewer: Reader,
    connection: Workbench,
    now_utc: Now,
    step: str,
    done: Annotated[str, Form()] = "yes",
) -> RedirectResponse:
    """Tick a step and go on to the next one, or take the tick away and stay."""
    is_done = done == "yes"
    kits.tick_step(connection, viewer, step, now_utc, is_done=is_done)
    return RedirectResponse("/kit" if is_done else f"/kit?step={step}", status_code=303)


@router.get("/kit/passport.pdf")
def passport_pdf(viewer: Reader, connection: Workbench, words: Language) -> Response:
    own = kits.kit_to_change(connection, viewer)
    return passport_answer(print_passport(load_passport(connection, own), words), own.serial, "pdf")


@router.get("/kit/passport.json")
def passport_json(viewer: Reader, connection: Workbench) -> Response:
    own = kits.kit_to_change(connection, viewer)
    document = json.dumps(load_passport(connection, own), ensure_ascii=False, indent=2)
    return passport_answer(document.encode(), own.serial, "json")


@router.get("/kit/badges/{kind}.jwt")
def badge(viewer: Reader, connection: Workbench, kind: str) -> Response:
    jws = load_badge(connection, viewer, kind)
    name = f'attachment; filename="commonwatt-{kind}.jwt"'
    return Response(jws, media_type="application/vc+jwt", headers={"content-disposition": name})


def passport_answer(content: bytes, serial: str, form: str) -> Response:
    name = f'attachment; filename="commonwatt-{serial}.{form}"'
    return Response(
        content, media_type=f"application/{form}", headers={"content-disposition": name}
    )


def kit_page(
    request: Request, report: KitReport, words: Words, step: str | None, refused: str | None
) -> KitPage:
    own = report.kit
    shown = _shown_step(report, step)
    where = day_words(report.workshop.place, report.workshop.held_on, words)
    return KitPage(
        words=words,
        title=words.text("kit.title"),
        languages=language_links(request, words),
        serial=own.serial,
        where=words.text("kit.where", workshop=where, number=own.number),
        stage=stage_words(report, words),
        nickname=own.nickname or "",
        longest_nickname=kits.LONGEST_NICKNAME,
        refused=refused_words(refused, words),
        ticket=ticket_words(report.ticket, words) if report.ticket else None,
        progress=progress_words(report, words),
        share=progress_share(report),
        step=None if shown is None else _panel(report, shown, words),
        steps=tuple(
            StepLine(_step_link(line, words, is_current=place == shown), line.is_done)
            for place, line in enumerate(report.steps)
        ),
        verdict=verdict_words(report, words),
        rewards=_rewards(report, words),
    )


def bench_page(request: Request, report: KitReport, words: Words) -> BenchPage:
    return BenchPage(
        words=words,
        title=words.text("bench.title"),
        languages=language_links(request, words),
        serial=report.kit.serial,
        sentence=verdict_words(report, words),
        when=words.moment(report.tested_utc) if report.tested_utc else None,
        tests=judged_lines(report, words, for_maker=True),
        refresh_s=REFRESH_S,
    )


def _own(report: KitReport | None) -> KitReport:
    if report is None:
        raise AccessError
    return report


def _shown_step(report: KitReport, asked: str | None) -> int | None:
    """The step asked for, else the first that is not done, else the last."""
    keys = [line.step.key for line in report.steps]
    if asked in keys:
        return keys.index(asked)
    undone = [place for place, line in enumerate(report.steps) if not line.is_done]
    return undone[0] if undone else len(keys) - 1 if keys else None


def _panel(report: KitReport, place: int, words: Words) -> StepPanel:
    line = report.steps[place]
    told = line.step.texts[words.chosen]
    last = len(report.steps) - 1
    return StepPanel(
        key=line.step.key,
        place=words.text("kit.step", number=place + 1, count=len(report.steps)),
        title=told.title,
        actions=told.actions,
        picture=Markup(draw_picture(line.step.key)),  # noqa: S704 - drawn by us, from our own file
        alt=told.alt,
        check=told.check,
        caution=told.caution,
        needs_adult=line.step.needs_adult,
        is_to_verify=line.step.is_to_verify,
        duration=words.count("unit.minute", line.step.minutes),
        is_done=line.is_done,
        before=_step_link(report.steps[place - 1], words) if place else None,
        after=_step_link(report.steps[place + 1], words) if place < last else None,
    )


def _step_link(line: KitStep, words: Words, *, is_current: bool = False) -> Link:
    return Link(line.step.texts[words.chosen].title, f"/kit?step={line.step.key}", is_current)


def _rewards(report: KitReport, words: Words) -> tuple[Link, ...]:
    passport = [
        Link(words.text(f"kit.passport.{form}"), f"/kit/passport.{form}")
        for form in ("pdf", "json")
    ]
    given = [
        Link(words.text(f"badge.{kind}"), f"/kit/badges/{kind}.jwt")
        for kind in BadgeKind
        if kind in report.badges
    ]
    return (*(passport if report.has_passport else ()), *given)
