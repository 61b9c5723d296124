"""teleinfo2mqtt: the page's examples, and every trap by its name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from commonwatt.storage import meters
from commonwatt.storage.mounts import add_mount
from ingest.adapters.teleinfo2mqtt import parse
from ingest.batch import BatchWriter, Envelope
from tests.ingest.payload_pages import START_S, check_page, say

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection
    from ingest.adapters.message import Memory

METER = "012345678901"
FRAME: dict[str, Any] = {
    "ADCO": {"raw": METER, "value": int(METER)},
    "OPTARIF": {"raw": "HC..", "value": "HC"},
    "HCHC": {"raw": "009058688", "value": 9058688},
    "HCHP": {"raw": "001000000", "value": 1000000},
    "PAPP": {"raw": "04110", "value": 4110},
}


def test_the_page_is_what_the_adapter_says() -> None:
    check_page("teleinfo2mqtt", parse)


def test_apparent_power_is_never_power() -> None:
    found = say(parse, {}, 0, METER, FRAME)
    assert found["reading"]["apparent_va"] == 4110.0
    assert "power_w" not in found["reading"]
    assert "live_w" not in found


def test_a_key_said_twice_is_no_surprise() -> None:
    text = json.dumps(FRAME).replace("{", '{"PTEC":{"raw":"HP.."},"PTEC":{"raw":"HC.."},', 1)
    assert say(parse, {}, 0, METER, text)["reading"]["register_wh"] == 10_058_688.0


def test_raw_comes_before_value() -> None:
    told = {**FRAME, "HCHP": {"raw": "000000001", "value": 5}}
    assert say(parse, {}, 0, METER, told)["reading"]["register_wh"] == 9_058_689.0


def test_a_stamped_maximum_does_not_date_the_frame() -> None:
    stamp = {"raw": "1", "timestamp": {"date": "2022-06-09T06:05:31.000Z", "dst": "summer"}}
    found = say(parse, {}, 0, METER, {"EAST": {"raw": "5"}, "SMAXSN": stamp})
    assert found["reading"]["end_s"] == 0


def test_two_meters_below_one_mount_are_not_one_home() -> None:
    memory: Memory = {}
    say(parse, memory, 0, METER, FRAME)
    other = say(parse, memory, 60, "998877665544", FRAME)
    assert other == {"refused": "unclear_channels"}


def test_who_the_meter_is_stays_at_the_door() -> None:
    memory: Memory = {}
    say(parse, memory, 0, METER, FRAME)
    assert METER not in repr(memory)
    assert METER.lstrip("0") not in repr(memory)


@pytest.mark.parametrize("place", ["teleinfo", f"teleinfo/{METER}"])
@pytest.mark.parametrize(("missing", "behind_s"), [("HCHP", 0), ("PAPP", 5000)])
def test_quarantine_keeps_no_identifier_and_no_topic_with_one(
    connection: Connection, place: str, missing: str, behind_s: int
) -> None:
    meter = meters.add_meter(connection, "cw-7k3f9qx", variant="ct")
    add_mount(connection, meter.meter_id, place, "teleinfo2mqtt")
    connection.commit()
    frame = json.dumps({label: FRAME[label] for label in FRAME if label != missing}).encode()
    envelope = Envelope(f"teleinfo/{METER}", frame, START_S)
    BatchWriter().write(connection, [envelope], START_S - behind_s)
    row = connection.execute("SELECT topic, code, detail, payload FROM quarantine").fetchone()
    assert row is not None
    assert row[:2] == ("teleinfo/#", "future_time" if behind_s else "wrong_shape")
    assert METER.lstrip("0") not in repr((row[2], bytes(row[3])))
    assert b"009058688" in bytes(row[3])
