"""A building's open data for everybody: a page, two files, and a wall display for the entrance hall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from commonwatt.reports.export import months_csv
from commonwatt.reports.open_data import load_open_data
from commonwatt.storage.open_buildings import switch_building
from dashboards.contexts import Link, Row, Table
from dashboards.deps import Database, Language, Now, Reader
from dashboards.landlord_contexts import OpenDataPage, WallPage
from dashboards.rendering import language_links, render
from dashboards.words import Words

if TYPE_CHECKING:
    from markupsafe import Markup

    from commonwatt.reports.open_data import OpenData

router = APIRouter()

REFRESH_S = 3600
LICENCES = {
    "etalab-2.0": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
}
Slug = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,80}$")]


@router.post("/building/{building_id}/open")
def switch(
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    building_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
    is_open: Annotated[bool, Form(alias="open")],
) -> RedirectResponse:
    switch_building(connection, viewer, building_id, is_open=is_open, now_utc=now_utc)
    return RedirectResponse(f"/building/{building_id}#open", 303)


@router.get("/open/{slug}")
def open_data(request: Request, connection: Database, words: Language, slug: Slug) -> HTMLResponse:
    return render(request, open_page(request, load_open_data(connection, slug), words))


@router.get("/open/{slug}/months.csv")
def open_csv(connection: Database, slug: Slug) -> Response:
    return Response(
        months_csv(load_open_data(connection, slug).months),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="commonwatt-{slug}.csv"'},
    )


@router.get("/open/{slug}/wall")
def wall(request: Request, connection: Database, words: Language, slug: Slug) -> HTMLResponse:
    found = load_open_data(connection, slug)
    page = WallPage(
        words=words,
        title=found.building_name,
        languages=language_links(request, words),
        sentence=tell_latest(found, words),
        figure=_latest_kwh(found, words),
        caption=words.text("open.wall.caption"),
        data=Link(words.text("open.wall.data"), f"/open/{slug}"),
        refresh_s=REFRESH_S,
    )
    return render(request, page)


def open_page(request: Request, found: OpenData, words: Words) -> OpenDataPage:
    place = f"/open/{found.slug}"
    return OpenDataPage(
        words=words,
        title=words.text("open.title"),
        languages=language_links(request, words),
        name=found.building_name,
        sentence=tell_latest(found, words),
        table=_table(found, words) if found.months else None,
        since=words.text("open.since", day=words.full_date(found.opened_utc.date())),
        files=(
            Link(words.text("open.as_csv"), f"{place}/months.csv"),
            Link(words.text("open.as_json"), f"/api/v1{place}"),
            Link(words.text("open.wall"), f"{place}/wall"),
        ),
        licences=tuple(
            Link(words.text(f"open.licence.{code}"), LICENCES[code]) for code in found.licences
        ),
    )


def tell_latest(found: OpenData, words: Words) -> Markup:
    """The latest told month in one sentence, or that there is none."""
    if not found.months:
        return words.rich("open.none")
    latest = found.months[-1]
    return words.rich(
        "open.month",
        month=words.month(latest.month),
        homes=words.number(latest.homes or 0),
        each=_latest_kwh(found, words) or "",
    )


def _latest_kwh(found: OpenData, words: Words) -> str | None:
    latest = found.months[-1] if found.months else None
    if latest is None or latest.kwh is None or not latest.homes:
        return None
    return words.text("unit.energy", kwh=words.number(latest.kwh / latest.homes))


def _table(found: OpenData, words: Words) -> Table:
    columns = ("month", "homes", "kwh", "measured")
    return Table(
        caption=words.text("open.months"),
        columns=tuple(words.text(f"building.column.{column}") for column in columns),
        rows=tuple(
            Row(
                words.short_month(month.month),
                (
                    words.number(month.homes or 0),
                    words.number(month.kwh or 0.0),
                    words.share(month.coverage or 0.0),
                ),
            )
            for month in found.months
        ),
    )
