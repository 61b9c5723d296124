"""The rules of claim codes, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatt.errors import ClaimError
from commonwatt.registry.claims import (
    CLAIMABLE,
    FRESH,
    LIFETIME,
    MOST_TRIES,
    ClaimCode,
    ClaimVerdict,
    KeptCode,
    Outcome,
    judge_claim,
    new_code,
    read_code,
)
from commonwatt.registry.kits import Stage
from commonwatt.registry.serials import ALPHABET

NOW_UTC = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
CODE = ClaimCode("7k3f", "9q2m8x4dw6t0abcd")
KEPT = KeptCode(
    verifier_hash=CODE.verifier_hash,
    failed_tries=0,
    expires_utc=NOW_UTC + timedelta(days=1),
    is_used=False,
    is_withdrawn=False,
    stage=Stage.TESTED,
    last_proof_utc=NOW_UTC - timedelta(minutes=1),
)


def test_a_code_is_read_as_it_is_printed() -> None:
    code = new_code()
    assert read_code(str(code)) == code
    assert read_code(f" {str(code).lower().replace('-', ' ')} ") == code
    assert len(str(code).replace("-", "")) == 21
    assert code.verifier not in repr(code)


def test_letters_that_look_alike_are_forgiven() -> None:
    code = ClaimCode("0101", "0123456789abcdef")
    assert read_code(str(code).replace("0", "O").replace("1", "l")) == code


def test_a_code_is_printed_in_threes() -> None:
    assert {len(group) for group in str(CODE).split("-")} == {3}


def test_every_symbol_may_stand_in_a_code() -> None:
    halves = (ALPHABET[:4], ALPHABET[:16]), (ALPHABET[16:20], ALPHABET[16:])
    assert all(read_code(str(ClaimCode(*half))) == ClaimCode(*half) for half in halves)


def test_a_code_lasts_sixty_days_and_a_press_of_the_button_ten_minutes() -> None:
    assert (timedelta(days=60), timedelta(minutes=10)) == (LIFETIME, FRESH)


@given(typed=st.text())
def test_what_is_no_code_is_mistyped(typed: str) -> None:
    with pytest.raises(ClaimError, match=r"^mistyped$"):
        read_code(typed)


@pytest.mark.parametrize("place", range(21))
def test_every_slip_is_mistyped(place: int) -> None:
    symbols = str(CODE).replace("-", "")
    other = "Z" if symbols[place] != "Z" else "Y"
    with pytest.raises(ClaimError, match=r"^mistyped$"):
        read_code(symbols[:place] + other + symbols[place + 1 :])


def test_codes_do_not_repeat() -> None:
    assert len({new_code() for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome.GRANTED),
        ({"failed_tries": 4}, Outcome.GRANTED),
        ({"failed_tries": 5}, Outcome.LOCKED),
        ({"is_used": True}, Outcome.USED),
        ({"is_withdrawn": True}, Outcome.WITHDRAWN),
        ({"expires_utc": NOW_UTC}, Outcome.EXPIRED),
        ({"last_proof_utc": None}, Outcome.NO_PROOF),
        ({"last_proof_utc": NOW_UTC - FRESH}, Outcome.GRANTED),
        ({"last_proof_utc": NOW_UTC - FRESH - timedelta(seconds=1)}, Outcome.NO_PROOF),
        *(({"stage": s}, Outcome.NOT_TESTED) for s in Stage if s not in CLAIMABLE),
    ],
)
def test_what_becomes_of_a_known_code(changes: dict[str, object], outcome: Outcome) -> None:
    kept = replace(KEPT, **changes)  # type: ignore[arg-type]
    assert judge_claim(CODE, kept, NOW_UTC).outcome is outcome


@pytest.mark.parametrize(
    ("changes", "left"),
    [({}, 5), ({"failed_tries": 3}, 2), ({"is_used": True}, 5), ({"last_proof_utc": None}, 4)],
)
def test_what_counts_as_a_try(changes: dict[str, object], left: int) -> None:
    kept = replace(KEPT, **changes)  # type: ignore[arg-type]
    verdict = judge_claim(CODE, kept, NOW_UTC)
    assert verdict.tries_left == left
    assert verdict.is_counted is (MOST_TRIES - kept.failed_tries - left == 1)


@given(
    failed=st.integers(0, MOST_TRIES),
    used=st.booleans(),
    withdrawn=st.booleans(),
    stage=st.sampled_from(Stage),
    expired=st.booleans(),
)
def test_who_guesses_learns_nothing_but_the_lock(
    failed: int, *, used: bool, withdrawn: bool, stage: Stage, expired: bool
) -> None:
    kept = replace(
        KEPT,
        failed_tries=failed,
        is_used=used,
        is_withdrawn=withdrawn,
        stage=stage,
        expires_utc=NOW_UTC + timedelta(days=-1 if expired else 1),
    )
    guess = ClaimCode(CODE.locator, "0" * 16)
    expected = (
        ClaimVerdict(Outcome.LOCKED, 0)
        if failed == MOST_TRIES
        else ClaimVerdict(Outcome.UNKNOWN, MOST_TRIES - failed - 1)
    )
    assert judge_claim(guess, kept, NOW_UTC) == expected


@pytest.mark.parametrize(
    ("locator", "verifier"), [("7k3", "0" * 16), ("7k3f", "0" * 15), ("7k3u", "0" * 16)]
)
def test_a_code_cannot_exist_wrong(locator: str, verifier: str) -> None:
    with pytest.raises(ClaimError, match=r"^mistyped$"):
        ClaimCode(locator, verifier)
