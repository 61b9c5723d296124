"""A stairwell is printed for the homes that agreed to it, and each of them sees that it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from commonwatt.access import HouseholdMember, Landlord, Operator
from commonwatt.cli import app
from commonwatt.errors import AccessError, PeriodError, RegistryError
from commonwatt.reports.monthly_sheet import load_stairwell_sheets
from commonwatt.storage import consents, households, listing
from commonwatt.storage.consents import Granularity, Purpose
from commonwatt.storage.pool import connect
from tests.documents.pdf_reading import read_pdf
from tests.simulated import START_S, START_UTC, Home, move_in, rows_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from commonwatt.storage.pool import Connection

NOW_UTC = START_UTC + timedelta(days=40)
MARCH = START_UTC.date()
ARGUMENTS = ("sheets", "--building", "Tilleuls", "--month", "2026-03", "--stairwell", "A")


@pytest.fixture
def homes(connection: Connection) -> list[Home]:
    """Four homes, of which the first three agree to be printed."""
    homes = [move_in(connection, f"A0{n}", serial=f"cw-{str(n) * 7}") for n in range(2, 6)]
    for home in homes[:3]:
        consents.give_consent(connection, home.viewer.occupancy_id, START_UTC, Purpose.PAPER)
    write(connection, rows_of(homes[0].meter, [START_S + 60, START_S + 120], [1.0, 2.0]))
    return homes


def labels(connection: Connection, **changes: Any) -> list[str]:
    told: dict[str, Any] = {"building": "Tilleuls", "stairwell": "A", "month": MARCH} | changes
    told = {"now_utc": NOW_UTC} | told
    sheets = load_stairwell_sheets(connection, Operator(), **told)
    return [sheet.dwelling_label for sheet in sheets]


def test_only_who_agreed_is_printed(connection: Connection, homes: list[Home]) -> None:
    assert labels(connection) == ["A02", "A03", "A04"]
    consents.withdraw_consent(connection, homes[1].viewer.occupancy_id, NOW_UTC, Purpose.PAPER)
    assert labels(connection) == ["A02", "A04"]


def test_the_yes_is_to_the_association_and_to_days(
    connection: Connection, homes: list[Home]
) -> None:
    (yes,) = consents.load_consents(connection, homes[0].viewer)
    assert (yes.purpose, yes.recipient, yes.granularity) == (
        "paper",
        "association",
        Granularity.DAY,
    )


def test_other_consents_do_not_print(connection: Connection, homes: list[Home]) -> None:
    for purpose in set(Purpose) - {Purpose.PAPER}:
        consents.give_consent(connection, homes[3].viewer.occupancy_id, START_UTC, purpose)
    assert "A05" not in labels(connection)


def test_a_paused_home_is_not_printed(connection: Connection, homes: list[Home]) -> None:
    occupancy_id = homes[0].viewer.occupancy_id
    consents.give_consent(connection, occupancy_id, START_UTC, Purpose.OWN_VIEW)
    consents.withdraw_consent(connection, occupancy_id, NOW_UTC, Purpose.OWN_VIEW)
    assert labels(connection) == ["A03", "A04"]


def test_who_left_gets_no_sheet_and_who_came_later_none_of_then(
    connection: Connection, homes: list[Home]
) -> None:
    left_utc = START_UTC + timedelta(days=35)
    households.move_out(connection, homes[0].viewer.occupancy_id, left_utc)
    row = connection.execute("SELECT min(dwelling_id) FROM dwellings").fetchone()
    assert row is not None
    newcomer = HouseholdMember(households.move_in(connection, row[0], left_utc))
    consents.give_consent(connection, newcomer.occupancy_id, left_utc, Purpose.PAPER)
    assert labels(connection) == ["A03", "A04"]
    assert labels(connection, month=NOW_UTC.date()) == ["A02", "A03", "A04"]


@pytest.mark.parametrize("changes", [{"building": "Chênes"}, {"stairwell": "B"}])
def test_an_empty_stairwell_is_told(
    connection: Connection, homes: list[Home], changes: dict[str, str]
) -> None:
    with pytest.raises(RegistryError, match="agreed to paper"):
        labels(connection, **changes)


def test_a_month_to_come_is_refused_before_anybody_is_noted(
    connection: Connection, homes: list[Home]
) -> None:
    with pytest.raises(PeriodError):
        labels(connection, month=datetime(2027, 1, 1, tzinfo=UTC).date())
    assert listing.who_looked(connection, homes[0].viewer) == []


@pytest.mark.parametrize("viewer", [None, Landlord(1), HouseholdMember(1)])
def test_nobody_but_who_runs_the_service_prints(
    connection: Connection, homes: list[Home], viewer: Any
) -> None:
    with pytest.raises(AccessError):
        load_stairwell_sheets(connection, viewer, "Tilleuls", "A", MARCH, NOW_UTC)


def test_the_command_prints_and_every_home_sees_it(
    database: str, connection: Connection, homes: list[Home], tmp_path: Path
) -> None:
    out, told = tmp_path / "march.pdf", {"COMMONWATT_DATABASE_URL": database}
    result = CliRunner().invoke(app, [*ARGUMENTS, str(out)], env=told, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("3 sheets in ")
    assert out.stat().st_mode & 0o777 == 0o600
    pages = read_pdf(out.read_bytes())
    assert [f"LogementA0{n}" in page.text for n, page in enumerate(pages, 2)] == [True] * 3
    with connect(database) as fresh:
        seen = [listing.who_looked(fresh, home.viewer) for home in homes]
    assert [[visit.what for visit in each] for each in seen] == [["sheet"]] * 3 + [[]]
    assert {visit.viewer for each in seen for visit in each} == {"operator 0"}
    again = CliRunner().invoke(app, [*ARGUMENTS, str(out)], env=told)
    assert isinstance(again.exception, RegistryError)
