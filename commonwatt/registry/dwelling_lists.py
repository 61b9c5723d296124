"""Lists of buildings, stairwells and dwellings as landlords' spreadsheets write them."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass

LARGEST_BYTES = 2_000_000
MOST_ROWS = 20_000
COLUMNS = ("building", "stairwell", "dwelling")
_NAMES = {
    "building": "building",
    "bâtiment": "building",
    "batiment": "building",
    "immeuble": "building",
    "stairwell": "stairwell",
    "escalier": "stairwell",
    "dwelling": "dwelling",
    "logement": "dwelling",
}
_LONGEST = {"building": 80, "stairwell": 40, "dwelling": 40}
_FORMULA = ("=", "+", "-", "@")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a cell cannot be used: its line, its column, the reason's code, and what stood there."""

    line: int
    column: str
    code: str
    found: str


@dataclass(frozen=True, slots=True, order=True)
class ListedDwelling:
    """One line of a list."""

    building: str
    stairwell: str
    dwelling: str


@dataclass(frozen=True, slots=True)
class DwellingList:
    """The lines that can be used, by their number, and every fault of the others."""

    rows: dict[int, ListedDwelling]
    faults: tuple[RowFault, ...]


def read_dwelling_list(content: bytes) -> DwellingList:
    """Read a list with `;`, `,` or tabs, in UTF-8 with or without its mark, or as old Excel writes."""
    if len(content) > LARGEST_BYTES:
        return _refused("file_too_large", str(len(content)))
    text = _decode(content)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    try:
        numbered = [(lines.line_num, cells) for cells in lines if any(c.strip() for c in cells)]
    except csv.Error:
        return _refused("broken_quotes", "", lines.line_num)
    if not numbered:
        return _refused("no_rows", "")
    (line, head), *rows = numbered
    if missing := set(COLUMNS) - set(_columns(head)):
        faults = (RowFault(line, name, "missing_column", "") for name in sorted(missing))
        return DwellingList({}, tuple(faults))
    if not rows or len(rows) > MOST_ROWS:
        return _refused("too_many_rows" if rows else "no_rows", str(len(rows)))
    return _judge_rows(_columns(head), rows)


def _refused(code: str, found: str, line: int = 1) -> DwellingList:
    return DwellingList({}, (RowFault(line, "", code, found),))


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _separator(text: str) -> str:
    head = text.lstrip().partition("\n")[0]
    return max(";,\t", key=head.count)


def _columns(head: list[str]) -> list[str]:
    """What each column is; unknown ones are left alone."""
    return [_NAMES.get(_clean(cell).casefold(), "") for cell in head]


def _clean(cell: str) -> str:
    return unicodedata.normalize("NFC", cell).strip()


def _judge_rows(columns: list[str], rows: list[tuple[int, list[str]]]) -> DwellingList:
    good: dict[int, ListedDwelling] = {}
    faults: list[RowFault] = []
    seen: dict[ListedDwelling, int] = {}
    for line, cells in rows:
        if len(cells) != len(columns):
            faults.append(RowFault(line, "", "wrong_width", str(len(cells))))
            continue
        named = {name: _clean(cell) for name, cell in zip(columns, cells, strict=True) if name}
        wrong = [
            RowFault(line, n, code, named[n][:80]) for n in COLUMNS if (code := _fault(n, named[n]))
        ]
        listed = ListedDwelling(*(named[name] for name in COLUMNS))
        if not wrong and seen.setdefault(listed, line) != line:
            wrong = [RowFault(line, "dwelling", "listed_twice", listed.dwelling)]
        faults += wrong
        if not wrong:
            good[line] = listed
    return DwellingList(good, tuple(faults))


def _fault(column: str, text: str) -> str | None:
    """Why a name cannot be used; a stairwell may have none."""
    if not text:
        return None if column == "stairwell" else "empty_name"
    if len(text) > _LONGEST[column]:
        return "name_too_long"
    if any(
        unicodedata.category(sign) in _HIDDEN or sign == "\N{REPLACEMENT CHARACTER}"
        for sign in text
    ):
        return "hidden_sign"
    return "looks_like_formula" if text.startswith(_FORMULA) else None
