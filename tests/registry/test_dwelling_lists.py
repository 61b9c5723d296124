"""Lists as spreadsheets write them, and every way they go wrong."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatt.registry.dwelling_lists import ListedDwelling, RowFault, read_dwelling_list

HEAD = "Bâtiment;Escalier;Logement\r\n"
A01 = ListedDwelling("Tilleuls", "A", "A01")


def faults_of(content: bytes | str) -> list[tuple[int, str, str]]:
    found = read_dwelling_list(content.encode() if isinstance(content, str) else content)
    return [(fault.line, fault.column, fault.code) for fault in found.faults]


@pytest.mark.parametrize(
    "content",
    [
        b"building,stairwell,dwelling\nTilleuls,A,A01\n",
        b"DWELLING;building;floor;stairwell\nA01;Tilleuls;3;A\n",
        (HEAD + "Tilleuls;A;A01").encode(),
        (HEAD + "Tilleuls;A;A01\r\n\r\n;;\r\n").encode("utf-8-sig"),
        (HEAD + "Tilleuls;A;A01\r\n").encode("cp1252"),
        b'immeuble\tescalier\tlogement\n"Tilleuls"\tA\t A01 \n',
    ],
    ids=["commas", "other order and column", "no last line end", "mark", "old Excel", "tabs"],
)
def test_a_list_as_a_spreadsheet_writes_it(content: bytes) -> None:
    found = read_dwelling_list(content)
    assert found.faults == ()
    assert list(found.rows.items()) == [(2, A01)]


def test_every_bad_row_has_its_line_and_reason() -> None:
    rows = [
        "Tilleuls;A;A01",
        ";A;A02",
        "T;A",
        "T;A;" + "x" * 41,
        "Tilleuls;A;A01",
        "=1;A;@x",
        "T;;1",
    ]
    found = read_dwelling_list((HEAD + "\r\n".join(rows)).encode())
    assert [(f.line, f.column, f.code) for f in found.faults] == [
        (3, "building", "empty_name"),
        (4, "", "wrong_width"),
        (5, "dwelling", "name_too_long"),
        (6, "dwelling", "listed_twice"),
        (7, "building", "looks_like_formula"),
        (7, "dwelling", "looks_like_formula"),
    ]
    assert list(found.rows) == [2, 8]
    assert found.faults[1] == RowFault(4, "", "wrong_width", "2")


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        ("", [(1, "", "no_rows")]),
        ("\n ; \n", [(1, "", "no_rows")]),
        (HEAD, [(1, "", "no_rows")]),
        (
            "Escalier;prix\nA;1",
            [(1, "building", "missing_column"), (1, "dwelling", "missing_column")],
        ),
        (HEAD + '"Tilleuls;A;A01\n', [(2, "", "broken_quotes")]),
        (HEAD + "T;A;1\n" * 20_001, [(1, "", "too_many_rows")]),
        ("x" * 2_000_001, [(1, "", "file_too_large")]),
        (b"\xff\xfe" + HEAD.encode("utf-16-le"), None),
        (b"\x00" * 100, None),
    ],
)
def test_a_file_that_is_no_list(
    content: bytes | str, faults: list[tuple[int, str, str]] | None
) -> None:
    found = faults_of(content)
    assert found == faults if faults is not None else found


@pytest.mark.parametrize("sign", ["\0", "\x1b", "\u202e", "\u200b", "\u2028", "\ufeff", "\ue000"])
def test_hidden_signs_are_refused(sign: str) -> None:
    assert faults_of(f"{HEAD}Til{sign}leuls;A;1") == [(2, "building", "hidden_sign")]


def test_names_written_in_two_ways_are_one() -> None:
    composed, apart = "É", unicodedata.normalize("NFD", "É")
    assert faults_of(f"{HEAD}T;{composed};1\nT;{apart};1") == [(3, "dwelling", "listed_twice")]


@given(st.binary(max_size=300))
def test_any_bytes_end_in_rows_or_faults(content: bytes) -> None:
    found = read_dwelling_list(content)
    assert found.faults or found.rows


@given(st.text(max_size=200))
def test_any_cell_ends_in_a_row_or_a_fault(text: str) -> None:
    found = read_dwelling_list((HEAD + f"T;A;{text}").encode("utf-8", "replace"))
    assert found.faults or found.rows
