"""The words of a landlord's report on paper: tables, sentences, and an annex that says what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from commonwatt.documents.landlord_reports import (
    LandlordPaper,
    MonthBar,
    PaperTable,
    landlord_pages,
)
from commonwatt.model import SMALLEST_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonwatt.reports.building import BuildingMonth
    from commonwatt.reports.building_savings import ActionSaving
    from commonwatt.reports.landlord_report import ActionMonths, LandlordReport
    from dashboards.words import Words

MOST_BARS: Final = 24
"""The chart shows the last two years; the table shows all months."""

MONTH_COLUMNS: Final = ("month", "homes", "kwh", "each", "measured")
ANNEX: Final = (
    *("boundary", "baseline", "reporting", "model"),
    *("exclusions", "uncertainty", "quality", "savings"),
)

SAVING_PARTS: Final = ("model", "uncertainty", "savings")
"""What the annex says otherwise of, once a saving is told."""

SAVING_COLUMNS: Final = ("action", "verdict", "share", "check", "homes", "waiting")


def print_landlord_report(report: LandlordReport, words: Words) -> bytes:
    stamp_s = int(report.building.now_utc.timestamp())
    paper = landlord_paper(report, words)
    (made,) = landlord_pages(paper, language=words.language, stamp_s=stamp_s)
    return made


def tell_meters(count: int | None, words: Words) -> str:
    """A number of meters, or that there are too few to tell it."""
    few = words.text("building.few", smallest=SMALLEST_GROUP)
    return few if count is None else words.number(count)


def tell_share(share: float, words: Words) -> str:
    """A share in percent with one digit; the sign is a true minus."""
    return ("\u2212" if share < 0 else "") + words.share(abs(share))


def landlord_paper(report: LandlordReport, words: Words) -> LandlordPaper:
    building = report.building
    return LandlordPaper(
        title=words.text("paper.title"),
        name=building.building_name,
        issued=words.text("paper.issued", moment=words.moment(building.now_utc)),
        sentence=_sentence(report, words),
        counts=(
            (words.text("building.dwellings"), words.number(building.dwellings)),
            (words.text("building.consenting"), words.number(building.consenting_homes)),
            (words.text("building.live"), tell_meters(building.live_meters, words)),
            (words.text("paper.told"), words.number(report.told)),
        ),
        chart_heading=words.text("building.chart"),
        bars=_bars(building.months[-MOST_BARS:], words),
        legend=(words.text("chart.measured"), words.text("building.withheld")),
        months=_months(building.months, words),
        withheld=_withheld(report, words),
        rule=words.text("building.rule", smallest=report.rules.smallest_group),
        actions=_actions(report.actions, words),
        savings=_savings(report.savings, words),
        annex_heading=words.text("paper.annex"),
        annex_lead=words.text(f"paper.annex.lead{'.saving' if report.told_savings else ''}"),
        annex=tuple(
            (words.text(f"paper.annex.{part}.name"), told) for part, told in _annex(report, words)
        ),
        page=words.text("paper.page"),
    )


def _sentence(report: LandlordReport, words: Words) -> str:
    if report.first_told is None or report.last_told is None:
        return words.text("building.none") + " " + words.text("building.none.next")
    return words.text(
        "paper.sentence",
        count=words.number(report.told),
        first=words.month(report.first_told),
        last=words.month(report.last_told),
    )


def _bars(months: Sequence[BuildingMonth], words: Words) -> tuple[MonthBar, ...]:
    each_kwh = [_each_kwh(month) for month in months]
    most_kwh = max((kwh for kwh in each_kwh if kwh is not None), default=0.0) or 1.0
    return tuple(
        MonthBar(words.month_letter(month.month), None if kwh is None else kwh / most_kwh)
        for month, kwh in zip(months, each_kwh, strict=True)
    )


def _each_kwh(month: BuildingMonth) -> float | None:
    return month.kwh / month.homes if month.kwh is not None and month.homes else None


def _months(months: Sequence[BuildingMonth], words: Words) -> PaperTable:
    return PaperTable(
        heading=words.text("building.months"),
        columns=tuple(words.text(f"building.column.{column}") for column in MONTH_COLUMNS),
        rows=tuple(_month(month, words) for month in months),
        empty=words.text("building.none"),
    )


def _month(month: BuildingMonth, words: Words) -> tuple[str, ...]:
    name, each_kwh = words.short_month(month.month), _each_kwh(month)
    if month.kwh is None or each_kwh is None:
        return (name, words.text(f"building.withheld.{month.withheld}"))
    return (
        name,
        words.number(month.homes or 0),
        words.number(month.kwh),
        words.number(each_kwh),
        words.share(month.coverage or 0.0),
    )


def _withheld(report: LandlordReport, words: Words) -> PaperTable:
    return PaperTable(
        heading=words.text("building.rule.heading"),
        columns=(words.text("paper.reason"), words.text("paper.months")),
        rows=tuple(
            (words.text(f"building.withheld.{reason}"), words.number(count))
            for reason, count in report.withheld
        ),
        empty=words.text("paper.withheld.none"),
    )


def _actions(actions: Sequence[ActionMonths], words: Words) -> PaperTable:
    names = tuple(words.text(f"action.column.{name}") for name in ("kind", "start", "end", "note"))
    around = (words.text("paper.before"), words.text("paper.after"))
    return PaperTable(
        heading=words.text("action.heading"),
        columns=names + around,
        rows=tuple(_action(each, words) for each in actions),
        empty=words.text("action.none"),
    )


def _action(each: ActionMonths, words: Words) -> tuple[str, ...]:
    action = each.action
    return (
        words.text(f"action.kind.{action.kind}"),
        words.full_date(action.start_day),
        words.full_date(action.end_day) if action.end_day else words.text("action.lasting"),
        action.note,
        words.number(each.told_before),
        words.number(each.told_after),
    )


def _savings(savings: Sequence[ActionSaving], words: Words) -> PaperTable:
    return PaperTable(
        heading=words.text("savings.link"),
        columns=tuple(words.text(f"paper.saving.{column}") for column in SAVING_COLUMNS),
        rows=tuple(_saving(each, words) for each in savings),
        empty=words.text("action.none"),
    )


def _saving(each: ActionSaving, words: Words) -> tuple[str, ...]:
    """The figures with their intervals, or why there are none."""
    day, figures = words.full_date(each.action.start_day), each.figures
    since = words.text("savings.since", kind=words.text(f"action.kind.{each.action.kind}"), day=day)
    if figures is None:
        return (since, words.text(f"savings.reason.{each.reason}"))
    return (
        since,
        words.text(f"saving.heading.{each.verdict}"),
        _reach(words, figures.low, figures.high, figures.share),
        _reach(words, figures.placebo_low, figures.placebo_high),
        words.number(figures.homes),
        words.number(figures.waiting_homes),
    )


def _reach(words: Words, low: float, high: float, share: float | None = None) -> str:
    ends = {"low": tell_share(low, words), "high": tell_share(high, words)}
    if share is None:
        return words.text("paper.reach", **ends)
    return words.text("paper.reach.share", share=tell_share(share, words), **ends)


def _annex(report: LandlordReport, words: Words) -> list[tuple[str, str]]:
    """Each part's sentence with the facts it tells; one that lacks them says that instead."""
    building, rules = report.building, report.rules
    whole = sum(each.has_baseline for each in report.actions)
    facts: dict[str, dict[str, object]] = {
        "boundary": {"dwellings": building.dwellings, "homes": building.consenting_homes},
        "baseline": {"actions": len(report.actions), "whole": whole},
        "exclusions": {
            "smallest": rules.smallest_group,
            "coverage": words.share(rules.least_coverage),
            "share": words.share(rules.largest_share),
            "count": sum(count for _, count in report.withheld),
        },
        "reporting": _period_facts(report, words),
        "quality": _quality_facts(report, words),
        "savings": {"actions": len(report.savings), "count": len(report.told_savings)},
    }
    return [(part, words.text(_annex_code(part, report), **facts.get(part, {}))) for part in ANNEX]


def _annex_code(part: str, report: LandlordReport) -> str:
    lacks_months = part in {"reporting", "quality"} and not report.told
    lacks_actions = part == "baseline" and not report.actions
    if part in SAVING_PARTS and report.told_savings:
        return f"paper.annex.{part}.saving"
    return f"paper.annex.{part}.none" if lacks_months or lacks_actions else f"paper.annex.{part}"


def _period_facts(report: LandlordReport, words: Words) -> dict[str, object]:
    if report.first_told is None or report.last_told is None or report.homes is None:
        return {}
    fewest, most = report.homes
    return {
        "first": words.month(report.first_told),
        "last": words.month(report.last_told),
        "count": report.told,
        "homes": fewest if fewest == most else f"{fewest}\N{EN DASH}{most}",
    }


def _quality_facts(report: LandlordReport, words: Words) -> dict[str, object]:
    return {
        "lowest": words.share(report.lowest_coverage or 0.0),
        "mean": words.share(report.mean_coverage or 0.0),
        "live": tell_meters(report.building.live_meters, words),
    }
