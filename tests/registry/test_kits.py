"""Which stage may follow which, and what each one asks for."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatt.errors import KitError
from commonwatt.registry.kits import FOLLOWS, Evidence, Stage, check_stage

COMPLETE = Evidence(steps_missing=0, test_passed=True, was_claimed=True, was_heard=True)
WAY = [
    Stage.PRINTED,
    Stage.ASSEMBLED,
    Stage.PROVISIONED,
    Stage.TESTED,
    Stage.CLAIMED,
    Stage.LIVE,
    Stage.SILENT,
    Stage.LIVE,
    Stage.RETIRED,
]


def refusal(now: Stage, wanted: Stage, evidence: Evidence) -> str | None:
    try:
        check_stage(now, wanted, evidence)
    except KitError as error:
        return error.code
    return None


def test_a_whole_life() -> None:
    assert [refusal(a, b, COMPLETE) for a, b in itertools.pairwise(WAY)] == [None] * 8


@pytest.mark.parametrize(
    ("now", "wanted", "evidence", "code"),
    [
        (Stage.PRINTED, Stage.ASSEMBLED, Evidence(steps_missing=1), "steps_missing"),
        (Stage.PROVISIONED, Stage.TESTED, Evidence(steps_missing=2), "steps_missing"),
        (Stage.PROVISIONED, Stage.TESTED, Evidence(), "not_tested"),
        (Stage.PROVISIONED, Stage.TESTED, Evidence(test_passed=False), "test_failed"),
        (Stage.TESTED, Stage.CLAIMED, Evidence(test_passed=True), "not_claimed"),
        (Stage.CLAIMED, Stage.LIVE, Evidence(was_claimed=True), "never_heard"),
        (Stage.SILENT, Stage.LIVE, Evidence(was_claimed=True), "never_heard"),
        (Stage.PRINTED, Stage.TESTED, COMPLETE, "wrong_order"),
        (Stage.LIVE, Stage.CLAIMED, COMPLETE, "wrong_order"),
        (Stage.RETIRED, Stage.PRINTED, COMPLETE, "retired"),
    ],
)
def test_a_refused_stage_says_why(now: Stage, wanted: Stage, evidence: Evidence, code: str) -> None:
    assert refusal(now, wanted, evidence) == code


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        (Stage.TESTED, Stage.PROVISIONED),
        (Stage.PROVISIONED, Stage.ASSEMBLED),
        (Stage.LIVE, Stage.TESTED),
        (Stage.SILENT, Stage.TESTED),
        (Stage.CLAIMED, Stage.TESTED),
    ],
)
def test_going_back_to_repair_asks_for_nothing(now: Stage, wanted: Stage) -> None:
    assert refusal(now, wanted, Evidence(steps_missing=9)) is None


@given(now=st.sampled_from(Stage), wanted=st.sampled_from(Stage))
def test_complete_evidence_leaves_only_the_order(now: Stage, wanted: Stage) -> None:
    assert (refusal(now, wanted, COMPLETE) is None) is (wanted in FOLLOWS[now])


def test_every_stage_can_end_and_the_end_is_the_end() -> None:
    assert FOLLOWS.keys() == set(Stage)
    assert all(Stage.RETIRED in after for now, after in FOLLOWS.items() if now != Stage.RETIRED)
    assert FOLLOWS[Stage.RETIRED] == set()
