"""How one meter is doing: what its maker may see, which is never consumption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from commonwatt.access import meter_of
from commonwatt.model import ZONE, Finding
from commonwatt.reports.findings import LAST_DAYS, meter_findings
from commonwatt.reports.household import day_of
from commonwatt.storage import meters, readings

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection
    from commonwatt.storage.readings import RefusedEntry


@dataclass(frozen=True, slots=True)
class Refusal:
    """The last message of this meter that could not be used, and why."""

    at_utc: datetime
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class MeterProgress:
    """Whether a meter lives: state, last sign, how many readings the last day brought.

    `received_today` is how many readings came since local midnight; `expected_today` is that and
    how many, at the cadence of the last ones, would fill the time that none of them speaks of.
    """

    serial: str
    variant: str
    state: str
    now_utc: datetime
    zone: str
    last_seen_utc: datetime | None
    received_today: int
    expected_today: int
    last_refusal: Refusal | None
    findings: tuple[Finding, ...]


def load_meter(connection: Connection, viewer: Viewer | None, now_utc: datetime) -> MeterProgress:
    meter = meters.meter_by_id(connection, meter_of(viewer))
    sign = meters.last_sign(connection, meter.meter_id)
    midnight_s = day_of(now_utc.astimezone(ZoneInfo(ZONE)).date()).start_s
    now_s = now_utc.timestamp()
    received, spoken_s = readings.count_readings(connection, meter.meter_id, midnight_s, now_s)
    cadence_s = meters.cadence_s(connection, meter.meter_id)
    silent_s = max(0.0, now_s - midnight_s - spoken_s)
    refused = readings.last_refused(connection, meter_id=meter.meter_id, limit=1)
    return MeterProgress(
        serial=meter.serial,
        variant=meter.variant,
        state=meter.state,
        now_utc=now_utc,
        zone=ZONE,
        last_seen_utc=sign.last_seen_utc if sign else None,
        received_today=received,
        expected_today=received + int(silent_s // cadence_s) if cadence_s else 0,
        last_refusal=_refusal(refused),
        findings=meter_findings(connection, meter, now_utc, LAST_DAYS),
    )


def _refusal(entries: list[RefusedEntry]) -> Refusal | None:
    return next((Refusal(e.received_utc, e.code, e.detail) for e in entries), None)
