"""Every number can be questioned: what goes in, how it is known, by what rule."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from commonwatt.access import HouseholdMember, Maker
from commonwatt.core.tariff import Contract, Option
from commonwatt.errors import AccessError
from commonwatt.model import Period
from commonwatt.reports.cost import load_cost
from commonwatt.reports.explanation import (
    Explanation,
    explain_cost,
    explain_energy,
    explain_saving,
)
from commonwatt.reports.savings import load_saving
from commonwatt.storage.contracts import enter_contract
from dashboards.explanations import tell_explanation
from dashboards.words import Words
from tests.reports.two_years import CHANGE, END_UTC, START_UTC, know_weather, live
from tests.simulated import move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

JUNE = Period(datetime(2024, 5, 31, 22, tzinfo=UTC), datetime(2024, 6, 30, 22, tzinfo=UTC))


def codes(explanation: Explanation) -> list[str]:
    return [line.code for line in explanation.lines]


def facts(explanation: Explanation, code: str) -> dict[str, object]:
    (line,) = [line for line in explanation.lines if line.code == code]
    return dict(line.facts)


def test_energy_says_where_it_comes_from(connection: Connection) -> None:
    home = live(connection, hole="bridged")
    found = explain_energy(connection, home.viewer, JUNE, END_UTC)
    assert facts(found, "energy.meter")["serial"] == home.meter.serial
    parts = facts(found, "energy.parts")
    assert parts["total_kwh"] == pytest.approx(
        float(str(parts["register_kwh"])) + float(str(parts["estimated_kwh"]))
    )
    assert float(str(parts["estimated_kwh"])) > 0
    assert facts(found, "coverage")["coverage_share"] == pytest.approx(27 / 30)


def test_energy_that_is_unknown_is_no_number(connection: Connection) -> None:
    home = move_in(connection, start_utc=START_UTC)
    found = explain_energy(connection, home.viewer, JUNE, END_UTC)
    assert "energy.nothing" in codes(found)
    assert "energy.parts" not in codes(found)


def test_cost_says_its_prices(connection: Connection) -> None:
    home = live(connection)
    contract = Contract(date(2023, 1, 1), Option.BASE, 6)
    enter_contract(connection, home.viewer.occupancy_id, contract, END_UTC)
    cost = load_cost(connection, home.viewer, JUNE, END_UTC)
    found = explain_cost(connection, home.viewer, JUNE, END_UTC)
    assert [line.facts["name"] for line in found.lines if line.code == "cost.prices"] == list(
        cost.price_lists
    )
    rate = facts(found, "cost.rate")
    assert rate["rate"] == "base"
    assert facts(found, "cost.total")["total_eur"] == pytest.approx(cost.total_eur)
    assert found.findings == ()


def test_a_cost_without_a_contract_says_why(connection: Connection) -> None:
    home = live(connection)
    found = explain_cost(connection, home.viewer, JUNE, END_UTC)
    assert "cost.total" not in codes(found)
    assert [finding.code for finding in found.findings] == ["no_contract"]


def test_a_saving_says_everything(connection: Connection) -> None:
    home = live(connection)
    know_weather(connection, home)
    found = explain_saving(connection, home.viewer, CHANGE, END_UTC)
    assessment = load_saving(connection, home.viewer, CHANGE, END_UTC).assessment
    assert assessment is not None
    assert assessment.saving is not None
    assert facts(found, "saving.sums")["saved_kwh"] == assessment.saving.saved_wh / 1000
    assert facts(found, "saving.interval")["low_share"] == pytest.approx(
        assessment.saving.interval(0.9).low_wh / assessment.saving.expected_wh
    )
    assert codes(found)[-2:] == ["saving.tier.A", "saving.verdict.proven_drop"]
    assert {"saving.baseline", "saving.model.heating", "saving.fit", "saving.errors"} < set(
        codes(found)
    )


def test_too_few_days_show_no_saving_and_say_why(connection: Connection) -> None:
    home = live(connection)
    know_weather(connection, home)
    found = explain_saving(connection, home.viewer, date(2023, 2, 15), END_UTC)
    assert "saving.sums" not in codes(found)
    assert codes(found)[-2:] == ["saving.verdict.not_enough_data", "saving.gate.too_few_days"]


@pytest.mark.parametrize("viewer", [None, Maker(1), HouseholdMember(99)])
def test_nobody_else_is_told(connection: Connection, viewer: HouseholdMember | None) -> None:
    move_in(connection, start_utc=START_UTC)
    with pytest.raises(AccessError):
        explain_energy(connection, viewer, JUNE, END_UTC)
    with pytest.raises(AccessError):
        explain_cost(connection, viewer, JUNE, END_UTC)
    with pytest.raises(AccessError):
        explain_saving(connection, viewer, CHANGE, END_UTC)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_line_is_told_in_words(connection: Connection, language: str) -> None:
    home = live(connection, hole="unknown")
    know_weather(connection, home)
    contract = Contract(date(2023, 1, 1), Option.BASE, 6)
    enter_contract(connection, home.viewer.occupancy_id, contract, END_UTC)
    told = [
        *_tell(explain_energy(connection, home.viewer, JUNE, END_UTC), language),
        *_tell(explain_cost(connection, home.viewer, JUNE, END_UTC), language),
        *_tell(explain_saving(connection, home.viewer, CHANGE, END_UTC), language),
    ]
    assert len(told) > 20
    assert not [line for line in told if "{" in line or "nan" in line]


def _tell(explanation: Explanation, language: str) -> list[str]:
    return list(tell_explanation(Words(language), explanation, "household"))


def run(database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "commonwatt", *arguments],
        env={**os.environ, "COMMONWATT_DATABASE_URL": database},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_do_it(connection: Connection, database: str) -> None:
    """A contract is entered, the cost is explained, and mistakes are one sentence each."""
    home = live(connection)
    who = str(home.viewer.occupancy_id)
    window = ("--off-peak", "22:30-06:30")
    assert run(database, "contract", who, "2023-01-01", "base", "6").returncode == 0
    told = run(database, "explain", "cost", who, "2024-06-01", "2024-07-01").stdout
    cost = load_cost(connection, home.viewer, JUNE, END_UTC)
    assert f"Total: {Words('en').number(cost.total_eur or 0, 2)} EUR" in told
    told = run(database, "explain", "energy", who, "2024-06-01", "2024-07-01").stdout
    assert "kWh read off the register" in told
    told = run(database, "explain", "saving", who, "2024-01-02").stdout
    assert "No weather station stands for this building" in told
    wrong = run(database, "contract", who, "2023-01-01", "off_peak", "6", "--off-peak", "soon")
    assert (wrong.returncode, wrong.stderr) == (
        1,
        "commonwatt: a window such as 22:30-06:30 was expected, not 'soon'\n",
    )
    assert run(database, "contract", who, "2025-01-01", "off_peak", "6", *window).returncode == 0
