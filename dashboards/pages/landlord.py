"""A landlord's page: a building month by month, never a household."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from commonwatt.model import SMALLEST_GROUP
from commonwatt.reports.building import BuildingMonth, BuildingReport, load_building
from commonwatt.reports.export import months_csv
from commonwatt.reports.landlord_report import describe_building
from commonwatt.storage.actions import Action, ActionKind, add_action
from commonwatt.storage.landlords import (
    choose_building,
    choose_to_change,
    list_buildings,
    may_change,
)
from dashboards.action_form import REFUSALS, read_action
from dashboards.bars import Bar
from dashboards.contexts import BuildingPage, BuildingsPage, Link, Row, Table
from dashboards.deps import Database, Language, Now, Reader
from dashboards.landlord_reports import tell_meters
from dashboards.rendering import language_links, render
from dashboards.svg import Legend, draw_bars
from dashboards.words import Words

if TYPE_CHECKING:
    from commonwatt.access import Viewer

router = APIRouter()

BuildingId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/building")
def building(
    request: Request, viewer: Reader, connection: Database, now_utc: Now, words: Language
) -> HTMLResponse:
    report = load_building(connection, viewer, now_utc)
    return render(request, building_page(request, viewer, report, words))


@router.post("/building/{building_id}/actions")
def note_action(
    viewer: Reader,
    connection: Database,
    building_id: BuildingId,
    kind: Annotated[str, Form()] = "",
    start: Annotated[str, Form()] = "",
    end: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> RedirectResponse:
    landlord = choose_to_change(connection, viewer, building_id)
    action = read_action(kind, start, end, note)
    page = f"/building/{building_id}"
    if isinstance(action, str):
        return RedirectResponse(f"{page}?refused={action}#actions", 303)
    add_action(connection, landlord, action)
    return RedirectResponse(f"{page}#actions", 303)


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


@router.get("/building/{building_id}/released.csv")
def released(
    viewer: Reader, connection: Database, now_utc: Now, building_id: BuildingId
) -> Response:
    landlord = choose_building(connection, viewer, building_id)
    report = load_building(connection, landlord, now_utc)
    return Response(
        months_csv(report.months),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="commonwatt-building.csv"'},
    )


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
    report = load_building(connection, landlord, now_utc)
    return render(request, building_page(request, viewer, report, words))


def building_page(
    request: Request, viewer: Viewer | None, report: BuildingReport, words: Words
) -> BuildingPage:
    return BuildingPage(
        words=words,
        title=words.text("building.title"),
        languages=language_links(request, words),
        name=report.building_name,
        paper=Link(words.text("building.paper"), f"/building/{report.building_id}/report.pdf"),
        savings=Link(words.text("savings.link"), f"/building/{report.building_id}/savings"),
        sentence=_sentence(report, words),
        counts=(
            Row(words.text("building.dwellings"), (words.number(report.dwellings),)),
            Row(words.text("building.consenting"), (words.number(report.consenting_homes),)),
            Row(words.text("building.live"), (tell_meters(report.live_meters, words),)),
            Row(words.text("building.silent"), (tell_meters(report.silent_meters, words),)),
            *_shown(report, words),
        ),
        reasons=_reasons(report, words),
        released=Link(
            words.text("building.released"), f"/building/{report.building_id}/released.csv"
        ),
        chart=_chart(report, words),
        table=_table(report, words),
        rule=words.text("building.rule", smallest=SMALLEST_GROUP),
        actions=_actions(report, words),
        kinds=tuple(Row(words.text(f"action.kind.{kind}"), (kind.value,)) for kind in ActionKind),
        refused=_refused(request, words),
        opening=_opening(report, words),
        may_change=may_change(viewer),
        note_url=f"/building/{report.building_id}/actions",
        switch_url=f"/building/{report.building_id}/open",
    )


def _opening(report: BuildingReport, words: Words) -> Link | None:
    opening = report.opening
    if opening is None:
        return None
    since = words.text("open.since", day=words.full_date(opening.opened_utc.date()))
    return Link(since, f"/open/{opening.slug}")


def _shown(report: BuildingReport, words: Words) -> list[Row]:
    """How many of the closed months are shown, and how well those are measured."""
    if not report.months:
        return []
    told = describe_building(report)
    shown = words.text(
        "building.told.of",
        told=words.number(told.told),
        closed=words.number(len(report.months)),
    )
    rows = [Row(words.text("building.told"), (shown,))]
    if told.mean_coverage is not None:
        rows.append(Row(words.text("building.coverage"), (words.share(told.mean_coverage),)))
    return rows


def _reasons(report: BuildingReport, words: Words) -> tuple[str, ...]:
    """Why months are withheld, the most frequent reason first."""
    return tuple(
        words.text(
            "building.reason",
            count=words.number(count),
            reason=words.text(f"building.withheld.{reason}"),
        )
        for reason, count in describe_building(report).withheld
    )


def _refused(request: Request, words: Words) -> str | None:
    code = request.query_params.get("refused")
    return words.text(f"action.refused.{code}") if code in REFUSALS else None


def _actions(report: BuildingReport, words: Words) -> Table | None:
    if not report.actions:
        return None
    columns = ("kind", "start", "end", "note")
    return Table(
        caption=words.text("action.heading"),
        columns=tuple(words.text(f"action.column.{column}") for column in columns),
        rows=tuple(_action(action, words) for action in report.actions),
    )


def _action(action: Action, words: Words) -> Row:
    end = words.full_date(action.end_day) if action.end_day else words.text("action.lasting")
    kind = words.text(f"action.kind.{action.kind}")
    return Row(kind, (words.full_date(action.start_day), end, action.note))


def _sentence(report: BuildingReport, words: Words) -> Markup:
    shown = [(m, m.kwh, m.homes) for m in report.months if m.kwh is not None and m.homes]
    if not shown:
        return words.rich("building.none")
    month, kwh, homes = shown[-1]
    return words.rich(
        "building.month",
        month=words.month(month.month),
        homes=words.number(homes),
        kwh=words.text("unit.energy", kwh=words.number(kwh)),
        each=words.text("unit.energy", kwh=words.number(kwh / homes)),
    )


def _chart(report: BuildingReport, words: Words) -> Markup | None:
    if not report.months:
        return None
    bars = [
        Bar(
            label=words.month(month.month),
            tick=words.month_letter(month.month),
            kwh=_each_kwh(month),
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
    label, each_kwh = words.short_month(month.month), _each_kwh(month)
    if month.kwh is None or month.homes is None or each_kwh is None:
        return Row(label, ("-", words.text(f"building.withheld.{month.withheld}")))
    homes, each = words.number(month.homes), words.number(each_kwh)
    measured = words.share(month.coverage or 0.0)
    return Row(label, (homes, words.number(month.kwh), each, measured))


def _each_kwh(month: BuildingMonth) -> float | None:
    return month.kwh / month.homes if month.kwh is not None and month.homes else None
