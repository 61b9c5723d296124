"""French public holidays: the fixed ones and those that move with Easter."""

from __future__ import annotations

from datetime import date, timedelta

from commonwatt.errors import PeriodError
from commonwatt.model import LAST_YEAR

FIRST_HOLIDAY_YEAR = 1982
"""Since law 81-893 of 2 October 1981 the days are those of today; 8 May was the last to come."""

_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_AFTER_EASTER_DAYS = (1, 39, 50)


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar.

    Parameters
    ----------
    year : int
        1583 or later.

    Returns
    -------
    date
        Easter Sunday.

    Raises
    ------
    PeriodError
        If the Gregorian calendar had not begun.

    Notes
    -----
    The anonymous Gregorian computus (Nature, 20 April 1876; Meeus, Astronomical Algorithms,
    chapter 8): exact for every year.
    """
    if year < 1583:
        raise PeriodError(f"a year of the Gregorian calendar, 1583 or later, was expected: {year}")
    golden = year % 19
    century, in_century = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - correction + 15) % 30
    leaps, leap_rest = divmod(in_century, 4)
    weekday = (32 + 2 * century_rest + 2 * leaps - epact - leap_rest) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def public_holidays(year: int, *, alsace_moselle: bool = False) -> tuple[date, ...]:
    """Return the public holidays of a year (Code du travail, L3133-1).

    Parameters
    ----------
    year : int
        1982 or later.
    alsace_moselle : bool
        Whether to add Good Friday and 26 December, which are holidays in Bas-Rhin, Haut-Rhin and
        Moselle (Code du travail, L3134-13; Good Friday in communes with a Protestant church).

    Returns
    -------
    tuple of date
        In order, each once: 11, or 10 where Ascension Day falls on 1 or 8 May; two more in
        Alsace-Moselle.

    Raises
    ------
    PeriodError
        If the year lies before 1982 or after 2200.
    """
    if not FIRST_HOLIDAY_YEAR <= year <= LAST_YEAR:
        raise PeriodError(f"a year from {FIRST_HOLIDAY_YEAR} to {LAST_YEAR} was expected: {year}")
    sunday = easter(year)
    days = {sunday + timedelta(days=shift) for shift in _AFTER_EASTER_DAYS}
    days |= {date(year, month, day) for month, day in _FIXED}
    if alsace_moselle:
        days |= {sunday - timedelta(days=2), date(year, 12, 26)}
    return tuple(sorted(days))


def is_public_holiday(day: date, *, alsace_moselle: bool = False) -> bool:
    """Tell whether a day is a public holiday; see `public_holidays`."""
    return day in public_holidays(day.year, alsace_moselle=alsace_moselle)
