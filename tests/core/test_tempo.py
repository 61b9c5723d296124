"""The rules that the colours of a Tempo season keep."""

from __future__ import annotations

from datetime import date

import pytest

from commonwatt.core.tempo import (
    Colour,
    TempoColours,
    TempoFault,
    TempoRule,
    check_season,
    count_colours,
    refuse_broken_seasons,
    season_days,
)
from commonwatt.errors import TariffError


def legal_season(first_year: int = 2025) -> dict[date, Colour]:
    """A made-up season that keeps every rule: Mondays to Fridays of winter, then white days."""
    days = season_days(first_year)
    colours = dict.fromkeys(days, Colour.BLUE)
    winter = [d for d in days if date(first_year + 1, 1, 5) <= d <= date(first_year + 1, 3, 31)]
    for day in [d for d in winter if d.isoweekday() <= 5][:22]:
        colours[day] = Colour.RED
    free = [d for d in days if colours[d] == Colour.BLUE and d.isoweekday() < 7]
    for day in free[:43]:
        colours[day] = Colour.WHITE
    return colours


def faults(colours: dict[date, Colour], first_year: int = 2025) -> tuple[TempoFault, ...]:
    return check_season(TempoColours(colours), first_year)


def test_a_legal_season_has_no_fault() -> None:
    season = legal_season()
    assert faults(season) == ()
    counts = count_colours(TempoColours(season), 2025)
    assert counts == {Colour.RED: 22, Colour.WHITE: 43, Colour.BLUE: 300}
    assert len(season_days(2027)) == 366
    assert faults({}) == ()


def test_a_season_that_still_runs_may_lack_days() -> None:
    season = {day: colour for day, colour in legal_season().items() if day < date(2026, 1, 10)}
    assert faults(season) == ()
    del season[date(2025, 9, 30)]
    assert faults(season) == (TempoFault(TempoRule.MISSING, date(2025, 9, 30)),)


@pytest.mark.parametrize(
    ("day", "colour", "rule"),
    [
        (date(2025, 10, 31), Colour.RED, TempoRule.RED_OUT_OF_WINTER),
        (date(2026, 4, 1), Colour.RED, TempoRule.RED_OUT_OF_WINTER),
        (date(2025, 12, 25), Colour.RED, TempoRule.RED_ON_REST_DAY),
        (date(2026, 1, 10), Colour.RED, TempoRule.RED_ON_REST_DAY),
        (date(2026, 1, 11), Colour.RED, TempoRule.RED_ON_REST_DAY),
        (date(2026, 6, 14), Colour.WHITE, TempoRule.WHITE_ON_SUNDAY),
    ],
)
def test_a_day_that_may_not_have_its_colour(day: date, colour: Colour, rule: TempoRule) -> None:
    season = legal_season()
    # Another day of that colour gives it up, so that the counts stay right.
    given_up = max(d for d, own in season.items() if own == colour)
    season |= {given_up: Colour.BLUE, day: colour}
    assert TempoFault(rule, day) in faults(season)
    assert {fault.rule for fault in faults(season)} <= {rule, TempoRule.RED_IN_A_ROW}


def test_winter_has_its_first_and_its_last_day() -> None:
    season = legal_season()
    reds = [day for day, own in season.items() if own == Colour.RED]
    season |= dict.fromkeys(reds[-2:], Colour.BLUE)
    season |= {date(2025, 11, 3): Colour.RED, date(2026, 3, 31): Colour.RED}
    assert faults(season) == ()
    # 1 November is in winter, and a public holiday.
    season |= {date(2025, 11, 3): Colour.BLUE, date(2025, 11, 1): Colour.RED}
    assert faults(season) == (TempoFault(TempoRule.RED_ON_REST_DAY, date(2025, 11, 1)),)


def test_the_first_day_that_breaks_a_rule_is_named() -> None:
    season = legal_season() | {date(2026, 6, 7): Colour.WHITE, date(2026, 6, 14): Colour.WHITE}
    named = {fault.rule: fault.day for fault in faults(season)}
    assert named[TempoRule.WHITE_ON_SUNDAY] == date(2026, 6, 7)


def test_six_red_days_in_a_row_take_a_weekend() -> None:
    season = legal_season()
    season[max(d for d, own in season.items() if own == Colour.RED)] = Colour.BLUE
    season[date(2026, 1, 10)] = Colour.RED
    assert set(faults(season)) == {
        TempoFault(TempoRule.RED_ON_REST_DAY, date(2026, 1, 10)),
        TempoFault(TempoRule.RED_IN_A_ROW, date(2026, 1, 10)),
    }


def test_too_many_and_too_few_days_are_counted() -> None:
    season = legal_season()
    season[date(2026, 3, 30)] = Colour.RED
    assert faults(season) == (TempoFault(TempoRule.RED_COUNT, date(2026, 3, 30)),)
    season[date(2026, 3, 31)] = Colour.RED
    assert faults(season) == (TempoFault(TempoRule.RED_COUNT, date(2026, 3, 30)),)
    for colour, rule in ((Colour.WHITE, TempoRule.WHITE_COUNT), (Colour.RED, TempoRule.RED_COUNT)):
        season = legal_season()
        season[min(d for d, own in season.items() if own == colour)] = Colour.BLUE
        assert faults(season) == (TempoFault(rule, date(2026, 8, 31)),)
        del season[date(2026, 8, 31)]
        assert faults(season) == ()


def test_a_colour_that_is_not_known_is_not_guessed() -> None:
    colours = TempoColours({date(2025, 9, 2): Colour.BLUE, date(2025, 9, 4): Colour.WHITE})
    assert colours.of(date(2025, 9, 4)) == Colour.WHITE
    with pytest.raises(TariffError, match=r"was expected; 2 .* 2025-09-02 to 2025-09-04$"):
        colours.of(date(2025, 9, 3))
    with pytest.raises(TariffError, match="0 colours were given, of no day"):
        TempoColours().of(date(2025, 9, 3))


def test_every_season_of_a_file_is_held_against_the_rules() -> None:
    both = legal_season(2024) | legal_season(2025)
    refuse_broken_seasons(TempoColours(both))
    refuse_broken_seasons(TempoColours())
    # 31 August ends a season, 1 September begins the next one.
    broken = both | {date(2025, 8, 31): Colour.WHITE}
    with pytest.raises(TariffError, match="begins in 2024: white_on_sunday, 2025-08-31"):
        refuse_broken_seasons(TempoColours(broken))
    broken = both | {date(2025, 9, 1): Colour.RED}
    with pytest.raises(TariffError, match="begins in 2025: red_out_of_winter, 2025-09-01"):
        refuse_broken_seasons(TempoColours(broken))


@pytest.mark.parametrize(
    ("day", "first_year"),
    [(date(2026, 8, 31), 2025), (date(2026, 9, 1), 2026), (date(2026, 1, 10), 2025)],
)
def test_a_single_day_belongs_to_one_season(day: date, first_year: int) -> None:
    colours = TempoColours({day: Colour.RED})
    with pytest.raises(TariffError, match=f"begins in {first_year}: "):
        refuse_broken_seasons(colours)
