"""A period beside an earlier one of the same kind, as far as both have gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.model import Period
from commonwatt.reports.energy import load_total

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.reports.energy import EnergyFigure
    from commonwatt.storage.pool import Connection

WELL_MEASURED = 0.9
"""Two periods are compared if at least this share of each was measured."""


@dataclass(frozen=True, slots=True)
class Past:
    """What a period used, and an earlier one up to the same moment; `share` is how much more, from -1 up."""

    kwh: float
    earlier_kwh: float

    @property
    def share(self) -> float:
        return self.kwh / self.earlier_kwh - 1


def load_past(
    connection: Connection,
    viewer: Viewer | None,
    total: EnergyFigure,
    earlier: Period,
    now_utc: datetime,
) -> Past | None:
    """Put a total beside an earlier period; None unless both are measured well."""
    if total.kwh is None or total.coverage < WELL_MEASURED:
        return None
    end_utc = earlier.end_utc
    if now_utc < total.period.end_utc:
        end_utc = min(end_utc, earlier.start_utc + (now_utc - total.period.start_utc))
    if end_utc <= earlier.start_utc:
        return None
    told = load_total(connection, viewer, Period(earlier.start_utc, end_utc), now_utc)
    if told.kwh is None or told.kwh <= 0 or told.coverage < WELL_MEASURED:
        return None
    return Past(total.kwh, told.kwh)
