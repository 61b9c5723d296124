"""Every piece that pages are made of, in all its states: for whoever changes their looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from commonwatt.core.tariff import Rate
from commonwatt.core.tiers import Verdict
from commonwatt.model import Period
from commonwatt.registry.selftests import Grade
from commonwatt.reports.cost import HouseholdCost
from commonwatt.reports.energy import EnergyFigure, EnergyReport, Gap
from commonwatt.reports.household import LivePower, day_of
from commonwatt.reports.moment import Moment
from dashboards.areas import Area, area_links
from dashboards.choices import Choice, View
from dashboards.contexts import JudgedLine, LivePiece, PiecesPage
from dashboards.deps import Language
from dashboards.moments import moment_panel
from dashboards.panels import energy_panel, live_panel
from dashboards.rendering import language_links, render
from dashboards.strips import Strip, draw_strips

if TYPE_CHECKING:
    from dashboards.contexts import EnergyPanel
    from dashboards.words import Words

router = APIRouter()

NOW_UTC: Final = datetime(2026, 1, 15, 17, tzinfo=UTC)
"""A Thursday in winter, six in the evening."""

HALF_HOUR: Final = timedelta(minutes=30)
SHAPE_KWH: Final = (0.08, 0.07, 0.06, 0.06, 0.11, 0.32, 0.24, 0.15, 0.21, 0.28, 0.35, 0.18)
"""What a half-hour uses, for each two hours of a day."""

BRIDGED, LOST = range(6, 10), range(22, 25)
"""Half-hours of which only the register is known, and of which nothing is."""

PRICED: Final = HouseholdCost(
    period=day_of(NOW_UTC.date()),
    energy_eur=1.32,
    subscription_eur=0.41,
    rates=(),
    estimated_share=0.1,
    coverage=0.9,
    price_lists=(),
    findings=(),
)
STRIPS: Final = (("best", 148.2, False), ("own", 182.4, True), ("median", 201.7, False))


@router.get("/pieces")
def pieces(request: Request, words: Language) -> HTMLResponse:
    return render(
        request,
        PiecesPage(
            words=words,
            title=words.text("pieces.title"),
            languages=language_links(request, words),
            areas=area_links(Area.ENERGY, words),
            live=tuple(_live_pieces(words)),
            energy_piece=_energy_piece(words),
            empty=_empty_piece(words),
            verdicts=tuple(verdict.value for verdict in Verdict),
            tests=tuple(_test_piece(grade, words) for grade in Grade),
            lights=("passed", "failed", "repair", "none"),
            strips=draw_strips(
                [Strip(words.text(f"compare.strip.{name}"), kwh, own) for name, kwh, own in STRIPS],
                words.text("compare.picture"),
                words,
            ),
        ),
    )


def _live_pieces(words: Words) -> list[LivePiece]:
    """Fresh below and above the limit, late, and never heard of."""
    told = (
        (LivePower(640, NOW_UTC), Moment(Rate.PEAK, 0.2081, NOW_UTC + HALF_HOUR, 6, 5360)),
        (LivePower(6740, NOW_UTC), Moment(Rate.RED_PEAK, 0.7, None, 6, -740)),
        (LivePower(87, NOW_UTC - timedelta(days=1)), Moment(Rate.BASE, 0.194, None, 6, None)),
        (None, None),
    )
    return [
        LivePiece(live_panel(live, words, NOW_UTC), moment_panel(now, words) if now else None)
        for live, now in told
    ]


def _energy_piece(words: Words) -> EnergyPanel:
    """A day with an estimated stretch, a lost one, and hours to come."""
    day = day_of(NOW_UTC.date())
    starts = [day.start_utc + number * HALF_HOUR for number in range(48)]
    bars = tuple(_half_hour(number, start_utc) for number, start_utc in enumerate(starts))
    gaps = (
        Gap(starts[BRIDGED.start], starts[BRIDGED.stop], energy_known=True),
        Gap(starts[LOST.start], starts[LOST.stop], energy_known=False),
    )
    return energy_panel(
        EnergyReport(_sum(day, bars), bars, gaps),
        PRICED,
        Choice(View.DAY, NOW_UTC.date()),
        words,
        NOW_UTC,
    )


def _empty_piece(words: Words) -> EnergyPanel:
    day = day_of(NOW_UTC.date() - timedelta(days=1))
    nothing = EnergyReport(EnergyFigure(day, None, 0, 0, 0, 0), (), ())
    choice = Choice(View.DAY, NOW_UTC.date() - timedelta(days=1))
    unpriced = HouseholdCost(None, None, None, (), 0.0, 0.0, (), ())
    return energy_panel(nothing, unpriced, choice, words, NOW_UTC)


def _half_hour(number: int, start_utc: datetime) -> EnergyFigure:
    period = Period(start_utc, start_utc + HALF_HOUR)
    if number in LOST or start_utc >= NOW_UTC:
        return EnergyFigure(period, None, 0, 0, 0, 0)
    kwh = SHAPE_KWH[number // 4]
    if number in BRIDGED:
        return EnergyFigure(period, kwh, 0, 0, kwh, 0)
    return EnergyFigure(period, kwh, kwh, 0, 0, 1)


def _sum(day: Period, bars: tuple[EnergyFigure, ...]) -> EnergyFigure:
    register_kwh = sum(bar.register_kwh for bar in bars)
    estimated_kwh = sum(bar.estimated_kwh for bar in bars)
    passed = [bar for bar in bars if bar.period.start_utc < NOW_UTC]
    coverage = sum(bar.coverage for bar in passed) / len(passed)
    kwh = register_kwh + estimated_kwh
    return EnergyFigure(day, kwh, register_kwh, 0, estimated_kwh, coverage)


def _test_piece(grade: Grade, words: Words) -> JudgedLine:
    return JudgedLine(
        name=words.text("pieces.test"),
        grade=grade.value,
        verdict=words.text(f"selftest.grade.{grade}"),
        hint=None if grade is Grade.PASSED else words.text("pieces.hint"),
        redo=None,
    )
