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


class AccountAction(StrEnum):
    """What can be done with an account."""

    ADD = "add"
    DISABLE = "disable"
    RESET = "reset"


class Role(StrEnum):
    """What an account is for."""

    OPERATOR = "operator"
    LANDLORD_MANAGER = "landlord_manager"
    LANDLORD_READER = "landlord_reader"


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
class Staff:
    """Somebody with an account at a landlord: may choose any of the landlord's buildings."""

    landlord_id: int
    may_change: bool


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who runs the service: sees why messages were refused."""


Viewer = Maker | HouseholdMember | Landlord | Staff | Operator


def viewer_of(kind: str, subject_id: int) -> Viewer:
    """The viewer behind a link's audience or an account's role."""
    match kind:
        case Audience.MAKER:
            return Maker(subject_id)
        case Audience.HOUSEHOLD:
            return HouseholdMember(subject_id)
        case Audience.LANDLORD:
            return Landlord(subject_id)
        case Audience.OPERATOR:
            return Operator()
        case Role.LANDLORD_MANAGER | Role.LANDLORD_READER:
            return Staff(subject_id, may_change=kind == Role.LANDLORD_MANAGER)
    raise AccessError


def subject_of(viewer: Viewer | None) -> tuple[str, int]:
    """Who looks, as the database's policies are told: an audience and the id it is about."""
    match viewer:
        case Maker(meter_id):
            return "maker", meter_id
        case HouseholdMember(occupancy_id):
            return "household", occupancy_id
        case Landlord(building_id):
            return "landlord", building_id
        case Staff(landlord_id, _):
            return "staff", landlord_id
        case Operator():
            return "operator", 0
        case None:
            return "", 0


def describe(viewer: Viewer | None) -> str:
    """Who looked, for the audit log."""
    audience, subject_id = subject_of(viewer)
    return f"{audience} {subject_id}" if audience else "nobody"


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


def require_operator(viewer: Viewer | None) -> None:
    if not isinstance(viewer, Operator):
        raise AccessError


def may_publish(home_energies_wh: list[float]) -> bool:
    """Whether the sum of these homes hides each of them."""
    total_wh = sum(home_energies_wh)
    if len(home_energies_wh) < SMALLEST_GROUP or total_wh <= 0:
        return False
    return max(home_energies_wh) <= LARGEST_SHARE * total_wh
