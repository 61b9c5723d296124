"""Heating half as much as one's neighbours leads to help, not to praise."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatt.core.deprivation import find_restricted_heating
from commonwatt.errors import SeriesError
from commonwatt.model import Severity

PEERS_WH = np.linspace(2e6, 4e6, 11)
PEERS_W = np.linspace(50, 150, 11)


def test_half_of_the_median_with_a_low_load_is_told() -> None:
    found = find_restricted_heating(1.4e6, 60, PEERS_WH, PEERS_W)
    assert found is not None
    assert (found.code, found.severity) == ("restricted_heating", Severity.WARNING)
    assert found.facts == {"share": pytest.approx(1.4 / 3), "homes": 11}


@pytest.mark.parametrize(
    ("heating_wh", "always_on_w"),
    [(1.5e6, 60), (3e6, 60), (1.4e6, 101)],
)
def test_enough_heat_or_a_high_load_is_not(heating_wh: float, always_on_w: float) -> None:
    assert find_restricted_heating(heating_wh, always_on_w, PEERS_WH, PEERS_W) is None


def test_a_load_at_the_median_is_low_enough() -> None:
    assert find_restricted_heating(1e6, 100, PEERS_WH, PEERS_W) is not None


def test_ten_peers_are_no_comparison() -> None:
    assert find_restricted_heating(0, 60, PEERS_WH[:10], PEERS_W[:10]) is None
    unknown_wh = PEERS_WH.copy()
    unknown_wh[0] = np.nan
    assert find_restricted_heating(0, 60, unknown_wh, PEERS_W) is None


def test_peers_that_do_not_heat_are_no_measure() -> None:
    assert find_restricted_heating(0, 60, np.zeros(11), PEERS_W) is None


def test_columns_of_two_lengths_are_refused() -> None:
    with pytest.raises(SeriesError, match="differ in length"):
        find_restricted_heating(0, 60, PEERS_WH, PEERS_W[:10])
