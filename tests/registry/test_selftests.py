"""The service judges what a meter says of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatt.registry.selftests import (
    BANDS,
    Grade,
    ToldTest,
    grade_tests,
    is_passed,
    required_tests,
)
from tests.storage.workshops import good_lines


def grade(key: str, value: float | str | bool | None, *, ok: bool = True) -> Grade:
    graded = grade_tests("sim", [ToldTest(key, ok=ok, value=value)])
    return next(test.grade for test in graded if test.key == key)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("led_bench", 120, Grade.PASSED),
        ("led_bench", 119, Grade.FAILED),
        ("led_bench", 121, Grade.FAILED),
        ("wifi", -60, Grade.PASSED),
        ("wifi", -75, Grade.PASSED),
        ("wifi", -76, Grade.WARNED),
        ("wifi", -85, Grade.WARNED),
        ("wifi", -86, Grade.FAILED),
        ("supply", 0, Grade.PASSED),
        ("supply", 1, Grade.FAILED),
        ("ram", 39.9, Grade.FAILED),
        ("clock", -2.1, Grade.FAILED),
        ("link", 3, Grade.PASSED),
        ("ct_ref", -3.1, Grade.FAILED),
        ("tic_bench", 60, Grade.PASSED),
        ("led_bench", None, Grade.FAILED),
        ("led_bench", "120", Grade.FAILED),
        ("supply", False, Grade.FAILED),
        ("flash", None, Grade.PASSED),
        ("odd", "anything", Grade.PASSED),
    ],
)
def test_a_value_is_judged_by_its_band(
    key: str, value: float | str | bool | None, expected: Grade
) -> None:
    assert grade(key, value) is expected


@pytest.mark.parametrize("key", [*BANDS, "flash", "human", "powercut", "odd"])
def test_a_meter_that_says_it_failed_is_believed(key: str) -> None:
    assert grade(key, 120, ok=False) is Grade.FAILED


@given(key=st.sampled_from(sorted(BANDS)), value=st.floats(allow_nan=True))
def test_a_pass_lies_in_its_band(key: str, value: float) -> None:
    if grade(key, value) in {Grade.PASSED, Grade.WARNED}:
        assert BANDS[key].low <= value <= BANDS[key].high


@pytest.mark.parametrize("variant", ["led", "tic_h", "tic_s", "ct", "sim"])
def test_each_head_has_its_own_tests_and_none_may_lack(variant: str) -> None:
    lines = good_lines(variant)
    assert [line.key for line in lines] == list(required_tests(variant))
    assert is_passed(grade_tests(variant, lines))
    for missing in lines:
        rest = [line for line in lines if line is not missing]
        graded = grade_tests(variant, rest)
        assert not is_passed(graded)
        assert [test.key for test in graded if test.grade is Grade.MISSING] == [missing.key]


def test_a_test_told_twice_counts_as_told_last() -> None:
    lines = [*good_lines(), ToldTest("human", ok=False)]
    assert not is_passed(grade_tests("led", lines))


def test_nothing_told_is_no_pass() -> None:
    assert not is_passed(())
    assert not is_passed(grade_tests("led", ()))
