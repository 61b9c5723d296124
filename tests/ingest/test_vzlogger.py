"""vzlogger: the page's examples, and every trap by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingest.adapters.vzlogger import parse
from tests.ingest.payload_pages import START_S, check_page, say

if TYPE_CHECKING:
    from ingest.adapters.message import Memory


def announced(*codes: str, at_s: float = -60) -> Memory:
    memory: Memory = {}
    for number, code in enumerate(codes):
        assert say(parse, memory, at_s, f"chn{number}/id", code, retained=True) == {}
    return memory


def tell(memory: Memory, at_s: float, channel: int, payload: object) -> dict[str, Any]:
    return say(parse, memory, at_s, f"chn{channel}/raw", payload)


def test_the_page_is_what_the_adapter_says() -> None:
    check_page("vzlogger", parse)


def test_without_an_announcement_nothing_is_guessed() -> None:
    memory: Memory = {}
    assert tell(memory, 0, 0, "284.3") == {"refused": "unknown_unit"}
    say(parse, memory, 5, "chn0/id", "1-0:16.7.0")
    assert tell(memory, 20, 0, "284.3")["live_w"] == 284.3
    assert tell(memory, 20, 1, "284.3") == {"refused": "unknown_unit"}


@pytest.mark.parametrize(
    "code", ["1-0:1.8.0", "1-0:1.8.0*255", "1.8.0", "255-255:1.8.0*255", "1-1:1.8.0"]
)
def test_forms_of_one_code(code: str) -> None:
    assert tell(announced(code), 0, 0, "7")["reading"]["register_wh"] == 7.0


@pytest.mark.parametrize(
    "code",
    [
        "7-0:1.8.0",
        "8-0:1.8.0",
        "1-0:1.8.0*01",
        "1-0:2.8.0",
        "0-0:96.1.0",
        "1-0:32.7.0",
        "power",
        "",
        "1-0:1.8",
    ],
)
def test_other_quantities_are_let_pass_unread(code: str) -> None:
    assert tell(announced(code), 0, 0, "021528603314") == {}


def test_tariffs_are_added_up_only_where_there_is_no_total() -> None:
    tariffs = announced("1-0:1.8.1", "1-0:1.8.2")
    assert tell(tariffs, 0, 0, "100") == {}
    assert tell(tariffs, 0, 1, "20")["reading"]["register_wh"] == 120.0
    total = announced("1-0:1.8.1", "1-0:1.8.2", "1-0:1.8.0")
    assert tell(total, 0, 0, "100") == {}
    assert tell(total, 0, 1, "20") == {}
    assert tell(total, 0, 2, "120.5")["reading"]["register_wh"] == 120.5


def test_a_tariff_announced_a_moment_later_is_waited_for() -> None:
    memory = announced("1-0:1.8.1", at_s=0)
    assert tell(memory, 1, 0, "100") == {}
    say(parse, memory, 2, "chn1/id", "1-0:1.8.2")
    assert tell(memory, 12, 0, "100") == {}
    assert tell(memory, 12, 1, "20")["reading"]["register_wh"] == 120.0


def test_phases_are_the_power_if_all_three_are_there_and_no_total() -> None:
    phases = announced("1-0:36.7.0", "1-0:56.7.0", "1-0:76.7.0")
    assert tell(phases, 0, 0, "10") == {}
    assert tell(phases, 0, 1, "20") == {}
    assert tell(phases, 0, 2, "-5")["live_w"] == 25.0
    two = announced("1-0:36.7.0", "1-0:56.7.0")
    assert tell(two, 0, 0, "10") == {}
    total = announced("1-0:36.7.0", "1-0:56.7.0", "1-0:76.7.0", "1-0:16.7.0")
    assert tell(total, 0, 0, "10") == {}
    assert tell(total, 0, 3, "25")["live_w"] == 25.0


def test_apparent_power_is_never_power() -> None:
    reading = tell(announced("1-0:9.7.0"), 0, 0, "170")["reading"]
    assert reading == {"end_s": 0, "duration_s": 60, "apparent_va": 170.0}


def test_two_meters_in_one_vzlogger_are_not_guessed() -> None:
    memory = announced("1-0:1.8.0", "1-0:1.8.0")
    assert tell(memory, 0, 0, "7") == {"refused": "unclear_channels"}
    named = memory | {"obis": {"chn1": "1-0:1.8.0"}}
    assert tell(named, 0, 1, "7")["reading"]["register_wh"] == 7.0


@pytest.mark.parametrize(
    ("timestamp", "end_s"),
    [
        (1000 * START_S + 30_500, 30),
        (START_S + 30, 60),
        (1000 * START_S + 3_600_000, 60),
        (1_000_000 * START_S, 60),
        (None, 60),
    ],
)
def test_times_are_milliseconds_or_not_believed(timestamp: float | None, end_s: int) -> None:
    told = {"timestamp": timestamp, "value": 7}
    assert tell(announced("1.8.0"), 60, 0, told)["reading"]["end_s"] == end_s


def test_a_backlog_in_order_keeps_its_times_and_a_duplicate_adds_nothing() -> None:
    memory = announced("1.8.0")
    told = [{"timestamp": 1000 * (START_S + 60 * i), "value": 100 + i} for i in range(3)]
    found = [tell(memory, 5000, 0, each) for each in [told[0], told[1], told[1], told[0], told[2]]]
    readings = [each["reading"] for each in found if each]
    assert [(each["end_s"], each["register_wh"]) for each in readings] == [
        (0, 100.0),
        (60, 101.0),
        (120, 102.0),
    ]


def test_a_value_each_second_makes_a_reading_each_ten() -> None:
    memory = announced("1.8.0")
    found = [tell(memory, at_s, 0, str(at_s)) for at_s in range(31)]
    assert [each["reading"]["end_s"] for each in found if each] == [0, 10, 20, 30]


def test_aggregates_and_names_of_channels_are_let_pass() -> None:
    memory = announced("1.8.0")
    for subtopic in ("chn0/agg", "chn0/uuid", "chn0", "x/raw", "chn0/raw/x", ""):
        assert say(parse, memory, 0, subtopic, "00000000-0000-4000-8000-000000000000") == {}
    assert "4000" not in repr(memory)


def test_an_announcement_may_change() -> None:
    memory = announced("1-0:2.8.0")
    say(parse, memory, 0, "chn0/id", "1-0:1.8.0")
    assert tell(memory, 20, 0, "7")["reading"]["register_wh"] == 7.0


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ("nan", "not_finite"),
        ("1,5", "wrong_shape"),
        ("-3", "register_absurd"),
        ({"timestamp": 1}, "wrong_shape"),
        ({"value": "7"}, "wrong_shape"),
        ({"value": 7, "timestamp": "now"}, "wrong_shape"),
        ('{"value": NaN}', "not_finite"),
        ("{", "malformed_json"),
    ],
)
def test_what_cannot_be_used_has_its_reason(payload: object, code: str) -> None:
    assert tell(announced("1.8.0"), 0, 0, payload) == {"refused": code}
