"""Decides which readings may be stored, and says why the others may not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.adapters.message import Faulty, LivePower

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonwatt.model import Reading
    from commonwatt.storage.meters import Meter
    from ingest.adapters.message import Message

MAX_REGISTER_WH = 4_294_967_295
MAX_POWER_W = 100_000
MAX_FUTURE_S = 600
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Verdict:
    """What of a message may be stored, and what may not and why; `live` is the newest power."""

    accepted: tuple[Reading, ...]
    refused: tuple[Faulty, ...]
    live: LivePower | None


def judge(
    message: Message, meter: Meter, boots: Mapping[tuple[int, int], int], now_s: float
) -> Verdict:
    """Date what the meter could not date, and check each reading by itself and its neighbour.

    `boots` maps (meter id, boot) to the second at which that boot began.
    """
    accepted: list[Reading] = []
    refused = list(message.faulty)
    for reading in message.readings:
        dated = _date(reading, boots.get((meter.meter_id, reading.boot)))
        fault = _fault(dated, accepted[-1] if accepted else None, meter, now_s)
        if fault:
            refused.append(fault)
        else:
            accepted.append(dated)
    fault = _live_fault(message.live, now_s) if message.live else None
    if fault:
        return Verdict(tuple(accepted), (*refused, fault), None)
    return Verdict(tuple(accepted), tuple(refused), message.live or _newest_power(accepted))


def _newest_power(accepted: list[Reading]) -> LivePower | None:
    for reading in reversed(accepted):
        if reading.power_w is not None and reading.end_s is not None:
            return LivePower(reading.power_w, reading.end_s)
    return None


def _live_fault(live: LivePower, now_s: float) -> Faulty | None:
    if live.at_s > now_s + MAX_FUTURE_S:
        return Faulty("future_time", f"t={live.at_s} is {live.at_s - now_s:.0f} s ahead")
    if abs(live.power_w) > MAX_POWER_W:
        return Faulty("power_absurd", f"{live.power_w} W")
    return None


def _date(reading: Reading, boot_started_s: int | None) -> Reading:
    if reading.end_s is not None or boot_started_s is None or reading.up_s is None:
        return reading
    return replace(reading, end_s=boot_started_s + reading.up_s)


def _fault(reading: Reading, before: Reading | None, meter: Meter, now_s: float) -> Faulty | None:
    return (
        _time_fault(reading, meter.backlog_days, now_s)
        or _range_fault(reading)
        or (_step_fault(reading, before) if before else None)
    )


def _time_fault(reading: Reading, backlog_days: int | None, now_s: float) -> Faulty | None:
    if reading.end_s is None:
        return Faulty("undated", f"n={reading.n}: no time, and no anchor for boot {reading.boot}")
    if reading.end_s > now_s + MAX_FUTURE_S:
        ahead_s = reading.end_s - now_s
        return Faulty("future_time", f"n={reading.n}: t={reading.end_s} is {ahead_s:.0f} s ahead")
    oldest_s = 0 if backlog_days is None else now_s - backlog_days * DAY_S
    if reading.end_s < oldest_s:
        return Faulty("too_old", f"n={reading.n}: t={reading.end_s}, before {oldest_s:.0f}")
    return None


def _range_fault(reading: Reading) -> Faulty | None:
    register_wh = reading.register_wh
    if register_wh is not None and not 0 <= register_wh <= MAX_REGISTER_WH:
        return Faulty("register_absurd", f"n={reading.n}: {register_wh} Wh")
    if reading.power_w is not None and not abs(reading.power_w) <= MAX_POWER_W:
        return Faulty("power_absurd", f"n={reading.n}: {reading.power_w} W")
    if reading.apparent_va is not None and not 0 <= reading.apparent_va <= MAX_POWER_W:
        return Faulty("power_absurd", f"n={reading.n}: {reading.apparent_va} VA")
    return None


def _step_fault(reading: Reading, before: Reading) -> Faulty | None:
    """Refuse a register that climbs faster than any home's connection lets through."""
    if reading.register_wh is None or before.register_wh is None or before.log != reading.log:
        return None
    rise_wh = reading.register_wh - before.register_wh
    stretch_s = max((reading.end_s or 0) - (before.end_s or 0), reading.duration_s)
    if rise_wh * 3600 > MAX_POWER_W * stretch_s + 3600:
        return Faulty("register_absurd", f"n={reading.n}: {rise_wh:.0f} Wh in {stretch_s} s")
    return None
