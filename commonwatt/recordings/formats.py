"""Reads a recorded file, whatever its format, whole and checked before anyone uses it."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from commonwatt.errors import InputError
from commonwatt.recordings import generic, refit, uci
from commonwatt.recordings.archives import open_texts
from commonwatt.recordings.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from commonwatt.recordings.recording import Recording

FormatName = Literal["uci", "refit", "generic"]


@dataclass(frozen=True, slots=True)
class Format:
    """How a kind of file is recognised by its header, and who reads it."""

    begins: str
    recognise: Callable[[frozenset[str]], bool]
    read: Callable[[Lines], list[Recording]]


FORMATS: dict[FormatName, Format] = {
    "uci": Format("Date;Time;Global_active_power", uci.COLUMNS.issubset, uci.read),
    "refit": Format("Time,Unix,Aggregate", refit.COLUMNS.issubset, refit.read),
    "generic": Format("end_utc,duration_s,power_w", generic.is_header, generic.read),
}


def read_recording(
    path: Path,
    *,
    format: FormatName | None = None,  # noqa: A002 (the word of the command line)
) -> list[Recording]:
    """Read every home in a file or archive; raise RecordingError at the first malformed line.

    The format is told by the header line; name one in `format` to accept no other.
    """
    try:
        recordings = [
            recording
            for name, stream in open_texts(path)
            for recording in _read_text(Lines(_title(path, name), stream), format)
        ]
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if not recordings:
        raise InputError(f"{path} holds no .csv or .txt file")
    _require_distinct(path, [recording.meter_key for recording in recordings])
    return recordings


def _title(path: Path, name: str) -> str:
    return str(path) if name == path.name else f"{path}/{name}"


def _read_text(lines: Lines, wanted: FormatName | None) -> list[Recording]:
    columns = frozenset(lines.columns)
    candidates = FORMATS if wanted is None else {wanted: FORMATS[wanted]}
    for candidate in candidates.values():
        if candidate.recognise(columns):
            return candidate.read(lines)
    known = " or ".join(f"{name} ({each.begins}...)" for name, each in candidates.items())
    raise lines.error(f"the header of a recording: {known}", lines.header[:80])


def _require_distinct(path: Path, keys: list[str]) -> None:
    doubled = sorted({key for key in keys if keys.count(key) > 1})
    if doubled:
        raise InputError(f"{path} holds several homes called {', '.join(doubled)}")
