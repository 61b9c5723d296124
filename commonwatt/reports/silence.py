"""How long a meter may be quiet before somebody is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from commonwatt.model import Finding, Severity

SILENT_AFTER = timedelta(hours=1)


def silence_findings(last_utc: datetime | None, now_utc: datetime) -> tuple[Finding, ...]:
    """What to say of a meter last heard at `last_utc`: nothing if that is recent."""
    if last_utc is None:
        return (Finding("never_heard", Severity.WARNING, "meter"),)
    if now_utc - last_utc <= SILENT_AFTER:
        return ()
    minutes = int((now_utc - last_utc).total_seconds() // 60)
    return (Finding("silent", Severity.WARNING, "meter", {"minutes": minutes}),)
