"""Text files, wherever they are: plain, compressed, or several in an archive."""

from __future__ import annotations

import gzip
import re
import tarfile
import zipfile
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

_GZIP_MAGIC = b"\x1f\x8b"
_TEXT_SUFFIXES = frozenset({".csv", ".txt"})


def open_texts(path: Path) -> Iterator[tuple[str, TextIO]]:
    """Give the name and the open text of each .csv or .txt file in an archive, or of the file."""
    if zipfile.is_zipfile(path):
        yield from _open_zip(path)
    elif tarfile.is_tarfile(path):
        yield from _open_tar(path)
    else:
        with _open_plain(path) as (name, stream), _text(stream) as text:
            yield name, text


def _open_zip(path: Path) -> Iterator[tuple[str, TextIO]]:
    with zipfile.ZipFile(path) as archive:
        for name in _texts_among(archive.namelist()):
            with archive.open(name) as stream, _text(stream) as text:
                yield name, text


def _open_tar(path: Path) -> Iterator[tuple[str, TextIO]]:
    with tarfile.open(path) as archive:
        for name in _texts_among(archive.getnames()):
            stream = archive.extractfile(name)
            if stream is not None:
                with stream, _text(stream) as text:
                    yield name, text


@contextmanager
def _open_plain(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with path.open("rb") as stream:
        compressed = stream.read(2) == _GZIP_MAGIC
        stream.seek(0)
        if compressed:
            with gzip.GzipFile(fileobj=stream) as inflated:
                yield path.stem, cast("IO[bytes]", inflated)
        else:
            yield path.name, stream


def _text(stream: IO[bytes]) -> TextIOWrapper:
    """Read bytes that are not UTF-8 as a sign that no number or name has, so that a line fails."""
    return TextIOWrapper(stream, encoding="utf-8-sig", errors="replace")


def _texts_among(names: list[str]) -> list[str]:
    """Keep the text files, house_2 before house_10, without the shadows some archivers add."""
    kept = [
        name
        for name in names
        if PurePath(name).suffix.lower() in _TEXT_SUFFIXES
        and not PurePath(name).name.startswith(".")
    ]
    return sorted(kept, key=lambda name: [part.zfill(12) for part in re.split(r"(\d+)", name)])
