"""Shelly of the first generation: the page's examples, and every trap by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingest.adapters.shelly_gen1 import parse
from tests.ingest.payload_pages import check_page, say

if TYPE_CHECKING:
    from ingest.adapters.message import Memory


def told(memory: Memory, at_s: float, subtopic: str, payload: str, **rest: bool) -> dict[str, Any]:
    return say(parse, memory, at_s, subtopic, payload, **rest)


def test_the_page_is_what_the_adapter_says() -> None:
    check_page("shelly_gen1", parse)


def test_watt_minutes_are_neither_watt_hours_nor_the_clamps_register() -> None:
    memory: Memory = {"channels": [0]}
    assert told(memory, 0, "emeter/0/energy", "600") == {}
    assert told(memory, 0, "emeter/0/returned_energy", "600") == {}
    # 600 watt-minutes are 600 / 60 = 10 Wh.
    plug: Memory = {"channels": [0]}
    assert told(plug, 0, "relay/0/energy", "600")["reading"]["register_wh"] == 10.0


def test_a_plug_that_restarts_counts_from_nothing_in_a_new_boot() -> None:
    memory: Memory = {"channels": [0]}
    boots = [
        told(memory, 30 * i, "relay/0/energy", value)["reading"].get("boot", 1)
        for i, value in enumerate(["6000", "6060", "0", "60", "30"])
    ]
    assert boots == [1, 1, 2, 2, 3]


def test_the_relay_of_a_clamp_meter_is_no_second_home() -> None:
    memory: Memory = {"channels": [0]}
    assert "reading" in told(memory, 0, "emeter/0/total", "1000")
    assert told(memory, 30, "relay/0/energy", "600") == {}
    assert told(memory, 30, "relay/0/power", "600") == {}


def test_three_phases_are_added_up_without_netting_and_never_in_part() -> None:
    memory: Memory = {"channels": [0, 1, 2]}
    assert told(memory, 0, "emeter/0/total", "10") == {}
    assert told(memory, 0, "emeter/1/total", "20") == {}
    assert told(memory, 0, "emeter/2/total_returned", "5") == {}
    assert told(memory, 0, "emeter/2/total", "30")["reading"]["register_wh"] == 60.0
    # Phase 1 is lost in the next round: nothing, until phase 0 speaks a second time.
    assert told(memory, 30, "emeter/0/total", "11") == {}
    assert told(memory, 30, "emeter/2/total", "31") == {}
    assert told(memory, 60, "emeter/0/total", "12")["reading"]["register_wh"] == 63.0


def test_a_channel_that_never_speaks_is_told() -> None:
    memory: Memory = {"channels": [0, 1]}
    assert told(memory, 0, "emeter/0/total", "10") == {}
    assert told(memory, 899, "emeter/0/total", "10") == {}
    assert told(memory, 900, "emeter/0/total", "10") == {"refused": "unclear_channels"}


def test_channels_are_learned_in_a_minute_and_a_half() -> None:
    memory: Memory = {}
    for at_s in (0, 30, 60):
        for phase in range(3):
            assert told(memory, at_s, f"emeter/{phase}/total", "10") == {}
    assert told(memory, 90, "emeter/0/total", "10") == {}
    assert told(memory, 90, "emeter/1/total", "10") == {}
    assert told(memory, 90, "emeter/2/total", "10")["reading"]["register_wh"] == 30.0


def test_a_clamp_heard_late_begins_the_learning_again() -> None:
    memory: Memory = {}
    assert told(memory, 0, "emeter/0/total", "10") == {}
    assert "reading" in told(memory, 90, "emeter/0/total", "11")
    assert told(memory, 100, "emeter/1/total", "5") == {}
    assert told(memory, 120, "emeter/0/total", "12") == {}
    assert told(memory, 200, "emeter/0/total", "13") == {"refused": "unclear_channels"}


def test_power_waits_for_the_register_a_quarter_of_an_hour() -> None:
    memory: Memory = {"channels": [0]}
    assert told(memory, 0, "emeter/0/power", "100") == {"live_w": 100.0}
    assert told(memory, 899, "emeter/0/power", "100") == {"live_w": 100.0}
    found = told(memory, 900, "emeter/0/power", "100")
    assert found["reading"] == {"end_s": 900, "duration_s": 30, "power_w": 100.0}


def test_one_reading_in_ten_seconds_with_the_newest_values() -> None:
    memory: Memory = {"channels": [0]}
    found = [told(memory, at_s, "emeter/0/total", str(1000 + at_s)) for at_s in range(25)]
    registers = [each["reading"]["register_wh"] for each in found if each]
    assert registers == [1000.0, 1010.0, 1020.0]


def test_an_old_power_does_not_stand_for_ever() -> None:
    memory: Memory = {"channels": [0]}
    told(memory, 0, "emeter/0/power", "100")
    assert told(memory, 90, "emeter/0/total", "1")["reading"]["power_w"] == 100.0
    assert "power_w" not in told(memory, 120, "emeter/0/total", "2")["reading"]


def test_what_came_late_or_by_a_clock_put_back() -> None:
    memory: Memory = {"channels": [0]}
    told(memory, 7200, "emeter/0/total", "100")
    assert told(memory, 7100, "emeter/0/total", "99") == {}
    assert told(memory, 3599, "emeter/0/total", "101")["reading"]["end_s"] == 3599


@pytest.mark.parametrize(
    ("subtopic", "payload", "code"),
    [
        ("emeter/0/total", "-1", "register_absurd"),
        ("emeter/0/total", "4294967296", "register_absurd"),
        ("emeter/0/power", "100001", "power_absurd"),
        ("emeter/0/power", "-100001", "power_absurd"),
        ("emeter/0/power", '{"power": 1}', "wrong_shape"),
        ("emeter/0/total", "", "not_finite"),
        ("online", "yes", "wrong_shape"),
    ],
)
def test_what_cannot_be_used_has_its_reason(subtopic: str, payload: str, code: str) -> None:
    assert told({"channels": [0]}, 0, subtopic, payload) == {"refused": code}


@pytest.mark.parametrize("setting", [0, "0", [], {"a": 1}])
def test_a_setting_of_the_wrong_form_is_told(setting: object) -> None:
    assert told({"channels": setting}, 0, "emeter/0/total", "1") == {"refused": "unclear_channels"}


@pytest.mark.parametrize(
    "subtopic", ["announce", "info", "temperature", "relay/0/command", "", "x"]
)
def test_other_topics_are_signs_of_life(subtopic: str) -> None:
    assert told({}, 0, subtopic, '{"id":"shellyem-0123456789AB"}') == {}


def test_what_was_kept_says_whether_it_is_there_and_nothing_more() -> None:
    memory: Memory = {"channels": [0]}
    assert told(memory, 0, "online", "false", retained=True) == {"online": False}
    assert told(memory, 0, "emeter/0/total", "5", retained=True) == {"online": False}
    assert "online" not in told(memory, 5, "emeter/0/total", "5")


def test_what_it_drew_when_it_went_away_is_not_what_it_draws_when_it_is_back() -> None:
    memory: Memory = {"channels": [0]}
    told(memory, 0, "emeter/0/power", "100")
    told(memory, 10, "online", "true")
    assert told(memory, 20, "emeter/0/total", "1")["reading"]["power_w"] == 100.0
    told(memory, 30, "online", "false")
    told(memory, 40, "online", "true")
    assert "power_w" not in told(memory, 50, "emeter/0/total", "1")["reading"]


def test_channels_beyond_all_measure_are_not_remembered() -> None:
    memory: Memory = {"channels": [f"x/{number}" for number in range(64)] + [0]}
    assert told(memory, 0, "emeter/0/total", "1") == {"refused": "unclear_channels"}
