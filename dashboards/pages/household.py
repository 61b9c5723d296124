"""The household's pages: what it uses, how that is known, and what is missing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from commonwatt.model import ZONE, Period
from commonwatt.reports.energy import MOST_GAPS, EnergyFigure, EnergyReport, load_energy
from commonwatt.reports.export import energy_csv
from commonwatt.reports.household import HouseholdReport, day_of, load_household, month_of
from dashboards.contexts import ExplorePage, HomePage, PeriodPart, Row
from dashboards.deps import Database, Language, Now, Reader
from dashboards.figures import energy_figure
from dashboards.rendering import render
from dashboards.svg import Bar, Chart, draw_bars
from dashboards.words import Words

router = APIRouter(include_in_schema=False)

KETTLE_KWH = 0.1
"""Energy to boil a litre of tap water: 4.19 kJ/(kg K) x 85 K = 356 kJ = 0.099 kWh."""

BULB_W = 10

Day = Annotated[date | None, Query(alias="date")]


@router.get("/home")
def home(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    words: Language,
    shown: Day = None,
) -> HTMLResponse:
    today = words.local_date(now_utc)
    day = min(shown or today, today)
    report = load_household(connection, viewer, now_utc, day)
    return render(request, "household/home.html", home_page(report, day, words), words)


@router.get("/home/explore")
def explore(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    words: Language,
    shown: Day = None,
) -> HTMLResponse:
    day = shown or words.local_date(now_utc)
    report = load_energy(connection, viewer, day_of(day), "half_hour", now_utc)
    page = ExplorePage(
        heading=words.day(day),
        figure_url=f"/home/figure.json?date={day.isoformat()}",
        day=day.isoformat(),
        rows=_rows("day", report, now_utc, words),
    )
    response = render(request, "household/explore.html", page, words)
    response.headers["content-security-policy"] = _PLOTLY_POLICY
    return response


@router.get("/home/figure.json")
def figure(
    viewer: Reader, connection: Database, now_utc: Now, words: Language, shown: Day = None
) -> Response:
    period = day_of(shown or words.local_date(now_utc))
    report = load_energy(connection, viewer, period, "half_hour", now_utc)
    return Response(energy_figure(report, words), media_type="application/json")


@router.get("/home/energy.csv")
def csv(
    viewer: Reader, connection: Database, now_utc: Now, words: Language, shown: Day = None
) -> Response:
    period = month_of(shown or words.local_date(now_utc))
    report = load_energy(connection, viewer, period, "half_hour", now_utc)
    name = f"commonwatt-{period.start_utc:%Y-%m}.csv"
    return Response(
        energy_csv(report, ZONE),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


_PLOTLY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""Plotly writes its own style element; no other page needs that."""


def home_page(report: HouseholdReport, day: date, words: Words) -> HomePage:
    is_today = day == words.local_date(report.now_utc)
    live = report.live if is_today else None
    next_day = None if is_today else (day + timedelta(days=1)).isoformat()
    return HomePage(
        where=words.text(
            "home.where", dwelling=report.dwelling_label, building=report.building_name
        ),
        live=live,
        is_today=is_today,
        bulbs=round(live.power_w / BULB_W) if live else None,
        findings=tuple(words.finding(finding, "household") for finding in report.findings),
        parts=(
            _part("day", report.today, report.now_utc, words, is_today=is_today),
            _part("week", report.week, report.now_utc, words),
            _part("month", report.month, report.now_utc, words),
        ),
        previous_day=(day - timedelta(days=1)).isoformat(),
        next_day=next_day,
        day=day.isoformat(),
    )


def _part(
    part_id: str, report: EnergyReport, now_utc: datetime, words: Words, *, is_today: bool = False
) -> PeriodPart:
    heading = words.text("home.today.heading" if is_today else f"home.{part_id}.heading")
    return PeriodPart(
        part_id=part_id,
        heading=heading,
        sentence=_sentence(part_id, report.total, words),
        kettles=_kettles(report.total, words),
        chart=_chart(part_id, heading, report, now_utc, words),
        rows=_rows(part_id, report, now_utc, words),
        total=report.total,
        gaps=report.gaps[:5],
        more_gaps=min(len(report.gaps), MOST_GAPS) - len(report.gaps[:5]),
    )


def _period_words(period: Period, words: Words) -> dict[str, Any]:
    first = words.local_date(period.start_utc)
    last = words.local_date(period.end_utc - timedelta(hours=1))
    return {
        "day": words.day(first),
        "first": words.day(first),
        "last": words.day(last),
        "month": words.month(first),
    }


def _sentence(part_id: str, total: EnergyFigure, words: Words) -> str:
    if total.kwh is None:
        return words.text("home.unknown")
    facts = _period_words(total.period, words)
    sentence = words.text(f"home.sentence.{part_id}", kwh=words.energy(total.kwh), **facts)
    return sentence[:1].upper() + sentence[1:]


def _kettles(total: EnergyFigure, words: Words) -> str | None:
    if total.kwh is None or total.kwh < KETTLE_KWH:
        return None
    return words.text("home.kettles", count=words.number(total.kwh / KETTLE_KWH))


def _chart(
    part_id: str, heading: str, report: EnergyReport, now_utc: datetime, words: Words
) -> Markup:
    bars = [
        Bar(
            label=_axis_label(part_id, figure, words),
            value=figure.kwh,
            estimated=figure.estimated_kwh,
            is_future=figure.period.start_utc > now_utc,
        )
        for figure in report.bars
    ]
    chart = Chart(part_id, heading, _description(part_id, report, words), "kWh")
    return Markup(draw_bars(chart, bars, words.tick))  # noqa: S704 - svg.py escapes every text


def _description(part_id: str, report: EnergyReport, words: Words) -> str:
    known = [bar for bar in report.bars if bar.kwh is not None]
    if not known:
        return words.text("chart.describe.empty", count=len(report.bars))
    highest = max(known, key=lambda bar: bar.kwh or 0)
    return words.text(
        "chart.describe",
        count=len(report.bars),
        kwh=words.energy(highest.kwh or 0),
        when=_label(part_id, highest, words),
    )


def _rows(part_id: str, report: EnergyReport, now_utc: datetime, words: Words) -> tuple[Row, ...]:
    """What the chart shows as a table, up to now."""
    begun = [figure for figure in report.bars if figure.period.start_utc <= now_utc]
    return tuple(Row(_label(part_id, figure, words), figure) for figure in begun)


def _label(part_id: str, figure: EnergyFigure, words: Words) -> str:
    start_utc = figure.period.start_utc
    if part_id == "day":
        return words.clock(start_utc)
    return words.short_day(words.local_date(start_utc))


def _axis_label(part_id: str, figure: EnergyFigure, words: Words) -> str:
    start_utc = figure.period.start_utc
    if part_id == "day":
        return words.clock(start_utc)
    day = words.local_date(start_utc)
    return words.weekday(day) if part_id == "week" else str(day.day)
