"""A household's page of its saving: one of four verdicts, never a figure without its interval."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from commonwatt.access import Paused
from commonwatt.core.tiers import VERDICT_CONFIDENCE, Verdict
from commonwatt.errors import PeriodError
from commonwatt.reports.explanation import saving_explanation
from commonwatt.reports.savings import HouseholdSaving, first_comparable_day, load_saving
from dashboards.areas import Area, area_links
from dashboards.choices import EARLIEST, local_date
from dashboards.contexts import Row, Table
from dashboards.deps import Database, Language, Now, Reader
from dashboards.explanations import tell_explanation
from dashboards.home_contexts import SavingPage
from dashboards.rendering import language_links, render
from dashboards.words import Words

if TYPE_CHECKING:
    from markupsafe import Markup

    from commonwatt.core.savings import Saving

router = APIRouter()

SPOKEN: Final = {Verdict.PROVEN_DROP: 1.0, Verdict.RISE: -1.0}
"""Verdicts with a figure, and its sign as it is spoken: used less, or used more."""


@router.get("/home/saving")
def saving(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    words: Language,
    since: str | None = None,
) -> Response:
    """Compare since a day; if the address names none, since the first that has a year before it."""
    if isinstance(viewer, Paused):
        return RedirectResponse("/home/data", 303)
    latest = local_date(now_utc) - timedelta(days=1)
    chosen = _read_day(since) if since else first_comparable_day(connection, viewer, now_utc)
    found = load_saving(connection, viewer, min(chosen, latest), now_utc)
    return render(request, saving_page(request, found, latest, words))


def _read_day(told: str) -> date:
    try:
        chosen = date.fromisoformat(told)
    except ValueError as error:
        raise PeriodError("since=2026-01-31") from error
    if chosen < EARLIEST:
        raise PeriodError(f"nothing is older than {EARLIEST.isoformat()}")
    return chosen


def saving_page(request: Request, found: HouseholdSaving, latest: date, words: Words) -> SavingPage:
    assessment = found.assessment
    verdict = assessment.judgement.verdict if assessment else Verdict.NOT_ENOUGH_DATA
    shown = found.shown
    return SavingPage(
        words=words,
        title=words.text("saving.title"),
        languages=language_links(request, words),
        areas=area_links(Area.SAVING, words),
        verdict=verdict.value,
        sentence=_sentence(verdict, shown, words),
        interval=_interval(verdict, shown, words),
        worth=_worth(verdict, found, words),
        reasons=tuple(_reasons(found, words)),
        table=_months(shown, words) if shown else None,
        known=tuple(tell_explanation(words, saving_explanation(found), "household")),
        since=found.change_day.isoformat(),
        earliest=EARLIEST.isoformat(),
        latest=latest.isoformat(),
    )


def _sentence(verdict: Verdict, saving: Saving | None, words: Words) -> Markup:
    sign = SPOKEN.get(verdict)
    if sign is None or saving is None:
        return words.rich(f"saving.{verdict}")
    return words.rich(
        f"saving.{verdict}",
        share=words.share(abs(saving.share)),
        kwh=words.text("unit.energy", kwh=words.number(sign * saving.saved_wh / 1000)),
    )


def _interval(verdict: Verdict, saving: Saving | None, words: Words) -> str | None:
    if saving is None:
        return None
    sign = SPOKEN.get(verdict, 1.0)
    wide = saving.interval(VERDICT_CONFIDENCE)
    low, high = sorted((sign * wide.low_wh / 1000, sign * wide.high_wh / 1000))
    code = "saving.between" if verdict in SPOKEN else "saving.between.unclear"
    return words.text(code, low=words.number(low), high=words.number(high))


def _worth(verdict: Verdict, found: HouseholdSaving, words: Words) -> str | None:
    if found.worth is None or verdict not in SPOKEN:
        return None
    sign = SPOKEN[verdict]
    low, high = sorted((sign * found.worth.low_eur, sign * found.worth.high_eur))
    return words.text(
        f"saving.worth.{verdict}",
        euros=words.euros(sign * found.worth.saved_eur, whole=True),
        low=words.euros(low, whole=True),
        high=words.euros(high, whole=True),
    )


def _reasons(found: HouseholdSaving, words: Words) -> list[str]:
    gates = found.assessment.judgement.gates if found.assessment else ()
    told = [words.text(f"saving.gate.{gate}") for gate in gates]
    return [*told, *(words.finding(finding, "household") for finding in found.findings)]


def _months(saving: Saving, words: Words) -> Table:
    """What was expected and what was used, by month of the counted days."""
    days = saving.reporting.day.astype("datetime64[D]")
    months, place = np.unique(days.astype("datetime64[M]"), return_inverse=True)
    expected_kwh = np.bincount(place, saving.counterfactual_wh) / 1000
    used_kwh = np.bincount(place, saving.reporting.energy_wh) / 1000
    count = np.bincount(place)
    columns = ("month", "days", "expected", "used", "less")
    return Table(
        caption=words.text("saving.table.caption"),
        columns=tuple(words.text(f"saving.column.{column}") for column in columns),
        rows=tuple(
            Row(
                words.short_month(month.astype("datetime64[D]").item()),
                (
                    words.number(int(days)),
                    words.number(expected),
                    words.number(used),
                    words.signed(round(expected - used)),
                ),
            )
            for month, days, expected, used in zip(
                months, count, expected_kwh, used_kwh, strict=True
            )
        ),
    )
