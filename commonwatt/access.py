"""Who is looking, and the one place that decides what each may see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from commonwatt.errors import AccessError


class Audience(StrEnum):
    """Whom a link or a page is made for."""

    MAKER = "maker"
    HOUSEHOLD = "household"
    LANDLORD = "landlord"
    OPERATOR = "operator"
    FACILITATOR = "facilitator"


@dataclass(frozen=True, slots=True)
class Maker:
    """Somebody who built a meter: sees whether it lives, never what it measures."""

    meter_id: int


@dataclass(frozen=True, slots=True)
class HouseholdMember:
    """Somebody of one household: sees the data of that occupancy and nothing else."""

    occupancy_id: int


@dataclass(frozen=True, slots=True)
class Landlord:
    """Somebody of the landlord's staff: sees groups of homes of one building."""

    building_id: int


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who runs the service: sees why messages were refused."""


@dataclass(frozen=True, slots=True)
class Facilitator:
    """Somebody who leads a workshop: sees its kits and whether they live, never consumption."""

    workshop_id: int


Viewer = Maker | HouseholdMember | Landlord | Operator | Facilitator


def meter_of(viewer: Viewer | None) -> int:
    if isinstance(viewer, Maker):
        return viewer.meter_id
    raise AccessError


def occupancy_of(viewer: Viewer | None) -> int:
    if isinstance(viewer, HouseholdMember):
        return viewer.occupancy_id
    raise AccessError


def building_of(viewer: Viewer | None) -> int:
    if isinstance(viewer, Landlord):
        return viewer.building_id
    raise AccessError


def workshop_of(viewer: Viewer | None) -> int:
    if isinstance(viewer, Facilitator):
        return viewer.workshop_id
    raise AccessError


def require_operator(viewer: Viewer | None) -> None:
    if not isinstance(viewer, Operator):
        raise AccessError
