"""The fast way gives what the careful way gives, and hands over whatever is not clean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.bulk import bulk_energy, clean_energy_wh
from commonwatt.core.energy import bucket_energy, spans_of
from commonwatt.errors import SeriesError
from commonwatt.model import NO_LOG
from tests.core.readings import readings

P_MAX_W = 12_000.0
NAN = float("nan")


@st.composite
def registers(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    """A register read now and then, and sometimes something wrong with it."""
    count = draw(st.integers(1, 60))
    gaps_s = draw(st.lists(st.sampled_from([10, 30, 60, 61, 180]), min_size=count, max_size=count))
    use_wh = draw(st.lists(st.integers(0, 30), min_size=count, max_size=count))
    time_s, register_wh = np.cumsum(gaps_s) * 1.0, np.cumsum(use_wh) * 1.0
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, count - 1))
        wrong = draw(st.sampled_from(["nan", "reset", "leap", "gap"]))
        if wrong == "gap":
            time_s[place:] += 5000
        elif wrong == "nan":
            register_wh[place] = NAN
        else:
            register_wh[place:] += -40 if wrong == "reset" else 9000
    return time_s, np.maximum(register_wh, 0), draw(st.sampled_from([NO_LOG, 7]))


@settings(deadline=None, max_examples=200)
@given(registers(), st.booleans(), st.integers(0, 2000))
def test_both_ways_agree(
    given_register: tuple[np.ndarray, np.ndarray, int], zero_based: bool, start_s: int
) -> None:
    time_s, register_wh, log = given_register
    series = readings(time_s, register_wh, log=log)
    edges_s = start_s + np.arange(0.0, 12_000.0, 700.0)
    fast = bulk_energy(series, edges_s, zero_based=zero_based, p_max_w=P_MAX_W)
    spans = spans_of(series, zero_based=zero_based, p_max_w=P_MAX_W)
    careful = bucket_energy(spans, edges_s)
    for name in ("energy_wh", "register_wh", "power_wh", "estimated_wh", "covered_s"):
        np.testing.assert_allclose(getattr(fast, name), getattr(careful, name), atol=1e-6)


def test_a_clean_register_by_hand() -> None:
    # 6 Wh a minute; from 90 s to 150 s one minute of it, before 60 s nothing is known.
    time_s, register_wh = np.arange(60.0, 301, 60), np.arange(6.0, 31, 6)
    found = clean_energy_wh(
        time_s, register_wh, np.array([0.0, 90, 150, 400]), hold_s=180, p_max_w=P_MAX_W
    )
    assert found is not None
    assert found.tolist() == [3, 6, 15]


@pytest.mark.parametrize(
    ("time_s", "register_wh"),
    [
        ([0, 60, 60], [0, 1, 1]),
        ([0, 60, 30], [0, 1, 2]),
        ([0, 60, 241], [0, 1, 2]),
        ([0, 60, 120], [5, 6, 5]),
        ([0, 60, 120], [0, 1, 203]),
        ([0, 60, 120], [0, NAN, 2]),
        ([0, NAN, 120], [0, 1, 2]),
    ],
    ids=["at once", "back", "gap", "fall", "leap", "no register", "no time"],
)
def test_what_is_not_clean_is_not_read_off(time_s: list[float], register_wh: list[float]) -> None:
    arrays = np.array(time_s, float), np.array(register_wh, float), np.array([0.0, 100.0])
    assert clean_energy_wh(*arrays, hold_s=180, p_max_w=P_MAX_W) is None


def test_the_limits_themselves_are_clean() -> None:
    # 12 kW over a minute are 200 Wh, and one for the resolution.
    time_s, edges_s = np.array([0.0, 180, 240]), np.array([0.0, 240])
    register_wh = np.array([0.0, 0, 201])
    found = clean_energy_wh(time_s, register_wh, edges_s, hold_s=180, p_max_w=P_MAX_W)
    assert found is not None
    assert found.tolist() == [201]


def test_edges_that_are_none_are_refused() -> None:
    with pytest.raises(SeriesError, match="two edges or more"):
        bulk_energy(readings([60], [1]), np.array([1.0]), zero_based=False, p_max_w=P_MAX_W)
