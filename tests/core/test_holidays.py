"""Easter and the French public holidays, against published dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.holidays import easter, is_public_holiday, public_holidays
from commonwatt.errors import PeriodError


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        (1789, 4, 12),
        (1818, 3, 22),  # the earliest there can be
        (1943, 4, 25),  # the latest there can be
        (1954, 4, 18),  # the exceptions of simpler formulas
        (1981, 4, 19),
        (2000, 4, 23),
        (2008, 3, 23),
        (2024, 3, 31),
        (2025, 4, 20),
        (2026, 4, 5),
        (2038, 4, 25),
        (2285, 3, 22),
    ],
)
def test_easter_is_when_it_was(year: int, month: int, day: int) -> None:
    assert easter(year) == date(year, month, day)


def test_easter_lies_between_22_march_and_25_april() -> None:
    days = [easter(year) for year in range(2000, 2100)]
    assert all(date(d.year, 3, 22) <= d <= date(d.year, 4, 25) for d in days)
    assert len({(d.month, d.day) for d in days}) > 25


@settings(derandomize=True, max_examples=200)
@given(st.integers(1583, 4000))
def test_easter_is_a_sunday(year: int) -> None:
    assert easter(year).isoweekday() == 7


def test_the_holidays_of_2026() -> None:
    assert public_holidays(2026) == (
        date(2026, 1, 1),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 8),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 7, 14),
        date(2026, 8, 15),
        date(2026, 11, 1),
        date(2026, 11, 11),
        date(2026, 12, 25),
    )


def test_two_more_in_alsace_and_moselle() -> None:
    more = set(public_holidays(2026, alsace_moselle=True)) - set(public_holidays(2026))
    assert more == {date(2026, 4, 3), date(2026, 12, 26)}
    assert is_public_holiday(date(2026, 12, 26), alsace_moselle=True)
    assert not is_public_holiday(date(2026, 12, 26))


def test_ascension_on_the_first_of_may_counts_once() -> None:
    assert easter(2008) + timedelta(days=39) == date(2008, 5, 1)
    assert len(public_holidays(2008)) == 10


def test_years_without_these_holidays_are_refused() -> None:
    with pytest.raises(PeriodError, match="1982 to 2200 was expected: 1981"):
        public_holidays(1981)
    with pytest.raises(PeriodError, match="1583 or later"):
        easter(1582)
