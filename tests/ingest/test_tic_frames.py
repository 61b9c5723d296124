"""Frames of a French meter: the page's examples, and every trap by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.storage import meters
from commonwatt.storage.mounts import add_mount
from ingest.adapters.tic_frames import REGISTERS, checksum, groups_of, parse, redact
from ingest.batch import BatchWriter, Envelope
from tests.ingest.payload_pages import START_S, check_page, say

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

METER = "021528603314"
OFF_PEAK = {"ADCO": METER, "OPTARIF": "HC..", "HCHC": "000920750", "HCHP": "002275560"}


def historic(groups: dict[str, str]) -> bytes:
    """A frame as the meter sends it."""
    lines = [f"{label} {value}".encode() for label, value in groups.items()]
    body = b"".join(b"\n%s %c\r" % (line, checksum(line)) for line in lines)
    return b"\x02" + body + b"\x03"


def standard(*groups: str) -> bytes:
    lines = [f"{group}\t".encode() for group in groups]
    return b"\x02" + b"".join(b"\n%s%c\r" % (line, checksum(line)) for line in lines) + b"\x03"


def hear(frame: bytes) -> dict[str, Any]:
    return say(parse, {}, 0, "frame", frame)


def test_the_page_is_what_the_adapter_says() -> None:
    check_page("tic_frames", parse)


@pytest.mark.parametrize("option", REGISTERS)
def test_the_registers_of_a_contract_are_added_up_or_refused(option: str) -> None:
    registers = {name: f"{10**k:09d}" for k, name in enumerate(REGISTERS[option])}
    frame = {"OPTARIF": f"{option}..", **registers}
    whole = float(sum(map(int, registers.values())))
    assert hear(historic(frame))["reading"]["register_wh"] == whole
    for name in registers:
        part = {label: value for label, value in frame.items() if label != name}
        assert hear(historic(part)) == {"refused": "wrong_shape"}


def test_apparent_power_is_never_power() -> None:
    reading = hear(historic({**OFF_PEAK, "PAPP": "00700"}))["reading"]
    assert reading["apparent_va"] == 700.0
    assert "power_w" not in reading


def test_injection_is_no_consumption() -> None:
    found = hear(standard("EAST\t003196310", "EAIT\t000500000", "SINSTS\t00170"))
    assert found["reading"]["register_wh"] == 3_196_310.0
    assert hear(standard("EAIT\t000500000")) == {"refused": "wrong_shape"}


def test_without_a_total_all_ten_supplier_registers_are_needed() -> None:
    ten = [f"EASF{k:02d}\t00000000{k % 10}" for k in range(1, 11)]
    assert hear(standard(*ten))["reading"]["register_wh"] == 45.0
    assert hear(standard(*ten[:9])) == {"refused": "wrong_shape"}


@pytest.mark.parametrize(
    ("stamp", "end_s"),
    [
        ("E260921161251", -29),
        ("H260921151251", -29),
        ("e260921161251", 0),
        ("E000101000000", 0),
        ("E269921161251", 0),
    ],
)
def test_a_season_says_the_offset_and_a_doubtful_clock_is_not_believed(
    stamp: str, end_s: int
) -> None:
    assert hear(standard("EAST\t1", f"DATE\t{stamp}\t"))["reading"]["end_s"] == end_s


def test_a_checksum_may_look_like_a_separator() -> None:
    spaced = next(f"{n:09d}" for n in range(999) if checksum(f"BASE {n:09d}".encode()) == ord(" "))
    found = hear(historic({"OPTARIF": "BASE", "BASE": spaced}))
    assert found["reading"]["register_wh"] == float(spaced)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_flipped_bit_never_makes_a_wrong_register(data: st.DataObject) -> None:
    frame = data.draw(
        st.sampled_from([historic(OFF_PEAK), standard("ADSC\t" + METER, "EAST\t003196310")])
    )
    bit = data.draw(st.integers(0, len(frame) * 8 - 1))
    flipped = bytearray(frame)
    flipped[bit // 8] ^= 1 << bit % 8
    found = hear(bytes(flipped))
    assert found == {"refused": "wrong_shape"} or found["reading"]["register_wh"] == 3_196_310.0
    assert METER.encode() not in redact(bytes(flipped))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(payload=st.binary(max_size=80), subtopic=st.sampled_from(["frame", "", "x"]))
def test_any_bytes_are_refused_or_let_pass(payload: bytes, subtopic: str) -> None:
    assert say(parse, {}, 0, subtopic, payload) in ({}, {"refused": "wrong_shape"})


def test_a_kept_frame_is_not_measured_and_one_label_twice_is_no_frame() -> None:
    assert say(parse, {}, 0, "frame", historic(OFF_PEAK), retained=True) == {}
    assert hear(historic(OFF_PEAK) + historic(OFF_PEAK)) == {"refused": "wrong_shape"}


def test_a_frame_on_the_place_itself_is_read() -> None:
    assert say(parse, {}, 0, "", historic(OFF_PEAK)) == hear(historic(OFF_PEAK))


def test_who_the_meter_is_stays_at_the_door() -> None:
    memory: dict[str, object] = {}
    say(parse, memory, 0, "frame", historic({**OFF_PEAK, "PRM": "12345678901234"}))
    assert METER not in repr(memory)
    assert set(groups_of(historic(OFF_PEAK))) == {"OPTARIF", "HCHC", "HCHP"}


@pytest.mark.parametrize(("missing", "behind_s"), [("HCHP", 0), ("PAPP", 5000)])
def test_quarantine_keeps_no_identifier(
    connection: Connection, missing: str, behind_s: int
) -> None:
    """Neither of a frame the adapter refuses, nor of one the judge finds to be of the future."""
    meter = meters.add_meter(connection, "cw-7k3f9qx", variant="ct")
    add_mount(connection, meter.meter_id, "tic/1", "tic_frames")
    connection.commit()
    frame = historic({label: OFF_PEAK[label] for label in OFF_PEAK if label != missing})
    now_s = START_S - behind_s
    BatchWriter().write(connection, [Envelope("tic/1/frame", frame, START_S)], now_s)
    row = connection.execute("SELECT code, detail, payload FROM quarantine").fetchone()
    assert row is not None
    assert row[0] == ("future_time" if behind_s else "wrong_shape")
    assert METER.encode() not in bytes(row[2])
    assert b"HCHC 000920750" in bytes(row[2])
    assert METER not in row[1]
