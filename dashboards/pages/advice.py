"""A household's page of one tip and of what it wants to be told of."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from commonwatt.access import Paused
from commonwatt.reports.advice import AdviceReport, Hint, load_advice
from commonwatt.storage.alerts import LIMITS, AlertKind, choose_alert, see_alerts
from dashboards.areas import Area, area_links
from dashboards.choices import read_number
from dashboards.contexts import Link
from dashboards.deps import Database, Language, Now, Reader
from dashboards.home_contexts import AdvicePage, AlertField
from dashboards.rendering import language_links, render
from dashboards.told_alerts import tell_alert
from dashboards.words import Words

router = APIRouter()

NEXT: Final = {
    Hint.CONTRACT: "/home/data#contract",
    Hint.WATER_HEATER: "/home/money#heater",
    Hint.ALWAYS_ON: "/home/always-on",
}
"""Where each hint leads on."""


@router.get("/home/advice")
def advice(
    request: Request, viewer: Reader, connection: Database, now_utc: Now, words: Language
) -> Response:
    if isinstance(viewer, Paused):
        return RedirectResponse("/home/data", 303)
    report = load_advice(connection, viewer, now_utc)
    return render(request, advice_page(request, report, words))


@router.post("/home/advice/alert")
def choose(
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    kind: Annotated[AlertKind, Form()],
    above: Annotated[str, Form(max_length=12)] = "",
) -> RedirectResponse:
    """Choose above what the household is told; an empty field ends that."""
    choose_alert(connection, viewer, kind, read_number(above), now_utc)
    return RedirectResponse("/home/advice#alerts", 303)


@router.post("/home/advice/seen")
def see(viewer: Reader, connection: Database, now_utc: Now) -> RedirectResponse:
    see_alerts(connection, viewer, now_utc)
    return RedirectResponse("/home", 303)


def advice_page(request: Request, report: AdviceReport, words: Words) -> AdvicePage:
    return AdvicePage(
        words=words,
        title=words.text("hint.title"),
        languages=language_links(request, words),
        areas=area_links(Area.ADVICE, words),
        heading=words.text(f"hint.heading.{report.hint}"),
        sentence=_sentence(report, words),
        why=words.text(f"hint.why.{report.hint}"),
        onward=_onward(report.hint, words),
        alerts=tuple(tell_alert(each, words) for each in report.alerts),
        has_unseen=any(each.seen_utc is None for each in report.alerts),
        fields=tuple(_field(kind, report, words) for kind in AlertKind),
        may_change=report.may_change,
    )


def _sentence(report: AdviceReport, words: Words) -> Markup:
    power = words.text("unit.power", power=words.number(report.power_w or 0))
    if report.month_eur is None:
        return words.rich(f"hint.{report.hint}", power=power)
    euros = words.euros(report.month_eur, whole=True)
    return words.rich(f"hint.{report.hint}.priced", power=power, euros=euros)


def _onward(hint: Hint, words: Words) -> Link | None:
    return Link(words.text(f"hint.onward.{hint}"), NEXT[hint]) if hint in NEXT else None


def _field(kind: AlertKind, report: AdviceReport, words: Words) -> AlertField:
    least, most = LIMITS[kind]
    above = report.choices.get(kind)
    return AlertField(
        kind=kind.value,
        label=words.text(f"alert.label.{kind}"),
        state=words.text("alert.on" if above is not None else "alert.off"),
        above="" if above is None else f"{above:g}",
        limits=words.text(
            "alert.limits", least=words.number(least, int(least % 1 > 0)), most=words.number(most)
        ),
    )
