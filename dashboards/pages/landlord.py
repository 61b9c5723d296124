"""A landlord's page: a building month by month, never a household."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from commonwatt.model import SMALLEST_GROUP
from commonwatt.reports.building import BuildingMonth, BuildingReport, load_building
from commonwatt.storage.landlords import choose_building, list_buildings
from dashboards.bars import Bar
from dashboards.contexts import BuildingPage, BuildingsPage, Link, Row, Table
from dashboards.deps import Database, Language, Now, Reader
from dashboards.rendering import language_links, render
from dashboards.svg import Legend, draw_bars
from dashboards.words import Words

router = APIRouter()

BuildingId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/building")
def building(
    request: Request, viewer: Reader, connection: Database, now_utc: Now, words: Language
) -> HTMLResponse:
    report = load_building(connection, viewer, now_utc)
    return render(request, building_page(request, report, words))


@router.get("/buildings")
def buildings(
    request: Request, viewer: Reader, connection: Database, words: Language
) -> HTMLResponse:
    page = BuildingsPage(
        words=words,
        title=words.text("buildings.title"),
        languages=language_links(request, words),
        buildings=tuple(
            Link(choice.name, f"/building/{choice.building_id}")
            for choice in list_buildings(connection, viewer)
        ),
    )
    return render(request, page)


@router.get("/building/{building_id}")
def one_building(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    words: Language,
    building_id: BuildingId,
) -> HTMLResponse:
    landlord = choose_building(connection, viewer, building_id)
    return render(
        request, building_page(request, load_building(connection, landlord, now_utc), words)
    )


def building_page(request: Request, report: BuildingReport, words: Words) -> BuildingPage:
    return BuildingPage(
        words=words,
        title=words.text("building.title"),
        languages=language_links(request, words),
        name=report.building_name,
        sentence=_sentence(report, words),
        counts=(
            Row(words.text("building.dwellings"), (words.number(report.dwellings),)),
            Row(words.text("building.consenting"), (words.number(report.consenting_homes),)),
            Row(words.text("building.live"), (words.number(report.live_meters),)),
        ),
        chart=_chart(report, words),
        table=_table(report, words),
        rule=words.text("building.rule", smallest=SMALLEST_GROUP),
    )


def _sentence(report: BuildingReport, words: Words) -> Markup:
    shown = [(month, month.kwh) for month in report.months if month.kwh is not None]
    if not shown:
        return words.rich("building.none")
    month, kwh = shown[-1]
    return words.rich(
        "building.month",
        month=words.month(month.month),
        homes=words.number(month.homes),
        kwh=words.text("unit.energy", kwh=words.number(kwh)),
        each=words.text("unit.energy", kwh=words.number(kwh / month.homes)),
    )


def _chart(report: BuildingReport, words: Words) -> Markup | None:
    if not report.months:
        return None
    bars = [
        Bar(
            label=words.month(month.month),
            tick=words.month_letter(month.month),
            kwh=None if month.kwh is None else month.kwh / month.homes,
            is_incomplete=month.kwh is None,
        )
        for month in report.months
    ]
    legend = Legend(
        key="chart-months",
        title=words.text("building.chart"),
        estimated=words.text("chart.estimated"),
        unknown=words.text("building.withheld"),
    )
    return draw_bars(bars, legend, words)


def _table(report: BuildingReport, words: Words) -> Table:
    columns = ("month", "homes", "kwh", "each", "measured")
    return Table(
        caption=words.text("building.months"),
        columns=tuple(words.text(f"building.column.{column}") for column in columns),
        rows=tuple(_row(month, words) for month in report.months),
    )


def _row(month: BuildingMonth, words: Words) -> Row:
    label, homes = words.short_month(month.month), words.number(month.homes)
    if month.kwh is None:
        return Row(label, (homes, words.text(f"building.withheld.{month.withheld}")))
    each = words.number(month.kwh / month.homes)
    measured = words.share(month.coverage or 0.0)
    return Row(label, (homes, words.number(month.kwh), each, measured))
