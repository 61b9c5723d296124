"""Claiming is all or nothing, and lets a household in by letters that forgive a slip of the pen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from commonwatt.access import HouseholdMember
from commonwatt.claiming import claim
from commonwatt.errors import CommonwattError, InputError, RegistryError
from commonwatt.storage import consents, households, links, meters
from commonwatt.storage.consents import PAPER, Purpose
from tests.simulated import START_UTC, move_in

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

AGREED = {Purpose.OWN_VIEW: PAPER, Purpose.OPEN_DATA: PAPER}


def redeem(connection: Connection, typed_code: str, _: datetime) -> Meter:
    """A stand-in for the rule of codes: the code is the serial."""
    meter = meters.find_meter(connection, typed_code)
    if meter is None:
        raise RegistryError("the code opens nothing")
    return meter


def count(connection: Connection, table: str) -> int:
    (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone() or ()
    return int(found)


def test_a_claim_gives_a_home_its_meter_and_its_letters(connection: Connection) -> None:
    meters.add_meter(connection, "cw-0000000")
    claimed = claim(connection, redeem, "cw-0000000", None, AGREED, START_UTC)
    typed = claimed.letters.upper().replace("-", " ").replace("0", "O").replace("1", "l")
    viewer = links.find_viewer(connection, links.read_letters(typed))
    assert viewer == HouseholdMember(claimed.occupancy_id)
    given = {consent.purpose for consent in consents.load_consents(connection, viewer)}
    assert given == set(AGREED)


def test_the_next_tenant_claims_the_meter_that_hangs_there(connection: Connection) -> None:
    home = move_in(connection)
    households.move_out(connection, home.viewer.occupancy_id, START_UTC + timedelta(hours=1))
    later_utc = START_UTC + timedelta(hours=2)
    claimed = claim(connection, redeem, home.meter.serial, 1, AGREED, later_utc)
    found = households.occupancy_at(connection, home.meter.meter_id, later_utc)
    assert found == claimed.occupancy_id


def test_letters_are_long_enough_to_be_safe(connection: Connection) -> None:
    home = move_in(connection)
    made = {links.make_letters(connection, home.viewer.occupancy_id, START_UTC) for _ in range(50)}
    assert len(made) == 50
    assert {len(links.read_letters(letters)) for letters in made} == {16}


@pytest.mark.parametrize(
    ("code", "agreed", "error"),
    [
        ("cw-0000000", {Purpose.OPEN_DATA: PAPER}, InputError),
        ("wrong", AGREED, CommonwattError),
        ("cw-7k3f9qx", AGREED, RegistryError),
    ],
)
def test_a_claim_that_fails_leaves_nothing(
    connection: Connection, code: str, agreed: dict[Purpose, object], error: type[Exception]
) -> None:
    """The third meter hangs in another home already."""
    move_in(connection)
    meters.add_meter(connection, "cw-0000000")
    tables = ("occupancies", "installations", "access_links", "consent_events", "dwellings")
    before = [count(connection, table) for table in tables]
    with pytest.raises(error):
        claim(connection, redeem, code, None, agreed, START_UTC)  # type: ignore[arg-type] # PAPER is one
    assert [count(connection, table) for table in tables] == before
