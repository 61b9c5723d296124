"""From an opened workshop to tested meters with passports."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from commonwatt.access import Facilitator, HouseholdMember, Landlord, Maker, Operator
from commonwatt.errors import AccessError, KitError, RegistryError
from commonwatt.registry.kits import Stage
from commonwatt.registry.selftests import ToldTest
from commonwatt.servers.credentials import verify_secret
from commonwatt.storage import kits, meters, passports, selftests
from commonwatt.storage.credentials import broker_hashes
from commonwatt.storage.links import find_viewer
from commonwatt.storage.openings import open_workshop, provisioning_document
from tests.storage.workshops import (
    MINUTE,
    NOW_UTC,
    build,
    good_lines,
    open_one,
    order,
    pass_test,
    redeem,
    selftest,
)

if TYPE_CHECKING:
    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection


def everything_stored(connection: Connection) -> str:
    """The text of every row of every table."""
    tables = connection.execute(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    ).fetchall()
    return "\n".join(
        str(row)
        for (table,) in tables
        for row in connection.execute(f'SELECT t::text FROM "{table}" t')
    )


def test_opening_allots_everything_and_keeps_no_secret(connection: Connection) -> None:
    opened = open_one(connection, kits=3)
    handover = opened.handover
    kept = everything_stored(connection).lower()
    assert [kit.number for kit in handover.kits] == [1, 2, 3]
    for kit in handover.kits:
        meter = meters.find_meter(connection, kit.serial)
        assert meter is not None
        assert (meter.variant, meter.state) == ("led", "printed")
        assert re.fullmatch("[0-9a-f]{32}", kit.secret)
        assert find_viewer(connection, kit.maker_token) == Maker(meter.meter_id)
        verifier = kit.claim_code.replace("-", "").lower()[4:-1]
        for secret in (kit.secret, kit.password, kit.maker_token.lower(), verifier):
            assert secret not in kept
    assert handover.passphrase.replace("-", "").lower() not in kept
    assert handover.facilitator_token.lower() not in kept
    assert find_viewer(connection, handover.facilitator_token) == opened.facilitator
    drawn = {(k.serial, k.secret, k.claim_code, k.password, k.maker_token) for k in handover.kits}
    assert all(len(set(column)) == 3 for column in zip(*drawn, strict=True))


def test_the_broker_learns_a_meter_once_it_has_its_name(connection: Connection) -> None:
    opened = open_one(connection)
    assert broker_hashes(connection, NOW_UTC) == {}
    build(connection, opened.maker(connection), Stage.PROVISIONED)
    hashes = broker_hashes(connection, NOW_UTC)
    assert list(hashes) == [opened.kit().serial]
    assert verify_secret(opened.kit().secret, hashes[opened.kit().serial])


def test_the_laptop_is_told_what_it_writes_and_no_claim_code(connection: Connection) -> None:
    handover = open_one(connection, kits=2).handover
    document = provisioning_document(handover)
    assert [m["secret"] for m in document["meters"]] == [k.secret for k in handover.kits]
    assert all(k.claim_code not in str(document) for k in handover.kits)
    assert handover.kits[0].secret not in repr(handover)


@pytest.mark.parametrize(
    "changes",
    [
        {"kits": 0},
        {"kits": 100},
        {"variant": "solar"},
        {"place": " "},
        {"facilitator": "x" * 81},
        {"parts_revision": "a\nb"},
        {"parts_revision": "r" * 41},
    ],
)
def test_an_order_that_cannot_be_filled_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(RegistryError):
        order(**changes)


def test_a_workshop_in_another_year_is_a_slip(connection: Connection) -> None:
    with pytest.raises(RegistryError, match="more than a year"):
        open_workshop(connection, order(held_on=date(2062, 3, 12)), NOW_UTC)
    assert connection.execute("SELECT count(*) FROM meters").fetchone() == (0,)


def test_ticking_takes_a_kit_as_far_as_ticks_can(connection: Connection) -> None:
    opened = open_one(connection)
    maker = opened.maker(connection)
    build(connection, maker, Stage.ASSEMBLED)
    assert kits.kit_to_change(connection, maker).stage is Stage.ASSEMBLED
    build(connection, maker)
    assert kits.kit_to_change(connection, maker).stage is Stage.PROVISIONED


def test_a_step_can_be_done_again(connection: Connection) -> None:
    maker = open_one(connection).maker(connection)
    kits.tick_step(connection, maker, "unpack", NOW_UTC, is_done=True)
    kits.tick_step(connection, maker, "unpack", NOW_UTC, is_done=True)
    assert kits.ticked_steps(connection, [maker.meter_id])[maker.meter_id] == {"unpack"}
    kits.tick_step(connection, maker, "unpack", NOW_UTC, is_done=False)
    assert kits.ticked_steps(connection, [maker.meter_id])[maker.meter_id] == set()
    with pytest.raises(AccessError):
        kits.tick_step(connection, maker, "no_such_step", NOW_UTC, is_done=True)


def test_a_meter_is_tested_only_after_steps_and_test(connection: Connection) -> None:
    opened = open_one(connection)
    maker = opened.maker(connection)
    build(connection, maker, Stage.PROVISIONED)
    kit = kits.kit_to_change(connection, maker)

    def refusal() -> str:
        with pytest.raises(KitError) as caught:
            kits.move_kit(connection, kit, Stage.TESTED, NOW_UTC)
        return caught.value.code

    assert refusal() == "steps_missing"
    build(connection, maker)
    assert refusal() == "not_tested"
    failing = good_lines(led_bench=ToldTest("led_bench", ok=True, value=119))
    selftests.keep_selftest(connection, maker.meter_id, "led", selftest(failing))
    assert refusal() == "test_failed"
    assert passports.last_passport(connection, maker.meter_id) is None
    later = selftest(at_utc=NOW_UTC + MINUTE)
    selftests.keep_selftest(connection, maker.meter_id, "led", later)
    kits.move_kit(connection, kit, Stage.TESTED, NOW_UTC + MINUTE)
    document = passports.last_passport(connection, maker.meter_id)
    assert document is not None
    assert document["selftest"]["run"] == later.run


def test_a_passport_stays_as_it_was_issued(connection: Connection) -> None:
    opened = open_one(connection)
    maker = opened.maker(connection)
    kits.name_maker(connection, maker, "  Zoé \t 9\x07 ")
    pass_test(connection, opened)
    before = passports.last_passport(connection, maker.meter_id)
    assert before is not None
    assert before["maker"] == "Zoé 9"
    assert before["firmware"] == {"name": "commonwatt-meter 0.1.0", "sha256": "ab" * 32}
    kits.name_maker(connection, maker, "")
    failing = (ToldTest("flash", ok=False),)
    selftests.keep_selftest(connection, maker.meter_id, "led", selftest(failing, NOW_UTC + MINUTE))
    assert passports.last_passport(connection, maker.meter_id) == before


def test_a_long_nickname_is_refused(connection: Connection) -> None:
    maker = open_one(connection).maker(connection)
    kits.name_maker(connection, maker, "n" * 24)
    with pytest.raises(KitError, match="nickname_too_long"):
        kits.name_maker(connection, maker, "n" * 25)


def test_a_run_sent_again_is_kept_once_and_unknown_values_survive(connection: Connection) -> None:
    maker = open_one(connection).maker(connection)
    lines = (ToldTest("odd", ok=True, value="seven", expected=True), *good_lines())
    tested = selftest(lines)
    for _ in range(2):
        selftests.keep_selftest(connection, maker.meter_id, "led", tested)
    assert selftests.last_selftests(connection, [maker.meter_id]) == {maker.meter_id: tested}
    assert connection.execute("SELECT count(*), bool_and(is_passed) FROM selftests").fetchone() == (
        1,
        True,
    )


STRANGERS: list[Viewer | None] = [
    None,
    HouseholdMember(1),
    Landlord(1),
    Operator(),
    Facilitator(999),
    Maker(999),
]


@pytest.mark.parametrize("viewer", STRANGERS, ids=str)
def test_strangers_find_nothing(connection: Connection, viewer: Viewer | None) -> None:
    opened = open_one(connection)
    with pytest.raises(AccessError):
        kits.kit_of_workshop(connection, viewer, opened.kit().serial)
    with pytest.raises(AccessError):
        kits.kit_to_change(connection, viewer)
    with pytest.raises(AccessError):
        kits.tick_step(connection, viewer, "unpack", NOW_UTC, is_done=True)
    with pytest.raises(AccessError):
        kits.name_maker(connection, viewer, "x")


def test_a_facilitator_sees_only_the_own_workshop(connection: Connection) -> None:
    own, other = open_one(connection, kits=2), open_one(connection, place="Ailleurs")
    found = kits.kits_of_workshop(connection, own.facilitator)
    assert [kit.serial for kit in found] == [kit.serial for kit in own.handover.kits]
    with pytest.raises(AccessError):
        kits.kit_of_workshop(connection, own.facilitator, other.kit().serial)


def test_a_retired_meter_cannot_be_claimed(connection: Connection) -> None:
    opened = open_one(connection)
    pass_test(connection, opened)
    kit = kits.kit_of_workshop(connection, opened.facilitator, opened.kit().serial)
    kits.move_kit(connection, kit, Stage.RETIRED, NOW_UTC)
    selftests.note_presence(connection, kit.meter_id, NOW_UTC)
    with pytest.raises(RegistryError, match="withdrawn"):
        redeem(connection, opened.kit().claim_code, NOW_UTC)
    with pytest.raises(KitError, match="retired"):
        kits.move_kit(connection, kit, Stage.TESTED, NOW_UTC)
    assert replace(kit, stage=Stage.RETIRED) == kits.own_kit(connection, Maker(kit.meter_id))


def test_a_workshop_of_twelve_from_labels_to_homes(connection: Connection) -> None:
    opened = open_one(connection, kits=12)
    for number in range(1, 13):
        pass_test(connection, opened, number)
    ids = [opened.maker(connection, number).meter_id for number in range(1, 13)]
    assert passports.have_passport(connection, ids) == frozenset(ids)
    for number in range(1, 13):
        selftests.note_presence(connection, ids[number - 1], NOW_UTC)
        meter = redeem(connection, opened.kit(number).claim_code, NOW_UTC + MINUTE)
        assert (meter.meter_id, meter.state) == (ids[number - 1], "claimed")
    stages = {kit.stage for kit in kits.kits_of_workshop(connection, opened.facilitator)}
    assert stages == {Stage.CLAIMED}


def test_a_label_printed_long_before_holds_as_long(connection: Connection) -> None:
    handover = open_workshop(connection, order(held_on=NOW_UTC.date() + timedelta(90)), NOW_UTC)
    row = connection.execute("SELECT expires_utc FROM claim_codes").fetchone()
    assert row == (NOW_UTC + timedelta(days=150),)
    assert len(handover.kits) == 1
