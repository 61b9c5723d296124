"""Tasmota and its reader of the TIC: the page's examples, and every trap by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingest.adapters.tasmota import parse
from ingest.adapters.tic_frames import REGISTERS
from tests.ingest.payload_pages import START_S, check_page, say

if TYPE_CHECKING:
    from ingest.adapters.message import Memory

METER = "021528603314"
TIC = {"ADCO": METER, "OPTARIF": "HC..", "HCHC": 920750, "HCHP": 2275560, "PAPP": 170}


def hear(energy: dict[str, Any], memory: Memory | None = None, at_s: int = 0) -> dict[str, Any]:
    return say(parse, {} if memory is None else memory, at_s, "SENSOR", {"ENERGY": energy})


def test_the_page_is_what_the_adapter_says() -> None:
    check_page("tasmota", parse)


def test_kilowatt_hours_become_watt_hours() -> None:
    assert hear({"Total": 6.294})["reading"]["register_wh"] == 6294.0


@pytest.mark.parametrize("key", ["Today", "Yesterday", "Period", "ExportActive"])
def test_what_begins_anew_each_day_is_never_a_register(key: str) -> None:
    assert hear({key: 5.3}) == {}


@pytest.mark.parametrize("phases", [[1.0], [1.0, 2.0], [1.0, 2.0, 3.0]])
def test_phases_are_added_up(phases: list[float]) -> None:
    found = hear({"Total": phases, "Power": phases})
    assert found["reading"]["register_wh"] == sum(phases) * 1000
    assert found["live_w"] == sum(phases)


@pytest.mark.parametrize("phases", [[], [1.0, None], [1.0] * 4, [1.0, "2"], [[1.0]]])
def test_a_sum_over_phases_is_never_one_in_part(phases: list[Any]) -> None:
    assert hear({"Total": phases}) == {"refused": "wrong_shape"}


@pytest.mark.parametrize(
    ("time", "end_s"),
    [
        ("2026-09-21T16:13:10", 0),
        ("2026-09-21T16:13:10+02:00", -10),
        ("2026-09-21T14:13:10Z", -10),
        ("1970-01-01T00:00:10Z", 0),
        ("soon", 0),
    ],
)
def test_local_time_without_offset_and_a_clock_never_set_are_not_believed(
    time: str, end_s: int
) -> None:
    told = {"Time": time, "ENERGY": {"Total": 1.0}}
    assert say(parse, {}, 0, "SENSOR", told)["reading"]["end_s"] == end_s


def test_a_total_begun_anew_is_a_new_boot_and_a_slip_is_not() -> None:
    memory: Memory = {}
    hear({"Total": 6.3, "TotalStartTime": "2018-11-14T18:39:40"}, memory)
    slip = hear({"Total": 6.2, "TotalStartTime": "2018-11-14T18:39:40"}, memory, 300)
    assert "boot" not in slip["reading"]
    anew = hear({"Total": 0.1, "TotalStartTime": "2026-09-21T16:13:10"}, memory, 600)
    assert anew["reading"]["boot"] == 2


def test_the_same_said_twice_within_moments_makes_one_reading() -> None:
    memory: Memory = {}
    hear({"Total": 1.0, "Period": 2.9}, memory)
    assert hear({"Total": 1.0}, memory) == {}


def test_a_kept_sensor_is_not_measured_and_a_kept_will_is_heard() -> None:
    told = {"ENERGY": {"Total": 1.0, "Power": 3}}
    assert say(parse, {}, 0, "SENSOR", told, retained=True) == {}
    assert say(parse, {}, 0, "LWT", "Offline", retained=True) == {"online": False}
    assert say(parse, {}, 0, "LWT", "Away") == {"refused": "wrong_shape"}


def test_answers_and_old_or_own_topics_are_read() -> None:
    energy = {"Total": 1.0}
    for subtopic in ("SENSOR", "tele/SENSOR", "STATUS8", "STATUS10"):
        told: dict[str, Any] = {"ENERGY": energy}
        told = {"StatusSNS": told} if "STATUS" in subtopic else told
        assert say(parse, {}, 0, subtopic, told)["reading"]["register_wh"] == 1000.0
    assert say(parse, {}, 0, "ENERGY", energy)["reading"]["register_wh"] == 1000.0
    for subtopic in ("STATE", "INFO1", "RESULT", "config", ""):
        assert say(parse, {}, 0, subtopic, {"ENERGY": energy}) == {}


def test_the_meter_s_registers_come_before_what_tasmota_makes_of_them() -> None:
    told = {"ENERGY": {"Total": 9098.245, "Power": 170}, "TIC": TIC}
    found = say(parse, {}, 0, "SENSOR", told)
    assert found == {
        "reading": {"end_s": 0, "duration_s": 300, "register_wh": 3196310.0, "apparent_va": 170.0}
    }


@pytest.mark.parametrize("option", REGISTERS)
def test_the_registers_of_a_contract_are_added_up_or_refused(option: str) -> None:
    registers = {name: 10**k for k, name in enumerate(REGISTERS[option])}
    tic: dict[str, Any] = {"OPTARIF": f"{option}..", **registers}
    whole = float(sum(registers.values()))
    assert say(parse, {}, 0, "SENSOR", {"TIC": tic})["reading"]["register_wh"] == whole
    for name in registers:
        part = {label: value for label, value in tic.items() if label != name}
        assert say(parse, {}, 0, "SENSOR", {"TIC": part}) == {"refused": "wrong_shape"}


def test_what_a_message_leaves_out_has_not_changed() -> None:
    memory: Memory = {}
    assert say(parse, memory, 0, "SENSOR", {"TIC": {"HCHP": 10}}) == {}
    say(parse, memory, 20, "SENSOR", {"TIC": TIC})
    found = say(parse, memory, 60, "SENSOR", {"TIC": {"HCHP": 2275570}})
    assert found["reading"]["register_wh"] == 3196320.0


def test_standard_mode_has_a_total_and_injection_is_none() -> None:
    tic = {"ADSC": METER, "EAST": 3196310, "EAIT": 5, "SINSTS": 170}
    found = say(parse, {}, 0, "SENSOR", {"TIC": tic})
    assert found["reading"]["register_wh"] == 3196310.0
    assert say(parse, {}, 0, "SENSOR", {"TIC": {"EAIT": 5}}) == {}


def test_who_the_meter_is_stays_at_the_door() -> None:
    memory: Memory = {}
    say(parse, memory, START_S, "SENSOR", {"TIC": {**TIC, "PRM": METER}})
    assert METER not in repr(memory)
