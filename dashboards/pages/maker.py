"""The maker's page: whether my meter is alive."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from commonwatt.reports.maker import MeterProgress, load_meter
from dashboards.contexts import MeterPage
from dashboards.deps import Database, Language, Now, Reader
from dashboards.rendering import render
from dashboards.words import Words

router = APIRouter(include_in_schema=False)


@router.get("/meter")
def meter(
    request: Request, viewer: Reader, connection: Database, now_utc: Now, words: Language
) -> HTMLResponse:
    progress = load_meter(connection, viewer, now_utc)
    return render(request, "maker/meter.html", meter_page(progress, words), words)


def meter_page(progress: MeterProgress, words: Words) -> MeterPage:
    mood = _mood(progress)
    expected = progress.expected_today
    return MeterPage(
        progress=progress,
        verdict=words.text(f"meter.{mood}"),
        mood=mood,
        findings=tuple(words.finding(finding, "maker") for finding in progress.findings),
        share=min(progress.received_today / expected, 1.0) if expected else None,
    )


def _mood(progress: MeterProgress) -> str:
    codes = {finding.code for finding in progress.findings}
    if "never_heard" in codes:
        return "never"
    return "silent" if "silent" in codes else "alive"
