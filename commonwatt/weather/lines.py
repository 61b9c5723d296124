"""The lines of a weather file, plain or compressed: cells, and the error that names the line."""

from __future__ import annotations

import gzip
import re
import zlib
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, cast

from commonwatt.errors import WeatherError
from commonwatt.weather.days import COLDEST_C, WARMEST_C

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

_GZIP_MAGIC = b"\x1f\x8b"
_NUMBER = re.compile(r"-?\d{1,4}(\.\d{1,6})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{8}", re.ASCII)
_EPOCH = date(1970, 1, 1)
_FIRST, _LAST = date(1800, 1, 1), date(2200, 1, 1)


class WeatherLines:
    """A header, and then rows of as many cells; blank lines count but hold nothing."""

    def __init__(self, file: str, stream: TextIO) -> None:
        self.file = file
        self.number = 1
        self._stream = stream
        header = self._read_header()
        self._separator = ";" if ";" in header else ","
        self.columns = tuple(name.strip() for name in header.split(self._separator))
        if len(set(self.columns)) < len(self.columns):
            raise self.error("columns of different names", header[:80])

    def rows(self, wanted: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Give the wanted cells of each row; a column that the header lacks gives empty cells."""
        width = len(self.columns)
        places = [self.columns.index(name) if name in self.columns else width for name in wanted]
        for text in self._read_lines():
            line = text.rstrip("\r\n")
            cells = line.split(self._separator)
            if len(cells) == width:
                cells.append("")
                yield tuple(cells[place].strip() for place in places)
            elif line.strip():
                raise self.error(f"{width} cells as in the header", line.strip()[:80])

    def error(self, expected: str, found: str) -> WeatherError:
        return WeatherError(self.file, self.number, expected, found)

    def celsius(self, text: str, what: str) -> float:
        """Read a temperature of outdoor air, NaN if the cell is empty."""
        value = _number(text)
        if value is None or value < COLDEST_C or value > WARMEST_C:
            raise self.error(f"{what} in Celsius from {COLDEST_C:g} to {WARMEST_C:g}", text)
        return value

    def place(self, text: str, what: str, most: float) -> float | None:
        """Read a coordinate or an altitude, None if the cell is empty."""
        value = _number(text)
        if value is None or abs(value) > most:
            raise self.error(f"{what} from -{most:g} to {most:g}", text)
        return None if value != value else value  # noqa: PLR0124 - NaN, quicker than isnan

    def _read_header(self) -> str:
        for text in self._read_lines(first=1):
            if text.strip():
                return text.strip()
            break
        raise self.error("a header", "nothing")

    def _read_lines(self, first: int = 2) -> Iterator[str]:
        number = first
        try:
            for text in self._stream:
                self.number = number
                yield text
                number += 1
        except (EOFError, OSError, zlib.error) as error:
            raise self.error("a whole compressed file", str(error)) from error


@contextmanager
def open_lines(path: Path) -> Iterator[WeatherLines]:
    """Open a file, compressed with gzip or not; bytes that are no UTF-8 fail as a cell does."""
    with path.open("rb") as stream:
        compressed = stream.read(2) == _GZIP_MAGIC
        stream.seek(0)
        inside = cast("IO[bytes]", gzip.GzipFile(fileobj=stream)) if compressed else stream
        with TextIOWrapper(inside, encoding="utf-8-sig", errors="replace") as text:
            yield WeatherLines(path.name, text)


@lru_cache(maxsize=65_536)
def day_number(text: str) -> int | None:
    """Count the day of a date, as 2026-01-31 or 20260131, from 1970-01-01; None if it is none."""
    if not _DATE.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return (day - _EPOCH).days if _FIRST <= day < _LAST else None


@lru_cache(maxsize=65_536)
def _number(text: str) -> float | None:
    if not text:
        return float("nan")
    return float(text) if _NUMBER.fullmatch(text) else None
