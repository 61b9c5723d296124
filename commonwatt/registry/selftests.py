"""Judges a meter's first-light self-test: the meter runs it, the service decides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Grade(StrEnum):
    """How one test came out; warned passes, with something to look at."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    MISSING = "missing"


class Band(NamedTuple):
    """What a value has to lie in; between `low` and `warn_below` it passes with a warning."""

    low: float
    high: float
    warn_below: float = -math.inf


BANDS = {
    "supply": Band(0, 0),
    "ram": Band(40, math.inf),
    "wifi": Band(-85, 0, warn_below=-75),
    "clock": Band(-2, 2),
    "link": Band(0, 3),
    "led_bench": Band(120, 120),
    "tic_bench": Band(60, 60),
    "ct_zero": Band(0, 30),
    "ct_ref": Band(-3, 3),
}
"""Brown-outs, KB, dBm, s, s, flashes, frames, mA, percent; other tests say ok or not."""

_FOR_ALL = ("supply", "flash", "ram", "wifi", "clock", "link")
_OF_HEAD = {
    "led": ("led_bench",),
    "tic_h": ("tic_bench",),
    "tic_s": ("tic_bench",),
    "ct": ("ct_zero", "ct_ref"),
    "sim": (),
}
_BY_HAND = ("powercut", "human")
KNOWN = frozenset({*BANDS, "flash", *_BY_HAND})


@dataclass(frozen=True, slots=True)
class ToldTest:
    """One test as the meter told it."""

    key: str
    ok: bool
    value: float | str | bool | None = None
    expected: float | str | bool | None = None


@dataclass(frozen=True, slots=True)
class GradedTest:
    """One test and how it came out."""

    key: str
    grade: Grade


def required_tests(variant: str) -> tuple[str, ...]:
    """What a meter of this kind has to pass, in the order it is shown."""
    return (*_FOR_ALL, *_OF_HEAD[variant], *_BY_HAND)


def grade_tests(variant: str, lines: Sequence[ToldTest]) -> tuple[GradedTest, ...]:
    """The required tests in order, then what else the meter tried; of a key told twice the last."""
    told = {line.key: line for line in lines}
    required = required_tests(variant)
    others = sorted(told.keys() - set(required))
    return tuple(
        GradedTest(key, _grade(told[key]) if key in told else Grade.MISSING)
        for key in (*required, *others)
    )


def is_passed(graded: Sequence[GradedTest]) -> bool:
    return bool(graded) and all(test.grade in {Grade.PASSED, Grade.WARNED} for test in graded)


def _grade(line: ToldTest) -> Grade:
    band = BANDS.get(line.key)
    if not line.ok:
        return Grade.FAILED
    if band is None:
        return Grade.PASSED
    if isinstance(line.value, bool | str) or line.value is None:
        return Grade.FAILED
    if not band.low <= line.value <= band.high:
        return Grade.FAILED
    return Grade.WARNED if line.value < band.warn_below else Grade.PASSED
