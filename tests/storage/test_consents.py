"""The ledger of consents: what was said stays said, and a withdrawal holds at once."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from commonwatt.access import Audience, Guest
from commonwatt.errors import AccessError, RegistryError
from commonwatt.storage import consents, links
from commonwatt.storage.consents import Granularity, Purpose
from tests.simulated import START_UTC, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

DAY = timedelta(days=1)


def test_a_yes_and_its_withdrawal_are_told_in_order(connection: Connection) -> None:
    home = move_in(connection)
    text = consents.consent_text("1", "Mon bailleur voit la somme de l'immeuble.")
    occupancy_id = home.viewer.occupancy_id
    consents.give_consent(connection, occupancy_id, START_UTC, Purpose.BUILDING_FIGURES, text)
    consents.withdraw_consent(connection, occupancy_id, START_UTC + DAY)
    consents.give_consent(connection, occupancy_id, START_UTC + 2 * DAY, Purpose.COACH)
    first, second = consents.load_consents(connection, home.viewer)
    assert (first.given_utc, first.withdrawn_utc) == (START_UTC, START_UTC + DAY)
    assert first.text.sha256 == hashlib.sha256(text_shown()).digest()
    assert (first.text.version, first.granularity) == ("1", Granularity.MONTH)
    assert (second.purpose, second.recipient, second.withdrawn_utc) == ("coach", "coach", None)
    assert consents.standing_purposes(connection, home.viewer) == {Purpose.COACH}


def text_shown() -> bytes:
    return b"Mon bailleur voit la somme de l'immeuble."


def test_a_yes_given_twice_is_one(connection: Connection) -> None:
    home = move_in(connection)
    for day in range(2):
        consents.give_consent(connection, home.viewer.occupancy_id, START_UTC + day * DAY)
    assert len(consents.load_consents(connection, home.viewer)) == 1


def test_another_granularity_ends_the_one_before(connection: Connection) -> None:
    home = move_in(connection)
    asked = (connection, home.viewer.occupancy_id)
    consents.give_consent(*asked, START_UTC, Purpose.COACH)
    consents.give_consent(*asked, START_UTC + DAY, Purpose.COACH, granularity=Granularity.DAY)
    first, second = consents.load_consents(connection, home.viewer)
    assert first.withdrawn_utc == second.given_utc
    assert consents.granularity_of(*asked, Purpose.COACH) is Granularity.DAY


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_events SET purpose = 'coach'",
        "DELETE FROM consent_events",
        "TRUNCATE consent_events",
    ],
)
def test_the_ledger_cannot_be_rewritten(connection: Connection, statement: str) -> None:
    home = move_in(connection)
    consents.give_consent(connection, home.viewer.occupancy_id, START_UTC)
    with pytest.raises(psycopg.IntegrityError, match="never rewritten"):
        connection.execute(statement.encode())
    assert len(consents.load_consents(connection, home.viewer)) == 1


def test_nobody_cannot_agree(connection: Connection) -> None:
    with pytest.raises(RegistryError):
        consents.give_consent(connection, 999, START_UTC)


def test_a_guest_reads_no_consents(connection: Connection) -> None:
    home = move_in(connection)
    with pytest.raises(AccessError):
        consents.load_consents(connection, Guest(home.viewer.occupancy_id))


def test_a_guest_comes_in_while_the_household_agrees(connection: Connection) -> None:
    home = move_in(connection)
    occupancy_id = home.viewer.occupancy_id
    token = links.make_link(connection, Audience.GUEST, occupancy_id, START_UTC)
    assert links.find_viewer(connection, token) is None
    consents.give_consent(connection, occupancy_id, START_UTC, Purpose.COACH)
    assert links.find_viewer(connection, token) == Guest(occupancy_id)
    consents.withdraw_consent(connection, occupancy_id, START_UTC, Purpose.COACH)
    assert links.find_viewer(connection, token) is None


def test_a_link_ends_by_itself(connection: Connection) -> None:
    home = move_in(connection)
    asked = (connection, Audience.HOUSEHOLD, home.viewer.occupancy_id, START_UTC)
    (now_utc,) = connection.execute("SELECT now()").fetchone() or ()
    ended = links.make_link(*asked, now_utc - DAY)
    open_still = links.make_link(*asked, now_utc + DAY)
    assert links.find_viewer(connection, ended) is None
    assert links.find_viewer(connection, open_still) == home.viewer
