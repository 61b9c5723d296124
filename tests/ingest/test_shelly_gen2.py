"""Shelly of the second generation: the page's examples, and every trap by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingest.adapters.shelly_gen2 import parse
from tests.ingest.payload_pages import START_S, check_page, say

if TYPE_CHECKING:
    from ingest.adapters.message import Memory


def status(memory: Memory, at_s: float, component: str, values: object) -> dict[str, Any]:
    return say(parse, memory, at_s, f"status/{component}", values)


def notify(memory: Memory, at_s: float, method: str = "NotifyStatus", **params: Any) -> Any:
    named = {key.replace("__", ":"): value for key, value in params.items()}
    frame = {"src": "shelly-0123456789ab", "dst": "x/events", "method": method, "params": named}
    return say(parse, memory, at_s, "events/rpc", frame)


def test_the_page_is_what_the_adapter_says() -> None:
    check_page("shelly_gen2", parse)


def test_both_ways_at_once_count_nothing_twice() -> None:
    memory: Memory = {"channels": [0]}
    found = []
    for minute in range(5):
        energy = {"id": 0, "total_act_energy": 1000.0 + minute}
        found.append(status(memory, 60 * minute + 0.3, "em1data:0", energy))
        told: dict[str, Any] = {"ts": START_S + 60 * minute + 0.1, "em1data__0": energy}
        found.append(notify(memory, 60 * minute + 0.4, **told))
        found.append(notify(memory, 60 * minute + 20, em1__0={"id": 0, "act_power": 60.0}))
    readings = [each["reading"] for each in found if "reading" in each]
    assert [(each["end_s"], each["register_wh"]) for each in readings] == [
        (60 * minute, 1000.0 + minute) for minute in range(5)
    ]


def test_both_ways_at_once_keep_rounds_of_several_channels_whole() -> None:
    memory: Memory = {"channels": [0, 1]}
    registers = []
    for minute in range(4):
        for channel in (0, 1):
            energy = {"id": 0, "total_act_energy": 100.0 * channel + minute}
            registers.append(status(memory, 60 * minute, f"em1data:{channel}", energy))
            told: dict[str, Any] = {f"em1data__{channel}": energy}
            registers.append(notify(memory, 60 * minute, **told))
    found = [each["reading"]["register_wh"] for each in registers if "reading" in each]
    # Minute by minute 0 + m and 100 + m: never one channel of this minute with one of the last.
    assert found == [100.0, 102.0, 104.0, 106.0]


def test_a_delta_is_laid_over_what_is_known() -> None:
    memory: Memory = {}
    full = {"a_act_power": 10.0, "b_act_power": 20.0, "c_act_power": 30.0}
    assert notify(memory, 0, "NotifyFullStatus", em__0=full) == {"live_w": 60.0}
    assert notify(memory, 5, em__0={"b_act_power": 25.0}) == {"live_w": 65.0}
    assert notify(memory, 6, em__0={"b_voltage": 231.0}) == {}
    assert notify(memory, 7, em__0={"c_act_power": None}) == {}
    assert notify(memory, 8, em__0={"a_act_power": 11.0}) == {}


def test_a_phase_alone_is_no_sum() -> None:
    memory: Memory = {}
    assert notify(memory, 0, emdata__0={"a_total_act_energy": 5.0}) == {}
    known = notify(memory, 60, emdata__0={"a_total_act_energy": 6.0, "total_act": 100.02})
    assert known["reading"]["register_wh"] == 100.02
    # The device tells a sum: the phases' own, rounded otherwise, are not put in its place.
    assert notify(memory, 120, emdata__0={"a_total_act_energy": 7.0}) == {}


def test_the_number_in_the_key_is_right_and_the_id_inside_is_not() -> None:
    memory: Memory = {"channels": [2]}
    assert status(memory, 0, "em1data:0", {"id": 2, "total_act_energy": 1.0}) == {}
    found = status(memory, 0, "em1data:2", {"id": 0, "total_act_energy": 7.0})
    assert found["reading"]["register_wh"] == 7.0


def test_dead_phases_neither_break_nor_change_the_sum() -> None:
    dead = {"b_voltage": 0.0, "b_freq": 198, "b_act_power": None, "b_aprt_power": None}
    whole = {"a_act_power": 100.0, "c_act_power": 1.0, "total_act_power": 101.0, "n_current": None}
    assert status({}, 0, "em:0", dead | whole) == {"live_w": 101.0}


def test_events_are_let_pass() -> None:
    memory: Memory = {}
    rows = [{"component": "emdata:0", "data": {"period": 60, "values": [[1.0] * 51]}}]
    assert notify(memory, 0, "NotifyEvent", ts=START_S, events=rows) == {}
    assert notify(memory, 0, "NotifyEvent", events="anything") == {}


def test_milliwatt_hours_of_the_last_minutes_are_not_used() -> None:
    energy = {"total": 1587.234, "by_minute": [2381.109, 0.0, 0.0], "minute_ts": 1}
    found = status({"channels": [0]}, 0, "switch:0", {"apower": 142.7, "aenergy": energy})
    assert found["reading"]["register_wh"] == 1587.234


def test_energy_that_left_the_home_is_not_used() -> None:
    memory: Memory = {"channels": [0]}
    assert status(memory, 0, "em1data:0", {"total_act_ret_energy": 5.0}) == {}
    assert status(memory, 0, "switch:0", {"ret_aenergy": {"total": 5.0}}) == {}


def test_the_relay_of_a_clamp_meter_is_no_second_home() -> None:
    memory: Memory = {"channels": [0]}
    assert "reading" in status(memory, 0, "em1data:0", {"total_act_energy": 5.0})
    assert status(memory, 60, "switch:0", {"apower": 3.0, "aenergy": {"total": 9.0}}) == {}


def test_a_meter_for_one_circuit_needs_no_settings() -> None:
    found = status({}, 0, "pm1:0", {"apower": 3.0, "aenergy": {"total": 9.0}})
    assert found["reading"]["register_wh"] == 9.0


def test_several_clamps_are_not_guessed() -> None:
    memory: Memory = {}
    for channel in range(3):
        assert status(memory, 0, f"em1data:{channel}", {"total_act_energy": 1.0}) == {}
    assert status(memory, 90, "em1data:0", {"total_act_energy": 1.0}) == {
        "refused": "unclear_channels"
    }


def test_a_restart_shows_in_the_uptime() -> None:
    memory: Memory = {"channels": [0]}
    told = {"aenergy": {"total": 500.0}}
    status(memory, 0, "sys", {"mac": "0123456789AB", "uptime": 4000})
    assert "boot" not in status(memory, 1, "switch:0", told)["reading"]
    status(memory, 50, "sys", {"uptime": 12})
    fallen = status(memory, 61, "switch:0", {"aenergy": {"total": 2.0}})
    assert fallen["reading"]["boot"] == 2
    assert "0123456789AB" not in repr(memory)


def test_a_fall_without_a_restart_is_left_to_the_core() -> None:
    memory: Memory = {"channels": [0]}
    status(memory, 0, "switch:0", {"aenergy": {"total": 500.0}})
    assert "boot" not in status(memory, 60, "switch:0", {"aenergy": {"total": 2.0}})["reading"]


def test_a_message_that_waited_keeps_its_time_and_a_wrong_clock_does_not() -> None:
    memory: Memory = {}
    late = notify(memory, 5000, ts=START_S + 100.9, emdata__0={"total_act": 1.0})
    assert late["reading"]["end_s"] == 100
    unset = notify(memory, 5060, ts=35.2, emdata__0={"total_act": 2.0})
    assert unset["reading"]["end_s"] == 5060
    ahead = notify(memory, 5120, ts=START_S + 9000, emdata__0={"total_act": 3.0})
    assert ahead["reading"]["end_s"] == 5120


@pytest.mark.parametrize(
    ("component", "values", "code"),
    [
        ("em1data:0", {"total_act_energy": "123.45"}, "wrong_shape"),
        ("em1data:0", {"total_act_energy": True}, "wrong_shape"),
        ("em1data:0", {"total_act_energy": -0.5}, "register_absurd"),
        ("em1:0", {"act_power": 1e9}, "power_absurd"),
        ("em1:0", {"aprt_power": -1.0}, "power_absurd"),
        ("switch:0", {"aenergy": [1]}, "wrong_shape"),
        ("em1:0", {"act_power": float("nan")}, "not_finite"),
        ("em1:0", [1], "wrong_shape"),
        ("em1:0", b"{", "malformed_json"),
        ("sys", {"uptime": "long"}, "wrong_shape"),
    ],
)
def test_what_cannot_be_used_has_its_reason(component: str, values: object, code: str) -> None:
    assert status({"channels": [0]}, 0, component, values) == {"refused": code}


@pytest.mark.parametrize(
    "subtopic", ["status/wifi", "status/input:0", "rpc", "debug/log", "status", "events/rpc/x", ""]
)
def test_other_topics_are_signs_of_life(subtopic: str) -> None:
    assert say(parse, {}, 0, subtopic, '{"ssid":"a"') == {}
