"""What has arrived and is not written yet: bounded in messages and in bytes."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.sorting import Envelope


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """An envelope with what is needed to acknowledge it on the connection it came by."""

    envelope: Envelope
    mid: int
    qos: int
    connection_no: int


class Inbox:
    """Between the thread that reads the socket and the one that writes to the database.

    Whoever puts asks for room first; it may then put one block more than there is room for, so
    that memory is bounded by the limits and a block.
    """

    def __init__(self, limit_messages: int, limit_bytes: int) -> None:
        self._limit_messages = limit_messages
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._arrivals: deque[Arrival] = deque()
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._arrivals)

    def await_room(self, timeout_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(self._has_room, timeout_s)

    def put(self, arrivals: Sequence[Arrival]) -> None:
        with self._changed:
            self._arrivals.extend(arrivals)
            self._held_bytes += sum(len(each.envelope.payload) for each in arrivals)
            self._changed.notify_all()

    def await_many(self, messages: int, size_bytes: int, timeout_s: float) -> None:
        """Wait a little for so many messages or so many bytes."""
        with self._changed:
            self._changed.wait_for(lambda: self.holds(messages, size_bytes), timeout_s)

    def take(self, limit: int, limit_bytes: int, timeout_s: float) -> list[Arrival]:
        """The oldest arrivals, up to a limit and the one beyond it; wait a little for the first."""
        taken: list[Arrival] = []
        taken_bytes = 0
        with self._changed:
            self._changed.wait_for(lambda: bool(self._arrivals), timeout_s)
            while self._arrivals and len(taken) < limit and taken_bytes < limit_bytes:
                taken.append(self._arrivals.popleft())
                taken_bytes += len(taken[-1].envelope.payload)
            self._held_bytes -= taken_bytes
            self._changed.notify_all()
        return taken

    def holds(self, messages: int, size_bytes: int) -> bool:
        """Whether at least so much waits, in one measure or the other."""
        return len(self._arrivals) >= messages or self._held_bytes >= size_bytes

    def _has_room(self) -> bool:
        return not self.holds(self._limit_messages, self._limit_bytes)
