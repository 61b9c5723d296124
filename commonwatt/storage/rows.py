"""Readings as columns, and their encoding for PostgreSQL's binary COPY."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_POSTGRES_EPOCH_S = 946_684_800
_FIXED = {
    "meter_id": ">i4",
    "end_utc": ">i8",
    "log": ">i8",
    "n": ">i8",
    "boot": ">i4",
    "duration_s": ">i4",
    "flags": ">i4",
}
_NULLABLE = {"register_wh": ">f8", "power_w": ">f4", "apparent_va": ">f4"}


@dataclass(frozen=True, slots=True)
class ReadingRows:
    """Readings of any meters, one array a column; NaN in the last three means not measured."""

    meter_id: NDArray[np.int64]
    end_s: NDArray[np.int64]
    log: NDArray[np.int64]
    n: NDArray[np.int64]
    boot: NDArray[np.int64]
    duration_s: NDArray[np.int64]
    flags: NDArray[np.int64]
    register_wh: NDArray[np.float64]
    power_w: NDArray[np.float64]
    apparent_va: NDArray[np.float64]

    def __post_init__(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in self.__slots__}
        if len(set(lengths.values())) > 1:
            raise SeriesError(f"columns of unequal length: {lengths}")

    def __len__(self) -> int:
        return len(self.meter_id)

    def where(self, chosen: NDArray[np.bool_]) -> ReadingRows:
        """The rows that are chosen, in their order."""
        return ReadingRows(*(getattr(self, name)[chosen] for name in self.__slots__))

    def joined_with(self, other: ReadingRows) -> ReadingRows:
        """These rows, then those."""
        if not len(self) or not len(other):
            return self if len(self) else other
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__slots__)
        return ReadingRows(*map(np.concatenate, pairs))

    def copy_stream(self) -> Iterator[bytes]:
        """Encode for COPY ... (FORMAT BINARY): one numpy record array per pattern of NULLs."""
        yield _HEADER
        present = {name: ~np.isnan(getattr(self, name)) for name in _NULLABLE}
        pattern = sum((mask.astype(np.int64) << bit) for bit, mask in enumerate(present.values()))
        for value in np.flatnonzero(np.bincount(pattern)):
            chosen = np.flatnonzero(pattern == value)
            known = [name for bit, name in enumerate(_NULLABLE) if int(value) >> bit & 1]
            yield self._encode(chosen, known)
        yield _TRAILER

    def _encode(self, chosen: NDArray[np.int64], known: list[str]) -> bytes:
        layout: list[tuple[str, str]] = [("fields", ">i2")]
        for name, kind in (_FIXED | _NULLABLE).items():
            layout.append((f"{name}_size", ">i4"))
            if name in _FIXED or name in known:
                layout.append((name, kind))
        records = np.empty(len(chosen), dtype=np.dtype(layout))
        records["fields"] = len(_FIXED) + len(_NULLABLE)
        for name in (*_FIXED, *_NULLABLE):
            if name in _FIXED or name in known:
                records[f"{name}_size"] = records.dtype[name].itemsize
                records[name] = self._column(name)[chosen]
            else:
                records[f"{name}_size"] = -1
        return records.tobytes()

    def _column(self, name: str) -> NDArray[np.int64] | NDArray[np.float64]:
        if name == "end_utc":
            return (self.end_s - _POSTGRES_EPOCH_S) * 1_000_000
        column: NDArray[np.int64] | NDArray[np.float64] = getattr(self, name)
        return column
