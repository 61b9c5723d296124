"""Claim codes against thieves, guessers, latecomers and two people at once."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.errors import ClaimError
from commonwatt.registry.claims import LIFETIME, ClaimCode, ClaimVerdict, Outcome, read_code
from commonwatt.registry.kits import Stage
from commonwatt.storage import claims, kits, meters, selftests
from commonwatt.storage.pool import connect
from tests.simulated import rows_of, write
from tests.storage.workshops import MINUTE, NOW_UTC, build, open_one, pass_test, redeem

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.pool import Connection
    from tests.storage.workshops import OpenWorkshop


@pytest.fixture
def opened(connection: Connection) -> OpenWorkshop:
    """A tested meter that has just said hello."""
    opened = open_one(connection)
    pass_test(connection, opened)
    selftests.note_presence(connection, opened.maker(connection).meter_id, NOW_UTC)
    return opened


def refusal(connection: Connection, typed: str, at_utc: datetime = NOW_UTC) -> ClaimError:
    with pytest.raises(ClaimError) as caught:
        redeem(connection, typed, at_utc)
    return caught.value


def guess_beside(code: str) -> str:
    """Another secret under the same locator."""
    known = read_code(code)
    other = "0" if known.verifier[0] != "0" else "1"
    return str(ClaimCode(known.locator, other + known.verifier[1:]))


def tries(connection: Connection) -> int:
    row = connection.execute("SELECT max(failed_tries) FROM claim_codes").fetchone()
    assert row is not None
    return int(row[0])


def test_a_code_works_once(connection: Connection, opened: OpenWorkshop) -> None:
    meter = redeem(connection, opened.kit().claim_code.lower(), NOW_UTC)
    assert (meter.serial, meter.state) == (opened.kit().serial, "claimed")
    assert refusal(connection, opened.kit().claim_code).code == Outcome.USED
    assert claims.open_codes(connection, [meter.meter_id]) == {}


def test_a_stolen_code_is_no_use_without_the_meter(
    connection: Connection, opened: OpenWorkshop
) -> None:
    """The thief is far from the meter, which lies in a drawer; five tries and the code is shut."""
    late_utc = NOW_UTC + timedelta(minutes=10, seconds=1)
    told = [refusal(connection, opened.kit().claim_code, late_utc) for _ in range(6)]
    assert [error.code for error in told] == [Outcome.NO_PROOF] * 5 + [Outcome.LOCKED]
    assert [error.tries_left for error in told] == [4, 3, 2, 1, 0, None]
    selftests.note_presence(connection, opened.maker(connection).meter_id, late_utc)
    assert refusal(connection, opened.kit().claim_code, late_utc).code == Outcome.LOCKED


def test_the_last_minute_is_still_fresh(connection: Connection, opened: OpenWorkshop) -> None:
    redeem(connection, opened.kit().claim_code, NOW_UTC + 10 * MINUTE)


@pytest.mark.parametrize(("ago_s", "is_enough"), [(30, True), (601, False), (-300, True)])
def test_a_fresh_reading_is_proof(connection: Connection, *, ago_s: int, is_enough: bool) -> None:
    opened = open_one(connection)
    pass_test(connection, opened)
    meter = meters.find_meter(connection, opened.kit().serial)
    assert meter is not None
    write(connection, rows_of(meter, np.array([NOW_UTC.timestamp() - ago_s]), np.array([5.0])))
    if is_enough:
        redeem(connection, opened.kit().claim_code, NOW_UTC)
    else:
        assert refusal(connection, opened.kit().claim_code).code == Outcome.NO_PROOF


def test_five_guesses_shut_a_code_even_for_who_has_it(
    connection: Connection, opened: OpenWorkshop
) -> None:
    guess = guess_beside(opened.kit().claim_code)
    told = [refusal(connection, guess) for _ in range(5)]
    assert {(error.code, error.tries_left) for error in told} == {(Outcome.UNKNOWN, None)}
    assert refusal(connection, opened.kit().claim_code).code == Outcome.LOCKED
    assert tries(connection) == 5


def test_four_guesses_leave_the_fifth_try(connection: Connection, opened: OpenWorkshop) -> None:
    for _ in range(4):
        refusal(connection, guess_beside(opened.kit().claim_code))
    assert redeem(connection, opened.kit().claim_code, NOW_UTC).state == "claimed"


def test_a_code_nobody_was_given_is_unknown(connection: Connection, opened: OpenWorkshop) -> None:
    code = read_code(opened.kit().claim_code)
    other = "0" if code.locator[0] != "0" else "1"
    typed = str(ClaimCode(other + code.locator[1:], code.verifier))
    assert refusal(connection, typed).code == Outcome.UNKNOWN
    assert tries(connection) == 0


def test_a_slip_costs_no_try(connection: Connection, opened: OpenWorkshop) -> None:
    typed = opened.kit().claim_code
    slip = ("Y" if typed[0] != "Y" else "Z") + typed[1:]
    assert refusal(connection, slip).code == "mistyped"
    assert tries(connection) == 0


def test_an_old_code_has_expired(connection: Connection, opened: OpenWorkshop) -> None:
    late_utc = NOW_UTC - timedelta(days=3) + LIFETIME + timedelta(days=3)
    selftests.note_presence(connection, opened.maker(connection).meter_id, late_utc)
    assert refusal(connection, opened.kit().claim_code, late_utc).code == Outcome.EXPIRED


def test_a_new_code_takes_the_old_one_back(connection: Connection, opened: OpenWorkshop) -> None:
    meter_id = opened.maker(connection).meter_id
    fresh = claims.allot_code(connection, meter_id, NOW_UTC)
    assert refusal(connection, opened.kit().claim_code).code == Outcome.WITHDRAWN
    assert redeem(connection, str(fresh), NOW_UTC).meter_id == meter_id


def test_the_next_tenant_gets_a_code_of_his_own(
    connection: Connection, opened: OpenWorkshop
) -> None:
    meter = redeem(connection, opened.kit().claim_code, NOW_UTC)
    connection.execute("UPDATE meters SET state = 'live'")
    again = claims.allot_code(connection, meter.meter_id, NOW_UTC)
    assert redeem(connection, str(again), NOW_UTC).state == "live"


def test_a_meter_that_has_not_passed_cannot_be_claimed(connection: Connection) -> None:
    opened = open_one(connection)
    maker = opened.maker(connection)
    build(connection, maker, Stage.PROVISIONED)
    selftests.note_presence(connection, maker.meter_id, NOW_UTC)
    assert refusal(connection, opened.kit().claim_code).code == Outcome.NOT_TESTED
    assert tries(connection) == 0


def test_a_failed_try_outlives_the_callers_transaction(
    connection: Connection, opened: OpenWorkshop
) -> None:
    with connection.transaction():
        assert refusal(connection, guess_beside(opened.kit().claim_code)).code == Outcome.UNKNOWN
    assert tries(connection) == 1


def run_at_once(database: str, typed: list[str]) -> list[str]:
    """Redeem each code in a thread of its own, all let go together."""
    barrier = threading.Barrier(len(typed))
    outcomes: list[str] = []

    def race(code: str) -> None:
        with connect(database) as own:
            barrier.wait()
            try:
                outcomes.append(redeem(own, code, NOW_UTC).state)
            except ClaimError as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=race, args=(code,)) for code in typed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_of_many_at_once_one_wins(
    connection: Connection, database: str, opened: OpenWorkshop
) -> None:
    outcomes = run_at_once(database, [opened.kit().claim_code] * 8)
    assert outcomes == ["claimed", *["used"] * 7]


def test_claiming_and_retiring_at_once_wait_for_each_other(
    connection: Connection, database: str
) -> None:
    """Either may come first; both end, and a meter that is retired first is never claimed."""
    opened = open_one(connection, kits=6)
    for number in range(1, 7):
        pass_test(connection, opened, number)
        selftests.note_presence(connection, opened.maker(connection, number).meter_id, NOW_UTC)
    found = kits.kits_of_workshop(connection, opened.facilitator)
    barrier = threading.Barrier(2)
    faults: list[Exception] = []

    def retire() -> None:
        with connect(database) as own:
            for kit in found:
                barrier.wait()
                try:
                    kits.move_kit(own, kit, Stage.RETIRED, NOW_UTC)
                except Exception as error:  # noqa: BLE001 - any fault at all is one too many
                    faults.append(error)

    thread = threading.Thread(target=retire)
    thread.start()
    for number in range(1, 7):
        barrier.wait()
        with contextlib.suppress(ClaimError):
            redeem(connection, opened.kit(number).claim_code, NOW_UTC)
    thread.join()
    assert faults == []
    stages = {kit.stage for kit in kits.kits_of_workshop(connection, opened.facilitator)}
    assert stages == {Stage.RETIRED}


def test_guesses_at_once_are_all_counted(
    connection: Connection, database: str, opened: OpenWorkshop
) -> None:
    outcomes = run_at_once(database, [guess_beside(opened.kit().claim_code)] * 8)
    assert outcomes == ["locked"] * 3 + ["unknown"] * 5
    assert tries(connection) == 5


def test_a_code_of_no_meter_tells_no_tries(connection: Connection) -> None:
    unknown = ClaimCode("zzzz", "0" * 16)
    verdict = claims.use_claim_code(connection, unknown, NOW_UTC)
    assert verdict == (ClaimVerdict(Outcome.UNKNOWN, 0), None)
