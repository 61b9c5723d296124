"""Keeps one small thing in flash in two slots in turn: a power cut while writing leaves the other."""

import binascii
import struct

_HEAD_FORM = "<III"  # sequence, length, crc of both and of the content
_HEAD_BYTES = 12


class Slots:
    """Two slots in an open file; `sync` must not return before the bytes are safe."""

    def __init__(self, file: object, slot_bytes: int, sync: object) -> None:
        self._file = file
        self._slot_bytes = slot_bytes
        self._sync = sync

    def read(self) -> bytes | None:
        """Return what was written whole last; None if nothing was."""
        return self._newest()[2]

    def write(self, content: bytes) -> None:
        """Write over the slot that is not in use; raise ValueError if it does not fit."""
        if len(content) > self._slot_bytes - _HEAD_BYTES:
            raise ValueError("too long for its slot")
        used, sequence, _ = self._newest()
        head = struct.pack("<II", sequence + 1, len(content))
        crc = binascii.crc32(head + content)
        self._file.seek((1 - used) * self._slot_bytes)
        self._file.write(head + struct.pack("<I", crc) + content)
        self._sync()

    def _newest(self) -> tuple:
        """Return slot, sequence and content; the second slot counts as used if none is whole."""
        newest = (1, 0, None)
        for slot in (0, 1):
            found = self._read_slot(slot)
            if found and found[0] > newest[1]:
                newest = (slot, found[0], found[1])
        return newest

    def _read_slot(self, slot: int) -> tuple | None:
        self._file.seek(slot * self._slot_bytes)
        head = self._file.read(_HEAD_BYTES)
        if len(head) < _HEAD_BYTES:
            return None
        sequence, length, crc = struct.unpack(_HEAD_FORM, head)
        if length > self._slot_bytes - _HEAD_BYTES:
            return None
        content = self._file.read(length)
        is_whole = crc == binascii.crc32(head[:8] + content)
        return (sequence, content) if is_whole else None
