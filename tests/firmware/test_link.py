"""The meter's side of the line, byte by byte: what it says, when it says it again, what it gives up."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ingest.adapters import v1

sys.path.insert(0, str(Path(__file__).parents[2] / "firmware_docs" / "firmware"))
from meter import mqtt_codec, ringlog
from meter.clock import Clock
from meter.link import Link

LOG, SERIAL, T = 0x9F3A61C2, "cw-7k3f9qy", 1_790_000_000
SETTINGS = {"serial": SERIAL, "secret": "ab" * 16}
SCHEMAS = Path(__file__).parents[2] / "firmware_docs" / "protocol" / "schemas"
CONNACK, SUBACK = b"\x20\x02\x00\x00", b"\x90\x04\x00\x01\x01\x01"
PINGREQ = mqtt_codec.PINGREQ_BYTES


class Desk:
    """A link whose clock was right, its ring, and somebody who reads what it says."""

    def __init__(self, records: int, *, is_confirmed: bool = True, clock_s: int | None = T) -> None:
        file = io.BytesIO(bytes(32 + 32 * 500))
        self.ring = ringlog.RingLog(file, 500, LOG, lambda: None)
        clock = Clock()
        if clock_s:
            clock.set(clock_s, 0)
        clock.is_confirmed = is_confirmed
        for n in range(1, records + 1):
            self.ring.append(clock.time_at(n), n, 1, 1, clock.quality, 0, 1000 * n, 1)
        self.link = Link(SETTINGS, self.ring, clock, lambda: 0.5, 1, "sim")

    def come_online(self, now_ms: int) -> list[tuple[str, Any]]:
        assert self.link.wants_line(now_ms)
        self.link.opened(now_ms)
        self.link.received(CONNACK, now_ms)
        return self.read(self.link.received(SUBACK, now_ms))

    def say(self, now_ms: int) -> list[tuple[str, Any]]:
        return self.read(self.link.tick(now_ms))

    def receipt(self, first: int, last: int, now_ms: int, **more: int) -> list[tuple[str, Any]]:
        said = {"v": 1, "log": f"{LOG:08x}", "from": first, "n": last, "t": T + now_ms // 1000}
        return self.hear("ack", said | more, now_ms)

    def hear(self, leaf: str, said: dict[str, Any], now_ms: int) -> list[tuple[str, Any]]:
        packet = mqtt_codec.publish(f"cw/v1/{SERIAL}/{leaf}", json.dumps(said).encode())
        return self.read(self.link.received(packet, now_ms))

    @staticmethod
    def read(said: bytes) -> list[tuple[str, Any]]:
        found = []
        for _, flags, body in mqtt_codec.Decoder().feed(said):
            topic, payload, _ = mqtt_codec.open_publish(flags, body)
            found.append((topic.rpartition("/")[2], json.loads(payload)))
        return found


def spans(said: list[tuple[str, Any]]) -> list[tuple[int, int]]:
    records = [message["r"] for leaf, message in said if leaf == "readings"]
    return [(each[0]["n"], each[-1]["n"]) for each in records]


def test_it_says_who_it_is_with_its_clock_beside_its_uptime() -> None:
    said = dict(Desk(40).come_online(2000))
    assert said["status"] == {"v": 1, "s": "online", "boot": 1}
    assert said["hello"]["anchor"] == {"boot": 1, "up_s": 2, "t": T + 2}
    assert (said["hello"]["oldest"], said["hello"]["newest"]) == (1, 40)


def test_two_messages_wait_for_receipts_and_no_more() -> None:
    desk = Desk(100)
    desk.come_online(1000)
    assert spans(desk.say(1000)) == [(1, 30), (31, 60)]
    assert desk.say(1020) == []
    desk.receipt(1, 30, 1500)
    assert desk.ring.receipted == 30
    assert spans(desk.say(1500)) == [(61, 90)]


def test_a_receipt_out_of_order_frees_nothing_before_its_turn() -> None:
    desk = Desk(60)
    desk.come_online(1000)
    desk.say(1000)
    desk.receipt(31, 60, 1500)
    assert desk.ring.receipted == 0
    desk.receipt(1, 30, 1600)
    assert desk.ring.receipted == 60


def test_another_logs_receipt_frees_nothing() -> None:
    desk = Desk(3)
    desk.come_online(1000)
    desk.say(1000)
    desk.hear("ack", {"v": 1, "log": "00000001", "from": 1, "n": 3, "t": T}, 1500)
    assert desk.ring.receipted == 0


def test_without_a_receipt_it_says_it_again_later_and_later_and_shows_a_light() -> None:
    desk = Desk(1)
    desk.come_online(1000)
    said_ms = [ms for ms in range(1000, 60_000, 100) if spans(desk.say(ms))]
    assert said_ms[:4] == [1000, 3500, 8500, 18_500]
    assert desk.link.fault == "no_receipt"
    desk.receipt(1, 1, 60_000)
    assert desk.link.fault is None
    assert desk.ring.receipted == 1


def test_after_a_reconnection_it_says_it_at_once() -> None:
    desk = Desk(5)
    desk.come_online(1000)
    assert spans(desk.say(1000)) == [(1, 5)]
    desk.link.closed(1100)
    assert not desk.link.wants_line(1599)
    assert desk.link.wants_line(1600), "half of one second"
    desk.come_online(1600)
    assert spans(desk.say(1600)) == [(1, 5)]


def test_each_failure_doubles_the_wait_and_a_connection_ends_that() -> None:
    desk = Desk(0)
    waits_ms = []
    for _ in range(11):
        desk.link.closed(0, "no_broker")
        waits_ms.append(next(ms for ms in range(0, 200_000, 500) if desk.link.wants_line(ms)))
    assert waits_ms == [500 * 2**k for k in range(9)] + [150_000] * 2
    desk.come_online(200_000)
    assert [event["facts"] for leaf, event in desk.say(200_000) if leaf == "event"] == [
        {"fault": "no_broker"}
    ]
    desk.link.closed(200_000)
    assert desk.link.wants_line(200_500)


def test_it_pings_when_it_has_nothing_to_say_and_leaves_who_never_answers() -> None:
    desk = Desk(0)
    desk.come_online(1000)
    pings_ms = [ms for ms in range(1000, 120_000, 1000) if desk.link.tick(ms) == PINGREQ]
    assert pings_ms == [32_000, 63_000, 94_000]
    assert not desk.link.must_close(91_000)
    assert desk.link.must_close(91_001)


@pytest.mark.parametrize(("code", "fault"), [(4, "secret"), (5, "secret"), (3, "no_broker")])
def test_a_refused_connection_shows_why(code: int, fault: str) -> None:
    desk = Desk(0)
    desk.link.opened(1000)
    with pytest.raises(ValueError, match="refused"):
        desk.link.received(bytes([0x20, 2, 0, code]), 1000)
    assert desk.link.fault == fault


def test_a_refused_topic_shows_why() -> None:
    desk = Desk(0)
    desk.link.opened(1000)
    desk.link.received(CONNACK, 1000)
    with pytest.raises(ValueError, match="refused"):
        desk.link.received(b"\x90\x04\x00\x01\x01\x80", 1000)
    assert desk.link.fault == "topic"


def test_without_a_clock_one_record_asks_for_the_time_and_is_said_again() -> None:
    desk = Desk(5, is_confirmed=False, clock_s=None)
    said = desk.come_online(5000)
    assert dict(said)["hello"]["anchor"] is None
    assert spans(desk.say(5000)) == [(1, 1)]
    [(leaf, hello)] = desk.receipt(1, 1, 6000, refused=1)
    assert (leaf, hello["anchor"]) == ("hello", {"boot": 1, "up_s": 6, "t": T + 6})
    assert desk.ring.receipted == 0
    [(_, again)] = desk.say(6000)
    assert [(record["n"], record["t"], record["tq"]) for record in again["r"]] == [
        (n, T + n, 1) for n in range(1, 6)
    ]


def test_a_clock_that_is_two_hours_ahead_is_put_right_and_told() -> None:
    desk = Desk(5, is_confirmed=False, clock_s=T + 7200)
    desk.come_online(5000)
    desk.say(5000)
    desk.receipt(1, 1, 6000, refused=1)
    assert desk.link.fault == "clock"
    said = desk.say(6000)
    assert dict(said)["event"]["code"] == "clock_wrong"
    assert dict(said)["event"]["facts"] == {"off_s": 7200}
    assert [record["t"] for record in dict(said)["readings"]["r"]] == [T + n for n in range(1, 6)]


def test_a_clock_that_is_right_is_left_alone() -> None:
    desk = Desk(5, is_confirmed=False, clock_s=T + 3)
    desk.come_online(5000)
    desk.say(5000)
    desk.receipt(1, 1, 6000)
    assert desk.ring.receipted == 1
    [(_, said)] = desk.say(6000)
    assert [record["t"] for record in said["r"]] == [T + 3 + n for n in range(2, 6)]


def test_live_power_once_a_second_for_as_long_as_was_asked() -> None:
    desk = Desk(0)
    desk.come_online(1000)
    desk.link.power_w = 420
    [(_, answer)] = desk.hear("cmd", {"v": 1, "cid": "c1", "op": "live", "arg": {"for_s": 3}}, 1000)
    assert answer == {"v": 1, "id": SERIAL, "cid": "c1", "ok": True}
    said = [each for ms in range(1000, 9000, 250) for each in desk.say(ms)]
    assert [each for each in said if each[0] == "live"] == [
        ("live", {"v": 1, "t": T + s, "p_w": 420}) for s in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("op", "for_s", "detail"), [("live", 901, "for_s"), ("wipe", 1, "not known here")]
)
def test_what_it_cannot_do_is_answered(op: str, for_s: int, detail: str) -> None:
    desk = Desk(0)
    desk.come_online(1000)
    [(leaf, answer)] = desk.hear(
        "cmd", {"v": 1, "cid": "c1", "op": op, "arg": {"for_s": for_s}}, 1000
    )
    assert (leaf, answer["ok"], answer["detail"]) == ("res", False, detail)


def test_a_command_at_qos_1_is_acknowledged() -> None:
    desk = Desk(0)
    desk.come_online(1000)
    packet = mqtt_codec.publish(f"cw/v1/{SERIAL}/cmd", b"nonsense", 77)
    assert desk.link.received(packet, 1000) == mqtt_codec.puback(77)


def test_the_service_understands_all_it_says() -> None:
    desk = Desk(3, is_confirmed=False, clock_s=T + 7200)
    desk.link.closed(0, "no_broker")
    said = desk.come_online(5000) + desk.say(5000)
    said += desk.receipt(1, 1, 6000, refused=1) + desk.say(6000)
    said += desk.hear("cmd", {"v": 1, "cid": "c1", "op": "live", "arg": {"for_s": 9}}, 7000)
    said += desk.hear("cmd", {"v": 1, "cid": "c2", "op": "wipe"}, 7000) + desk.say(8000)
    assert {leaf for leaf, _ in said} == {"hello", "status", "event", "readings", "res", "live"}
    for leaf, message in said:
        schema = json.loads((SCHEMAS / f"{leaf}.schema.json").read_text("utf-8"))
        jsonschema.validate(message, schema)
        assert not v1.parse(f"cw/v1/{SERIAL}/{leaf}", json.dumps(message).encode()).faulty
