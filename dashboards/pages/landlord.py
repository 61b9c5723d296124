"""The landlord's page: months of a building, never a household."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from commonwatt.access import SMALLEST_GROUP
from commonwatt.reports.building import BuildingReport, load_building
from dashboards.contexts import BuildingPage
from dashboards.deps import Database, Language, Now, Reader
from dashboards.rendering import render
from dashboards.svg import Bar, Chart, draw_bars
from dashboards.words import Words

router = APIRouter(include_in_schema=False)


@router.get("/building")
def building(
    request: Request, viewer: Reader, connection: Database, now_utc: Now, words: Language
) -> HTMLResponse:
    report = load_building(connection, viewer, now_utc)
    return render(request, "landlord/building.html", building_page(report, words), words)


def building_page(report: BuildingReport, words: Words) -> BuildingPage:
    return BuildingPage(
        report=report,
        sentence=_sentence(report, words),
        chart=_chart(report, words),
        smallest_group=SMALLEST_GROUP,
    )


def _sentence(report: BuildingReport, words: Words) -> str:
    released = [month for month in report.months if month.kwh is not None]
    if not released:
        return words.text("building.sentence.none")
    last = released[-1]
    kwh = last.kwh or 0.0
    return words.text(
        "building.sentence.month",
        month=words.month(last.month),
        homes=last.homes,
        kwh=words.number(kwh),
        each=words.number(kwh / last.homes),
    )


def _chart(report: BuildingReport, words: Words) -> Markup:
    bars = [
        Bar(words.short_month(month.month), month.kwh / month.homes if month.kwh else None)
        for month in report.months
    ]
    heading = words.text("building.chart")
    chart = Chart("months", heading, _sentence(report, words), "kWh")
    return Markup(draw_bars(chart, bars, words.tick))  # noqa: S704 - svg.py escapes every text
