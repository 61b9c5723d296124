"""Puts together what a meter says in pieces: readings of the whole home, or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonwatt.errors import PayloadError
from commonwatt.model import NO_LOG, Reading
from ingest.adapters.message import LivePower, Message

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ingest.adapters.message import Memory

SHORTEST_S = 10
"""Languages that talk faster give one reading in this time; the newest values are kept."""

REGISTER_AWAY_S = 900
"""How long power waits for a register that belongs to it before it counts by itself."""

CLOCK_BACK_S = 3600
"""A telegram this much older than the last reading means that a clock was put back."""

LEARNING_S = 90
"""Without a new channel for so long, all are known: the slowest usual round takes 60 s."""

_KEY = "assembly"
_MOST_CHANNELS = 64


@dataclass(frozen=True, slots=True)
class Pace:
    """How a language talks: its usual interval, and how long a power stands until the next."""

    usual_s: int
    power_held_s: int


@dataclass(frozen=True, slots=True)
class Channels:
    """Which channels add up to the home, for each quantity; none if the quantity is not told."""

    register: tuple[str, ...] = ()
    power: tuple[str, ...] = ()
    apparent: tuple[str, ...] = ()

    @classmethod
    def all_of(cls, names: tuple[str, ...]) -> Channels:
        """Every channel tells every quantity."""
        return cls(names, names, names)


@dataclass(frozen=True, slots=True)
class Part:
    """What one telegram tells of one channel; None if it does not."""

    register_wh: float | None = None
    power_w: float | None = None
    apparent_va: float | None = None


@dataclass(slots=True)
class _Value:
    value: float
    at_s: int


@dataclass(slots=True)
class _Channel:
    register_wh: float | None = None
    renewed_s: int | None = None
    power_w: _Value | None = None
    apparent_va: _Value | None = None


@dataclass(slots=True)
class Assembly:
    """What a meter's channels have said so far, and the last reading made of it."""

    online: bool = True
    boot: int = 1
    restarted: bool = False
    channels: dict[str, _Channel] = field(default_factory=dict)
    newest_channel_s: int = 0
    register_s: int | None = None
    first_s: int | None = None
    last_s: int | None = None
    last_register_wh: float | None = None

    def known(self, name: str) -> _Channel:
        """What a channel has said; nothing, if it has not been heard."""
        return self.channels.get(name, _Channel())


def assembly_of(memory: Memory) -> Assembly:
    """The assembly of a meter's memory; a new one if there is none."""
    found = memory.get(_KEY)
    if not isinstance(found, Assembly):
        found = memory[_KEY] = Assembly()
    return found


def quiet(memory: Memory) -> Message:
    """A message that measures nothing and changes nothing."""
    return Message("", online=assembly_of(memory).online)


def connected(memory: Memory, *, online: bool) -> Message:
    """Note that the meter came or went; what it drew when it went says nothing of later."""
    own = assembly_of(memory)
    own.online = online
    for channel in own.channels.values() if not online else ():
        channel.power_w = channel.apparent_va = None
    return Message("", online=online)


def note_restart(memory: Memory) -> None:
    """Note that the meter may have restarted: should its register fall now, that is why."""
    assembly_of(memory).restarted = True


def channels_setting(memory: Memory) -> tuple[str, ...] | None:
    """The channels that measure the home, if the mount's settings name them."""
    setting = memory.get("channels")
    if setting is None:
        return None
    if not isinstance(setting, list) or not setting or len(setting) > _MOST_CHANNELS:
        raise PayloadError("unclear_channels", "setting channels: a list was expected")
    return tuple(str(channel) for channel in setting)


def learn_channels(
    memory: Memory, seen: str, family: str, at_s: int, whole: Collection[str] = ()
) -> Channels | None:
    """Learn how many channels of a family a meter has, and whether they add up to the home.

    None while there may be more to come. Several channels belong together only if they are the
    `whole`: others may be a solar panel's or two appliances'.
    """
    own = assembly_of(memory)
    if seen not in own.channels and len(own.channels) < _MOST_CHANNELS:
        own.channels[seen] = _Channel()
        own.newest_channel_s = at_s
    if abs(at_s - own.newest_channel_s) < LEARNING_S:
        return None
    known = sorted(channel for channel in own.channels if channel.startswith(family))
    if len(known) > 1 and set(known) != set(whole):
        raise PayloadError("unclear_channels", f"{len(known)} channels, and no setting channels")
    return Channels.all_of(tuple(known))


def assemble(
    memory: Memory, told: Mapping[str, Part], expected: Channels, at_s: int, pace: Pace
) -> Message:
    """Lay what was told over what is known; give a reading if it is time for one.

    A register is added up over all its `expected` channels or not at all, when each has been renewed
    or when one has been silent for long. What is older than the last reading tells nothing new. As
    long as a register may come, power alone makes no reading: it is shown, and goes into the next
    reading of the register, so that energy is read off one register from reading to reading.
    """
    own = assembly_of(memory)
    own.online = True
    if own.last_s is not None and at_s < own.last_s:
        if at_s >= own.last_s - CLOCK_BACK_S:
            return Message("")
        own.last_s = own.first_s = own.register_s = None
    for name, part in told.items():
        if name in own.channels or len(own.channels) < _MOST_CHANNELS:
            _lay_over(own, own.channels.setdefault(name, _Channel()), part, at_s)
    if own.first_s is None:
        own.first_s = at_s
    power_w = _sum_of([own.known(name).power_w for name in expected.power], at_s, pace)
    va = _sum_of([own.known(name).apparent_va for name in expected.apparent], at_s, pace)
    told_wh = any(told[name].register_wh is not None for name in expected.register if name in told)
    register_wh = _whole_register(own, expected.register, at_s) if told_wh else None
    waits = bool(expected.register) and _register_may_come(own, at_s)
    now = Part(register_wh, power_w, va)
    speaks = register_wh is not None or (not waits and now != Part())
    reading = _reading(own, expected.register, at_s, pace, now) if speaks else None
    told_power = any(told[name].power_w is not None for name in expected.power if name in told)
    live = LivePower(power_w, at_s) if told_power and power_w is not None else None
    return Message("", readings=(reading,) if reading else (), live=live)


def _lay_over(own: Assembly, channel: _Channel, part: Part, at_s: int) -> None:
    if part.register_wh is not None:
        channel.register_wh = part.register_wh
        begins = own.last_s is None or at_s - own.last_s >= SHORTEST_S
        if channel.renewed_s is None and begins:
            channel.renewed_s = at_s
    if part.power_w is not None:
        channel.power_w = _Value(part.power_w, at_s)
    if part.apparent_va is not None:
        channel.apparent_va = _Value(part.apparent_va, at_s)


def _sum_of(values: list[_Value | None], at_s: int, pace: Pace) -> float | None:
    """Add up values of all channels; None if one is missing or too old."""
    known = [each.value for each in values if each and at_s - each.at_s <= pace.power_held_s]
    return sum(known) if known and len(known) == len(values) else None


def _register_may_come(own: Assembly, at_s: int) -> bool:
    since_s = own.register_s if own.register_s is not None else own.first_s
    return since_s is None or at_s - since_s < REGISTER_AWAY_S


def _whole_register(own: Assembly, names: tuple[str, ...], at_s: int) -> float | None:
    """The sum over all channels, once all are renewed or one has spoken twice and another not."""
    channels = [own.known(name) for name in names]
    known = [channel.register_wh for channel in channels if channel.register_wh is not None]
    if len(known) < len(channels):
        if not _register_may_come(own, at_s):
            missing = len(channels) - len(known)
            raise PayloadError("unclear_channels", f"{missing} of {len(channels)} are never heard")
        return None
    rounds_s = [channel.renewed_s for channel in channels if channel.renewed_s is not None]
    overdue = any(at_s - renewed_s >= SHORTEST_S for renewed_s in rounds_s)
    return sum(known) if overdue or len(rounds_s) == len(channels) else None


def _reading(
    own: Assembly, registers: tuple[str, ...], at_s: int, pace: Pace, now: Part
) -> Reading | None:
    since_s = pace.usual_s if own.last_s is None else at_s - own.last_s
    if own.last_s is not None and since_s < SHORTEST_S:
        return None
    _remember(own, registers, now.register_wh, at_s)
    return Reading(
        end_s=at_s,
        duration_s=max(1, min(since_s, pace.usual_s)),
        log=NO_LOG,
        n=0,
        boot=own.boot,
        register_wh=now.register_wh,
        power_w=now.power_w,
        apparent_va=now.apparent_va,
    )


def _remember(
    own: Assembly, registers: tuple[str, ...], register_wh: float | None, at_s: int
) -> None:
    own.last_s = at_s
    if register_wh is None:
        return
    if own.restarted and own.last_register_wh is not None and register_wh < own.last_register_wh:
        own.boot += 1
    own.restarted, own.last_register_wh, own.register_s = False, register_wh, at_s
    for name in registers:
        own.known(name).renewed_s = None
