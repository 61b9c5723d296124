"""Which readings may be stored, and the reason for each that may not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commonwatt.model import Reading
from commonwatt.storage.meters import Meter
from ingest.adapters.message import LivePower, Message
from ingest.validate import judge

NOW_S = 1_790_000_000
DAY_S = 86_400
METER = Meter(1, "cw-7k3f9qx", "led", "live", 12_000, 30)
GOOD = Reading(end_s=NOW_S - 60, duration_s=60, log=5, n=9, boot=2, up_s=600, register_wh=1000.0)


def reasons(*readings: Reading, meter: Meter = METER) -> list[str]:
    verdict = judge(Message("cw-7k3f9qx", readings), meter, {}, NOW_S)
    assert len(verdict.accepted) + len(verdict.refused) == len(readings)
    return [fault.code for fault in verdict.refused]


def test_a_good_reading_is_accepted() -> None:
    assert reasons(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"end_s": NOW_S + 601}, "future_time", id="eleven minutes ahead"),
        pytest.param({"end_s": NOW_S - 31 * DAY_S}, "too_old", id="a month old"),
        pytest.param({"end_s": -5}, "too_old", id="before 1970"),
        pytest.param({"end_s": None}, "undated", id="no clock"),
        pytest.param({"register_wh": 5e9}, "register_absurd", id="five gigawatt-hours"),
        pytest.param({"register_wh": -1.0}, "register_absurd", id="below zero"),
        pytest.param({"power_w": 100_001.0}, "power_absurd", id="a small town"),
        pytest.param({"power_w": float("nan")}, "power_absurd", id="not a number"),
        pytest.param({"apparent_va": -1.0}, "power_absurd", id="negative apparent power"),
    ],
)
def test_a_bad_reading_has_a_reason(changes: dict[str, Any], code: str) -> None:
    assert reasons(replace(GOOD, **changes)) == [code]


@pytest.mark.parametrize(
    "end_s", [NOW_S + 600, NOW_S - 30 * DAY_S], ids=["ten minutes ahead", "thirty days old"]
)
def test_the_limits_themselves_are_let_in(end_s: int) -> None:
    assert reasons(replace(GOOD, end_s=end_s)) == []


def test_a_recording_may_be_of_any_age() -> None:
    old = replace(GOOD, end_s=1_167_606_060)
    assert reasons(old) == ["too_old"]
    assert reasons(old, meter=replace(METER, backlog_days=None)) == []


def test_a_bad_reading_does_not_hurt_its_neighbours() -> None:
    readings = [replace(GOOD, n=n, end_s=NOW_S - 600 + 60 * n) for n in range(1, 6)]
    readings[2] = replace(readings[2], power_w=1e9)
    verdict = judge(Message("cw-7k3f9qx", tuple(readings)), METER, {}, NOW_S)
    assert [reading.n for reading in verdict.accepted] == [1, 2, 4, 5]


def test_a_register_that_leaps_is_refused() -> None:
    """100 kW for 60 s is 1667 Wh; a leap of 2000 Wh in a minute is no home's."""
    later = replace(GOOD, n=10, end_s=NOW_S)
    assert reasons(GOOD, replace(later, register_wh=2600.0)) == []
    assert reasons(GOOD, replace(later, register_wh=3000.0)) == ["register_absurd"]
    assert reasons(GOOD, replace(later, register_wh=3000.0, log=6)) == []


def test_a_boot_dates_what_had_no_clock() -> None:
    undated = replace(GOOD, end_s=None, up_s=600)
    message = Message("cw-7k3f9qx", (undated,))
    verdict = judge(message, METER, {(1, 2): NOW_S - 1000}, NOW_S)
    assert [reading.end_s for reading in verdict.accepted] == [NOW_S - 400]


def test_the_newest_power_is_told() -> None:
    older = replace(GOOD, end_s=NOW_S - 120, power_w=100.0)
    verdict = judge(Message("cw-7k3f9qx", (older, replace(GOOD, power_w=200.0))), METER, {}, NOW_S)
    assert verdict.live == LivePower(200.0, NOW_S - 60)


@pytest.mark.parametrize(
    ("live", "code"),
    [(LivePower(1e6, NOW_S), "power_absurd"), (LivePower(100, NOW_S + 700), "future_time")],
)
def test_an_impossible_live_power_is_refused(live: LivePower, code: str) -> None:
    verdict = judge(Message("cw-7k3f9qx", live=live), METER, {}, NOW_S)
    assert [fault.code for fault in verdict.refused] == [code]
    assert verdict.live is None
