"""For a landlord: months of groups of homes, never a household."""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import Database, Now, Reader
from api.schemas import BuildingOut
from commonwatt.reports.building import load_building

router = APIRouter(prefix="/api/v1", tags=["landlord"])


@router.get("/building")
def building(viewer: Reader, connection: Database, now_utc: Now) -> BuildingOut:
    """The building's closed months, released or withheld with the reason."""
    return BuildingOut.model_validate(load_building(connection, viewer, now_utc))
