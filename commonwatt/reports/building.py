"""What a landlord may see of a building: months of groups of homes, never a household."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class BuildingMonth:
    """One closed local month of one building; `kwh` is None where the month is withheld.

    `withheld` names the reason: "too_few_homes", "one_home_dominates" or "thin_data".
    """

    month: date
    homes: int
    kwh: float | None
    coverage: float | None
    withheld: str | None


@dataclass(frozen=True, slots=True)
class BuildingReport:
    """A building's dwellings, how many homes agreed to be counted, and its released months."""

    building_name: str
    now_utc: datetime
    zone: str
    dwellings: int
    consenting_homes: int
    live_meters: int
    months: tuple[BuildingMonth, ...]
