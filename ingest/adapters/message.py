"""What every adapter makes of a message: the one meaning behind many languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonwatt.model import Reading
    from commonwatt.registry.selftests import ToldTest

Memory = dict[str, object]
"""What earlier messages of one meter told, such as units or the last values; lost at a restart."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """A message of a meter that speaks a language of its own, below the place it was given.

    `subtopic` is what follows that place in the topic; `retained` if the broker had kept the
    message from an earlier time: its values may be old.
    """

    subtopic: str
    payload: bytes
    received_s: float
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Faulty:
    """One record of a message that cannot be used, while its neighbours can."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Extent:
    """Which records of which log a message carries: what its receipt will name."""

    log: int
    first_n: int
    last_n: int

    def covers(self, n: int) -> bool:
        return self.first_n <= n <= self.last_n


@dataclass(frozen=True, slots=True)
class Anchor:
    """At second `at_s` a boot of the meter had lasted `up_s` seconds."""

    boot: int
    up_s: int
    at_s: int

    @property
    def started_s(self) -> int:
        return self.at_s - self.up_s


@dataclass(frozen=True, slots=True)
class LivePower:
    """The power of one second."""

    power_w: float
    at_s: int


@dataclass(frozen=True, slots=True)
class ToldSelftest:
    """What a meter says of its first-light test; the service judges it."""

    run: str
    firmware: str
    firmware_sha256: str | None
    bench: str | None
    gain: float | None
    lines: tuple[ToldTest, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the house's own terms; `serial` comes from the topic, never the payload.

    `is_in_hands` when somebody has just plugged the meter in or pressed its button.
    Languages of other makers leave `serial` empty: whom their place belongs to is in the database.
    """

    serial: str
    readings: tuple[Reading, ...] = ()
    faulty: tuple[Faulty, ...] = ()
    extent: Extent | None = None
    anchors: tuple[Anchor, ...] = ()
    online: bool = True
    live: LivePower | None = None
    selftest: ToldSelftest | None = None
    is_in_hands: bool = False
