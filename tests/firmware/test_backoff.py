"""How long a meter waits before it tries again."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "firmware_docs" / "firmware"))
from meter.backoff import Backoff


def test_the_wait_doubles_to_its_ceiling_and_begins_anew_after_success() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.wait_s() for _ in range(10)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    backoff.succeeded()
    assert backoff.wait_s() == 1


def test_each_wait_is_a_random_part() -> None:
    assert Backoff(lambda: 0.25, first_s=4).wait_s() == 1
