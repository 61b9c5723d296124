"""The meter's log: a power cut at any byte, a ring that runs over, receipts; and what the service reads."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from ingest.adapters import v1

sys.path.insert(0, str(Path(__file__).parents[2] / "firmware_docs" / "firmware"))
from meter import protocol, ringlog

LOG, CAPACITY = 0x9F3A61C2, 8


def opened(stored: bytes) -> ringlog.RingLog:
    return ringlog.RingLog(io.BytesIO(stored), CAPACITY, LOG, lambda: None)


def written(records: int) -> tuple[bytes, ringlog.RingLog]:
    file = io.BytesIO(bytes(32 + 32 * CAPACITY))
    ring = ringlog.RingLog(file, CAPACITY, LOG, lambda: None)
    for n in range(1, records + 1):
        ring.append(1790000000 + 60 * n, 60 * n, 1, 60, 2, 0, 7000 * n, 420)
    return file.getvalue(), ring


def numbers(ring: ringlog.RingLog) -> list[int]:
    return [record[0] for record in ring.waiting(30)]


@pytest.mark.parametrize("before", [3, 8, 13])
def test_a_cut_at_any_byte_costs_only_the_record_being_written(before: int) -> None:
    old, new = written(before)[0], written(before + 1)[0]
    first = 32 + before % CAPACITY * 32
    oldest = max(1, before - CAPACITY + 1)
    for cut in range(32):
        torn = old[:first] + new[first : first + cut] + old[first + cut :]
        ring = opened(torn)
        assert ring.newest == before
        kept = set(range(oldest, before + 1))
        assert kept - set(numbers(ring)) <= {before + 1 - CAPACITY}


def test_a_ring_that_runs_over_keeps_the_register_exact_and_shows_the_gap() -> None:
    ring = opened(written(20)[0])
    records = ring.waiting(30)
    assert [record[0] for record in records] == list(range(13, 21))
    assert ring.overwritten == 12
    assert records[-1][7] == 20 * 7000


def test_a_receipt_frees_its_records_and_survives_a_restart() -> None:
    file = io.BytesIO(written(8)[0])
    ring = ringlog.RingLog(file, CAPACITY, LOG, lambda: None)
    ring.receipt(LOG + 1, 7)
    ring.receipt(LOG, 3)
    ring.receipt(LOG, 5)
    assert numbers(opened(file.getvalue())) == [6, 7, 8]


def test_another_log_is_not_taken_for_ones_own() -> None:
    ring = ringlog.RingLog(io.BytesIO(written(8)[0]), CAPACITY, LOG + 1, lambda: None)
    assert ring.newest == 0


def test_a_message_never_mixes_boots() -> None:
    _, ring = written(3)
    ring.append(0, 60, 2, 60, 0, 0, 22000, 1)
    assert numbers(ring) == [1, 2, 3]


def test_the_service_reads_what_the_meter_writes() -> None:
    _, ring = written(3)
    payload = protocol.readings("cw-7k3f9qy", LOG, "led", ring.waiting(30))
    message = v1.parse("cw/v1/cw-7k3f9qy/readings", payload)
    assert not message.faulty
    assert [reading.register_wh for reading in message.readings] == [7.0, 14.0, 21.0]
    hello = protocol.hello("cw-7k3f9qy", "led", 1, LOG, (1, 3), 180, 1790000180)
    assert len(v1.parse("cw/v1/cw-7k3f9qy/hello", hello).anchors) == 1
    v1.parse("cw/v1/cw-7k3f9qy/event", protocol.event("cw-7k3f9qy", 1, 5, 0, "light", {}))
    assert v1.parse("cw/v1/cw-7k3f9qy/status", protocol.status()).online is False


def test_a_receipt_of_the_service_is_read() -> None:
    assert protocol.read_ack(b'{"v":1,"log":"9f3a61c2","from":1,"n":3,"t":9}') == (LOG, 1, 3, 9, 0)
    assert protocol.read_ack(b"[1]") is None
