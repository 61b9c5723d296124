"""What is to be said of a meter now: its last hours as the core judges them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from commonwatt import rollups
from commonwatt.core.energy import spans_of
from commonwatt.core.quality import findings_of
from commonwatt.model import Finding, Severity

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

LAST_HOURS = timedelta(hours=3)
LAST_DAYS = timedelta(days=2)
"""Long enough to hold a whole day, which comparing power with the register takes."""


def meter_findings(
    connection: Connection, meter: Meter, now_utc: datetime, looked_at: timedelta
) -> tuple[Finding, ...]:
    """Findings in the latest readings, or that there never was one."""
    start_s = (now_utc - looked_at).timestamp()
    series = rollups.load_around(connection, meter, start_s, now_utc.timestamp())
    if not len(series):
        return (Finding("never_heard", Severity.WARNING, "meter"),)
    spans = spans_of(series, zero_based=meter.zero_based, p_max_w=meter.p_max_w)
    return findings_of(series, spans, p_max_w=meter.p_max_w, now_s=now_utc.timestamp())
