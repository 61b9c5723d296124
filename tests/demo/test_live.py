"""Live meters go on in their log, catch up after a pause, and never count twice."""

from __future__ import annotations

from itertools import pairwise

import pytest

from commonwatt.demo.live import PERIOD_S, LogPosition, measure_until
from commonwatt.model import HALF_HOUR_S
from commonwatt.recordings.payloads import message_of
from ingest.adapters import parse

SERIAL = "cw-7k3f9qx"
POSITION = LogPosition(
    log=0x9F3A61C2, boot=4, n=100, end_s=1_790_812_800, register_wh=5000.0, booted_s=1_790_812_800
)


def records(behind_s: int) -> list[tuple[int, int, int, float]]:
    now_s = POSITION.end_s + behind_s
    return [
        (reading.n, reading.end_s or 0, reading.duration_s, reading.register_wh or 0.0)
        for batch, _ in measure_until(7, POSITION, now_s)
        for reading in batch
    ]


@pytest.mark.parametrize("behind_s", [0, 9, 10, 35, 3600, 100_000])
def test_it_catches_up_with_the_clock_without_a_hole(behind_s: int) -> None:
    said = [(POSITION.n, POSITION.end_s, 0, POSITION.register_wh), *records(behind_s)]
    assert POSITION.end_s + behind_s - said[-1][1] < PERIOD_S
    for (n, end_s, _, register_wh), (next_n, next_end_s, duration_s, next_wh) in pairwise(said):
        assert next_n == n + 1
        assert next_end_s - duration_s == end_s
        assert 0 <= next_wh - register_wh < 12_000 * duration_s / 3600


def test_a_long_pause_is_told_in_half_hours() -> None:
    durations = [duration_s for _, _, duration_s, _ in records(100_000)]
    assert durations.count(HALF_HOUR_S) == 54
    assert len(durations) < 800


def test_what_is_said_is_protocol_v1() -> None:
    ((batch, after),) = measure_until(7, POSITION.rebooted(), POSITION.end_s + 20)
    message = parse(f"cw/v1/{SERIAL}/readings", message_of(SERIAL, batch).payload)
    assert message.readings == tuple(batch)
    assert (after.n, after.boot) == (102, 5)
    assert [reading.up_s for reading in batch] == [10, 20]
