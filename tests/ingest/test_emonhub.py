"""OpenEnergyMonitor over MQTT: the page's examples, and each trap by its name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.errors import PayloadError
from ingest.adapters.emonhub import parse
from ingest.adapters.message import Memory, Telegram
from ingest.adapters.named_values import unit_of
from tests.ingest.payload_pages import START_S, check_page, say


def told(memory: Memory, at_s: float, subtopic: str, payload: object) -> dict[str, Any]:
    return say(parse, memory, at_s, subtopic, payload)


def test_the_page_is_understood_as_it_says() -> None:
    check_page("emonhub", parse)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("P1", "W"),
        ("power1", "W"),
        ("realPower", "W"),
        ("ct2", "W"),
        ("grid_w", "W"),
        ("E6", "Wh"),
        ("wh1", "Wh"),
        ("import_wh", "Wh"),
        ("total_kwh", "kWh"),
        ("pulsecount", "pulse"),
        ("PAPP", "VA"),
        ("HCHP", "Wh"),
        ("power1pluspower2", None),
        ("Vrms", None),
        ("T1", None),
        ("rssi", None),
        ("MSG", None),
        ("ADCO", None),
        ("solar_w", None),
        ("kwh_today", None),
        ("export_wh", None),
        ("energy", None),
        ("", None),
        ("p" * 9000, None),
    ],
)
def test_what_a_name_stands_for(name: str, unit: str | None) -> None:
    assert unit_of(name) == unit


def test_power_at_the_end_of_its_16_bits_is_refused() -> None:
    for at_end in (32_767, -32_768):
        assert told({"channels": ["P1"]}, 0, "P1", str(at_end)) == {"refused": "power_absurd"}
    assert told({"channels": ["P1"]}, 0, "P1", "32766")["live_w"] == 32_766


@pytest.mark.parametrize("counter", [True, False], ids=["with MSG", "without MSG"])
def test_a_register_begins_anew_with_the_transmitter(counter: bool) -> None:
    memory: Memory = {"channels": ["E1"]}
    boots = []
    for n, (msg, wh) in enumerate([(900, 5000), (901, 5001), (1, 0), (2, 3)]):
        said = {"E1": wh} | ({"MSG": msg} if counter else {})
        boots.append(told(memory, 10 * n, "emonTx4", said)["reading"].get("boot", 1))
    assert boots == [1, 1, 2, 2]


def test_a_register_that_trembles_has_not_restarted() -> None:
    memory: Memory = {"channels": ["E1"]}
    said = [told(memory, 10 * n, "x", {"E1": 5000 - n % 2}) for n in range(4)]
    assert ["boot" in each["reading"] for each in said] == [False] * 4


def test_a_message_counter_that_falls_explains_any_fall() -> None:
    """The register was restored from an earlier save: it fell, but not to nothing."""
    memory: Memory = {"channels": ["E1"]}
    told(memory, 0, "x", {"MSG": 900, "E1": 5000})
    assert told(memory, 10, "x", {"MSG": 1, "E1": 4000})["reading"]["boot"] == 2


def test_a_list_with_and_without_signal_strength_is_the_same() -> None:
    setting: Memory = {"columns": ["power1", "power2", "vrms"], "channels": ["power1"]}
    for cells in ("100,200,230", "100,200,230,-71"):
        assert told(dict(setting), 0, "values", cells)["reading"]["power_w"] == 100
    for cells in ("100,200", "100,200,230,-71,9", "100"):
        assert told(dict(setting), 0, "values", cells) == {"refused": "wrong_shape"}


def test_a_list_without_names_goes_by_place() -> None:
    memory: Memory = {"units": {"1": "W", "3": "Wh"}}
    found = told(memory, 0, "emontx", "10,11,12")
    assert found["reading"] == {"end_s": 0, "duration_s": 20, "power_w": 10, "register_wh": 12}
    assert told(memory, 20, "emontx", "10,11") == {"refused": "wrong_shape"}


def test_names_that_come_twice_in_the_columns_do_no_harm() -> None:
    """The template of the emonTx6 repeats T7."""
    memory: Memory = {"columns": ["P1", "T7", "T7"], "channels": ["P1"]}
    assert told(memory, 0, "values", "5,1,2")["reading"]["power_w"] == 5


@pytest.mark.parametrize(
    ("time", "end_s"),
    [
        (START_S + 59.25, 59),
        ("2026-09-21T14:14:20Z", 60),
        ("2026-09-21T16:14:20+02:00", 60),
        ("2026-09-21T16:14:20", 100),
        ("yesterday", 100),
        (None, 100),
        (0, 100),
        (1000 * START_S, 100),
        (START_S + 100 + 700, 100),
    ],
)
def test_only_a_time_that_is_one_is_believed(time: object, end_s: int) -> None:
    said = {"P1": 5, "time": time}
    assert told({}, 100, "x", said)["reading"]["end_s"] == end_s


def test_an_object_counts_only_by_its_value() -> None:
    assert told({}, 0, "x", {"power": {"name": "ct1", "value": 10}})["live_w"] == 10
    assert told({}, 0, "tele", {"ENERGY": {"Power": 10}, "P1": {"a": 1}}) == {}


def test_two_transmitters_are_not_mixed() -> None:
    memory: Memory = {}
    assert "reading" in told(memory, 0, "emonTx4", {"P1": 100})
    assert told(memory, 10, "emonTx5", {"P1": 200}) == {"refused": "unclear_channels"}
    assert told(memory, 20, "emonTx4", {"P1": 100}) == {"refused": "unclear_channels"}
    named: Memory = {"node": "emonTx4"}
    assert told(named, 0, "emonTx5", {"P1": 200}) == {}
    assert told(named, 0, "emonTx4/P1", "100") == {}
    assert told(named, 10, "emonTx4/P1", "100")["live_w"] == 100


def test_more_levels_are_one_name_and_colons_are_dropped() -> None:
    memory: Memory = {"node": "home", "units": {"grid_power": "W"}}
    assert told(memory, 0, "home/grid/pow:er", "77")["live_w"] == 77


def test_a_sum_is_complete_or_not_made() -> None:
    memory: Memory = {"channels": ["P1", "P2"]}
    assert told(memory, 0, "x", {"P1": 5}) == {}
    assert told(memory, 10, "x", {"P1": 5, "P2": None}) == {}
    assert told(memory, 20, "x", {"P1": 5, "P2": 7})["reading"]["power_w"] == 12


def test_several_registers_need_a_word() -> None:
    assert told({}, 0, "x", {"E1": 5, "E2": 5}) == {"refused": "unclear_channels"}
    assert told({}, 0, "x", {"E1": 5, "P1": 1, "P2": 2})["reading"]["register_wh"] == 5


def test_the_registers_of_a_contract_belong_together() -> None:
    found = told({}, 0, "x", {"HCHC": 920_750, "HCHP": 2_275_560, "PAPP": 170})
    # 920,750 + 2,275,560 = 3,196,310
    assert found["reading"]["register_wh"] == 3_196_310
    assert found["reading"]["apparent_va"] == 170
    assert "power_w" not in found["reading"]


@pytest.mark.parametrize("payload", ["nan", "NaN", "inf", "unavailable", "null", ""])
def test_a_word_for_none_is_no_number(payload: str) -> None:
    assert told({"channels": ["P1"]}, 0, "P1", payload) == {"refused": "not_finite"}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"P1": "346"}, "wrong_shape"),
        ({"P1": True}, "wrong_shape"),
        ({"P1": 10**6}, "power_absurd"),
        ({"E1": -1}, "register_absurd"),
        ({"E1": 2**40}, "register_absurd"),
        ({"PAPP": -5}, "power_absurd"),
        ({"P1": 5, "time": True}, "wrong_shape"),
        ('{"P1": NaN}', "not_finite"),
        ('{"P1": 5', "malformed_json"),
        ("0x12", "wrong_shape"),
        (b"\xff", "wrong_shape"),
        (" " * 8193, "too_large"),
    ],
)
def test_what_cannot_be_used_has_a_reason(payload: object, code: str) -> None:
    assert told({"channels": ["P1", "E1", "PAPP"]}, 0, "P1", payload) == {"refused": code}


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"channels": ["Vrms"]}, "unknown_unit"),
        ({"channels": "P1"}, "unclear_channels"),
        ({"units": {"P1": "BTU"}}, "unknown_unit"),
        ({"units": 5}, "unknown_unit"),
        ({"channels": ["pulse"]}, "unknown_unit"),
        ({"wh_per_pulse": 0, "channels": ["pulse"]}, "unknown_unit"),
        ({"wh_per_pulse": "1", "channels": ["pulse"]}, "unknown_unit"),
    ],
)
def test_settings_that_cannot_be_used_have_a_reason(setting: Memory, code: str) -> None:
    assert told(setting, 0, "pulse", "5") == {"refused": code}


def test_retained_values_are_not_measured() -> None:
    """emoncms made inputs anew out of what the broker had kept."""
    for subtopic, payload in (("x", b'{"P1": 5}'), ("P1", b"5"), ("rx/1/values", b"1,2")):
        memory: Memory = {"channels": ["P1"]}
        assert say(parse, memory, 0, subtopic, payload, retained=True) == {}
        assert memory.keys() <= {"channels", "assembly"}


def test_no_reason_and_no_memory_quotes_a_payload() -> None:
    memory: Memory = {"channels": ["P1"]}
    for payload in (
        b'{"P1": "021528603314"}',
        b"021528603314x",
        b'{"ADCO": 21528603314, "P1": null}',
    ):
        with_reason = ""
        try:
            parse(Telegram("P1", payload, START_S), memory)
        except PayloadError as error:
            with_reason = error.detail
        assert "21528603314" not in with_reason + repr(memory)


_names = st.sampled_from(
    ["P1", "P2", "E1", "MSG", "PAPP", "HCHC", "pulse", "time", "Time", "node", "values"]
)
_values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
_objects = st.dictionaries(_names, _values | st.dictionaries(st.just("value"), _values))
_payloads = (
    st.binary(max_size=30)
    | _values.map(lambda each: str(each).encode("utf-8", "replace"))
    | st.lists(_values, max_size=5).map(
        lambda each: ",".join(map(str, each)).encode("utf-8", "replace")
    )
    | _objects.map(lambda each: json.dumps(each).encode())
)
_settings: list[dict[str, Any]] = [
    {},
    {"channels": ["P1", "E1"]},
    {"columns": ["P1", "E1"], "units": {"P1": "kW"}},
    {"units": {"1": "W"}, "columns": 7},
    {"wh_per_pulse": 0.5, "node": "n"},
    {"node": 5, "channels": 5},
    {"node": ["n"], "channels": ["P1"]},
    {"units": {"P1": ["W"]}, "columns": [["P1"]]},
]


def test_received_from_no_node_is_no_topic() -> None:
    with pytest.raises(PayloadError) as caught:
        parse(Telegram("rx", b"5", START_S), {})
    assert caught.value.code == "unknown_topic"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    setting=st.sampled_from(_settings),
    said=st.lists(st.tuples(_names | st.text(max_size=9), _payloads), max_size=8),
    step_s=st.sampled_from([0.0, 5.0, 12.0, -9000.0]),
)
def test_nothing_but_a_reason_is_ever_raised(
    setting: dict[str, Any], said: list[tuple[str, bytes]], step_s: float
) -> None:
    memory: Memory = dict(setting)
    for n, (subtopic, payload) in enumerate(said):
        try:
            message = parse(Telegram(subtopic, payload, START_S + n * step_s), memory)
        except PayloadError:
            continue
        assert len(message.readings) <= 1
        assert all(1 <= reading.duration_s <= 20 for reading in message.readings)
