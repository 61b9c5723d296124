"""ESPHome: the page's examples, and every trap by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingest.adapters.esphome import parse
from tests.ingest.payload_pages import check_page, say

if TYPE_CHECKING:
    from ingest.adapters.message import Memory


def describe(memory: Memory, object_id: str, unit: str, at_s: float = -60, **more: object) -> None:
    config = {"stat_t": f"flat12/sensor/{object_id}/state", "unit_of_meas": unit} | more
    subtopic = f"homeassistant/sensor/flat12/{object_id}/config"
    assert say(parse, memory, at_s, subtopic, config, retained=True) == {}


def tell(memory: Memory, at_s: float, object_id: str, payload: str) -> dict[str, Any]:
    return say(parse, memory, at_s, f"sensor/{object_id}/state", payload)


def test_the_page_is_what_the_adapter_says() -> None:
    check_page("esphome", parse)


def test_a_unit_is_never_guessed() -> None:
    memory: Memory = {}
    assert tell(memory, 0, "power", "512") == {"refused": "unknown_unit"}
    describe(memory, "power", "kW")
    assert tell(memory, 0, "power", "0.512") == {"live_w": 512.0} | {
        "reading": {"end_s": 0, "duration_s": 60, "power_w": 512.0}
    }


@pytest.mark.parametrize(
    ("unit", "register_wh"), [("Wh", 2.5), ("kWh", 2500.0), ("MWh", 2_500_000.0)]
)
def test_units_of_energy(unit: str, register_wh: float) -> None:
    memory: Memory = {}
    describe(memory, "energy", unit)
    assert tell(memory, 0, "energy", "2.5")["reading"]["register_wh"] == register_wh


@pytest.mark.parametrize(("unit", "apparent_va"), [("VA", 1.5), ("kVA", 1500.0)])
def test_apparent_power_is_never_power(unit: str, apparent_va: float) -> None:
    memory: Memory = {}
    describe(memory, "papp", unit, dev_cla="apparent_power")
    reading = tell(memory, 0, "papp", "1.5")["reading"]
    assert reading == {"end_s": 0, "duration_s": 60, "apparent_va": apparent_va}


@pytest.mark.parametrize(
    ("object_id", "name"),
    [
        ("total_daily_energy", "Total"),
        ("energy_today", "x"),
        ("energie", "Énergie du jour"),
        ("e1", "Consommation journalière"),
        ("e1", "Monthly energy"),
        ("energy_returned", "x"),
        ("solar_energy", "x"),
    ],
)
def test_counters_of_a_day_and_of_export_are_no_registers_by_their_name(
    object_id: str, name: str
) -> None:
    memory: Memory = {}
    describe(memory, object_id, "kWh", name=name, dev_cla="energy", stat_cla="total_increasing")
    assert tell(memory, 0, object_id, "1.5") == {}


def test_a_counter_of_the_day_with_another_name_is_found_at_midnight() -> None:
    memory: Memory = {}
    describe(memory, "energy", "kWh")
    describe(memory, "power", "W")
    assert "reading" in tell(memory, 0, "energy", "7.9")
    assert tell(memory, 60, "energy", "0.001") == {"refused": "unclear_channels"}
    assert tell(memory, 110, "energy", "0.002") == {}
    # The power then counts by itself.
    assert tell(memory, 120, "power", "60")["reading"]["power_w"] == 60.0


def test_a_register_that_begins_anew_with_a_restart_is_one() -> None:
    memory: Memory = {}
    describe(memory, "energy", "kWh")
    tell(memory, 0, "energy", "7.9")
    say(parse, memory, 30, "status", "online")
    assert tell(memory, 60, "energy", "0.0")["reading"] == {
        "end_s": 60,
        "duration_s": 60,
        "boot": 2,
        "register_wh": 0.0,
    }


def test_a_restart_that_takes_nothing_away_is_the_same_boot() -> None:
    memory: Memory = {}
    describe(memory, "energy", "kWh")
    tell(memory, 0, "energy", "7.9")
    say(parse, memory, 30, "status", "online")
    assert "boot" not in tell(memory, 60, "energy", "7.9")["reading"]
    assert tell(memory, 120, "energy", "0.1") == {"refused": "unclear_channels"}


def test_a_status_that_was_kept_is_no_restart() -> None:
    memory: Memory = {}
    describe(memory, "energy", "kWh")
    tell(memory, 0, "energy", "7.9")
    say(parse, memory, 30, "status", "online", retained=True)
    assert tell(memory, 60, "energy", "0.0") == {"refused": "unclear_channels"}


def test_what_measures_the_moment_is_no_register() -> None:
    memory: Memory = {}
    describe(memory, "battery", "kWh", dev_cla="energy_storage", stat_cla="measurement")
    assert tell(memory, 0, "battery", "3") == {}


@pytest.mark.parametrize("word", ["NaN", "nan", "unavailable", "unknown", "inf", ""])
def test_words_for_no_value(word: str) -> None:
    memory: Memory = {}
    describe(memory, "power", "W")
    assert tell(memory, 0, "power", word) == {"refused": "not_finite"}


def test_two_registers_are_not_guessed_but_two_powers_beside_one_register_are_left() -> None:
    memory: Memory = {}
    describe(memory, "energy", "kWh")
    describe(memory, "power_1", "W")
    describe(memory, "power_2", "W")
    assert tell(memory, 0, "power_1", "5") == {}
    assert tell(memory, 0, "energy", "5")["reading"] == {
        "end_s": 0,
        "duration_s": 60,
        "register_wh": 5000.0,
    }
    describe(memory, "energy_2", "kWh")
    assert tell(memory, 60, "energy", "5") == {"refused": "unclear_channels"}


def test_nothing_is_read_while_descriptions_come_in() -> None:
    memory: Memory = {}
    describe(memory, "hchc", "Wh", at_s=0)
    assert tell(memory, 1, "hchc", "100") == {}
    describe(memory, "hchp", "Wh", at_s=2)
    assert tell(memory, 12, "hchc", "100") == {"refused": "unclear_channels"}


def test_the_same_description_again_changes_nothing() -> None:
    memory: Memory = {}
    describe(memory, "energy", "kWh")
    describe(memory, "energy", "kWh", at_s=59)
    assert "reading" in tell(memory, 60, "energy", "5")


def test_an_empty_description_deletes() -> None:
    memory: Memory = {}
    describe(memory, "power", "W")
    say(parse, memory, 0, "homeassistant/sensor/flat12/power/config", "")
    assert tell(memory, 20, "power", "5") == {"refused": "unknown_unit"}


def test_another_device_with_the_same_object_id() -> None:
    memory: Memory = {}
    describe(memory, "power", "W")
    other = {"stat_t": "flat13/sensor/power/state", "unit_of_meas": "kW"}
    say(parse, memory, -60, "homeassistant/sensor/flat13/power/config", other)
    assert tell(memory, 0, "power", "5") == {"refused": "unclear_channels"}


def test_sensors_of_another_device_do_not_count() -> None:
    memory: Memory = {}
    describe(memory, "energy", "kWh")
    other = {"stat_t": "flat13/sensor/energy_13/state", "unit_of_meas": "kWh"}
    say(parse, memory, -60, "homeassistant/sensor/flat13/energy_13/config", other)
    assert "reading" in tell(memory, 0, "energy", "5")


def test_a_topic_of_its_own_is_found_by_its_end() -> None:
    memory: Memory = {}
    config = {"stat_t": "flat12/linky/base", "unit_of_meas": "Wh"}
    say(parse, memory, -60, "homeassistant/sensor/flat12/base/config", config)
    assert say(parse, memory, 0, "linky/base", "7")["reading"]["register_wh"] == 7.0
    assert say(parse, memory, 0, "linky/other", "7") == {}


def test_settings_add_up_what_they_name_and_nothing_else() -> None:
    memory: Memory = {"units": {"hchc": "kWh", "linky/hchp": "Wh"}}
    describe(memory, "other", "kWh")
    assert tell(memory, 0, "hchc", "1") == {}
    assert tell(memory, 0, "other", "1") == {}
    assert say(parse, memory, 0, "linky/hchp", "7")["reading"]["register_wh"] == 1007.0


@pytest.mark.parametrize("units", [{"x": "furlong"}, ["W"], {"x": 1}])
def test_a_setting_of_the_wrong_form_is_told(units: object) -> None:
    assert tell({"units": units}, 0, "x", "1") == {"refused": "unknown_unit"}


@pytest.mark.parametrize(
    "subtopic", ["debug", "binary_sensor/door/state", "switch/relay/state", "sensor/x/command"]
)
def test_other_topics_are_signs_of_life(subtopic: str) -> None:
    assert say(parse, {}, 0, subtopic, "ON") == {}


def test_a_status_that_is_neither() -> None:
    assert say(parse, {}, 0, "status", "asleep") == {"refused": "wrong_shape"}
