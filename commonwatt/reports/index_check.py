"""The service checked against the supplier's meter: how far its kWh are off two typed indices."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from commonwatt.model import Period
from commonwatt.reports.energy import load_total
from commonwatt.storage.typed_indices import load_typed

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection


@dataclass(frozen=True, slots=True)
class IndexCheck:
    """Between two typed indices: the supplier's kWh beside ours, and how much of the time ours covers.

    `difference` is ours less theirs as a share of theirs; None where it cannot be told.
    """

    period: Period
    typed_kwh: float
    own_kwh: float | None
    difference: float | None
    coverage: float


def check_indices(
    connection: Connection, viewer: Viewer | None, now_utc: datetime
) -> tuple[IndexCheck, ...]:
    """One check for each pair of neighbouring indices, the earliest first."""
    checks = []
    for first, last in pairwise(load_typed(connection, viewer)):
        period = Period(first.at_utc, last.at_utc)
        own = load_total(connection, viewer, period, now_utc)
        typed_kwh = (last.index_wh - first.index_wh) / 1000
        known = own.kwh is not None and typed_kwh > 0
        difference = (own.kwh or 0) / typed_kwh - 1 if known else None
        checks.append(IndexCheck(period, typed_kwh, own.kwh, difference, own.coverage))
    return tuple(checks)
