"""Claiming is all or nothing, and lets a household in by letters that forgive a slip of the pen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from commonwatt.access import HouseholdMember, Paused
from commonwatt.claiming import ClaimRequest, claim
from commonwatt.errors import ClaimError
from commonwatt.registry.claims import Outcome
from commonwatt.storage import (
    buildings,
    claims,
    consents,
    dwelling_letters,
    households,
    links,
    moves,
    pins,
    selftests,
)
from commonwatt.storage.consents import PAPER, Purpose
from tests.storage.workshops import MINUTE, NOW_UTC, open_one, pass_test

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection
    from tests.storage.workshops import OpenWorkshop

AGREED = {Purpose.OWN_VIEW: PAPER, Purpose.OPEN_DATA: PAPER}
TABLES = ("occupancies", "installations", "access_links", "consent_events", "dwellings", "pins")


@pytest.fixture
def opened(connection: Connection) -> OpenWorkshop:
    """Two tested meters, both in somebody's hands."""
    opened = open_one(connection, kits=2)
    for number in (1, 2):
        pass_test(connection, opened, number)
        meter_id = opened.maker(connection, number).meter_id
        selftests.note_presence(connection, meter_id, NOW_UTC)
    return opened


def request(opened: OpenWorkshop, kit: int = 1, **changes: str) -> ClaimRequest:
    told = {"code": opened.kit(kit).claim_code} | changes
    return ClaimRequest(agreed=AGREED, **told)


def counts(connection: Connection) -> list[tuple[int, ...] | None]:
    return [
        connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() for table in TABLES
    ]


def tell_dwelling(connection: Connection) -> tuple[int, str]:
    """A dwelling of a landlord's building, and the letters it was handed."""
    building = buildings.add_building(connection, "Tilleuls")
    home = buildings.add_dwelling(connection, building, "A", "A01")
    ((_, letters),) = dwelling_letters.hand_letters(connection, "Tilleuls", NOW_UTC)
    return home, letters


def refusal(connection: Connection, asked: ClaimRequest) -> str:
    with pytest.raises(ClaimError) as caught:
        claim(connection, asked, NOW_UTC)
    return caught.value.code


def test_a_claim_gives_a_home_its_meter_and_its_letters(
    connection: Connection, opened: OpenWorkshop
) -> None:
    claimed = claim(connection, request(opened), NOW_UTC)
    typed = claimed.letters.upper().replace("-", " ").replace("0", "O").replace("1", "l")
    viewer = links.find_viewer(connection, links.read_letters(typed))
    assert viewer == HouseholdMember(claimed.occupancy_id)
    given = {consent.purpose for consent in consents.load_consents(connection, viewer)}
    assert given == set(AGREED)
    meter_id = opened.maker(connection).meter_id
    assert households.occupancy_at(connection, meter_id, NOW_UTC) == claimed.occupancy_id


def test_the_letters_of_a_dwelling_say_where_the_meter_hangs(
    connection: Connection, opened: OpenWorkshop
) -> None:
    home, letters = tell_dwelling(connection)
    claimed = claim(connection, request(opened, dwelling_letters=letters.upper()), NOW_UTC)
    household = households.load_household(connection, HouseholdMember(claimed.occupancy_id))
    assert (household.building_name, household.dwelling_label) == ("Tilleuls", "A01")
    assert moves.dwelling_of(connection, opened.maker(connection).meter_id, NOW_UTC) == home


def test_new_letters_of_a_dwelling_end_the_old(
    connection: Connection, opened: OpenWorkshop
) -> None:
    _, letters = tell_dwelling(connection)
    dwelling_letters.hand_letters(connection, "Tilleuls", NOW_UTC)
    assert refusal(connection, request(opened, dwelling_letters=letters)) == "dwelling_unknown"


def test_the_next_tenant_claims_the_meter_that_hangs_there(
    connection: Connection, opened: OpenWorkshop
) -> None:
    first = claim(connection, request(opened), NOW_UTC)
    later_utc = NOW_UTC + timedelta(hours=2)
    meter_id = opened.maker(connection).meter_id
    households.move_out(connection, first.occupancy_id, later_utc - 30 * MINUTE)
    code = str(claims.allot_code(connection, meter_id, later_utc))
    selftests.note_presence(connection, meter_id, later_utc)
    second = claim(connection, ClaimRequest(code, AGREED), later_utc)
    assert second.occupancy_id != first.occupancy_id
    assert households.occupancy_at(connection, meter_id, later_utc) == second.occupancy_id


def test_a_home_that_somebody_lives_in_is_not_taken(
    connection: Connection, opened: OpenWorkshop
) -> None:
    _, letters = tell_dwelling(connection)
    claim(connection, request(opened, dwelling_letters=letters), NOW_UTC)
    second = request(opened, 2, dwelling_letters=letters)
    before = counts(connection)
    assert refusal(connection, second) == "dwelling_taken"
    assert counts(connection) == before
    claim(connection, request(opened, 2), NOW_UTC)


def test_a_failed_try_is_counted_and_leaves_nothing(
    connection: Connection, opened: OpenWorkshop
) -> None:
    right = opened.kit().claim_code
    connection.execute("DELETE FROM presences")
    before = counts(connection)
    told = [refusal(connection, ClaimRequest(right, AGREED)) for _ in range(6)]
    assert told == [Outcome.NO_PROOF] * 5 + [Outcome.LOCKED]
    assert counts(connection) == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "wrong"}, "mistyped"),
        ({"dwelling_letters": "aaaa-bbbb-cccc-dddd"}, "dwelling_unknown"),
        ({"pin": "12345"}, "pin_unfit"),
        ({"pin": "111111"}, "pin_unfit"),
        ({"pin": "١٢٣٤٥٦"}, "pin_unfit"),
    ],
)
def test_a_claim_that_fails_leaves_nothing(
    connection: Connection, opened: OpenWorkshop, changes: dict[str, str], code: str
) -> None:
    before = counts(connection)
    with pytest.raises(ClaimError) as caught:
        claim(connection, request(opened, 1, **changes), NOW_UTC)
    assert caught.value.code == code
    assert counts(connection) == before


def test_a_home_of_its_own_is_the_same_when_its_meter_comes_back(
    connection: Connection, opened: OpenWorkshop
) -> None:
    first = claim(connection, request(opened), NOW_UTC)
    meter_id = opened.maker(connection).meter_id
    gone_utc, back_utc = NOW_UTC + timedelta(hours=1), NOW_UTC + timedelta(hours=3)
    households.move_out(connection, first.occupancy_id, gone_utc)
    moves.take_down(connection, meter_id, gone_utc)
    code = str(claims.allot_code(connection, meter_id, back_utc))
    selftests.note_presence(connection, meter_id, back_utc)
    second = claim(connection, ClaimRequest(code, AGREED), back_utc)
    homes = [
        households.load_household(connection, HouseholdMember(each.occupancy_id))
        for each in (first, second)
    ]
    assert {(home.building_name, home.stairwell, home.dwelling_label) for home in homes} == {
        (opened.kit().serial, "", opened.kit().serial)
    }
    assert connection.execute("SELECT count(*) FROM dwellings").fetchone() == (1,)


def test_a_pin_that_is_unfit_is_refused_before_anything_is_tried(opened: OpenWorkshop) -> None:
    with pytest.raises(ClaimError, match="pin_unfit"):
        request(opened, pin="12345")


def test_without_the_first_consent_there_is_nothing_to_claim(opened: OpenWorkshop) -> None:
    with pytest.raises(ClaimError) as caught:
        ClaimRequest(opened.kit().claim_code, {Purpose.OPEN_DATA: PAPER})
    assert caught.value.code == "consent_missing"


def test_a_pin_is_asked_of_letters_and_not_of_programs(
    connection: Connection, opened: OpenWorkshop
) -> None:
    claimed = claim(connection, request(opened, pin="271828"), NOW_UTC)
    token = links.read_letters(claimed.letters)
    member = HouseholdMember(claimed.occupancy_id)
    assert links.find_viewer(connection, token) is None
    link = links.find_link(connection, token)
    assert link == links.OpenLink(member, asks_pin=True)
    assert pins.check_pin(connection, claimed.occupancy_id, "271828")
    assert not pins.check_pin(connection, claimed.occupancy_id, "271829")
    program = links.make_program_token(connection, member, NOW_UTC)
    assert links.find_viewer(connection, program) == member
    pins.drop_pin(connection, claimed.occupancy_id)
    assert links.find_viewer(connection, token) == member


def test_who_takes_the_first_consent_back_is_paused(
    connection: Connection, opened: OpenWorkshop
) -> None:
    claimed = claim(connection, request(opened), NOW_UTC)
    token = links.read_letters(claimed.letters)
    consents.withdraw_consent(connection, claimed.occupancy_id, NOW_UTC, Purpose.OWN_VIEW)
    assert links.find_viewer(connection, token) == Paused(claimed.occupancy_id)
    consents.give_consent(connection, claimed.occupancy_id, NOW_UTC, Purpose.OWN_VIEW)
    assert links.find_viewer(connection, token) == HouseholdMember(claimed.occupancy_id)


def test_letters_are_long_enough_to_be_safe() -> None:
    made = {links.new_letters() for _ in range(50)}
    assert len(made) == 50
    assert {len(links.read_letters(letters)) for letters in made} == {16}
