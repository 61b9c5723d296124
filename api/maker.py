"""For a maker: whether the meter lives, never what it measures."""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import Database, Now, Reader
from api.schemas import MeterOut
from commonwatt.reports.maker import load_meter

router = APIRouter(prefix="/api/v1", tags=["maker"])


@router.get("/meter")
def meter(viewer: Reader, connection: Database, now_utc: Now) -> MeterOut:
    """The meter's last sign of life, its readings of today, and its last refusal."""
    return MeterOut.model_validate(load_meter(connection, viewer, now_utc))
