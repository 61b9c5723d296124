"""For who runs the service: what was refused and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.deps import Database, Now, Reader, Workbench
from commonwatt.access import require_operator
from commonwatt.storage.audit import note, note_quarantine
from commonwatt.storage.readings import last_refused

router = APIRouter(prefix="/api/v1", tags=["operator"])


class RefusedOut(BaseModel):
    """A message or record that could not be used."""

    received_utc: datetime
    serial: str | None
    topic: str
    code: str
    detail: str


@router.get("/quarantine")
def quarantine(
    viewer: Reader,
    connection: Database,
    workbench: Workbench,
    now_utc: Now,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[RefusedOut]:
    """The last things refused, latest first."""
    require_operator(viewer)
    note(connection, viewer, "quarantine", now_utc=now_utc)
    note_quarantine(workbench, viewer, limit, now_utc)
    entries = last_refused(connection, limit=limit)
    return [
        RefusedOut(**{name: getattr(e, name) for name in RefusedOut.model_fields}) for e in entries
    ]
