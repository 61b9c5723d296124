"""A household's page of homes like its own: what it says of its home, and where it stands."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from commonwatt.access import Paused, member_of
from commonwatt.core.similar import EnergySource
from commonwatt.model import SMALLEST_GROUP
from commonwatt.reports.similar_homes import SimilarReport, load_similar
from commonwatt.storage import consents, similar_homes
from commonwatt.storage.consents import Purpose
from commonwatt.storage.similar_homes import HomeProfile, SimilarPlace
from dashboards.areas import Area, area_links
from dashboards.consents import TEXTS, text_of
from dashboards.contexts import FormChoice, Row, Table
from dashboards.deps import Database, Language, Now, Reader
from dashboards.home_contexts import ComparePage, ProfileForm
from dashboards.rendering import language_links, render
from dashboards.strips import Strip, draw_strips
from dashboards.words import Words

router = APIRouter()


@router.get("/home/compare")
def compare(request: Request, viewer: Reader, connection: Database, words: Language) -> Response:
    if isinstance(viewer, Paused):
        return RedirectResponse("/home/data", 303)
    return render(request, compare_page(request, load_similar(connection, viewer), words))


@router.post("/home/compare")
def tell(
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    words: Language,
    heating: Annotated[EnergySource, Form()],
    hot_water: Annotated[EnergySource, Form()],
    surface_m2: Annotated[float, Form()],
    people: Annotated[int, Form()],
    *,
    agree: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """Keep what the household says of its home, and whether it agrees to be compared."""
    profile = HomeProfile(heating, hot_water, surface_m2, people)
    similar_homes.tell_profile(connection, viewer, profile, now_utc)
    occupancy_id, purpose = member_of(viewer), Purpose.SIMILAR_HOMES
    if agree:
        consents.give_consent(connection, occupancy_id, now_utc, purpose, text_of(purpose, words))
    else:
        consents.withdraw_consent(connection, occupancy_id, now_utc, purpose)
    return RedirectResponse("/home/compare", 303)


def compare_page(request: Request, report: SimilarReport, words: Words) -> ComparePage:
    place = report.place
    return ComparePage(
        words=words,
        title=words.text("compare.title"),
        languages=language_links(request, words),
        areas=area_links(Area.COMPARE, words),
        sentence=_sentence(report, words),
        detail=_detail(place, words) if place else None,
        picture=draw_strips(_strips(place, words), words.text("compare.picture"), words)
        if place
        else None,
        table=_table(place, words) if place else None,
        known=tuple(_known(place, words)) if place else (),
        form=_form(report, words),
    )


def _sentence(report: SimilarReport, words: Words) -> Markup:
    if report.place is None:
        return words.rich("compare.waiting" if report.agrees else "compare.invite")
    below = round(report.place.percentile / 10)
    facts = {
        "month": words.month(report.place.month),
        "kwh": words.text("unit.energy", kwh=words.energy(report.place.own_kwh)),
    }
    if below <= 2:
        return words.rich("compare.little", **facts)
    if below >= 8:
        return words.rich("compare.much", **facts)
    return words.rich("compare.middle", **facts)


def _detail(place: SimilarPlace, words: Words) -> str:
    return words.text(
        "compare.detail",
        homes=words.number(place.homes),
        median=words.text("unit.energy", kwh=words.energy(place.median_kwh)),
        best=words.text("unit.energy", kwh=words.energy(place.best_kwh)),
    )


def _strips(place: SimilarPlace, words: Words) -> tuple[Strip, ...]:
    kwh = (("best", place.best_kwh), ("own", place.own_kwh), ("median", place.median_kwh))
    return tuple(
        Strip(words.text(f"compare.strip.{name}"), each, is_own=name == "own") for name, each in kwh
    )


def _table(place: SimilarPlace, words: Words) -> Table:
    columns = ("compare.column.home", "table.energy")
    return Table(
        caption=words.text("compare.table"),
        columns=tuple(words.text(code) for code in columns),
        rows=tuple(Row(each.label, (words.number(each.kwh, 1),)) for each in _strips(place, words)),
    )


def _known(place: SimilarPlace, words: Words) -> list[str]:
    return [
        words.text("compare.known.group", homes=words.number(place.homes)),
        words.text("compare.known.once", smallest=words.number(SMALLEST_GROUP)),
        words.text("compare.known.place", percentile=words.number(place.percentile)),
    ]


def _form(report: SimilarReport, words: Words) -> ProfileForm | None:
    """What the household told of its home, to be corrected; None for a coach."""
    if not report.may_change:
        return None
    told = report.profile
    return ProfileForm(
        sources=tuple(FormChoice(each, words.text(f"source.{each}")) for each in EnergySource),
        heating=told.heating if told else "",
        hot_water=told.hot_water if told else "",
        surface_m2=f"{told.surface_m2:g}" if told else "",
        people=str(told.people) if told else "",
        consent=words.text(TEXTS[Purpose.SIMILAR_HOMES]),
        agrees=report.agrees,
    )
