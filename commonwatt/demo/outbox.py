"""What a meter has measured and not yet seen receipted, and when to say it again."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from commonwatt.recordings.payloads import Outgoing


@dataclass(frozen=True, slots=True)
class BackOff:
    """Waits drawn between the shortest and a ceiling that doubles up to the longest."""

    shortest_s: float
    longest_s: float

    def wait_s(self, attempt: int, rng: Random) -> float:
        ceiling_s = min(self.longest_s, self.shortest_s * 2.0 ** min(attempt, 32))
        return rng.uniform(self.shortest_s, max(self.shortest_s, ceiling_s))


@dataclass(frozen=True, slots=True)
class Tally:
    """Records counted: `sent` once each, `resent` each further time, `refused` among `receipted`."""

    sent: int = 0
    resent: int = 0
    receipted: int = 0
    refused: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.sent + other.sent,
            self.resent + other.resent,
            self.receipted + other.receipted,
            self.refused + other.refused,
        )


@dataclass(frozen=True, slots=True)
class LogSpan:
    """The newest message ever held, and the first record still kept of its log."""

    newest: Outgoing
    oldest_n: int


@dataclass(slots=True)
class _Held:
    message: Outgoing
    times_sent: int = 0
    due_s: float = 0.0


class Outbox:
    """At most `window` messages without a receipt; safe to use from several threads."""

    def __init__(self, window: int, resend: BackOff, rng: Random) -> None:
        self._window = window
        self._resend = resend
        self._rng = rng
        self._held: dict[tuple[str, int], _Held] = {}
        self._newest: Outgoing | None = None
        self._tally = Tally()
        self._changed = threading.Condition()

    @property
    def tally(self) -> Tally:
        return self._tally

    def add(self, message: Outgoing, timeout_s: float | None) -> bool:
        """Hold a message once there is room; False if there was none in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._held) < self._window, timeout_s):
                return False
            self._held[message.log, message.first_n] = _Held(message)
            self._newest = message
            return True

    def take_due(self, now_s: float) -> list[Outgoing]:
        """Give what is to be said now, oldest first, and set when to say it again."""
        with self._changed:
            due = [held for held in self._held.values() if held.due_s <= now_s]
            for held in due:
                self._count_sending(held)
                held.due_s = now_s + self._resend.wait_s(held.times_sent, self._rng)
            return [held.message for held in due]

    def _count_sending(self, held: _Held) -> None:
        records, tally = held.message.records, self._tally
        if held.times_sent:
            self._tally = replace(tally, resent=tally.resent + records)
        else:
            self._tally = replace(tally, sent=tally.sent + records)
        held.times_sent += 1

    def make_all_due(self) -> None:
        """Forget the waits, as after a new connection."""
        with self._changed:
            for held in self._held.values():
                held.due_s = 0.0

    def next_due_s(self) -> float | None:
        with self._changed:
            return min((held.due_s for held in self._held.values()), default=None)

    def accept_receipt(self, log: str, first_n: int, last_n: int, refused: int) -> None:
        """Free the messages that lie wholly within the receipted records."""
        with self._changed:
            freed = [
                key
                for key, held in self._held.items()
                if key[0] == log and key[1] >= first_n and held.message.last_n <= last_n
            ]
            if freed:
                records = sum(self._held.pop(key).message.records for key in freed)
                self._tally += Tally(receipted=records, refused=min(refused, records))
                self._changed.notify_all()

    def wait_until_empty(self, timeout_s: float | None) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not self._held, timeout_s)

    def span(self) -> LogSpan | None:
        with self._changed:
            if self._newest is None:
                return None
            kept = [key[1] for key in self._held if key[0] == self._newest.log]
            return LogSpan(self._newest, min(kept, default=self._newest.first_n))
