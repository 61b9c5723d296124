"""For a maker: whether the meter lives, never what it measures."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from api.deps import connection, now_utc, viewer
from api.schemas import MeterOut
from commonwatt.access import Viewer
from commonwatt.reports.maker import load_meter
from commonwatt.storage.pool import Connection

router = APIRouter(prefix="/api/v1", tags=["maker"])


@router.get("/meter")
def meter(
    viewer: Annotated[Viewer | None, Depends(viewer)],
    connection: Annotated[Connection, Depends(connection)],
    now: Annotated[datetime, Depends(now_utc)],
) -> MeterOut:
    """The meter's last sign of life, its readings of today, and its last refusal."""
    return MeterOut.model_validate(load_meter(connection, viewer, now))
