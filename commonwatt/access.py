"""Who is looking, and the one place that decides what each may see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from commonwatt.errors import AccessError
from commonwatt.model import SMALLEST_GROUP

LARGEST_SHARE = 0.5
"""No single home may be more than this share of a figure a landlord sees."""


class Audience(StrEnum):
    """Whom a link or a page is made for."""

    MAKER = "maker"
    HOUSEHOLD = "household"
    LANDLORD = "landlord"
    OPERATOR = "operator"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Maker:
    """Somebody who built a meter: sees whether it lives, never what it measures."""

    meter_id: int


@dataclass(frozen=True, slots=True)
class HouseholdMember:
    """Somebody of one household: sees the data of that occupancy and nothing else."""

    occupancy_id: int


@dataclass(frozen=True, slots=True)
class Guest:
    """A coach with a household's read pass: sees its energy for a week, and nothing else."""

    occupancy_id: int


@dataclass(frozen=True, slots=True)
class Landlord:
    """Somebody of the landlord's staff: sees groups of homes of one building."""

    building_id: int


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who runs the service: sees why messages were refused."""


Viewer = Maker | HouseholdMember | Guest | Landlord | Operator


def meter_of(viewer: Viewer | None) -> int:
    if isinstance(viewer, Maker):
        return viewer.meter_id
    raise AccessError


def occupancy_of(viewer: Viewer | None) -> int:
    """Whose energy the viewer may read."""
    if isinstance(viewer, HouseholdMember | Guest):
        return viewer.occupancy_id
    raise AccessError


def member_of(viewer: Viewer | None) -> int:
    """Whose data the viewer may change, export or erase; a guest may not."""
    if isinstance(viewer, HouseholdMember):
        return viewer.occupancy_id
    raise AccessError


def building_of(viewer: Viewer | None) -> int:
    if isinstance(viewer, Landlord):
        return viewer.building_id
    raise AccessError


def require_operator(viewer: Viewer | None) -> None:
    if not isinstance(viewer, Operator):
        raise AccessError


def may_publish(home_energies_wh: list[float]) -> bool:
    """Whether the sum of these homes hides each of them."""
    total_wh = sum(home_energies_wh)
    if len(home_energies_wh) < SMALLEST_GROUP or total_wh <= 0:
        return False
    return max(home_energies_wh) <= LARGEST_SHARE * total_wh
