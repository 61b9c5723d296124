"""Where a home stands among those like it, and what that rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import HouseholdMember, occupancy_of
from commonwatt.storage import consents, similar_homes
from commonwatt.storage.consents import Purpose

if TYPE_CHECKING:
    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection
    from commonwatt.storage.similar_homes import HomeProfile, SimilarPlace


@dataclass(frozen=True, slots=True)
class SimilarReport:
    """What a household said of its home, whether it agrees to be compared, and its last place.

    `place` is None before a month was compared with at least ten homes like this one, and for whoever
    took its agreement back. A coach is told nothing of it.
    """

    profile: HomeProfile | None
    agrees: bool
    place: SimilarPlace | None
    may_change: bool


def load_similar(connection: Connection, viewer: Viewer | None) -> SimilarReport:
    occupancy_of(viewer)
    if not isinstance(viewer, HouseholdMember):
        return SimilarReport(None, agrees=False, place=None, may_change=False)
    agrees = Purpose.SIMILAR_HOMES in consents.standing_purposes(connection, viewer)
    return SimilarReport(
        profile=similar_homes.load_profile(connection, viewer),
        agrees=agrees,
        place=similar_homes.latest_place(connection, viewer) if agrees else None,
        may_change=True,
    )
