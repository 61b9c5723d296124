"""Zigbee2MQTT: the page's examples, and every trap by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ingest.adapters.zigbee2mqtt import parse
from tests.ingest.payload_pages import START_S, check_page, say

if TYPE_CHECKING:
    from ingest.adapters.message import Memory

NAMED: dict[str, object] = {"channels": ["mains"]}


def test_the_page_is_what_the_adapter_says() -> None:
    check_page("zigbee2mqtt", parse)


def test_kilowatt_hours_become_watt_hours() -> None:
    found = say(parse, dict(NAMED), 0, "mains", {"energy": 1.05})
    assert found["reading"]["register_wh"] == 1050.0


def test_a_null_is_not_a_zero() -> None:
    memory = dict(NAMED)
    assert say(parse, memory, 0, "mains", {"energy": None, "power": None, "identify": None}) == {}
    found = say(parse, memory, 60, "mains", {"energy": 2, "power": None})
    assert found["reading"] == {"end_s": 60, "duration_s": 300, "register_wh": 2000.0}


def test_nested_objects_are_let_pass() -> None:
    found = say(parse, dict(NAMED), 0, "mains", {"energy": 2, "update": {"energy": "x"}})
    assert found["reading"]["register_wh"] == 2000.0


def test_commands_and_the_bridge_measure_nothing() -> None:
    memory: Memory = {}
    for subtopic in ("mains/set", "mains/get", "set", "bridge/state", "bridge/devices", "bridge"):
        assert say(parse, memory, 0, subtopic, {"energy": 5, "power": 5}) == {}


def test_the_place_itself_may_be_the_device() -> None:
    found = say(parse, {}, 0, "", {"energy": 5, "power": 5})
    assert found["reading"]["register_wh"] == 5000.0


def test_one_device_is_learned_and_a_second_one_is_not_added() -> None:
    memory: Memory = {}
    assert say(parse, memory, 0, "mains", {"energy": 5}) == {}
    assert say(parse, memory, 90, "mains", {"energy": 5})["reading"]["register_wh"] == 5000.0
    assert say(parse, memory, 100, "plug", {"energy": 1}) == {}
    assert say(parse, memory, 200, "mains", {"energy": 6}) == {"refused": "unclear_channels"}


def test_another_device_below_the_mount_is_not_the_home() -> None:
    assert say(parse, dict(NAMED), 0, "plug", {"energy": 1, "power": 3}) == {}
    assert say(parse, dict(NAMED), 0, "plug/availability", {"state": "offline"}) == {}


@pytest.mark.parametrize("payload", ["offline", {"state": "offline"}])
def test_availability_old_and_new(payload: object) -> None:
    assert say(parse, {}, 0, "mains/availability", payload) == {"online": False}
    assert say(parse, {}, 0, "availability", payload) == {"online": False}


@pytest.mark.parametrize(
    ("last_seen", "end_s"),
    [
        (1000 * (START_S + 30), 30),
        ("2026-09-21T14:13:50Z", 30),
        ("2026-09-21T16:13:50+02:00", 30),
        ("2026-09-21T16:13:50", 60),
        (START_S, 60),
        ("yesterday", 60),
        (True, 60),
        (10**400, 60),
        (None, 60),
        ("0001-01-01T00:00:00+23:59", 60),
    ],
)
def test_last_seen_is_the_time_if_it_can_be_believed(last_seen: object, end_s: int) -> None:
    found = say(parse, dict(NAMED), 60, "mains", {"energy": 1, "last_seen": last_seen})
    assert found["reading"]["end_s"] == end_s


def test_a_state_said_again_after_a_restart_of_the_gateway_is_known_by_its_time() -> None:
    memory = dict(NAMED)
    old = {"energy": 1.0, "power": 5, "last_seen": 1000 * START_S}
    say(parse, memory, 0, "mains", old)
    newer = old | {"energy": 1.5, "last_seen": 1000 * (START_S + 600)}
    assert "reading" in say(parse, memory, 600, "mains", newer)
    assert say(parse, memory, 660, "mains", old) == {}


def test_the_first_phase_is_not_the_power_of_three() -> None:
    three = {"energy": 9, "power": 100, "power_phase_b": 200, "power_phase_c": 300}
    found = say(parse, dict(NAMED), 0, "mains", three)
    assert found == {"reading": {"end_s": 0, "duration_s": 300, "register_wh": 9000.0}}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"energy": "1.05"}, "wrong_shape"),
        ({"energy": -1}, "register_absurd"),
        ({"energy": 1e300}, "register_absurd"),
        ({"power": 1e6}, "power_absurd"),
        ({"power": [1]}, "wrong_shape"),
        ({"power": float("inf")}, "not_finite"),
        ("5", "wrong_shape"),
        ('{"energy":', "malformed_json"),
    ],
)
def test_what_cannot_be_used_has_its_reason(payload: object, code: str) -> None:
    assert say(parse, dict(NAMED), 0, "mains", payload) == {"refused": code}


@pytest.mark.parametrize("payload", [{"state": "gone"}, {"state": ["online"]}, "maybe"])
def test_an_availability_that_is_neither(payload: object) -> None:
    assert say(parse, {}, 0, "mains/availability", payload) == {"refused": "wrong_shape"}
