"""Reads the frames of the utility meter's port (TIC), in both of its modes."""

HISTORIQUE = "tic_h"
STANDARD = "tic_s"
PERSONAL = ("ADCO", "ADSC", "PRM")  # they name the home: never stored, never sent
MAX_GROUP_BYTES = 128

_STX, _ETX, _LF, _CR = 2, 3, 10, 13
_SEPARATORS = {HISTORIQUE: b" ", STANDARD: b"\t"}


def checksum(summed: bytes) -> int:
    """Return the character that vouches for these bytes."""
    return (sum(summed) & 0x3F) + 0x20


def parse_group(mode: str, group: bytes) -> list | None:
    """Return [label, value, ...] of what stood between LF and CR, or None if it is corrupted."""
    separator = _SEPARATORS[mode]
    if len(group) < 5 or group[-2:-1] != separator:
        return None
    summed = group[:-2] if mode == HISTORIQUE else group[:-1]
    if checksum(summed) != group[-1] or any(not 0x20 <= c < 0x7F and c != 9 for c in group):
        return None
    parts = [part.decode() for part in group[:-2].split(separator)]
    return parts if len(parts) >= 2 and parts[0] else None


class Reader:
    """Takes bytes as they come and gives whole frames; counts what was corrupted."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.good_groups = 0
        self.bad_groups = 0
        self._frame = None
        self._group = None

    def feed(self, received: bytes) -> list:
        """Return the frames that ended in these bytes, each a dict from label to values."""
        frames = []
        for byte in received:
            frame = self._take(byte)
            if frame:
                frames.append(frame)
        return frames

    def _take(self, byte: int) -> dict | None:
        if byte == _STX:
            self._abandon_group()
            self._frame = {}
        elif byte == _ETX:
            self._abandon_group()
            ended, self._frame = self._frame, None
            return ended
        elif byte == _LF:
            self._abandon_group()
            self._group = bytearray()
        elif byte == _CR:
            self._end_group()
        elif self._group is not None:
            self._group.append(byte)
            if len(self._group) > MAX_GROUP_BYTES:
                self._abandon_group()
        return None

    def _abandon_group(self) -> None:
        if self._group is not None:
            self.bad_groups += 1
        self._group = None

    def _end_group(self) -> None:
        group, self._group = self._group, None
        if group is None:
            return
        parts = parse_group(self.mode, bytes(group))
        if parts is None:
            self.bad_groups += 1
            return
        self.good_groups += 1
        if self._frame is not None and parts[0] not in PERSONAL:
            self._frame[parts[0]] = parts[1:]
