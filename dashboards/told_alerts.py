"""The sentence of an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from commonwatt.storage.alerts import AlertKind
from dashboards.home_contexts import ToldAlert

if TYPE_CHECKING:
    from commonwatt.storage.alerts import Alert
    from dashboards.words import Words

DIGITS: Final = {AlertKind.DAY: 1, AlertKind.ALWAYS_ON: 0, AlertKind.MONTH: 2}


def tell_alert(alert: Alert, words: Words) -> ToldAlert:
    day = words.day(alert.day) if alert.kind is AlertKind.DAY else words.month(alert.day)
    return ToldAlert(
        text=words.text(
            f"alert.told.{alert.kind}",
            day=day,
            found=words.number(alert.found, DIGITS[alert.kind]),
            above=words.number(alert.above, DIGITS[alert.kind]),
        ),
        is_new=alert.seen_utc is None,
    )
