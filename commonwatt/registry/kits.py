"""Kits: the stages of a meter's life, which may follow which, and what each one asks for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from commonwatt.errors import KitError


class Stage(StrEnum):
    """Where a meter is in its life; the column `state` of a meter."""

    PRINTED = "printed"
    ASSEMBLED = "assembled"
    PROVISIONED = "provisioned"
    TESTED = "tested"
    CLAIMED = "claimed"
    LIVE = "live"
    SILENT = "silent"
    RETIRED = "retired"


FOLLOWS = {
    Stage.PRINTED: {Stage.ASSEMBLED, Stage.RETIRED},
    Stage.ASSEMBLED: {Stage.PRINTED, Stage.PROVISIONED, Stage.RETIRED},
    Stage.PROVISIONED: {Stage.ASSEMBLED, Stage.TESTED, Stage.RETIRED},
    Stage.TESTED: {Stage.PROVISIONED, Stage.CLAIMED, Stage.RETIRED},
    Stage.CLAIMED: {Stage.TESTED, Stage.LIVE, Stage.RETIRED},
    Stage.LIVE: {Stage.TESTED, Stage.SILENT, Stage.RETIRED},
    Stage.SILENT: {Stage.TESTED, Stage.LIVE, Stage.RETIRED},
    Stage.RETIRED: set[Stage](),
}
"""Back by one stage is a repair; back to tested is a meter that came home to the workshop."""

REFUSALS = (
    "retired",
    "wrong_order",
    "steps_missing",
    "not_tested",
    "test_failed",
    "not_claimed",
    "never_heard",
    "nickname_too_long",
    "in_a_home",
    "wrong_passphrase",
    "badge_not_earned",
    "order_texts",
    "order_kits",
    "order_variant",
    "order_date",
)
"""Every code a KitError can have."""

WORKSHOP_STAGES = (Stage.PRINTED, Stage.ASSEMBLED, Stage.PROVISIONED, Stage.TESTED)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a kit when a stage is asked for.

    `steps_missing` counts the steps up to and including that stage that are not ticked;
    `test_passed` is the last self-test's verdict, None before the first.
    """

    steps_missing: int = 0
    test_passed: bool | None = None
    was_claimed: bool = False
    was_heard: bool = False


def check_stage(now: Stage, wanted: Stage, evidence: Evidence) -> None:
    """Raise KitError with the reason's code if a kit may not go to a stage."""
    if now is Stage.RETIRED:
        raise KitError("retired")
    if wanted not in FOLLOWS[now]:
        raise KitError("wrong_order")
    is_back = wanted in WORKSHOP_STAGES and _place(wanted) < _place(now)
    code = None if is_back else _missing(wanted, evidence)
    if code:
        raise KitError(code)


def _place(stage: Stage) -> int:
    return list(Stage).index(stage)


def _missing(wanted: Stage, evidence: Evidence) -> str | None:
    if wanted in WORKSHOP_STAGES and evidence.steps_missing:
        return "steps_missing"
    if wanted is Stage.TESTED and not evidence.test_passed:
        return "not_tested" if evidence.test_passed is None else "test_failed"
    if wanted is Stage.CLAIMED and not evidence.was_claimed:
        return "not_claimed"
    if wanted is Stage.LIVE and not evidence.was_heard:
        return "never_heard"
    return None
