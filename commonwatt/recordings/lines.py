"""The lines of a recorded text file: cells, and the error that names the current line."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from commonwatt.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

FIRST_TIME_S = 946_684_800
LAST_TIME_S = 4_102_444_800
LIMIT = 2.0**32
_NUMBER = re.compile(r"\d+(\.\d*)?([eE][+-]?\d+)?", re.ASCII)
_MISSING = frozenset({"", "?"})


class Lines:
    """A header, and then rows of as many cells; blank lines count but hold nothing."""

    def __init__(self, file: str, stream: TextIO) -> None:
        self.file = file
        self.number = 1
        self._stream = stream
        self.header = stream.readline().strip()
        self._separator = ";" if ";" in self.header else ","
        self.columns = tuple(name.strip() for name in self.header.split(self._separator))

    def __iter__(self) -> Iterator[list[str]]:
        width = len(self.columns)
        for number, text in enumerate(self._stream, start=2):
            self.number = number
            cells = text.rstrip("\r\n").split(self._separator)
            if len(cells) == width:
                yield cells
            elif text.strip():
                raise self.error(f"{width} columns as in the header", text.strip()[:80])

    def error(self, expected: str, found: str) -> RecordingError:
        return RecordingError(self.file, self.number, expected, found)

    def position_of(self, column: str) -> int | None:
        return self.columns.index(column) if column in self.columns else None


@lru_cache(maxsize=65_536)
def amount(text: str) -> float | None:
    """Read a number from 0 to 2^32 - 1, NaN if the cell is empty or `?`, None if malformed."""
    if text in _MISSING:
        return math.nan
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if value < LIMIT else None


def unix_s(text: str) -> int | None:
    """Read whole seconds since 1970 between the years 2000 and 2100, None if they are not."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    value = int(text)
    return value if FIRST_TIME_S <= value < LAST_TIME_S else None


def iso_s(text: str) -> int | None:
    """Read an ISO 8601 instant with its offset and without fractions, None if it is not one."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if instant.tzinfo is None or instant.microsecond:
        return None
    return unix_s(str(int(instant.timestamp())))


def describe_time(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat()
