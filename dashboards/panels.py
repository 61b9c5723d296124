"""From a household's report to what its page says: sentence, comparison, chart, table, gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboards.bars import energy_bars
from dashboards.choices import BARS, Choice, View, local_date
from dashboards.contexts import EnergyPanel, Link, LivePanel, Row, Table
from dashboards.svg import Legend, draw_bars

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from markupsafe import Markup

    from commonwatt.reports.cost import HouseholdCost
    from commonwatt.reports.energy import EnergyFigure, EnergyReport, Gap
    from commonwatt.reports.household import LivePower
    from commonwatt.reports.past import Past
    from dashboards.bars import Bar
    from dashboards.words import Words

MOST_GAPS_TOLD: Final = 5
KETTLE_KWH: Final = 0.1
"""What it takes to bring one litre of cold water to the boil."""

MOST_KETTLES: Final = 150
HEATER_KW: Final = 1.0
ALIKE: Final = 0.02
"""Two periods that differ by less than this are called alike."""

CURRENT: Final = {
    View.DAY: "today",
    View.WEEK: "this_week",
    View.MONTH: "this_month",
    View.YEAR: "this_year",
}
"""How a view is called while it lasts."""


def live_panel(live: LivePower | None, words: Words, now_utc: datetime) -> LivePanel:
    if live is None:
        return LivePanel(words.rich("live.none"), "", None, is_fresh=False)
    is_fresh = live.is_fresh(now_utc)
    is_today = local_date(live.at_utc) == local_date(now_utc)
    power = words.text("unit.power", power=words.number(live.power_w))
    return LivePanel(
        sentence=words.rich("live.now" if is_fresh else "live.last", power=power),
        measured=words.text("live.measured" if is_today else "live.measured_on"),
        when=words.clock(live.at_utc) if is_today else words.moment(live.at_utc),
        is_fresh=is_fresh,
    )


def energy_panel(
    report: EnergyReport,
    cost: HouseholdCost,
    choice: Choice,
    words: Words,
    now_utc: datetime,
    past: Past | None = None,
) -> EnergyPanel:
    is_current = choice.holds(now_utc)
    name = CURRENT[choice.view] if is_current else choice.view.value
    in_one_day = choice.view is View.DAY
    bars = energy_bars(report, BARS[choice.view], words, now_utc, in_one_day=in_one_day)
    told = sorted(report.gaps, key=lambda gap: -gap.minutes)[:MOST_GAPS_TOLD]
    hidden = len(report.gaps) - len(told)
    return EnergyPanel(
        key=name.replace("_", "-"),
        heading=words.text(f"period.{name}") if is_current else period_name(choice, words),
        sentence=_sentence(report, name, words),
        cost=_cost(cost, words),
        past=tell_past(past, name, words),
        comparison=_comparison(report.total.kwh, words),
        chart=_chart(bars, choice, words),
        table=energy_table(bars, choice, words),
        provenance=_provenance(report.total, words),
        gaps=tuple(_gap(gap, words) for gap in sorted(told, key=lambda gap: gap.start_utc)),
        more_gaps=words.count("gap.more", hidden) if hidden else None,
        links=_links(choice, words),
    )


def period_name(choice: Choice, words: Words) -> str:
    if choice.view is View.DAY:
        return words.day(choice.day)
    if choice.view is View.WEEK:
        first, last = words.short_day(choice.first_day), words.short_day(choice.last_day)
        return words.text("period.from_to", first=first, last=last, year=choice.last_day.year)
    if choice.view is View.MONTH:
        return words.month(choice.day)
    return str(choice.day.year)


def energy_table(bars: Sequence[Bar], choice: Choice, words: Words) -> Table:
    columns = ("table.when", "table.energy", "table.estimated", "table.measured")
    return Table(
        caption=words.text("table.caption", period=period_name(choice, words)),
        columns=tuple(words.text(code) for code in columns),
        rows=tuple(_row(bar, words) for bar in bars if not bar.is_to_come),
    )


def _row(bar: Bar, words: Words) -> Row:
    measured = words.share(bar.coverage)
    if bar.kwh is None:
        return Row(bar.label, (words.text("table.unknown"), "", measured))
    estimated = words.exact(bar.estimated_kwh) if bar.estimated_kwh > 0 else ""
    return Row(bar.label, (words.exact(bar.kwh), estimated, measured))


def _sentence(report: EnergyReport, name: str, words: Words) -> Markup:
    """How much was used: exactly, or at least so much if the register does not bridge a gap."""
    if report.total.kwh is None:
        return words.rich("energy.unknown")
    is_whole = all(gap.energy_known for gap in report.gaps)
    kwh = words.text("unit.energy", kwh=words.energy(report.total.kwh))
    return words.rich(f"energy.{'exact' if is_whole else 'least'}.{name}", kwh=kwh)


def _cost(cost: HouseholdCost, words: Words) -> str | None:
    if cost.total_eur is None or cost.energy_eur is None:
        return None
    total, energy = words.euros(cost.total_eur), words.euros(cost.energy_eur)
    return words.text("energy.cost", total=total, energy=energy)


def tell_past(past: Past | None, name: str, words: Words) -> str | None:
    """How a period compares with one before it, which is called by the period's own name."""
    if past is None:
        return None
    facts = {
        "share": words.share(abs(past.share)),
        "kwh": words.text("unit.energy", kwh=words.energy(past.earlier_kwh)),
        "then": words.text(f"past.then.{name}"),
    }
    if abs(past.share) < ALIKE:
        return words.text("past.same", **facts)
    return words.text("past.more" if past.share > 0 else "past.less", **facts)


def _comparison(kwh: float | None, words: Words) -> str | None:
    kettles = round((kwh or 0.0) / KETTLE_KWH)
    if kettles < 1:
        return None
    if kettles <= MOST_KETTLES:
        return words.count("energy.kettles", kettles)
    return words.count("energy.heater", round((kwh or 0.0) / HEATER_KW))


def _chart(bars: Sequence[Bar], choice: Choice, words: Words) -> Markup | None:
    if not any(bar.kwh is not None or bar.is_incomplete for bar in bars):
        return None
    legend = Legend(
        key=f"chart-{choice.view}",
        title=words.text("chart.title", period=period_name(choice, words)),
        estimated=words.text("chart.estimated"),
        unknown=words.text("chart.unknown"),
    )
    return draw_bars(bars, legend, words)


def _provenance(total: EnergyFigure, words: Words) -> tuple[str, ...]:
    parts = (
        ("known.register", total.register_kwh),
        ("known.power", total.power_kwh),
        ("known.estimated", total.estimated_kwh),
    )
    coverage = words.text("known.coverage", share=words.share(total.coverage))
    return (
        coverage,
        *(words.text(code, kwh=words.energy(kwh)) for code, kwh in parts if kwh > 0),
    )


def _gap(gap: Gap, words: Words) -> str:
    code = "gap.known" if gap.energy_known else "gap.unknown"
    start, length = words.moment(gap.start_utc), words.duration(gap.minutes)
    return words.text(code, start=start, length=length)


def _links(choice: Choice, words: Words) -> tuple[Link, ...]:
    links = (
        Link(words.text("link.before"), f"/home?{choice.before.query}"),
        Link(words.text("link.explore"), f"/home/explore?{choice.query}"),
        Link(words.text("link.csv"), f"/home/energy.csv?{choice.query}"),
    )
    if choice.view is not View.MONTH:
        return links
    sheet = Link(words.text("link.sheet"), f"/home/sheet.pdf?month={choice.day:%Y-%m}")
    return (*links, sheet)
