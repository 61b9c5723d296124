"""CitizenWatt's packets of 2014: the page's examples, and each trap by its name."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.errors import PayloadError
from ingest.adapters import aes128
from ingest.adapters.citizenwatt2014 import MAX_VA, SLACK_S, parse
from ingest.adapters.message import Memory, Telegram
from tests.ingest.payload_pages import START_S, check_page, say

KEY = bytes(range(16))
DAY_S = 86_400


def encrypt(clear: bytes, key: bytes = KEY) -> bytes:
    """The other direction of FIPS 197, for tests: each step undone by the module's own tables."""
    keys = aes128._expand(key)
    state = aes128._add(clear, keys[0])
    for number in range(1, 11):
        state = bytes(aes128._BOX[byte] for byte in state)
        shifted = bytearray(16)
        for place, before in enumerate(aes128._ROW_SHIFT):
            shifted[before] = state[place]
        mixed = bytes(shifted) if number == 10 else mix(bytes(shifted))
        state = aes128._add(mixed, keys[number])
    return state


def mix(state: bytes) -> bytes:
    """Mixing a column four times leaves it as it was: so three times undone is once done."""
    for _ in range(3):
        state = aes128._mix_back(state)
    return state


def packet(va: int = 400, timer_ms: int = 0, **other: Any) -> bytes:
    voltage_v, battery_mv = other.get("voltage_v", 240), other.get("battery_mv", 3700)
    padding = other.get("padding", bytes(6))
    clear = struct.pack("<HHHL", va, voltage_v, battery_mv, timer_ms % 2**32) + padding
    return encrypt(clear, other.get("key", KEY))


def fresh() -> Memory:
    return {"key_hex": KEY.hex()}


def told(memory: Memory, at_s: float, payload: bytes) -> dict[str, Any]:
    return say(parse, memory, at_s, "packet", payload)


def test_the_page_is_understood_as_it_says() -> None:
    check_page("citizenwatt2014", parse)


def test_the_tests_own_encryption_is_the_standard_s() -> None:
    clear, cipher = "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"
    assert encrypt(bytes.fromhex(clear)).hex() == cipher


def test_power_is_apparent_and_never_real() -> None:
    found = told(fresh(), 0, packet(1234))
    assert found == {"reading": {"end_s": 0, "duration_s": 20, "apparent_va": 1234}}


def test_sixteen_bytes_and_their_digits_are_the_same() -> None:
    raw = packet(500, 10)
    assert told(fresh(), 0, raw) == told(fresh(), 0, raw.hex().encode())
    assert told(fresh(), 0, raw) == told(fresh(), 0, raw.hex().upper().encode())


def test_a_reboot_is_believed_without_a_button() -> None:
    """The base of 2014 dropped all packets after new batteries."""
    memory = fresh()
    told(memory, 0, packet(400, 20 * DAY_S * 1000))
    assert told(memory, 30, packet(401, 2500))["reading"]["boot"] == 2
    assert told(memory, 60, packet(402, 5000))["reading"]["boot"] == 2
    assert told(memory, 90, packet(403, 700))["reading"]["boot"] == 3


def test_a_sensor_silent_for_long_may_have_rebooted_long_ago() -> None:
    """A day away; the sensor was restarted 20 h ago: 72,000 s, less than the 86,400 s gone by."""
    memory = fresh()
    told(memory, 0, packet(400, 30 * DAY_S * 1000))
    assert told(memory, DAY_S, packet(401, 72_000_000))["reading"]["boot"] == 2


def test_the_wrap_after_49_days_is_neither_a_reboot_nor_a_replay() -> None:
    memory = fresh()
    told(memory, 0, packet(400, 2**32 - 500))
    found = told(memory, 10, packet(401, 2**32 + 300))
    assert found == {"reading": {"end_s": 10, "duration_s": 10, "apparent_va": 401}}
    assert told(memory, 20, packet(402, 1100))["reading"]["apparent_va"] == 402


def test_a_timer_beyond_31_bits_is_no_surprise() -> None:
    """The base of 2014 kept the timer in a signed column and stopped after 24.9 days."""
    memory = fresh()
    told(memory, 0, packet(400, 2**31 - 100))
    assert told(memory, 10, packet(401, 2**31 + 700))["reading"]["apparent_va"] == 401


def test_a_recorded_packet_is_refused_when_it_is_sent_again() -> None:
    memory = fresh()
    old = packet(9000, 600_000)
    told(memory, 0, old)
    told(memory, 10, packet(400, 601_000))
    assert told(memory, 20, old) == {"refused": "replayed"}
    assert told(memory, 30, packet(401, 602_000))["reading"]["apparent_va"] == 401


def test_a_made_up_timer_does_not_silence_the_sensor() -> None:
    memory = fresh()
    told(memory, 0, packet(400, 600_000))
    assert told(memory, 5, packet(5, 2**31)) == {"refused": "replayed"}
    assert told(memory, 10, packet(401, 601_000))["reading"]["apparent_va"] == 401


def test_the_same_packet_twice_is_one() -> None:
    memory = fresh()
    told(memory, 0, packet(400, 600_000))
    assert told(memory, 15, packet(400, 600_000)) == {}


def test_packets_that_waited_in_the_gateway_are_no_replay() -> None:
    """Five minutes of packets, 0.7 s awake each, within one second; they have no time of their own."""
    memory = fresh()
    told(memory, 0, packet(400, 600_000))
    later = [told(memory, 300 + n / 40, packet(400 + n, 600_700 + 700 * n)) for n in range(33)]
    assert [found for found in later if found] == [
        {"reading": {"end_s": 300, "duration_s": 20, "apparent_va": 400}}
    ]


def test_a_timer_may_run_a_little_ahead_and_no_more() -> None:
    memory = fresh()
    told(memory, 0, packet(400, 600_000))
    assert "reading" in told(memory, 10, packet(401, 600_000 + (10 + SLACK_S) * 1000))
    memory = fresh()
    told(memory, 0, packet(400, 600_000))
    late = packet(401, 600_001 + (10 + SLACK_S) * 1000)
    assert told(memory, 10, late) == {"refused": "replayed"}


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(packet(key=bytes(16)), id="another key"),
        pytest.param(packet(voltage_v=50_000), id="no voltage"),
        pytest.param(packet(battery_mv=0), id="no battery"),
        pytest.param(b"", id="empty"),
        pytest.param(packet()[:15], id="15 bytes"),
        pytest.param(packet() + b"\n", id="17 bytes"),
        pytest.param(packet().hex().encode()[:-1] + b"g", id="no digit"),
    ],
)
def test_what_is_no_packet_is_refused_and_changes_nothing(bad: bytes) -> None:
    memory = fresh()
    told(memory, 0, packet(400, 600_000))
    before = repr(memory)
    assert told(memory, 10, bad) == {"refused": "wrong_shape"}
    assert repr(memory) == before


def test_a_counter_that_has_overflown_is_refused() -> None:
    assert told(fresh(), 0, packet(MAX_VA))["reading"]["apparent_va"] == 32_767
    assert told(fresh(), 0, packet(MAX_VA + 1)) == {"refused": "power_absurd"}


def test_padding_proves_nothing() -> None:
    """The sensor encrypts in place: a packet is padded with what is left of the one before."""
    memory = fresh()
    first = packet(400, 600_000)
    told(memory, 0, first)
    assert "reading" in told(memory, 10, packet(401, 601_000, padding=first[10:]))


def test_no_voltage_is_what_some_sensors_say() -> None:
    assert "reading" in told(fresh(), 0, packet(voltage_v=0))


@pytest.mark.parametrize("key", [None, "", "00" * 15, "zz" * 16, 7, ["00" * 16], "00" * 16 + "\n"])
def test_a_key_that_is_none_is_refused_without_being_quoted(key: object) -> None:
    memory: Memory = {} if key is None else {"key_hex": key}
    with pytest.raises(PayloadError) as raised:
        parse(Telegram("packet", packet(), START_S), memory)
    assert raised.value.code == "wrong_shape"
    assert "key_hex" in raised.value.detail
    assert not key or str(key) not in raised.value.detail


def test_retained_packets_are_not_measured() -> None:
    memory = fresh()
    assert say(parse, memory, 0, "packet", packet(), retained=True) == {}
    assert say(parse, memory, 0, "status", "offline", retained=True) == {"online": False}


def test_status_and_what_is_not_for_us() -> None:
    assert say(parse, fresh(), 0, "status", "offline") == {"online": False}
    assert say(parse, fresh(), 0, "status", "maybe") == {"refused": "wrong_shape"}
    assert say(parse, fresh(), 0, "firmware", "7") == {}
    assert say(parse, fresh(), 0, "packet", bytes(8193)) == {"refused": "too_large"}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    payloads=st.lists(
        st.binary(max_size=34) | st.builds(packet, st.integers(0, 65535), st.integers(0, 2**32)),
        max_size=6,
    ),
    steps_s=st.lists(st.sampled_from([0.0, 9.0, -30.0, 1e6]), min_size=6, max_size=6),
    subtopic=st.sampled_from(["packet", "status", "", "x/y"]),
    retained=st.booleans(),
)
def test_nothing_but_a_reason_is_ever_raised(
    payloads: list[bytes], steps_s: list[float], subtopic: str, retained: bool
) -> None:
    memory, at_s = fresh(), float(START_S)
    for payload, step_s in zip(payloads, steps_s, strict=False):
        at_s += step_s
        try:
            message = parse(Telegram(subtopic, payload, at_s, retained), memory)
        except PayloadError:
            continue
        assert len(message.readings) <= 1
        assert all(reading.power_w is None for reading in message.readings)
