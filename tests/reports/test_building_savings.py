"""What a landlord is told of a saving: of groups alone, and never of two that differ by a few."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.access import HouseholdMember
from commonwatt.building_savings import refresh_savings
from commonwatt.core.release import smallest_class
from commonwatt.core.tiers import Verdict
from commonwatt.errors import AccessError
from commonwatt.releases import release_due
from commonwatt.reports.building_savings import ActionSaving, load_building_savings
from commonwatt.storage import consents, releases
from tests.reports.two_buildings import (
    BEGUN,
    OVER_UTC,
    SUMMER_UTC,
    act,
    act_in_one,
    own_together,
    settle,
)

if TYPE_CHECKING:
    from commonwatt.access import Landlord
    from commonwatt.storage.pool import Connection
    from tests.simulated import Home


def saving_of(
    connection: Connection, landlord: Landlord, now_utc: datetime = OVER_UTC
) -> ActionSaving:
    refresh_savings(connection, now_utc)
    [told] = load_building_savings(connection, landlord, now_utc).actions
    return told


def withdraw(connection: Connection, home: Home, at_utc: datetime) -> None:
    consents.withdraw_consent(connection, home.viewer.occupancy_id, at_utc)


def test_a_tenth_less_is_proven(connection: Connection) -> None:
    landlord, *_ = act_in_one(connection, saving=0.1)
    told = saving_of(connection, landlord)
    assert told.verdict is Verdict.PROVEN_DROP
    assert (told.reason, told.frozen_reason, told.start_day) == (None, None, BEGUN)
    assert told.end_day == OVER_UTC.date().replace(day=1)
    figures = told.figures
    assert figures is not None
    assert (figures.homes, figures.waiting_homes) == (12, 12)
    assert figures.share == pytest.approx(0.1, abs=0.03)
    assert figures.low <= 0.1 <= figures.high
    assert figures.placebo_low <= 0 <= figures.placebo_high
    assert figures.saved_kwh == pytest.approx(figures.share * figures.expected_kwh, rel=0.01)
    assert figures.coverage == pytest.approx(1)
    assert figures.weeks_to_go == 0


def test_nothing_saved_is_no_claim(connection: Connection) -> None:
    landlord, *_ = act_in_one(connection, saving=0.0)
    told = saving_of(connection, landlord)
    assert told.verdict is Verdict.NO_VISIBLE_CHANGE
    assert told.figures is not None
    assert told.figures.low <= 0 <= told.figures.high


@pytest.mark.parametrize(
    ("homes", "waiting", "reason"), [(10, 12, "too_few_homes"), (12, 10, "waiting_too_few_homes")]
)
def test_ten_homes_on_either_side_tell_nothing(
    connection: Connection, homes: int, waiting: int, reason: str
) -> None:
    landlord, *_ = act_in_one(connection, homes=homes, waiting=waiting)
    told = saving_of(connection, landlord)
    assert (told.verdict, told.reason) == (Verdict.NOT_ENOUGH_DATA, reason)
    assert told.figures is None
    assert releases.told_cohorts(connection) == []


def test_a_home_that_dominates_hides_the_figures(connection: Connection) -> None:
    treated = settle(connection, "Tilleuls", 12, 0.1, largest=20)
    others = settle(connection, "Chênes", 12, first_number=12)
    own_together(connection, treated[0], others[0])
    told = saving_of(connection, act(connection, treated[0]))
    assert (told.reason, told.figures) == ("portfolio_dominant_home", None)
    assert releases.told_cohorts(connection) == []


def test_twelve_weeks_must_be_over(connection: Connection) -> None:
    """Told after the first month, figures would end with it: of many homes one soon leaves."""
    landlord, *_ = act_in_one(connection)
    told = saving_of(connection, landlord, datetime(2024, 5, 30, tzinfo=UTC))
    assert (told.reason, told.start_day, told.figures) == ("months_not_over", None, None)
    told = saving_of(connection, landlord, datetime(2024, 6, 5, tzinfo=UTC))
    assert (told.reason, told.end_day) == (None, date(2024, 6, 1))


def test_another_landlords_homes_are_no_comparison(connection: Connection) -> None:
    treated = settle(connection, "Tilleuls", 12, 0.1)
    settle(connection, "Chênes", 12, first_number=12)
    told = saving_of(connection, act(connection, treated[0]))
    assert told.reason == "waiting_too_few_homes"


def test_a_building_in_which_something_was_done_does_not_wait(connection: Connection) -> None:
    landlord, _, others = act_in_one(connection)
    act(connection, others[0])
    refresh_savings(connection, OVER_UTC)
    [told] = load_building_savings(connection, landlord, OVER_UTC).actions
    assert told.reason == "waiting_too_few_homes"


def test_a_home_that_withdrew_before_is_in_no_figure(connection: Connection) -> None:
    landlord, treated, _ = act_in_one(connection, homes=13)
    withdraw(connection, treated[4], SUMMER_UTC)
    told = saving_of(connection, landlord)
    assert told.figures is not None
    assert told.figures.homes == 12
    members = {home for cohort in releases.told_cohorts(connection) for home in cohort.occupancies}
    assert treated[4].viewer.occupancy_id not in members


@pytest.mark.parametrize("side", ["treated", "waiting"])
def test_figures_end_with_their_homes(connection: Connection, side: str) -> None:
    """Told again without the one who left, the two figures would differ by that home."""
    landlord, treated, waiting = act_in_one(connection, homes=13, waiting=13)
    before = saving_of(connection, landlord, SUMMER_UTC)
    withdraw(connection, {"treated": treated, "waiting": waiting}[side][3], SUMMER_UTC)
    after = saving_of(connection, landlord)
    assert after.frozen_reason == "cohort_changed"
    assert (after.figures, after.end_day) == (before.figures, before.end_day)
    assert before.figures is not None
    assert refresh_savings(connection, OVER_UTC) == 0


def test_figures_go_on_with_the_same_homes(connection: Connection) -> None:
    landlord, *_ = act_in_one(connection)
    before = saving_of(connection, landlord, SUMMER_UTC)
    after = saving_of(connection, landlord)
    assert before.end_day is not None
    assert after.end_day is not None
    assert after.end_day > before.end_day
    assert after.figures is not None
    assert len(releases.told_cohorts(connection)) == 2


def test_what_is_told_twice_hides_every_home(connection: Connection) -> None:
    """A saving of twelve homes, then a year of which one of them is not part: eleven at least."""
    landlord, treated, _ = act_in_one(connection, homes=13)
    saving_of(connection, landlord, SUMMER_UTC)
    withdraw(connection, treated[2], SUMMER_UTC)
    release_due(connection, OVER_UTC)
    cohorts = releases.told_cohorts(connection)
    everybody = sorted({home for cohort in cohorts for home in cohort.occupancies})
    members = np.array([np.isin(everybody, cohort.occupancies) for cohort in cohorts])
    assert smallest_class(members) >= 11


def test_no_household_reads_it(connection: Connection) -> None:
    act_in_one(connection)
    with pytest.raises(AccessError):
        load_building_savings(connection, HouseholdMember(1), OVER_UTC)
