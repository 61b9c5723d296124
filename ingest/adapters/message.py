"""What every adapter makes of a message: the one meaning behind many languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonwatt.model import Reading


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
class Message:
    """A message in the house's own terms; `serial` comes from the topic, never the payload."""

    serial: str
    readings: tuple[Reading, ...] = ()
    faulty: tuple[Faulty, ...] = ()
    extent: Extent | None = None
    anchors: tuple[Anchor, ...] = ()
    online: bool = True
    live: LivePower | None = None
