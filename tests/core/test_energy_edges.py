"""Energy at the very edges: spans that end where a bucket begins, and buckets that are none."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.energy import bucket_energy
from commonwatt.core.series import REGISTER, EnergySpans
from commonwatt.errors import SeriesError

NAN = float("nan")


def span(start_s: float, end_s: float) -> EnergySpans:
    times_s = np.array([start_s], float), np.array([end_s], float)
    return EnergySpans(*times_s, np.array([2.0]), np.array([REGISTER], np.uint8))


@pytest.mark.parametrize(
    ("start_s", "end_s", "energy_wh"),
    [
        (60, 120, [NAN, 2, NAN]),
        (0, 60, [2, NAN, NAN]),
        (120, 180, [NAN, NAN, 2]),
        (-60, 0, [NAN, NAN, NAN]),
        (180, 240, [NAN, NAN, NAN]),
    ],
)
def test_a_bucket_that_a_span_only_touches_stays_unknown(
    start_s: float, end_s: float, energy_wh: list[float]
) -> None:
    # A piece of no seconds is no 0 Wh: nothing was measured in the bucket next door.
    buckets = bucket_energy(span(start_s, end_s), np.array([0.0, 60.0, 120.0, 180.0]))
    np.testing.assert_equal(buckets.energy_wh, energy_wh)


def test_no_edges_at_all_are_refused_by_name() -> None:
    with pytest.raises(SeriesError, match=r"two edges or more were expected, not an array \(0,\)"):
        bucket_energy(span(0, 60), np.empty(0))
