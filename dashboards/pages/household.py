"""A household's pages: now and lately, any period, a chart to zoom into, and a table to keep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from commonwatt.access import Paused
from commonwatt.model import ZONE
from commonwatt.reports.advice import load_unseen
from commonwatt.reports.cost import HouseholdCost, load_cost, load_costs
from commonwatt.reports.energy import EnergyReport, load_energy
from commonwatt.reports.export import energy_csv
from commonwatt.reports.household import HouseholdReport, load_household
from commonwatt.reports.moment import Moment, load_moment
from commonwatt.reports.past import Past, load_past
from commonwatt.storage.alerts import Alert
from dashboards.areas import Area, area_links
from dashboards.bars import Bar, energy_bars
from dashboards.choices import BARS, DETAILED_BARS, EARLIEST, Beside, Choice, View, local_date
from dashboards.contexts import ExplorePage, HomePage, Link, PeriodPage
from dashboards.deps import Chosen, Database, Language, Now, Reader
from dashboards.figures import energy_figure, script_gzip
from dashboards.moments import moment_panel
from dashboards.panels import energy_panel, energy_table, live_panel, period_name
from dashboards.rendering import language_links, render
from dashboards.told_alerts import tell_alert
from dashboards.words import Words

router = APIRouter()

FIRST_VIEWS = (View.DAY, View.WEEK, View.MONTH)
PLOTLY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""plotly writes a style element of its own; no other page needs that."""


@router.get("/home")
def home(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    words: Language,
    choice: Chosen,
) -> Response:
    """The first view, or the period that the address names; who paused is told so instead."""
    if isinstance(viewer, Paused):
        return RedirectResponse("/home/data", 303)
    if {"view", "date"} & request.query_params.keys():
        report = load_energy(connection, viewer, choice.period, BARS[choice.view], now_utc)
        cost = load_cost(connection, viewer, choice.period, now_utc)
        past = load_past(connection, viewer, report.total, choice.before.period, now_utc)
        return render(request, period_page(request, report, cost, past, choice, words, now_utc))
    home = load_household(connection, viewer, now_utc)
    energies = (home.today, home.week, home.month)
    periods = [each.total.period for each in energies]
    costs = load_costs(connection, viewer, periods, now_utc)
    today = local_date(now_utc)
    pasts = [
        load_past(connection, viewer, each.total, Choice(view, today).before.period, now_utc)
        for view, each in zip(FIRST_VIEWS, energies, strict=True)
    ]
    moment = load_moment(connection, viewer, home.live, now_utc)
    alerts = load_unseen(connection, viewer)
    return render(request, home_page(request, home, costs, pasts, moment, alerts, words))


def home_page(
    request: Request,
    report: HouseholdReport,
    costs: Sequence[HouseholdCost],
    pasts: Sequence[Past | None],
    moment: Moment | None,
    alerts: Sequence[Alert],
    words: Words,
) -> HomePage:
    today = local_date(report.now_utc)
    energies = (report.today, report.week, report.month)
    return HomePage(
        words=words,
        title=words.text("home.title"),
        languages=language_links(request, words),
        areas=area_links(Area.ENERGY, words),
        where=words.text(
            "home.where", dwelling=report.dwelling_label, building=report.building_name
        ),
        live=live_panel(report.live, words, report.now_utc),
        moment=moment_panel(moment, words) if moment else None,
        alerts=tuple(tell_alert(alert, words).text for alert in alerts),
        findings=tuple(words.finding(finding, "household") for finding in report.findings),
        is_empty=report.live is None and report.month.total.kwh is None,
        panels=tuple(
            energy_panel(energy, cost, Choice(view, today), words, report.now_utc, past)
            for view, energy, cost, past in zip(FIRST_VIEWS, energies, costs, pasts, strict=True)
        ),
    )


def period_page(
    request: Request,
    report: EnergyReport,
    cost: HouseholdCost,
    past: Past | None,
    choice: Choice,
    words: Words,
    now_utc: datetime,
) -> PeriodPage:
    today = local_date(now_utc)
    return PeriodPage(
        words=words,
        title=words.text("home.title"),
        languages=language_links(request, words),
        areas=area_links(Area.ENERGY, words),
        panel=energy_panel(report, cost, choice, words, now_utc, past),
        views=_view_links("/home", choice, words),
        before=_link("/home", choice.before, words),
        after=_link("/home", choice.after, words) if choice.after.day <= today else None,
        view=choice.view,
        date=choice.day.isoformat(),
        today=today.isoformat(),
    )


@router.get("/home/explore")
def explore(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    words: Language,
    choice: Chosen,
    beside: Beside = Beside.NOTHING,
) -> HTMLResponse:
    report = load_energy(connection, viewer, choice.period, DETAILED_BARS[choice.view], now_utc)
    other = _load_other(connection, viewer, choice.other(beside), now_utc)
    page = explore_page(request, report, other, choice, beside, words, now_utc)
    response = render(request, page)
    response.headers["content-security-policy"] = PLOTLY_POLICY
    return response


def _load_other(
    connection: Database, viewer: Reader, other: Choice | None, now_utc: datetime
) -> EnergyReport | None:
    if other is None or other.first_day < EARLIEST:
        return None
    return load_energy(connection, viewer, other.period, DETAILED_BARS[other.view], now_utc)


def explore_page(
    request: Request,
    report: EnergyReport,
    other: EnergyReport | None,
    choice: Choice,
    beside: Beside,
    words: Words,
    now_utc: datetime,
) -> ExplorePage:
    bars = _detailed_bars(report, choice, words, now_utc)
    than = choice.other(beside)
    others = _detailed_bars(other, choice, words, now_utc) if other else ()
    is_past = choice.after.day <= local_date(now_utc)
    return ExplorePage(
        words=words,
        title=words.text("explore.title"),
        languages=language_links(request, words),
        heading=period_name(choice, words),
        figure=str(energy_figure(bars, words, others, _other_name(than, words)).to_json()),
        table=energy_table(bars, choice, words),
        views=_view_links("/home/explore", choice, words),
        before=_link("/home/explore", choice.before, words),
        after=_link("/home/explore", choice.after, words) if is_past else None,
        back=Link(words.text("explore.back"), f"/home?{choice.query}"),
        beside=tuple(
            Link(
                words.text(f"explore.beside.{each}"),
                f"/home/explore?{choice.query}&beside={each}",
                each is beside,
            )
            for each in Beside
        ),
        other=energy_table(others, than, words) if than and others else None,
    )


def _detailed_bars(
    report: EnergyReport, choice: Choice, words: Words, now_utc: datetime
) -> tuple[Bar, ...]:
    by = DETAILED_BARS[choice.view]
    return energy_bars(report, by, words, now_utc, in_one_day=choice.view is View.DAY)


def _other_name(than: Choice | None, words: Words) -> str:
    return period_name(than, words) if than else ""


@router.get("/home/energy.csv")
def download(viewer: Reader, connection: Database, now_utc: Now, choice: Chosen) -> Response:
    """The chosen period, one line a bar of the page that shows it."""
    report = load_energy(connection, viewer, choice.period, BARS[choice.view], now_utc)
    name = f"commonwatt-{choice.view}-{choice.first_day.isoformat()}.csv"
    return Response(
        energy_csv(report, ZONE),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


@router.get("/static/plotly.min.js")
def plotly_script() -> Response:
    """plotly.js from this server; every browser that can run it takes gzip."""
    headers = {"content-encoding": "gzip", "cache-control": "public, max-age=86400"}
    return Response(script_gzip(), media_type="text/javascript", headers=headers)


def _view_links(path: str, choice: Choice, words: Words) -> tuple[Link, ...]:
    return tuple(
        Link(
            words.text(f"view.{view}"),
            f"{path}?{Choice(view, choice.day).query}",
            view is choice.view,
        )
        for view in View
    )


def _link(path: str, choice: Choice, words: Words) -> Link:
    return Link(period_name(choice, words), f"{path}?{choice.query}")
