"""Codes that people read and type: what is forgiven, what is caught."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from commonwatt.registry.base32 import check_symbol, in_groups, random_symbols, read_symbols
from commonwatt.registry.serials import ALPHABET

SYMBOLS = st.text(st.sampled_from(ALPHABET), min_size=1, max_size=31)


@given(symbols=SYMBOLS, place=st.integers(0, 30), other=st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_caught(symbols: str, place: int, other: str) -> None:
    place %= len(symbols)
    assume(symbols[place] != other)
    wrong = symbols[:place] + other + symbols[place + 1 :]
    assert check_symbol(wrong) != check_symbol(symbols)


@given(symbols=SYMBOLS, places=st.tuples(st.integers(0, 30), st.integers(0, 30)))
def test_any_two_swapped_are_caught(symbols: str, places: tuple[int, int]) -> None:
    first, second = (place % len(symbols) for place in places)
    assume(symbols[first] != symbols[second])
    swapped = list(symbols)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    assert check_symbol("".join(swapped)) != check_symbol(symbols)


@given(symbols=SYMBOLS)
def test_a_symbol_swapped_with_the_check_is_caught(symbols: str) -> None:
    check = check_symbol(symbols)
    assume(check != symbols[-1])
    assert check_symbol(symbols[:-1] + check) != symbols[-1]


def test_the_check_symbol_by_hand() -> None:
    """1 is 2 in the field, times 2; 2 then 3: ((2*2) ^ 3) * 2 = 7 * 2 = 14 = e; 16*2 folds to 5."""
    assert check_symbol("1") == "2"
    assert check_symbol("23") == "e"
    assert check_symbol("g") == "5"


@given(symbols=SYMBOLS, size=st.integers(1, 6))
def test_what_is_printed_is_read_again(symbols: str, size: int) -> None:
    assert read_symbols(in_groups(symbols, size)) == symbols


def test_slips_that_are_forgiven() -> None:
    assert read_symbols(" oO0-iIlL1 \u2013 abc\u00a0") == "00011111abc"


def test_draws_use_the_whole_alphabet() -> None:
    assert set(random_symbols(2000)) == set(ALPHABET)
