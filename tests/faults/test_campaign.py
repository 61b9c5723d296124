"""The service broken under load: nothing that was receipted is lost, nothing is doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonwatt.faults.campaign import Outcome, run_campaign
from commonwatt.faults.crash_points import Point
from commonwatt.faults.kinds import Kind
from commonwatt.faults.pages import describe
from commonwatt.servers.postgres import find_timescale
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["embedded", "timescale"])
def programs(request: pytest.FixtureRequest) -> Path | None:
    if request.param == "embedded":
        return None
    found = find_timescale(ROOT)
    if found is None:
        pytest.skip("TimescaleDB is not here: run `make timescale`")
    return found


def expect_clean(outcome: Outcome, faults: int) -> None:
    assert outcome.violations == ()
    assert outcome.all_receipted
    assert outcome.faults.total() == faults
    assert outcome.stored > 20 * faults, "there was hardly any load"
    assert outcome.tally.resent > 0
    assert outcome.put_aside > 0


def test_twenty_kills_of_anything(programs: Path | None) -> None:
    outcome = run_campaign(Kind.MIXED, 20_131_123, 20, programs)
    expect_clean(outcome, 20)
    assert set(outcome.faults) == {"ingest", "postgres", "broker"}
    assert "| 0 | 0 | 0 |" in describe([outcome])


def test_ingest_dies_at_every_named_point() -> None:
    outcome = run_campaign(Kind.POINTS, 7, len(Point))
    expect_clean(outcome, len(Point))
    assert set(outcome.faults) == {point.value for point in Point}


def test_the_broker_dies_while_the_database_is_away() -> None:
    expect_clean(run_campaign(Kind.COMBO, 8, 1), 1)


def test_a_hung_service_goes_on() -> None:
    expect_clean(run_campaign(Kind.HUNG, 9, 1), 1)
