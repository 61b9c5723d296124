"""Contracts as dated records; absurd entries, overlaps and holes are refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from commonwatt.errors import TariffError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DAY_MINUTES = 1440
MOST_KVA = 36
"""The regulated tariffs of homes end here. [kVA]"""


class Option(StrEnum):
    """How a contract prices the hours."""

    BASE = "base"
    """One price at any time."""
    OFF_PEAK = "off_peak"
    """Peak and off-peak hours (heures pleines, heures creuses)."""
    TEMPO = "tempo"
    """Peak and off-peak hours of blue, white and red days."""


class Rate(StrEnum):
    """What a kilowatt-hour is billed as: one line of a price list."""

    BASE = "base"
    PEAK = "peak"
    OFF_PEAK = "off_peak"
    BLUE_PEAK = "blue_peak"
    BLUE_OFF_PEAK = "blue_off_peak"
    WHITE_PEAK = "white_peak"
    WHITE_OFF_PEAK = "white_off_peak"
    RED_PEAK = "red_peak"
    RED_OFF_PEAK = "red_off_peak"


RATES: Mapping[Option, tuple[Rate, ...]] = {
    Option.BASE: (Rate.BASE,),
    Option.OFF_PEAK: (Rate.PEAK, Rate.OFF_PEAK),
    Option.TEMPO: (
        Rate.BLUE_PEAK,
        Rate.BLUE_OFF_PEAK,
        Rate.WHITE_PEAK,
        Rate.WHITE_OFF_PEAK,
        Rate.RED_PEAK,
        Rate.RED_OFF_PEAK,
    ),
}
"""The rates of each option; a price list has all of them and no other."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of every day on the local clock.

    Parameters
    ----------
    start_minute, end_minute : int
        Minutes since the clock showed 0:00, from 0 to 1439; the end is not in the window. One that
        ends before it starts goes on after midnight.

    Raises
    ------
    TariffError
        If a minute is not one of a clock, or the window ends where it starts.
    """

    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        for minute in (self.start_minute, self.end_minute):
            if not 0 <= minute < DAY_MINUTES:
                raise TariffError(f"a minute of the day from 0 to 1439 was expected, not {minute}")
        if self.start_minute == self.end_minute:
            raise TariffError(f"a window that ends where it starts, at {clock(self.end_minute)}")

    @property
    def pieces(self) -> tuple[tuple[int, int], ...]:
        """The window as stretches (start, end) within one day, 0 to 1440."""
        if self.start_minute < self.end_minute:
            return ((self.start_minute, self.end_minute),)
        both = ((0, self.end_minute), (self.start_minute, DAY_MINUTES))
        return tuple((start, end) for start, end in both if start < end)


@dataclass(frozen=True, slots=True)
class Season:
    """The off-peak windows of a part of the year, up to the day before the next season.

    Parameters
    ----------
    first_month, first_day : int
        The first local day of the season in each year.
    windows : tuple of Window
        At least one; they do not overlap.

    Raises
    ------
    TariffError
        If there is no such day in every year, there is no window, or windows overlap.
    """

    first_month: int
    first_day: int
    windows: tuple[Window, ...]

    def __post_init__(self) -> None:
        try:
            date(2001, self.first_month, self.first_day)
        except ValueError as error:
            given = f"day {self.first_day} of month {self.first_month}"
            raise TariffError(f"a day that every year has was expected, not {given}") from error
        if not self.windows:
            raise TariffError("at least one off-peak window was expected, not none")
        pieces = sorted(piece for window in self.windows for piece in window.pieces)
        for (_, end), (start, _) in pairwise(pieces):
            if start < end:
                raise TariffError(f"off-peak windows overlap at {clock(start)}")

    def turns(self) -> tuple[tuple[int, bool], ...]:
        """Return (minute, off-peak from then on) for each turn of a day, from minute 0 on."""
        pieces = sorted(piece for window in self.windows for piece in window.pieces)
        found: list[tuple[int, bool]] = []
        at = 0
        for start, end in pieces:
            if start > at:
                found.append((at, False))
            if not found or not found[-1][1]:
                found.append((start, True))
            at = end
        if at < DAY_MINUTES:
            found.append((at, False))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class OffPeakWindows:
    """When off-peak hours are, from a day on; they may differ from season to season.

    Parameters
    ----------
    valid_from : date
        The first local day.
    seasons : tuple of Season
        In order of their first days; one season lasts all year.

    Raises
    ------
    TariffError
        If there is no season, or two begin on the same day or are out of order.

    Notes
    -----
    A window that goes on after midnight is cut there: each local day has the windows of its own
    season and of the windows valid on it.
    """

    valid_from: date
    seasons: tuple[Season, ...]

    def __post_init__(self) -> None:
        firsts = [(season.first_month, season.first_day) for season in self.seasons]
        if not firsts:
            raise TariffError("at least one season of off-peak windows was expected, not none")
        if firsts != sorted(set(firsts)):
            raise TariffError(f"seasons in order of their first days were expected, not {firsts}")

    @classmethod
    def all_year(cls, valid_from: date, *windows: tuple[int, int]) -> OffPeakWindows:
        """Build windows, as (start, end) in minutes of the day, that are the same all year."""
        return cls(valid_from, (Season(1, 1, tuple(Window(*window) for window in windows)),))

    def season_of(self, day: date) -> Season:
        """Return the season that a local day lies in; before the year's first it is the last."""
        begun = [s for s in self.seasons if (s.first_month, s.first_day) <= (day.month, day.day)]
        return (begun or self.seasons)[-1]


@dataclass(frozen=True, slots=True)
class Contract:
    """What a household has agreed with its supplier, from a day on.

    Parameters
    ----------
    valid_from : date
        The first local day.
    option : Option
        How hours are priced.
    subscribed_kva : int
        Subscribed power. [kVA]
    off_peak : tuple of OffPeakWindows
        For the option with off-peak hours, the windows and their changes in order of `valid_from`,
        the first no later than the contract; empty for the other options. Tempo has its own hours.
    valid_to : date or None
        The last local day; None for a contract that goes on until the next one.
    offer : str
        Whose price lists apply, such as "regulated" for the regulated tariffs.

    Raises
    ------
    TariffError
        If it ends before it begins, the power is not one a home can subscribe, or the off-peak
        windows are missing, too many, out of order or begin after the contract.
    """

    valid_from: date
    option: Option
    subscribed_kva: int
    off_peak: tuple[OffPeakWindows, ...] = ()
    valid_to: date | None = None
    offer: str = "regulated"

    def __post_init__(self) -> None:
        check_dates(f"the contract of {self.valid_from}", self.valid_from, self.valid_to)
        if not 1 <= self.subscribed_kva <= MOST_KVA:
            given = self.subscribed_kva
            raise TariffError(
                f"a subscribed power of 1 to {MOST_KVA} kVA was expected, not {given}"
            )
        if bool(self.off_peak) != (self.option == Option.OFF_PEAK):
            raise TariffError(
                f"off-peak windows go with the option off_peak and no other; the option is "
                f"{self.option} and {len(self.off_peak)} sets of windows were given"
            )
        firsts = [windows.valid_from for windows in self.off_peak]
        if firsts != sorted(set(firsts)):
            raise TariffError(f"off-peak windows in order of their dates were expected: {firsts}")
        if firsts and firsts[0] > self.valid_from:
            raise TariffError(
                f"the contract begins on {self.valid_from} and its off-peak windows on {firsts[0]}"
            )

    def windows_of(self, day: date) -> OffPeakWindows:
        """Return the off-peak windows valid on a local day of the contract."""
        return [windows for windows in self.off_peak if windows.valid_from <= day][-1]


@dataclass(frozen=True, slots=True)
class ContractHistory:
    """The contracts of one household; each holds until its last day or the next one's first.

    Parameters
    ----------
    contracts : tuple of Contract
        In order of `valid_from`; there may be holes between them, which cannot be priced.

    Raises
    ------
    TariffError
        If two begin on the same day, are out of order, or one ends after the next begins.
    """

    contracts: tuple[Contract, ...]

    def __post_init__(self) -> None:
        for former, latter in pairwise(self.contracts):
            if latter.valid_from <= (former.valid_to or former.valid_from):
                raise TariffError(
                    f"contracts overlap: one is valid {told(former.valid_from, former.valid_to)}, "
                    f"the next one from {latter.valid_from}"
                )

    def find(self, day: date) -> Contract | None:
        """Return the contract of a local day, if there is one."""
        begun = [contract for contract in self.contracts if contract.valid_from <= day]
        if not begun or (begun[-1].valid_to or day) < day:
            return None
        return begun[-1]

    def of(self, day: date) -> Contract:
        """Return the contract of a local day.

        Parameters
        ----------
        day : date
            A local day.

        Returns
        -------
        Contract
            The one in force.

        Raises
        ------
        TariffError
            If there is none: the day lies in a hole.
        """
        found = self.find(day)
        if found is None:
            given = [told(each.valid_from, each.valid_to) for each in self.contracts]
            raise TariffError(f"a contract for {day} was expected; {listed('contracts', given)}")
        return found


def clock(minute: int) -> str:
    """Write a minute of the day as a clock shows it, such as 22:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def check_dates(name: str, first: date, last: date | None) -> None:
    """Refuse what ends before it begins."""
    if last is not None and last < first:
        raise TariffError(f"{name} ends on {last}, before it begins on {first}")


def told(first: date, last: date | None) -> str:
    """Write from when to when something is valid."""
    return f"{first} to {last}" if last else f"from {first} on"


def listed(noun: str, given: Sequence[str]) -> str:
    """Write what was given, or that nothing was."""
    return f"the {noun} given are valid {', '.join(given)}" if given else f"no {noun} were given"
