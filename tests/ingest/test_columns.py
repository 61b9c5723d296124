"""Messages taken at once are what their adapter and the judge make of them one by one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.errors import PayloadError
from commonwatt.storage.meters import Meter
from commonwatt.storage.readings import Sign
from commonwatt.storage.rows import ReadingRows
from ingest import adapters
from ingest.adapters import v1_columns
from ingest.adapters.message import Extent, Message
from ingest.columns import Speaker, open_all, take
from ingest.sorting import Envelope, rows_of
from ingest.validate import Verdict, judge

NOW_S = 1_790_000_000.0
METERS = {
    serial: Meter(number, serial, "led", "provisioned", 12_000, backlog_days)
    for number, (serial, backlog_days) in enumerate(
        [("cw-7k3f9qy", 30), ("cw-2m8x4dw", None)], start=1
    )
}
PAGE = (Path(__file__).parents[2] / "firmware_docs" / "protocol" / "v1.md").read_text("utf-8")
SAMPLES = [
    json.loads(block)
    for block in re.findall(r"`cw/v1/[^/]+/columns`\n\n```json\n(.*?)```", PAGE, re.DOTALL)
]


def speakers(batch: list[Envelope]) -> dict[str, Speaker]:
    serials = {envelope.topic: envelope.topic.split("/")[2] for envelope in batch}
    return {
        topic: Speaker(serial, METERS.get(serial), is_mounted=False)
        for topic, serial in serials.items()
    }


def heard(envelope: Envelope) -> tuple[Message, Verdict] | None:
    """What the adapter and the judge make of one message; None if anything of it is refused."""
    try:
        message = adapters.parse(envelope.topic, envelope.payload)
    except PayloadError:
        return None
    meter = METERS.get(message.serial)
    if meter is None or not message.readings or message.faulty:
        return None
    if any(reading.end_s is None for reading in message.readings):
        return None
    verdict = judge(message, meter, {}, NOW_S)
    return None if verdict.refused else (message, verdict)


def rows_one_by_one(told: list[tuple[Message, Verdict]]) -> ReadingRows:
    return rows_of([(METERS[m.serial].meter_id, r) for m, v in told for r in v.accepted])


def assert_same_rows(found: ReadingRows, expected: ReadingRows) -> None:
    for name in ReadingRows.__slots__:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


odd_values: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, 1.5, 2**70, 1e300, "x", [], 100_001, -100_000, 4_294_967_296, 1e-3]
)
ends_s = st.integers(int(NOW_S) - 3000, int(NOW_S) + 500)


def sometimes_odd(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 19).flatmap(lambda one: odd_values if one == 0 else usual)


records = st.fixed_dictionaries(
    {
        "n": sometimes_odd(st.integers(1, 50)),
        "up_s": sometimes_odd(st.integers(0, 10**6)),
        "d_s": sometimes_odd(st.integers(1, 3600)),
        "t": sometimes_odd(ends_s),
    },
    optional={
        "tq": st.sampled_from([0, 1, 2]),
        "e_wh": sometimes_odd(st.floats(0, 60_000) | st.integers(0, 9000)),
        "p_w": sometimes_odd(st.integers(-3000, 9000)),
        "s_va": sometimes_odd(st.integers(0, 9000)),
        "i_ma": sometimes_odd(st.integers(0, 9000)),
        "tar": sometimes_odd(st.text(max_size=17)),
        "f": sometimes_odd(st.integers(0, 63)),
    },
)


@st.composite
def columns(draw: st.DrawFn) -> dict[str, Any]:
    size = draw(st.integers(1, 4))
    delta = draw(st.booleans())
    steps = st.integers(1, 60) if delta else ends_s

    def array(usual: st.SearchStrategy[Any]) -> list[Any]:
        length = size if draw(st.integers(0, 19)) else size + 1
        return [draw(sometimes_odd(usual)) for _ in range(length)]

    told: dict[str, Any] = {"d_s": draw(sometimes_odd(st.integers(1, 3600))), "delta": delta}
    told["n"] = array(st.integers(1, 50))
    told["t"] = [draw(ends_s), *array(steps)][:size] if delta else array(ends_s)
    for name, usual in (("e_wh", st.floats(0, 9000)), ("p_w", st.integers(-99, 9000))):
        if draw(st.booleans()):
            told[name] = array(usual)
    return told


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    serial = draw(st.sampled_from([*METERS, "cw-0000000"]))
    claimed = draw(st.sampled_from([serial] * 9 + ["cw-7k3f9qy"]))
    head: dict[str, Any] = {
        "v": 1,
        "id": claimed,
        "log": draw(st.sampled_from(["0000000a", "b" * 8])),
    }
    head |= {"boot": draw(sometimes_odd(st.integers(1, 9))), "src": "led"}
    kind = draw(st.sampled_from(["readings", "readings", "columns", "live"]))
    if kind == "readings":
        body = json.dumps(head | {"r": draw(st.lists(records, max_size=4))})
    elif kind == "columns":
        body = json.dumps(head | draw(columns()))
    else:
        body = json.dumps({"v": 1, "t": int(NOW_S), "p_w": 5})
    garbled = draw(st.integers(0, 29))
    if garbled == 0:
        body = body.replace("1", "NaN", 1)
    elif garbled == 1:
        body = body[:-1] if draw(st.booleans()) else body + body
    return Envelope(f"cw/v1/{serial}/{kind}", body.encode(), NOW_S + draw(st.integers(0, 9)))


@settings(max_examples=100, deadline=None)
@given(st.lists(envelopes(), max_size=12))
def test_taken_at_once_is_heard_one_by_one(batch: list[Envelope]) -> None:
    taken, rest = take(open_all(batch), speakers(batch), NOW_S)
    odd = {e.topic.split("/")[2] for e in batch if heard(e) is None}
    assert rest == [e for e in batch if e.topic.split("/")[2] in odd]
    told = [(e, heard(e)) for e in batch if e.topic.split("/")[2] not in odd]
    assert_same_rows(taken.rows, rows_one_by_one([both for _, both in told if both]))
    assert taken.signs == signs_one_by_one(told)
    numbers = {
        (m.serial, m.extent.log, n)
        for _, both in told
        if both
        for m in [both[0]]
        if m.extent
        for n in range(m.extent.first_n, m.extent.last_n + 1)
    }
    receipted = {
        (serial, extent.log, n)
        for serial, extent in taken.extents
        for n in range(extent.first_n, extent.last_n + 1)
    }
    assert receipted == numbers


def signs_one_by_one(
    told: list[tuple[Envelope, tuple[Message, Verdict] | None]],
) -> list[Sign]:
    """The last sign of each meter, with its newest power, as `see_meters` would keep it."""
    last: dict[int, Sign] = {}
    for envelope, both in told:
        assert both
        meter_id, live = METERS[both[0].serial].meter_id, both[1].live
        sign = Sign(
            meter_id,
            envelope.received_s,
            power_w=live.power_w if live else None,
            power_s=live.at_s if live else None,
        )
        before = last.get(meter_id, sign)
        if (before.power_s or 0) > (sign.power_s or 0):
            sign = replace(sign, power_w=before.power_w, power_s=before.power_s)
        last[meter_id] = sign
    return list(last.values())


def readings(serial: str, first_n: int, last_n: int, log: str = "0000000a") -> Envelope:
    body = {"v": 1, "id": serial, "log": log, "boot": 1, "src": "led"}
    body["r"] = [
        {"n": n, "t": int(NOW_S), "up_s": 1, "d_s": 60} for n in range(first_n, last_n + 1)
    ]
    return Envelope(f"cw/v1/{serial}/readings", json.dumps(body).encode(), NOW_S)


def test_receipts_join_what_leaves_no_hole() -> None:
    one, other = METERS
    batch = [
        readings(one, 3, 4),
        readings(other, 5, 5),
        readings(one, 1, 2),
        readings(one, 4, 6),
        readings(one, 8, 9),
        readings(one, 10, 10, log="0000000b"),
    ]
    assert take(open_all(batch), speakers(batch), NOW_S)[0].extents == [
        (one, Extent(10, 1, 6)),
        (one, Extent(10, 8, 9)),
        (one, Extent(11, 10, 10)),
        (other, Extent(10, 5, 5)),
    ]


@pytest.mark.parametrize("log", ["0000000A", "a", "0x00000a", "+000000a", "0000000a\n"])
def test_a_log_that_is_no_number_of_ours_is_left_to_the_adapter(log: str) -> None:
    batch = [readings(next(iter(METERS)), 1, 1, log)]
    taken, rest = take(open_all(batch), speakers(batch), NOW_S)
    assert not len(taken.rows)
    assert rest == batch


def test_who_speaks_for_another_is_left_to_the_adapter() -> None:
    one, other = METERS
    envelope = msgspec.structs.replace(readings(one, 1, 1), topic=f"cw/v1/{other}/readings")
    assert take(open_all([envelope]), speakers([envelope]), NOW_S)[1] == [envelope]


def parse(told: dict[str, Any]) -> Message:
    return adapters.parse(f"cw/v1/{told['id']}/columns", json.dumps(told).encode())


def test_the_samples_of_the_page_say_the_same() -> None:
    plain, differences = map(parse, SAMPLES)
    assert plain == differences
    assert plain.extent == Extent(0x9F3A61C2, 1231, 1233)
    assert [(r.n, r.end_s, r.register_wh, r.power_w, r.duration_s) for r in plain.readings] == [
        (1231, 1_790_000_160, 51887, 420, 60),
        (1232, 1_790_000_220, 51894.5, 450, 60),
        (1233, 1_790_000_280, 51901.25, 405, 60),
    ]


def test_differences_in_thousandths_do_not_drift() -> None:
    told = SAMPLES[1] | {"n": [1] * 500, "t": [1_790_000_000] + [60] * 499}
    del told["p_w"]
    message = parse(told | {"e_wh": [0.001] * 500})
    assert [r.register_wh for r in message.readings] == [n / 1000 for n in range(1, 501)]


@pytest.mark.parametrize(
    "change",
    [
        {"n": [0, 1, 1]},
        {"n": [2**53, 1, 1]},
        {"t": [2**40, 1, 1]},
        {"e_wh": [1, 1]},
        {"p_w": [1, 2, 3, 4]},
        {"p_w": [1, None, 3]},
        {"d_s": 0},
        {"watts": [1, 2, 3]},
    ],
    ids=str,
)
def test_columns_of_another_shape_are_refused_whole(change: dict[str, Any]) -> None:
    with pytest.raises(PayloadError, match="wrong_shape"):
        parse(SAMPLES[1] | change)


@pytest.mark.parametrize(
    ("sample", "change", "extent"),
    [
        (0, {"p_w": "x"}, Extent(0x9F3A61C2, 1231, 1233)),
        (1, {"p_w": "x"}, Extent(0x9F3A61C2, 1231, 1233)),
        (1, {"n": [-5, 1, 1]}, None),
        (1, {"n": "x"}, None),
    ],
)
def test_a_refused_message_is_receipted_by_its_outline(
    sample: int, change: dict[str, Any], extent: Extent | None
) -> None:
    assert v1_columns.outline_of(json.dumps(SAMPLES[sample] | change).encode()) == extent
