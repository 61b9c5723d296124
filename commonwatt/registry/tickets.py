"""Why a meter of a workshop may need repair: the likely cause, and when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from commonwatt.registry.kits import Stage

SILENT_AFTER = timedelta(hours=24)
REFUSED_WITHIN = timedelta(hours=24)
WATCHED = frozenset({Stage.CLAIMED, Stage.LIVE, Stage.SILENT})
"""Before it is claimed a meter may lie in a box; a retired one is nobody's concern."""


class Cause(StrEnum):
    """The likely cause, which is the first thing to look at."""

    POWER = "power"
    WIFI = "wifi"
    HEAD = "head"
    CLOCK = "clock"
    FIRMWARE = "firmware"


IMPLAUSIBLE = {
    "register_absurd": Cause.HEAD,
    "power_absurd": Cause.HEAD,
    "not_finite": Cause.HEAD,
    "future_time": Cause.CLOCK,
    "too_old": Cause.CLOCK,
    "undated": Cause.CLOCK,
    "wrong_shape": Cause.FIRMWARE,
    "malformed_json": Cause.FIRMWARE,
    "wrong_meter": Cause.FIRMWARE,
    "too_large": Cause.FIRMWARE,
}
"""Refusals that tell of a meter that needs repair; what is not here is the service's own."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of one meter; `since_utc` is when it was claimed.

    `poor_wifi`: its last self-test warned of the Wi-Fi.
    """

    stage: Stage
    since_utc: datetime
    last_seen_utc: datetime | None
    last_reading_utc: datetime | None
    refused_code: str | None
    refused_utc: datetime | None
    poor_wifi: bool

    def stage_by_signs(self, now_utc: datetime) -> Stage:
        """Live once it has measured in its home, silent while it says nothing for a day."""
        if self.last_reading_utc is None or self.last_reading_utc <= self.since_utc:
            return self.stage
        is_silent = now_utc - _last(self.since_utc, self.last_seen_utc) > SILENT_AFTER
        return Stage.SILENT if is_silent else Stage.LIVE


def find_cause(meter: Watched, now_utc: datetime) -> Cause | None:
    """The likely cause of a fault; None if the meter lives and makes sense."""
    if meter.stage not in WATCHED:
        return None
    refused = _refused_cause(meter, now_utc)
    if refused:
        return refused
    if now_utc - _last(meter.since_utc, meter.last_seen_utc) > SILENT_AFTER:
        return Cause.WIFI if meter.poor_wifi else Cause.POWER
    if now_utc - _last(meter.since_utc, meter.last_reading_utc) > SILENT_AFTER:
        return Cause.HEAD
    return None


def _refused_cause(meter: Watched, now_utc: datetime) -> Cause | None:
    """A refusal counts while nothing good came after it."""
    if meter.refused_utc is None or meter.refused_code is None:
        return None
    is_recent = now_utc - meter.refused_utc <= REFUSED_WITHIN
    is_last_word = meter.last_reading_utc is None or meter.last_reading_utc < meter.refused_utc
    return IMPLAUSIBLE.get(meter.refused_code) if is_recent and is_last_word else None


def _last(since_utc: datetime, at_utc: datetime | None) -> datetime:
    return max(since_utc, at_utc) if at_utc else since_utc
