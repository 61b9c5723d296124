"""A building's report as PDF, for whoever may see the building's page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from commonwatt.reports.landlord_report import load_landlord_report
from commonwatt.storage.landlords import choose_building
from dashboards.deps import Database, Language, Now, Reader
from dashboards.landlord_reports import print_landlord_report

router = APIRouter()


@router.get("/building/{building_id}/report.pdf")
def landlord_report(
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    words: Language,
    building_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
) -> Response:
    landlord = choose_building(connection, viewer, building_id)
    report = load_landlord_report(connection, landlord, now_utc)
    return Response(
        print_landlord_report(report, words),
        media_type="application/pdf",
        headers={"content-disposition": 'inline; filename="commonwatt-building.pdf"'},
    )
