"""For a landlord: months of groups of homes, never a household."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from api.deps import connection, now_utc, viewer
from api.schemas import BuildingOut
from commonwatt.access import Viewer
from commonwatt.reports.building import load_building
from commonwatt.storage.pool import Connection

router = APIRouter(prefix="/api/v1", tags=["landlord"])


@router.get("/building")
def building(
    viewer: Annotated[Viewer | None, Depends(viewer)],
    connection: Annotated[Connection, Depends(connection)],
    now: Annotated[datetime, Depends(now_utc)],
) -> BuildingOut:
    """The building's closed months, released or withheld with the reason."""
    return BuildingOut.model_validate(load_building(connection, viewer, now))
