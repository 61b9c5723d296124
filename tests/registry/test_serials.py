"""Serials catch slips of the pen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatt.errors import RegistryError
from commonwatt.registry.serials import ALPHABET, check_serial, derived_serial, new_serial

SYMBOLS = st.sampled_from(ALPHABET)


@given(seed=st.text())
def test_a_derived_serial_is_always_the_same_and_sound(seed: str) -> None:
    assert derived_serial("study", seed) == derived_serial("study", seed)
    assert check_serial(derived_serial("study", seed)) == derived_serial("study", seed)


def test_new_serials_differ() -> None:
    assert len({new_serial() for _ in range(200)}) == 200


@given(place=st.integers(0, 6), symbol=SYMBOLS)
def test_any_single_slip_is_caught(place: int, symbol: str) -> None:
    serial = derived_serial("slip", place, symbol)
    symbols = list(serial.removeprefix("cw-"))
    if symbols[place] == symbol:
        return
    symbols[place] = symbol
    with pytest.raises(RegistryError, match="slip"):
        check_serial("cw-" + "".join(symbols))


@pytest.mark.parametrize("typed", ["", "cw-", "cw-7k3f9q", "7k3f9qy", "cw-7k3f9qyy", "cw-7k3f9qu"])
def test_what_is_no_serial_is_refused(typed: str) -> None:
    with pytest.raises(RegistryError, match="no serial"):
        check_serial(typed)


def test_capitals_and_spaces_are_forgiven() -> None:
    assert check_serial(" CW-7K3F9QY ") == "cw-7k3f9qy"
