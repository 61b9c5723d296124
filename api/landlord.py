"""For a landlord: months of groups of homes, never a household."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.deps import Database, Now, Reader
from api.schemas import BuildingChoiceOut, BuildingOut, BuildingSavingsOut, OpenDataOut
from api.tags import UNCHANGED, tagged
from commonwatt.reports.building import load_building
from commonwatt.reports.building_savings import load_building_savings
from commonwatt.reports.open_data import load_open_data
from commonwatt.storage.landlords import choose_building, list_buildings

router = APIRouter(prefix="/api/v1", tags=["landlord"])


@router.get("/building", response_model=BuildingOut, responses=UNCHANGED)
def building(request: Request, viewer: Reader, connection: Database, now_utc: Now) -> Response:
    """The building's closed months, released or withheld with the reason."""
    return tagged(request, BuildingOut.model_validate(load_building(connection, viewer, now_utc)))


@router.get("/buildings")
def buildings(viewer: Reader, connection: Database) -> list[BuildingChoiceOut]:
    """The buildings that the viewer may open."""
    choices = list_buildings(connection, viewer)
    return [BuildingChoiceOut.model_validate(choice) for choice in choices]


@router.get("/buildings/{building_id}", response_model=BuildingOut, responses=UNCHANGED)
def one_building(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    building_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
) -> Response:
    """One building's closed months, as above."""
    landlord = choose_building(connection, viewer, building_id)
    return tagged(request, BuildingOut.model_validate(load_building(connection, landlord, now_utc)))


@router.get("/landlord/buildings/{building_id}/savings")
def savings(
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    building_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
) -> BuildingSavingsOut:
    """What the building saved since each action: figures, or the reason why there are none."""
    landlord = choose_building(connection, viewer, building_id)
    return BuildingSavingsOut.model_validate(load_building_savings(connection, landlord, now_utc))


@router.get("/open/{slug}")
def open_data(
    connection: Database, slug: Annotated[str, Path(pattern=r"^[a-z0-9-]{1,80}$")]
) -> OpenDataOut:
    """The told months of a building that its landlord opened to everybody."""
    return OpenDataOut.model_validate(load_open_data(connection, slug))
