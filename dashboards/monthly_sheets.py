"""The words of a fridge-door sheet: its sentences, its coins and the pictures of a day's energy."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from commonwatt.documents.monthly_sheets import (
    CoinPile,
    DayBar,
    Paper,
    Pictures,
    SheetPage,
    month_sheets,
)
from commonwatt.errors import PeriodError
from dashboards.choices import EARLIEST, local_date
from dashboards.panels import HEATER_KW, KETTLE_KWH, MOST_KETTLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonwatt.reports.monthly_sheet import MonthEnergy, MonthlySheet, SheetDay
    from dashboards.words import Words

COINS: Final = ((200, 15.0), (100, 13.6), (50, 14.2), (20, 13.0), (10, 11.6))
"""What a coin is worth, in cents, and how wide it is drawn, in millimetres."""

KETTLES_A_PICTURE: Final = 10
HOURS_A_PICTURE: Final = 3
SAME: Final = 0.03
"""A month that differs by less than this share is about the same."""


def read_month(month: str | None, now_utc: datetime) -> date:
    """The month written in an address, 2026-10; the last one that is over if there is none."""
    today = local_date(now_utc)
    if not month:
        return date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)
    try:
        chosen = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise PeriodError("month=2026-10") from error
    if chosen < EARLIEST:
        raise PeriodError(f"nothing is older than {EARLIEST.isoformat()}")
    return chosen


def print_sheets(
    sheets: Sequence[MonthlySheet], web_url: str, words: Words, paper: Paper = Paper.A4
) -> bytes:
    """One page a home, in the order given; the code leads to the door, without letters or PIN."""
    pages = [sheet_page(sheet, words) for sheet in sheets]
    stamp_s = int(max(sheet.now_utc.timestamp() for sheet in sheets))
    (made,) = month_sheets(
        pages,
        f"{web_url.rstrip('/')}/enter",
        title=words.text("sheet.title"),
        language=words.language,
        stamp_s=stamp_s,
        paper=paper,
    )
    return made


def sheet_page(sheet: MonthlySheet, words: Words) -> SheetPage:
    return SheetPage(
        month=_capital(words.month(sheet.energy.month)),
        home=words.text("sheet.home", dwelling=sheet.dwelling_label),
        place=words.text("sheet.place", building=sheet.building_name, stairwell=sheet.stairwell),
        energy=_energy(sheet, words),
        daily=_daily(sheet, words),
        notice=_notice(sheet, words),
        pictures=_pictures(sheet.energy.daily_kwh, words),
        cost=_cost(sheet, words),
        coins=pile_coins(sheet.daily_eur or 0.0, words),
        days_heading=words.text("sheet.days"),
        days=_bars(sheet.days),
        highest=_highest(sheet.days, words),
        legend=_legend(sheet.days, words),
        comparisons=_comparisons(sheet, words),
        tip_heading=words.text("sheet.tip"),
        tip=_tip(sheet, words),
        scan=words.text("sheet.scan"),
        how=words.text("sheet.how", moment=words.moment(sheet.now_utc)),
    )


def pile_coins(eur: float, words: Words) -> tuple[CoinPile, ...]:
    """The fewest coins for an amount, to ten cents."""
    rest = 10 * round(10 * eur)
    piles: list[CoinPile] = []
    for cents, size in COINS:
        count, rest = divmod(rest, cents)
        if count:
            unit = "euro" if cents >= 100 else "cent"
            value = words.number(cents // 100 if cents >= 100 else cents)
            piles.append(CoinPile(words.text(f"sheet.coin.{unit}", value=value), size, count))
    return tuple(piles)


def _energy(sheet: MonthlySheet, words: Words) -> str:
    if sheet.energy.kwh is None:
        return words.text("sheet.energy.unknown")
    code = "sheet.energy.exact" if sheet.energy.is_whole else "sheet.energy.least"
    return words.text(code, kwh=words.number(sheet.energy.kwh))


def _daily(sheet: MonthlySheet, words: Words) -> str:
    if sheet.energy.daily_kwh is None:
        return ""
    return words.text("sheet.daily", kwh=words.energy(sheet.energy.daily_kwh))


def _notice(sheet: MonthlySheet, words: Words) -> str:
    if not sheet.energy.lived:
        return words.text("sheet.elsewhere")
    if sheet.energy.kwh is None:
        return words.text("sheet.silent")
    missing = words.count("sheet.missing", sheet.unknown_days) if sheet.unknown_days else ""
    running = "" if sheet.is_over else words.text("sheet.running")
    return " ".join(part for part in (running, missing) if part)


def _pictures(daily_kwh: float | None, words: Words) -> Pictures | None:
    """A day as boiled kettles; one of an electrically heated home as hours of a heater."""
    kettles = round((daily_kwh or 0.0) / KETTLE_KWH)
    if kettles < 1:
        return None
    if kettles <= MOST_KETTLES:
        sentence = words.count("sheet.kettles", kettles)
        return Pictures("kettle", max(1, round(kettles / KETTLES_A_PICTURE)), sentence)
    hours = round((daily_kwh or 0.0) / HEATER_KW)
    sentence = words.text("sheet.heaters", hours=words.number(hours))
    return Pictures("heater", min(16, round(hours / HOURS_A_PICTURE)), sentence)


def _cost(sheet: MonthlySheet, words: Words) -> str:
    if sheet.daily_eur is not None:
        return words.text("sheet.cost", eur=words.number(sheet.daily_eur, 2))
    if sheet.energy.kwh is None:
        return words.text("sheet.cost.silent")
    return words.text("sheet.cost.unknown")


def _bars(days: Sequence[SheetDay]) -> tuple[DayBar, ...]:
    most_kwh = max((day.kwh or 0.0 for day in days), default=0.0) or 1.0
    return tuple(
        DayBar(
            number=str(day.day.day),
            measured=max(0.0, (day.kwh or 0.0) - day.estimated_kwh) / most_kwh,
            estimated=day.estimated_kwh / most_kwh,
            is_unknown=day.kwh is None,
            is_outside=day.is_outside,
        )
        for day in days
    )


def _highest(days: Sequence[SheetDay], words: Words) -> str:
    known = [(day.kwh, day.day) for day in days if day.kwh]
    if not known:
        return ""
    kwh, day = max(known)
    return words.text("sheet.highest", kwh=words.energy(kwh), day=words.short_day(day))


def _legend(days: Sequence[SheetDay], words: Words) -> tuple[tuple[str, str], ...]:
    """The kinds of days that stand on this sheet."""
    there = {
        "measured": any(day.kwh is not None for day in days),
        "estimated": any(day.estimated_kwh > 0 for day in days),
        "unknown": any(day.kwh is None and not day.is_outside for day in days),
    }
    return tuple((kind, words.text(f"sheet.legend.{kind}")) for kind in there if there[kind])


def _comparisons(sheet: MonthlySheet, words: Words) -> tuple[str, ...]:
    past = (sheet.before, sheet.year_before)
    return tuple(_compare(sheet.energy, other, words) for other in past if other is not None)


def _compare(energy: MonthEnergy, past: MonthEnergy, words: Words) -> str:
    """By the mean of a day, since months differ in length."""
    month = words.month(past.month)
    if not energy.daily_kwh or not past.daily_kwh:
        return words.text("sheet.than.nothing", month=month)
    change = energy.daily_kwh / past.daily_kwh - 1
    kwh = words.energy(past.daily_kwh)
    if abs(change) < SAME:
        return words.text("sheet.than.same", month=month, kwh=kwh)
    code = "sheet.than.more" if change > 0 else "sheet.than.less"
    return words.text(code, month=month, kwh=kwh, percent=words.number(100 * abs(change)))


def _tip(sheet: MonthlySheet, words: Words) -> str:
    return words.text(
        f"sheet.tip.{sheet.tip}",
        power=words.number(round(sheet.always_on_w or 0.0, -1)),
        share=words.number(100 * (sheet.off_peak_share or 0.0)),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
