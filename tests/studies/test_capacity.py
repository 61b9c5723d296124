"""The arithmetic of capacity, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commonwatt.studies.capacity import Measured, plan

SEEN = Measured(
    reading_b=100,
    half_hour_b=100,
    day_b=100,
    readings_a_core_s=20_000,
    page_s=0.05,
    restore_mb_s=50,
    rollup_s=0.01,
)


def test_a_thousand_meters_by_hand() -> None:
    told = plan(1000, SEEN)
    # 30 days x 1,440 + 395 days x 48 + 1,095 rows of 100 bytes are 6.3255 MB a meter.
    assert told.disk_gb == pytest.approx(6.3255)
    assert told.rate_per_s == pytest.approx(16.667, abs=0.001)
    # (2 x 1,440 + 31 x 48) rows of 100 bytes, one process of each kind, and what is spare.
    assert told.memory_gb == pytest.approx(0.4368 + 0.080 + 0.120 + 0.512)
    assert (told.ingest_cores, told.web_cores) == (1, 1)
    assert told.rollup_lag_s == pytest.approx(10)
    assert told.restore_h == pytest.approx(6325.5 / 50 / 3600)


def test_a_million_meters_need_more_of_everything() -> None:
    told = plan(1_000_000, SEEN)
    assert told.rate_per_s == pytest.approx(16_667, abs=1)
    assert told.ingest_cores == 2
    # 2 million pages a day, ten times the mean, 50 ms each, half busy: 23.1 cores.
    assert told.web_cores == 24


@pytest.mark.parametrize("slower", [{"page_s": 0.5}, {"readings_a_core_s": 1_000}])
def test_slower_programs_need_more_cores(slower: dict[str, float]) -> None:
    fast, slow = plan(1_000_000, SEEN), plan(1_000_000, replace(SEEN, **slower))
    assert slow.ingest_cores + slow.web_cores > fast.ingest_cores + fast.web_cores
