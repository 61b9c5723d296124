"""A household's takeout: one ZIP of all that is kept of it, as CSV, JSON and, if it can be written, Parquet."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from importlib.util import find_spec
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile

from commonwatt.storage.takeout import TABLES, as_of_now, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection
    from commonwatt.storage.takeout import Rows

_PIECE_BYTES = 65_536


class _Outbox(io.RawIOBase):
    """What the archive writes, until it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting += data
        return len(data)

    def take(self) -> bytes:
        sent = bytes(self._waiting)
        self._waiting.clear()
        return sent


def takeout(connection: Connection, viewer: Viewer | None) -> Iterator[bytes]:
    """The archive in pieces; all of it is read as it was at one instant."""
    outbox = _Outbox()
    with as_of_now(connection), ZipFile(outbox, "w", ZIP_DEFLATED) as archive:
        for table in TABLES:
            for name, pieces in _files(connection, viewer, table):
                with archive.open(name, "w") as entry:
                    for piece in pieces:
                        entry.write(piece)
                        yield outbox.take()
    yield outbox.take()


def _files(
    connection: Connection, viewer: Viewer | None, table: str
) -> Iterator[tuple[str, Iterator[bytes]]]:
    yield f"{table}.csv", _csv(read_table(connection, viewer, table))
    yield f"{table}.json", _json(read_table(connection, viewer, table))
    if find_spec("pyarrow"):
        yield f"{table}.parquet", _parquet(read_table(connection, viewer, table))


def _csv(pieces: Iterable[Rows]) -> Iterator[bytes]:
    for number, piece in enumerate(pieces):
        text = io.StringIO()
        writer = csv.writer(text)
        if number == 0:
            writer.writerow(piece.columns)
        writer.writerows([[_plain(cell) for cell in row] for row in piece.rows])
        yield text.getvalue().encode()


def _json(pieces: Iterable[Rows]) -> Iterator[bytes]:
    comma = "["
    for piece in pieces:
        for row in piece.rows:
            cells = dict(zip(piece.columns, map(_plain, row), strict=True))
            yield f"{comma}\n{json.dumps(cells, ensure_ascii=False)}".encode()
            comma = ","
    yield b"\n]\n" if comma == "," else b"[]\n"


def _parquet(pieces: Iterable[Rows]) -> Iterator[bytes]:
    with TemporaryFile() as file:
        _write_parquet(file, pieces)
        file.seek(0)
        while data := file.read(_PIECE_BYTES):
            yield data


def _write_parquet(file: IO[bytes], pieces: Iterable[Rows]) -> None:
    import pyarrow as pa  # noqa: PLC0415 - an extra, asked for above
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra, asked for above

    writer = None
    for piece in pieces:
        columns = zip(*piece.rows, strict=True) if piece.rows else ((),) * len(piece.columns)
        table = pa.table(dict(zip(piece.columns, map(pa.array, columns), strict=True)))
        if writer is None:
            writer = pq.ParquetWriter(file, table.schema)
        writer.write_table(table.cast(writer.schema))
    if writer is not None:
        writer.close()


def _plain(cell: Any) -> Any:
    """A cell as text or number: instants in ISO 8601, UTC."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return cell.isoformat() if isinstance(cell, date) else cell
