"""What households say of their homes, and where each stands among those that resemble it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from commonwatt.access import member_of
from commonwatt.core.similar import EnergySource, Stratum
from commonwatt.errors import InputError
from commonwatt.model import ZONE
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import date, datetime

    from commonwatt.access import Viewer
    from commonwatt.model import Period
    from commonwatt.storage.pool import Connection

LEAST_M2, MOST_M2 = 5.0, 1000.0
MOST_TOLD = 20
_SQL = queries("similar_homes")


@dataclass(frozen=True, slots=True)
class HomeProfile:
    """What a household says of its home."""

    heating: EnergySource
    hot_water: EnergySource
    surface_m2: float
    people: int

    def __post_init__(self) -> None:
        if not LEAST_M2 <= self.surface_m2 <= MOST_M2:
            raise InputError(f"a surface of {LEAST_M2:g} to {MOST_M2:g} m2 was expected")
        if not 1 <= self.people <= MOST_TOLD:
            raise InputError(f"1 to {MOST_TOLD} people were expected")

    @property
    def stratum(self) -> Stratum:
        return Stratum.of(self.heating, self.hot_water, self.surface_m2, self.people)


@dataclass(frozen=True, slots=True)
class ProfiledMonth:
    """What a home used in a month, and for how long of it that was measured."""

    occupancy_id: int
    profile: HomeProfile
    kwh: float
    covered_s: float


@dataclass(frozen=True, slots=True)
class SimilarPlace:
    """Where a home stood in a month among the `homes` of its kind, itself among them."""

    month: date
    own_kwh: float
    median_kwh: float
    best_kwh: float
    percentile: float
    homes: int


def tell_profile(
    connection: Connection, viewer: Viewer | None, profile: HomeProfile, now_utc: datetime
) -> None:
    row = asdict(profile) | {"occupancy_id": member_of(viewer), "now_utc": now_utc}
    with database_errors():
        connection.execute(_SQL["tell_profile"], row)


def load_profile(connection: Connection, viewer: Viewer | None) -> HomeProfile | None:
    with database_errors():
        row = connection.execute(_SQL["profile_of"], (member_of(viewer),)).fetchone()
    return _profile(*row) if row else None


def begin_comparison(connection: Connection, month: date) -> bool:
    """Keep others from comparing until the transaction ends; false if the month was compared before."""
    with database_errors():
        connection.execute(_SQL["lock_comparisons"])
        row = connection.execute(_SQL["is_compared"], (month,)).fetchone()
    return row is not None and not row[0]


def close_month(connection: Connection, month: date, now_utc: datetime) -> None:
    with database_errors():
        connection.execute(_SQL["close_month"], {"month": month, "now_utc": now_utc})


def home_months(
    connection: Connection, month: date, after: date, period: Period
) -> list[ProfiledMonth]:
    """The homes that agree to be compared and were lived in by the same people all the month."""
    asked = {
        "month": month,
        "after": after,
        "zone": ZONE,
        "start_utc": period.start_utc,
        "end_utc": period.end_utc,
    }
    with database_errors():
        rows = connection.execute(_SQL["profiled_months"], asked).fetchall()
    return [
        ProfiledMonth(occupancy_id, _profile(*profile), energy_wh / 1000, covered_s)
        for occupancy_id, *profile, energy_wh, covered_s in rows
    ]


def keep_place(connection: Connection, occupancy_id: int, place: SimilarPlace) -> None:
    with database_errors():
        connection.execute(_SQL["place"], asdict(place) | {"occupancy_id": occupancy_id})


def latest_place(connection: Connection, viewer: Viewer | None) -> SimilarPlace | None:
    with database_errors():
        row = connection.execute(_SQL["latest_place"], (member_of(viewer),)).fetchone()
    return SimilarPlace(*row) if row else None


def _profile(heating: str, hot_water: str, surface_m2: float, people: int) -> HomeProfile:
    return HomeProfile(EnergySource(heating), EnergySource(hot_water), surface_m2, people)
