"""A landlord's page of what a building saved since each action: verdict first, then the interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from commonwatt.core.tiers import Verdict
from commonwatt.reports.building_savings import load_building_savings
from commonwatt.storage.landlords import choose_building
from dashboards.contexts import Link, Row, Table
from dashboards.deps import Database, Language, Now, Reader
from dashboards.intervals import Reach, Scene, draw_reaches
from dashboards.landlord_contexts import BuildingSavingsPage, SavingPanel
from dashboards.landlord_reports import tell_share
from dashboards.rendering import language_links, render
from dashboards.words import Words

if TYPE_CHECKING:
    from markupsafe import Markup

    from commonwatt.reports.building_savings import ActionSaving, BuildingSavings
    from commonwatt.storage.building_savings import SavingFigures

router = APIRouter()

SPOKEN: Final = {Verdict.PROVEN_DROP: 1, Verdict.RISE: -1}
"""Verdicts with a figure, and its sign as it is spoken: used less, or used more."""


@router.get("/building/{building_id}/savings")
def building_savings(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    words: Language,
    building_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
) -> HTMLResponse:
    landlord = choose_building(connection, viewer, building_id)
    report = load_building_savings(connection, landlord, now_utc)
    return render(request, savings_page(request, report, words))


def savings_page(request: Request, report: BuildingSavings, words: Words) -> BuildingSavingsPage:
    place = f"/building/{report.building_id}"
    return BuildingSavingsPage(
        words=words,
        title=words.text("savings.title"),
        languages=language_links(request, words),
        name=report.building_name,
        back=Link(words.text("savings.back"), place),
        panels=tuple(
            _panel(f"action-{number}", saving, report, words)
            for number, saving in enumerate(report.actions, 1)
        ),
        act=Link(words.text("savings.act"), f"{place}#actions"),
    )


def _panel(key: str, saving: ActionSaving, report: BuildingSavings, words: Words) -> SavingPanel:
    figures = saving.figures
    return SavingPanel(
        key=key,
        heading=words.text(
            "savings.since",
            kind=words.text(f"action.kind.{saving.action.kind}"),
            day=words.full_date(saving.action.start_day),
        ),
        note=saving.action.note,
        verdict=saving.verdict.value,
        verdict_heading=words.text(f"saving.heading.{saving.verdict}"),
        sentence=_sentence(saving, words),
        between=_between(saving.verdict, figures, words) if figures else None,
        advice=_advice(saving, words),
        frozen=words.text("savings.frozen") if saving.frozen_reason else None,
        chart=_chart(key, figures, words) if figures else None,
        table=_table(figures, words) if figures else None,
        known=tuple(_known(saving, report, words)),
    )


def _sentence(saving: ActionSaving, words: Words) -> Markup:
    sign, figures = SPOKEN.get(saving.verdict), saving.figures
    if sign is None or figures is None:
        return words.rich(f"savings.{saving.verdict}")
    return words.rich(
        f"savings.{saving.verdict}",
        share=tell_share(sign * figures.share, words),
        kwh=words.text("unit.energy", kwh=words.number(sign * figures.saved_kwh)),
        homes=words.number(figures.homes),
    )


def _between(verdict: Verdict, figures: SavingFigures, words: Words) -> str:
    sign = SPOKEN.get(verdict, 1)
    low, high = sorted((sign * figures.low, sign * figures.high))
    code = "savings.between" if verdict in SPOKEN else "savings.between.unclear"
    return words.text(code, low=tell_share(low, words), high=tell_share(high, words))


def _advice(saving: ActionSaving, words: Words) -> str:
    if saving.figures is None:
        return words.text(f"savings.reason.{saving.reason}")
    weeks = saving.figures.weeks_to_go
    if saving.verdict in SPOKEN or weeks == 0:
        return words.text("savings.concluded")
    return (
        words.text("savings.more_homes") if weeks is None else words.count("savings.weeks", weeks)
    )


def _chart(key: str, figures: SavingFigures, words: Words) -> Markup:
    rows = _intervals(figures, words)
    reaches = [
        Reach(label, low, high, value, (tell_share(low, words), tell_share(high, words)))
        for label, low, value, high in rows
    ]
    scene = Scene(
        key=f"{key}-chart",
        title=words.text("savings.chart"),
        desc=words.text(
            "savings.chart.text",
            share=tell_share(figures.share, words),
            low=tell_share(figures.low, words),
            high=tell_share(figures.high, words),
        ),
        nothing=tell_share(0.0, words),
    )
    return draw_reaches(reaches, scene)


def _intervals(
    figures: SavingFigures, words: Words
) -> list[tuple[str, float, float | None, float]]:
    placebo = (figures.placebo_low, None, figures.placebo_high)
    return [
        (words.text("savings.row.since"), figures.low, figures.share, figures.high),
        (words.text("savings.row.placebo"), *placebo),
    ]


def _table(figures: SavingFigures, words: Words) -> Table:
    columns = ("what", "low", "value", "high")
    return Table(
        caption=words.text("savings.chart"),
        columns=tuple(words.text(f"savings.column.{column}") for column in columns),
        rows=tuple(
            Row(
                label,
                tuple(
                    "-" if share is None else tell_share(share, words)
                    for share in (low, value, high)
                ),
            )
            for label, low, value, high in _intervals(figures, words)
        ),
    )


def _known(saving: ActionSaving, report: BuildingSavings, words: Words) -> list[str]:
    """Days, groups, coverage, least effect, weather, placebo, method: in this order."""
    figures = saving.figures
    told = []
    if saving.start_day and saving.end_day:
        days = {"first": saving.start_day, "last": saving.end_day}
        told.append(
            words.text(
                "savings.known.days", **{name: words.full_date(day) for name, day in days.items()}
            )
        )
    if figures is not None:
        told += [
            words.text(
                "savings.known.homes",
                homes=words.number(figures.homes),
                waiting=words.number(figures.waiting_homes),
            ),
            words.text("savings.known.energy", kwh=words.number(figures.expected_kwh)),
            words.text("savings.known.coverage", share=words.share(figures.coverage)),
            words.text("savings.known.detectable", share=tell_share(figures.detectable, words)),
            words.text("savings.known.placebo"),
        ]
    if report.station_name:
        told.append(words.text("savings.known.weather", station=report.station_name))
    return [*told, words.text("savings.known.method"), words.text("savings.known.rule")]
