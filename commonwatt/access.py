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
    GUEST = "guest"
    PAUSED = "paused"


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
class Paused:
    """Somebody of a household that took back its first consent: sees no figures until it agrees again."""

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
class Staff:
    """Somebody with an account at a landlord: may choose any of the landlord's buildings."""

    landlord_id: int
    may_change: bool


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who runs the service: sees why messages were refused."""


@dataclass(frozen=True, slots=True)
class Facilitator:
    """Somebody who leads a workshop: sees its kits and whether they live, never consumption."""

    workshop_id: int


Viewer = Maker | HouseholdMember | Paused | Guest | Landlord | Staff | Operator | Facilitator


def viewer_of(kind: str, subject_id: int) -> Viewer:  # noqa: PLR0911 - one a kind
    """The viewer behind a link's audience or an account's role."""
    match kind:
        case Audience.MAKER:
            return Maker(subject_id)
        case Audience.HOUSEHOLD:
            return HouseholdMember(subject_id)
        case Audience.PAUSED:
            return Paused(subject_id)
        case Audience.GUEST:
            return Guest(subject_id)
        case Audience.LANDLORD:
            return Landlord(subject_id)
        case Audience.OPERATOR:
            return Operator()
        case Audience.FACILITATOR:
            return Facilitator(subject_id)
        case Role.LANDLORD_MANAGER | Role.LANDLORD_READER:
            return Staff(subject_id, may_change=kind == Role.LANDLORD_MANAGER)
    raise AccessError


def subject_of(viewer: Viewer | None) -> tuple[str, int]:  # noqa: PLR0911 - one a viewer
    """Who looks, as the database's policies are told: an audience and the id it is about."""
    match viewer:
        case Maker(meter_id):
            return "maker", meter_id
        case HouseholdMember(occupancy_id) | Paused(occupancy_id):
            return "household", occupancy_id
        case Guest(occupancy_id):
            return "guest", occupancy_id
        case Landlord(building_id):
            return "landlord", building_id
        case Staff(landlord_id, _):
            return "staff", landlord_id
        case Operator():
            return "operator", 0
        case Facilitator(workshop_id):
            return "facilitator", workshop_id
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
    """Whose energy the viewer may read."""
    if isinstance(viewer, HouseholdMember | Guest):
        return viewer.occupancy_id
    raise AccessError


def member_of(viewer: Viewer | None) -> int:
    """Whose data the viewer may change, export or erase; a guest may not."""
    if isinstance(viewer, HouseholdMember | Paused):
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
