"""What a recording becomes in protocol v1, and that nothing is lost on the way."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatt.errors import SeriesError
from commonwatt.recordings.payloads import (
    RECORDS_PER_MESSAGE,
    log_ids_of,
    messages_of,
    readings_of,
)
from commonwatt.recordings.recording import Recording, from_power, from_register
from ingest.adapters import v1

SERIAL = "cw-7k3f9qx"
RECORD_FIELDS = {"n", "t", "tq", "up_s", "d_s", "e_wh", "p_w", "f"}


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    count = draw(st.integers(1, 95))
    durations = st.lists(st.integers(1, 3600), min_size=count, max_size=count)
    gaps = st.lists(st.sampled_from([0, 0, 0, 1, 86_400]), min_size=count, max_size=count)
    powers = st.lists(st.floats(0, 40_000) | st.just(float("nan")), min_size=count, max_size=count)
    duration_s = np.array(draw(durations))
    first_s = draw(st.integers(1_000_000_000, 1_700_000_000))
    end_s = (first_s + np.cumsum(duration_s + draw(gaps))).astype(np.int64)
    power_w = np.array(draw(powers))
    flags = draw(st.sampled_from([0, 32]))
    if not np.isnan(power_w).any():
        return from_power("home", end_s, duration_s, power_w, flags)
    rises = st.lists(st.floats(-5e3, 5e5), min_size=count, max_size=count)
    register_wh = np.clip(np.cumsum(draw(rises)), 0, None)
    return from_register("home", end_s, duration_s, power_w, register_wh)


@given(recordings())
def test_messages_hold_exactly_the_records(recording: Recording) -> None:
    log_ids = log_ids_of(recording, SERIAL)
    messages = list(messages_of(recording, SERIAL, log_ids))
    parsed = [v1.parse(f"cw/v1/{SERIAL}/readings", message.payload) for message in messages]
    assert not any(message.faulty for message in parsed)
    said = [reading for message in parsed for reading in message.readings]
    assert said == list(readings_of(recording, log_ids))
    assert [reading.end_s for reading in said] == recording.end_s.tolist()
    assert [reading.duration_s for reading in said] == recording.duration_s.tolist()
    assert [reading.register_wh for reading in said] == recording.register_wh.tolist()
    assert [log_ids.index(f"{reading.log:08x}") for reading in said] == (
        recording.log_index.tolist()
    )


@given(recordings())
def test_messages_obey_the_field_rules(recording: Recording) -> None:
    numbers: dict[str, list[int]] = {}
    for message in messages_of(recording, SERIAL, log_ids_of(recording, SERIAL)):
        body = json.loads(message.payload)
        assert set(body) == {"v", "id", "log", "boot", "src", "r"}
        assert (body["v"], body["id"], body["src"]) == (1, SERIAL, "sim")
        assert body["log"] == message.log
        assert b" " not in message.payload
        assert 1 <= len(body["r"]) <= RECORDS_PER_MESSAGE
        assert len(message.payload) < 8192
        numbers.setdefault(message.log, []).extend(record["n"] for record in body["r"])
        assert (message.first_n, message.last_n) == (body["r"][0]["n"], body["r"][-1]["n"])
        assert message.end_s == body["r"][-1]["t"]
        for record in body["r"]:
            assert set(record) <= RECORD_FIELDS
            assert record["tq"] == 2
            assert record["up_s"] >= record["d_s"]
            assert record["e_wh"] == round(record["e_wh"], 3)
            assert isinstance(record.get("p_w", 0), int)
            assert record.get("f", 0) == recording.flags
    assert all(sent == list(range(1, len(sent) + 1)) for sent in numbers.values())


@given(recordings())
def test_each_log_is_a_boot_whose_clock_starts_with_it(recording: Recording) -> None:
    for reading in readings_of(recording, log_ids_of(recording, SERIAL)):
        first = recording.log_first[reading.boot - 1]
        assert reading.end_s is not None
        assert reading.up_s == reading.end_s - recording.start_s[first]


@given(st.lists(st.floats(0, 40_000), min_size=2, max_size=50), st.data())
def test_energy_of_the_logs_adds_up_to_that_of_the_file(
    powers: list[float], data: st.DataObject
) -> None:
    power_w = np.array(powers)
    duration_s = np.full(power_w.size, 60)
    gaps = st.lists(st.sampled_from([0, 60]), min_size=power_w.size, max_size=power_w.size)
    end_s = (1_700_000_000 + np.cumsum(duration_s + data.draw(gaps))).astype(np.int64)
    home = from_power("home", end_s, duration_s, power_w)
    last = np.append(home.log_first[1:] - 1, power_w.size - 1)
    assert home.register_wh[last].sum() == pytest.approx(power_w.sum() / 60, abs=0.00051)


def small() -> Recording:
    end_s = 1_700_000_000 + 60 * np.array([1, 2, 5])
    return from_power("home", end_s, np.full(3, 60), np.array([600.0, 120.5, 90.0]))


def test_payload_to_the_letter() -> None:
    log_ids = ("9f3a61c2", "00000001")
    first, second = messages_of(small(), SERIAL, log_ids)
    assert first.payload == (
        b'{"v":1,"id":"cw-7k3f9qx","log":"9f3a61c2","boot":1,"src":"sim","r":['
        b'{"n":1,"t":1700000060,"tq":2,"up_s":60,"d_s":60,"e_wh":10.0,"p_w":600},'
        b'{"n":2,"t":1700000120,"tq":2,"up_s":120,"d_s":60,"e_wh":12.008,"p_w":120}]}'
    )
    assert (first.first_n, first.last_n, first.records, first.up_s) == (1, 2, 2, 120)
    assert (second.log, second.boot, second.first_n, second.end_s) == (
        "00000001",
        2,
        1,
        1_700_000_300,
    )


def test_log_ids_are_the_same_again_and_different_otherwise() -> None:
    ids = log_ids_of(small(), SERIAL)
    assert ids == log_ids_of(small(), SERIAL)
    everyone = {*ids, *log_ids_of(small(), SERIAL, seed=1), *log_ids_of(small(), "cw-7k3f9qy")}
    assert len(everyone) == 6


def build(**changes: object) -> Recording:
    columns: dict[str, object] = {
        "end_s": np.array([60, 120]),
        "duration_s": np.array([60, 60]),
        "power_w": np.array([1.0, np.nan]),
        "register_wh": np.array([1.0, 2.0]),
        "log_index": np.array([0, 0]),
    }
    return Recording("home", **(columns | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"end_s": np.array([60, 119])}, "overlap"),
        ({"end_s": np.array([120, 60])}, "order"),
        ({"end_s": np.array([60])}, "lengths"),
        ({"duration_s": np.array([0, 60])}, "lasts"),
        ({"duration_s": np.array([60, 3601])}, "lasts"),
        ({"register_wh": np.array([2.0, 1.0])}, "falls"),
        ({"register_wh": np.array([-1.0, 1.0])}, "between"),
        ({"register_wh": np.array([1.0, np.nan])}, "between"),
        ({"power_w": np.array([1.0, np.inf])}, "finite"),
        ({"log_index": np.array([0, 2])}, "numbered"),
        ({"log_index": np.array([1, 1])}, "numbered"),
    ],
)
def test_recording_cannot_exist_wrong(changes: dict[str, object], reason: str) -> None:
    build()
    with pytest.raises(SeriesError, match=reason):
        build(**changes)


def test_recording_cannot_be_changed() -> None:
    home = build()
    with pytest.raises(ValueError, match="read-only"):
        home.power_w[0] = 5.0
