"""How much each meter may say: a token bucket that forgives what our own absence has held up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MESSAGES_PER_S = 5.0
BURST_S = 12.0
"""So many seconds' worth may come at once."""
MOUNTED_TIMES = 10
"""Devices of other makers tell each value in a message of its own."""
SHUT_OUT_S = 600.0
_AWAY_S = 2.0
"""Longer than this without a look at the inbox, and what waits there has piled up without fault."""
_FORGIVEN_S = 600.0
"""For so long after an absence a meter that is heard for the first time may bring a backlog."""


@dataclass(frozen=True, slots=True)
class _Bucket:
    """What was left at an instant, and how long we had been away until then."""

    tokens: float
    at_s: float
    away_s: float


class Flow:
    """The buckets of all meters, and who is shut out.

    A message costs one token. Tokens come with time, five a second up to sixty, and with each second of
    its own time that a meter tells for the first time: a backlog pays for itself, a loop does not.
    """

    def __init__(self, messages_per_s: float = MESSAGES_PER_S) -> None:
        self._messages_per_s = messages_per_s
        self._buckets: dict[str, _Bucket] = {}
        self._shut_out: dict[str, float | None] = {}
        self._looked_s: float | None = None
        self._away_s = self._back_s = 0.0

    def look(self, now_s: float, last_seen_s: float | None = None) -> None:
        """Note that we are here; `last_seen_s` is when we last were, before this process began."""
        before_s = last_seen_s if self._looked_s is None else self._looked_s
        if before_s is not None and now_s - before_s > _AWAY_S:
            self._away_s += now_s - before_s
            self._back_s = now_s
        self._looked_s = now_s

    def shut_out(self, until_s: Mapping[str, float | None]) -> None:
        """Replace who is not listened to, and until when; None is until somebody lets it in."""
        self._shut_out = dict(until_s)

    def is_shut_out(self, serial: str, now_s: float) -> bool:
        until_s = self._shut_out.get(serial, 0.0)
        return until_s is None or until_s > now_s

    @property
    def shuts_anybody_out(self) -> bool:
        return bool(self._shut_out)

    def balance(self, serial: str, messages: int, now_s: float, *, is_mounted: bool) -> float:
        """What is left after so many messages; below zero it is too much."""
        rate = self._messages_per_s * (MOUNTED_TIMES if is_mounted else 1)
        burst = rate * BURST_S
        is_back = now_s - self._back_s < _FORGIVEN_S
        unmet = _Bucket(burst, now_s, 0.0 if is_back else self._away_s)
        known = self._buckets.get(serial, unmet)
        forgiven = rate * (self._away_s - known.away_s)
        come = rate * max(0.0, now_s - known.at_s)
        return min(known.tokens + come, burst) + forgiven - messages

    def earned(self, advance_s: float) -> float:
        """What a meter is given for telling of so many seconds for the first time."""
        return self._messages_per_s * advance_s

    def keep(self, balances: Mapping[str, float], now_s: float) -> None:
        """Note what is left of each, once the messages are committed."""
        for serial, balance in balances.items():
            self._buckets[serial] = _Bucket(max(0.0, balance), now_s, self._away_s)
