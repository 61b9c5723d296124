"""Protocol v1: what is said becomes readings; what is wrong becomes a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from commonwatt.errors import PayloadError
from commonwatt.model import Reading
from ingest.adapters import TopicFilter, parse
from ingest.adapters.message import Anchor, Extent, LivePower
from ingest.adapters.v1 import outline_of

SERIAL = "cw-7k3f9qx"
LOG = 0x9F3A61C2


def batch(*records: dict[str, Any], **changes: Any) -> bytes:
    body = {"v": 1, "id": SERIAL, "log": "9f3a61c2", "boot": 3, "src": "led", "r": list(records)}
    return json.dumps(body | changes).encode()


def record(n: int, **changes: Any) -> dict[str, Any]:
    return {"n": n, "up_s": 60 * n, "d_s": 60, "t": 1_790_000_000 + 60 * n, "tq": 2} | changes


def test_a_batch_becomes_readings() -> None:
    message = parse(
        f"cw/v1/{SERIAL}/readings",
        batch(record(7, e_wh=1200.125, p_w=430, s_va=480, f=32), record(8, e_wh=1207)),
    )
    assert message.readings == (
        Reading(
            end_s=1_790_000_420,
            duration_s=60,
            log=LOG,
            n=7,
            boot=3,
            up_s=420,
            register_wh=1200.125,
            power_w=430,
            apparent_va=480,
            flags=32,
        ),
        Reading(
            end_s=1_790_000_480, duration_s=60, log=LOG, n=8, boot=3, up_s=480, register_wh=1207
        ),
    )
    assert message.extent == Extent(LOG, 7, 8)
    assert message.anchors == (Anchor(3, 420, 1_790_000_420),)
    assert message.faulty == ()


def test_a_record_without_a_clock_is_kept_for_dating() -> None:
    message = parse(f"cw/v1/{SERIAL}/readings", batch(record(1, t=None, tq=0)))
    assert [reading.end_s for reading in message.readings] == [None]
    assert message.anchors == ()


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        pytest.param({"p_w": "430"}, "str", id="number as text"),
        pytest.param({"p_w": True}, "bool", id="truth as number"),
        pytest.param({"p_w": 1.5}, "float", id="fraction of a watt"),
        pytest.param({"d_s": 0}, "d_s", id="no duration"),
        pytest.param({"d_s": 3601}, "d_s", id="longer than an hour"),
        pytest.param({"tq": 3}, "tq", id="unknown time quality"),
        pytest.param({"colour": "red"}, "colour", id="unknown field"),
        pytest.param({"tar": "x" * 17}, "tar", id="long tariff"),
        pytest.param({"up_s": -1}, "up_s", id="up before it booted"),
        pytest.param({"t": 2**70}, "t", id="beyond all time"),
    ],
)
def test_one_bad_record_costs_only_itself(bad: dict[str, Any], word: str) -> None:
    message = parse(f"cw/v1/{SERIAL}/readings", batch(record(7), record(8, **bad), record(9)))
    assert [reading.n for reading in message.readings] == [7, 9]
    assert message.extent == Extent(LOG, 7, 9)
    (fault,) = message.faulty
    assert fault.code == "wrong_shape"
    assert word in fault.detail


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_costs_only_its_record(value: float) -> None:
    payload = batch(record(7), record(8, e_wh=value), record(9))
    message = parse(f"cw/v1/{SERIAL}/readings", payload)
    assert [reading.n for reading in message.readings] == [7, 9]
    assert [fault.code for fault in message.faulty] == ["not_finite"]
    assert outline_of(payload) == Extent(LOG, 7, 9)
    with pytest.raises(PayloadError, match="not_finite"):
        parse(f"cw/v1/{SERIAL}/live", b'{"v":1,"t":1790000000,"p_w":NaN}')


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(batch(record(1))[:-9], "malformed_json", id="truncated"),
        pytest.param(b"", "malformed_json", id="empty"),
        pytest.param(b"\xff\xfe{", "malformed_json", id="not text"),
        pytest.param(batch(record(1), v=float("nan")), "wrong_shape", id="version NaN"),
        pytest.param(batch(), "wrong_shape", id="no records"),
        pytest.param(batch(*map(record, range(1, 32))), "wrong_shape", id="31 records"),
        pytest.param(batch(record(1), v=2), "wrong_shape", id="version 2"),
        pytest.param(batch(record(1), log="xyz"), "wrong_shape", id="log not hexadecimal"),
        pytest.param(batch(record(1), id="cw-7k3f9qy"), "wrong_meter", id="another meter's id"),
        pytest.param(b"[" * 4000, "wrong_shape", id="deep"),
        pytest.param(batch(record(1), src="x" * 9000), "too_large", id="over 8 KiB"),
        pytest.param(b"[1,2]", "wrong_shape", id="a list"),
        pytest.param(batch({"t": 1}), "wrong_shape", id="record without number"),
    ],
)
def test_an_unusable_message_has_one_reason(payload: bytes, code: str) -> None:
    with pytest.raises(PayloadError) as raised:
        parse(f"cw/v1/{SERIAL}/readings", payload)
    assert raised.value.code == code
    assert raised.value.detail


@pytest.mark.parametrize(
    "topic",
    [
        "cw/v1",
        f"cw/v1/{SERIAL}",
        f"cw/v1/{SERIAL}/gossip",
        f"cw/v1/{SERIAL}/readings/more",
        "cw/v1/cw-ABCDEFG/readings",
        "cw/v1/../readings",
        f"cw/v2/{SERIAL}/readings",
        "tele/plug/SENSOR",
        "",
    ],
)
def test_a_topic_nobody_owns_is_refused(topic: str) -> None:
    with pytest.raises(PayloadError) as raised:
        parse(topic, b"{}")
    assert raised.value.code == "unknown_topic"


def test_an_unreadable_batch_still_names_its_records() -> None:
    assert outline_of(batch(record(5), record(6), src="toaster")) == Extent(LOG, 5, 6)
    assert outline_of(b'{"log":"9f3a61c2","r":[{"n":"5"}]}') is None
    assert outline_of(b"{") is None


def test_hello_anchors_a_boot() -> None:
    hello = {"v": 1, "id": SERIAL, "fw": "1", "variant": "led", "boot": 4}
    anchored = hello | {"anchor": {"boot": 4, "up_s": 100, "t": 1_790_000_100}}
    message = parse(f"cw/v1/{SERIAL}/hello", json.dumps(anchored).encode())
    assert [anchor.started_s for anchor in message.anchors] == [1_790_000_000]
    assert parse(f"cw/v1/{SERIAL}/hello", json.dumps(hello).encode()).anchors == ()


def test_status_live_and_signs() -> None:
    assert not parse(f"cw/v1/{SERIAL}/status", b'{"v":1,"s":"offline"}').online
    assert parse(f"cw/v1/{SERIAL}/status", b'{"v":1,"s":"online","boot":2}').online
    live = parse(f"cw/v1/{SERIAL}/live", b'{"v":1,"t":1790000000,"p_w":1234}')
    assert live.live == LivePower(1234, 1_790_000_000)
    answer = json.dumps({"v": 1, "id": SERIAL, "cid": "c1", "ok": True}).encode()
    assert parse(f"cw/v1/{SERIAL}/res", answer).readings == ()


@pytest.mark.parametrize(
    ("pattern", "topic", "matches"),
    [
        ("cw/v1/#", "cw/v1/a/b", True),
        ("cw/v1/#", "cw/v1", True),
        ("cw/v1/#", "cw/v10/a", False),
        ("+/power", "plug/power", True),
        ("+/power", "plug/x/power", False),
        ("tele/+/SENSOR", "tele/pow1/SENSOR", True),
        ("tele/+/SENSOR", "tele/pow1/LWT", False),
    ],
)
def test_topic_filters(pattern: str, topic: str, matches: bool) -> None:
    assert TopicFilter(pattern).matches(topic) is matches


@pytest.mark.parametrize("pattern", ["", "a/#/b", "a+/b", "a#"])
def test_a_wrong_topic_filter_cannot_exist(pattern: str) -> None:
    with pytest.raises(ValueError, match="no topic filter"):
        TopicFilter(pattern)
