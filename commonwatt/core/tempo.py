"""Tempo: the colours of days as dated data, and the rules that a season of them keeps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from commonwatt.core.holidays import is_public_holiday
from commonwatt.core.tariff import Rate
from commonwatt.errors import TariffError

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY_STARTS_MINUTE = 6 * 60
"""A Tempo day runs from 6:00 to 6:00 on the local clock."""

PEAK_ENDS_MINUTE = 22 * 60
"""Its peak hours are those from 6:00 to 22:00."""

RED_DAYS, WHITE_DAYS = 22, 43
MOST_RED_IN_A_ROW = 5

_FIRST_RED, _LAST_RED = (11, 1), (3, 31)
_SEASON_STARTS_MONTH = 9


class Colour(StrEnum):
    """What a Tempo day is."""

    BLUE = "blue"
    WHITE = "white"
    RED = "red"


class TempoRule(StrEnum):
    """What a season of colours may break."""

    MISSING = "missing"
    """A day of the season before its last known one has no colour."""
    RED_OUT_OF_WINTER = "red_out_of_winter"
    """Red days lie between 1 November and 31 March."""
    RED_ON_REST_DAY = "red_on_rest_day"
    """No Saturday, Sunday or public holiday is red."""
    RED_IN_A_ROW = "red_in_a_row"
    """At most five days in a row are red."""
    RED_COUNT = "red_count"
    """There are 22 red days; never more, and no fewer once the season is over."""
    WHITE_ON_SUNDAY = "white_on_sunday"
    """No Sunday is white."""
    WHITE_COUNT = "white_count"
    """There are 43 white days; never more, and no fewer once the season is over."""


@dataclass(frozen=True, slots=True)
class TempoFault:
    """A rule that colours break, and the first day on which they do."""

    rule: TempoRule
    day: date


@dataclass(frozen=True, slots=True)
class TempoColours:
    """The colour of each Tempo day that is known.

    Parameters
    ----------
    by_day : mapping of date to Colour
        The day is the local day on which the Tempo day begins, at 6:00.
    """

    by_day: Mapping[date, Colour] = field(default_factory=dict, repr=False)

    def of(self, day: date) -> Colour:
        """Return the colour of a Tempo day.

        Parameters
        ----------
        day : date
            The local day on which it begins.

        Returns
        -------
        Colour
            Its colour.

        Raises
        ------
        TariffError
            If it is not known; it is never guessed.
        """
        if day not in self.by_day:
            known = f"{min(self.by_day)} to {max(self.by_day)}" if self.by_day else "no day"
            raise TariffError(
                f"the Tempo colour of {day} was expected; {len(self.by_day)} colours were given, "
                f"of {known}"
            )
        return self.by_day[day]


def tempo_rate(colour: Colour, *, off_peak: bool) -> Rate:
    """Return the rate of a colour and a half of the day."""
    return Rate(f"{colour}_off_peak" if off_peak else f"{colour}_peak")


def season_days(first_year: int) -> tuple[date, ...]:
    """Return the days of a season, from 1 September of a year to 31 August of the next."""
    first = date(first_year, _SEASON_STARTS_MONTH, 1)
    length = (date(first_year + 1, _SEASON_STARTS_MONTH, 1) - first).days
    return tuple(first + timedelta(days=step) for step in range(length))


def check_season(colours: TempoColours, first_year: int) -> tuple[TempoFault, ...]:
    """Hold the colours of a season, whole or still running, against the rules of Tempo.

    Parameters
    ----------
    colours : TempoColours
        Colours of any days; those of the season are looked at.
    first_year : int
        The year in which the season begins, on 1 September.

    Returns
    -------
    tuple of TempoFault
        At most one of each rule; empty if all are kept or no day of the season is known.

    Notes
    -----
    The rules: code de l'energie and the general terms of the regulated tariff, as the network
    operator applies them: 22 red days between 1 November and 31 March, never on a Saturday, a
    Sunday or a public holiday, at most 5 in a row; 43 white days, never on a Sunday; the rest blue.
    """
    days = season_days(first_year)
    known = {day: colours.by_day[day] for day in days if day in colours.by_day}
    if not known:
        return ()
    red = [day for day, colour in known.items() if colour == Colour.RED]
    white = [day for day, colour in known.items() if colour == Colour.WHITE]
    over = days[-1] in known
    broken = {
        TempoRule.MISSING: [day for day in days if day <= max(known) and day not in known],
        TempoRule.RED_OUT_OF_WINTER: [day for day in red if not _is_winter(day)],
        TempoRule.RED_ON_REST_DAY: [day for day in red if _is_rest_day(day)],
        TempoRule.RED_IN_A_ROW: [day for day in red if _reds_up_to(day, red) > MOST_RED_IN_A_ROW],
        TempoRule.RED_COUNT: _miscounted(red, RED_DAYS, days[-1], over=over),
        TempoRule.WHITE_ON_SUNDAY: [day for day in white if day.isoweekday() == 7],
        TempoRule.WHITE_COUNT: _miscounted(white, WHITE_DAYS, days[-1], over=over),
    }
    return tuple(TempoFault(rule, found[0]) for rule, found in broken.items() if found)


def refuse_broken_seasons(colours: TempoColours) -> None:
    """Hold every season of which a colour is known against the rules.

    Parameters
    ----------
    colours : TempoColours
        Colours of any days.

    Raises
    ------
    TariffError
        If a rule is broken; it names the rule and the first day.
    """
    seasons = {day.year - (day.month < _SEASON_STARTS_MONTH) for day in colours.by_day}
    for first_year in sorted(seasons):
        for fault in check_season(colours, first_year):
            raise TariffError(f"the season that begins in {first_year}: {fault.rule}, {fault.day}")


def count_colours(colours: TempoColours, first_year: int) -> Mapping[Colour, int]:
    """Count the known days of each colour in a season."""
    days = season_days(first_year)
    return Counter(colours.by_day[day] for day in days if day in colours.by_day)


def _is_winter(day: date) -> bool:
    return (day.month, day.day) >= _FIRST_RED or (day.month, day.day) <= _LAST_RED


def _is_rest_day(day: date) -> bool:
    return day.isoweekday() >= 6 or is_public_holiday(day)


def _reds_up_to(day: date, red: list[date]) -> int:
    """How many days in a row, up to this one, are red."""
    found = set(red)
    count = 0
    while day - timedelta(days=count) in found:
        count += 1
    return count


def _miscounted(found: list[date], wanted: int, last: date, *, over: bool) -> list[date]:
    """The first day too many, or the season's last day if some lack."""
    return found[wanted : wanted + 1] or ([last] if over and len(found) < wanted else [])
