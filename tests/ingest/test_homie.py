"""Homie: the page's examples, and every trap by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingest.adapters.homie import parse
from tests.ingest.payload_pages import check_page, say

if TYPE_CHECKING:
    from ingest.adapters.message import Memory


def described(**units: str) -> Memory:
    memory: Memory = {}
    assert say(parse, memory, -60, "$description", description(units), retained=True) == {}
    return memory


def description(units: dict[str, str]) -> dict[str, Any]:
    properties = {name: {"datatype": "float", "unit": unit} for name, unit in units.items()}
    return {"homie": "5.0", "version": 1, "nodes": {"main": {"properties": properties}}}


def tell(memory: Memory, at_s: float, name: str, payload: str) -> dict[str, Any]:
    return say(parse, memory, at_s, f"main/{name}", payload)


def test_the_page_is_what_the_adapter_says() -> None:
    check_page("homie", parse)


@pytest.mark.parametrize("version", [4, 5])
def test_units_by_attribute_and_by_description_mean_the_same(version: int) -> None:
    memory: Memory = described(energy="kWh", power="kW") if version == 5 else {}
    if version == 4:
        say(parse, memory, -60, "main/energy/$unit", "kWh", retained=True)
        say(parse, memory, -60, "main/power/$unit", "kW", retained=True)
    assert tell(memory, 0, "power", "0.5") == {"live_w": 500.0}
    assert tell(memory, 0, "energy", "2")["reading"] == {
        "end_s": 0,
        "duration_s": 60,
        "register_wh": 2000.0,
        "power_w": 500.0,
    }


def test_before_a_unit_is_known_nothing_is_guessed() -> None:
    assert tell({}, 0, "power", "500") == {"refused": "unknown_unit"}


@pytest.mark.parametrize(
    ("state", "online"),
    [
        ("init", True),
        ("ready", True),
        ("sleeping", True),
        ("alert", True),
        ("disconnected", False),
        ("lost", False),
        ("", False),
    ],
)
def test_states(state: str, *, online: bool) -> None:
    expected = {} if online else {"online": False}
    assert say(parse, {}, 0, "$state", state) == expected
    assert say(parse, {}, 0, "$state", state, retained=True) == expected


def test_a_state_that_is_none() -> None:
    assert say(parse, {}, 0, "$state", "tired") == {"refused": "wrong_shape"}


def test_what_the_broker_kept_is_old() -> None:
    memory = described(energy="kWh")
    assert say(parse, memory, 0, "main/energy", "5", retained=True) == {}
    assert "reading" in tell(memory, 1, "energy", "5")


def test_a_description_replaces_the_one_before() -> None:
    memory = described(energy="kWh", energy2="kWh")
    assert tell(memory, 0, "energy", "5") == {"refused": "unclear_channels"}
    say(parse, memory, 1, "$description", description({"energy": "Wh"}))
    assert tell(memory, 20, "energy", "5")["reading"]["register_wh"] == 5.0
    assert tell(memory, 20, "energy2", "5") == {}


def test_a_description_taken_away_leaves_nothing_known() -> None:
    memory = described(energy="kWh")
    say(parse, memory, 0, "$description", "")
    assert tell(memory, 20, "energy", "5") == {"refused": "unknown_unit"}
    attributes: Memory = {}
    say(parse, attributes, 0, "main/energy/$unit", "kWh")
    say(parse, attributes, 5, "main/energy/$unit", "")
    assert tell(attributes, 20, "energy", "5") == {"refused": "unknown_unit"}


def test_a_fall_by_less_than_half_is_left_to_the_core() -> None:
    memory = described(energy="kWh")
    tell(memory, 0, "energy", "5")
    assert tell(memory, 60, "energy", "2.5")["reading"]["register_wh"] == 2500.0


def test_a_counter_of_the_day_is_no_register() -> None:
    memory = described(**{"energy-today": "kWh"})
    assert tell(memory, 0, "energy-today", "5") == {}
    unnamed = described(energy="kWh")
    tell(unnamed, 0, "energy", "5")
    assert tell(unnamed, 60, "energy", "0.1") == {"refused": "unclear_channels"}
    assert tell(unnamed, 120, "energy", "0.2") == {}


@pytest.mark.parametrize("states", [["init", "ready"], ["lost", "ready"]])
def test_a_register_may_begin_anew_with_a_restart(states: list[str]) -> None:
    memory = described(energy="kWh")
    tell(memory, 0, "energy", "5")
    for state in states:
        say(parse, memory, 30, "$state", state)
    found = tell(memory, 60, "energy", "0.1")["reading"]
    assert (found["boot"], found["register_wh"]) == (2, 100.0)


@pytest.mark.parametrize(
    "subtopic",
    [
        "main/relay/set",
        "main/power/$target",
        "$homie",
        "$nodes",
        "main/$properties",
        "main",
        "$log/x",
    ],
)
def test_other_topics_are_signs_of_life(subtopic: str) -> None:
    assert say(parse, {}, 0, subtopic, "5") == {}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ("{", "malformed_json"),
        ("[]", "wrong_shape"),
        ({"nodes": []}, "wrong_shape"),
        ({"nodes": {"main": 1}}, "wrong_shape"),
        ({"nodes": {"main": {"properties": {"power": "W"}}}}, "wrong_shape"),
        (b" " * 16_385, "too_large"),
    ],
)
def test_a_description_that_cannot_be_read(payload: object, code: str) -> None:
    assert say(parse, {}, 0, "$description", payload) == {"refused": code}


@pytest.mark.parametrize(
    ("payload", "code"),
    [("NaN", "not_finite"), ("", "not_finite"), ("1,5", "wrong_shape"), ("-1", "register_absurd")],
)
def test_a_value_that_cannot_be_used(payload: str, code: str) -> None:
    assert tell(described(energy="kWh"), 0, "energy", payload) == {"refused": code}


def test_a_description_remembers_no_name_and_no_text_but_units() -> None:
    memory: Memory = {}
    told = description({"power": "a-person"}) | {"name": "a-person", "children": ["a-person"]}
    say(parse, memory, 0, "$description", told)
    assert "a-person" not in repr(memory)
