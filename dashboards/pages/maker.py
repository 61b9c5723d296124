"""A maker's page: whether the meter lives, and what to do if it does not."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from commonwatt.reports.maker import MeterProgress, Refusal, load_meter
from dashboards.contexts import MeterPage, RefusalPanel
from dashboards.deps import Database, Language, Now, Reader
from dashboards.rendering import language_links, render
from dashboards.words import Words

router = APIRouter()

MAY_QUOTE_A_MEASUREMENT = {"register_absurd", "power_absurd", "database_refused"}
"""Refusals whose detail is not for makers, who never see what a home uses."""


@router.get("/meter")
def meter(
    request: Request, viewer: Reader, connection: Database, now_utc: Now, words: Language
) -> HTMLResponse:
    progress = load_meter(connection, viewer, now_utc)
    return render(request, meter_page(request, progress, words))


def meter_page(request: Request, progress: MeterProgress, words: Words) -> MeterPage:
    health = _health(progress)
    seen_utc = progress.last_seen_utc
    return MeterPage(
        words=words,
        title=words.text("meter.title"),
        languages=language_links(request, words),
        serial=progress.serial,
        state=words.text(f"meter.state.{progress.state}"),
        health=health,
        sentence=words.text(f"meter.health.{health}"),
        last_sign=words.moment(seen_utc) if seen_utc else None,
        readings=_readings(progress, words),
        received_share=_received_share(progress),
        findings=tuple(words.finding(finding, "maker") for finding in progress.findings),
        advice=None if health == "alive" else words.text(f"meter.advice.{health}"),
        refusal=_refusal(progress.last_refusal, words) if progress.last_refusal else None,
    )


def _health(progress: MeterProgress) -> str:
    if progress.last_seen_utc is None:
        return "never"
    codes = {finding.code for finding in progress.findings}
    return "silent" if codes & {"silent", "never_heard"} else "alive"


def _readings(progress: MeterProgress, words: Words) -> str:
    received = words.number(progress.received_today)
    if not progress.expected_today:
        return words.text("meter.readings", received=received)
    expected = words.number(progress.expected_today)
    return words.text("meter.readings.expected", received=received, expected=expected)


def _received_share(progress: MeterProgress) -> float | None:
    if not progress.expected_today:
        return None
    return min(1.0, progress.received_today / progress.expected_today)


def _refusal(refusal: Refusal, words: Words) -> RefusalPanel:
    return RefusalPanel(
        when=words.moment(refusal.at_utc),
        reason=words.text(f"refusal.{refusal.code}"),
        advice=words.text(f"advice.{refusal.code}"),
        detail=None if refusal.code in MAY_QUOTE_A_MEASUREMENT else refusal.detail or None,
    )
