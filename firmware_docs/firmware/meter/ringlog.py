"""Keeps records in a file of fixed size until the service has receipted them."""

import binascii
import struct

RECORD_BYTES = 32
HEADER_BYTES = 32
_FORM = "<IIIHHBBQi"  # n, t, up_s, boot, d_s, tq, f, e_mwh, power
_MARK_FORM = "<III"  # log, last receipted n, crc


class RingLog:
    """A ring of records in an open file; `sync` must not return before the bytes are safe.

    A record is a tuple (n, t, up_s, boot, d_s, tq, f, e_mwh, power); t is 0 without a clock.
    """

    def __init__(self, file: object, capacity: int, log: int, sync: object) -> None:
        self._file = file
        self._capacity = capacity
        self.log = log
        self._sync = sync
        self.receipted = self._read_receipt()
        self.newest = self._find_newest()

    @property
    def oldest(self) -> int:
        """The first number that is still held and not receipted; newest + 1 if there is none."""
        return max(self.receipted + 1, self.newest - self._capacity + 1)

    def append(
        self, t: int, up_s: int, boot: int, d_s: int, tq: int, f: int, e_mwh: int, power: int
    ) -> int:
        """Write one record over the oldest slot and return its number."""
        n = self.newest + 1
        body = struct.pack(_FORM, n, t, up_s, boot, d_s, tq, f, e_mwh, power)
        self._write(self._place(n), body + struct.pack("<H", self._crc(body) & 0xFFFF))
        self.newest = n
        return n

    @property
    def overwritten(self) -> int:
        """How many records were lost before their receipt: the ring ran over them."""
        return self.oldest - 1 - self.receipted

    def waiting(self, limit: int, after: int = 0) -> list:
        """Return the oldest records beyond `after` without a receipt, of one boot, at most `limit`."""
        records = []
        for n in range(max(self.oldest, after + 1), self.newest + 1):
            record = self._read(n)
            if record is None:
                continue
            if len(records) == limit or (records and record[3] != records[0][3]):
                break
            records.append(record)
        return records

    def receipt(self, log: int, n: int) -> None:
        """Free everything up to n, if the receipt is of this log."""
        if log != self.log or not self.receipted < n <= self.newest:
            return
        self.receipted = n
        head = struct.pack("<II", log, n)
        # Two marks in turn: one torn by a power cut leaves the other.
        self._mark_place = 16 - self._mark_place
        self._write(self._mark_place, head + struct.pack("<I", binascii.crc32(head)))

    def last(self) -> tuple | None:
        return self._read(self.newest) if self.newest else None

    def _place(self, n: int) -> int:
        return HEADER_BYTES + (n - 1) % self._capacity * RECORD_BYTES

    def _crc(self, body: bytes) -> int:
        return binascii.crc32(body, self.log)

    def _write(self, place: int, written: bytes) -> None:
        self._file.seek(place)
        self._file.write(written)
        self._sync()

    def _read_at(self, place: int) -> tuple | None:
        self._file.seek(place)
        stored = self._file.read(RECORD_BYTES)
        if len(stored) < RECORD_BYTES:
            return None
        body = stored[:-2]
        if struct.unpack("<H", stored[-2:])[0] != self._crc(body) & 0xFFFF:
            return None
        record = struct.unpack(_FORM, body)
        return record if record[0] and self._place(record[0]) == place else None

    def _read(self, n: int) -> tuple | None:
        record = self._read_at(self._place(n))
        return record if record and record[0] == n else None

    def _find_newest(self) -> int:
        newest = self.receipted
        for slot in range(self._capacity):
            record = self._read_at(HEADER_BYTES + slot * RECORD_BYTES)
            if record:
                newest = max(newest, record[0])
        return newest

    def _read_receipt(self) -> int:
        receipted, self._mark_place = 0, 0
        for place in (0, 16):
            self._file.seek(place)
            mark = self._file.read(12)
            if len(mark) == 12:
                log, n, crc = struct.unpack(_MARK_FORM, mark)
                is_whole = log == self.log and crc == binascii.crc32(mark[:8])
                if is_whole and n > receipted:
                    receipted, self._mark_place = n, place
        return receipted
