"""A household's own fridge-door sheet, to print at home."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from commonwatt.access import member_of, occupancy_of
from commonwatt.documents.monthly_sheets import Paper
from commonwatt.reports.monthly_sheet import load_monthly_sheet
from commonwatt.storage.audit import note
from dashboards.deps import Database, Language, Now, Reader
from dashboards.monthly_sheets import print_sheets, read_month

router = APIRouter()


@router.get("/home/sheet.pdf")
def monthly_sheet(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    words: Language,
    month: str | None = None,
    paper: Paper = Paper.A4,
) -> Response:
    """The month as one page; each printing is noted, and a guest prints none."""
    member_of(viewer)
    chosen = read_month(month, now_utc)
    sheet = load_monthly_sheet(connection, viewer, chosen, now_utc)
    note(connection, viewer, "sheet", now_utc=now_utc, occupancy_id=occupancy_of(viewer))
    name = f"commonwatt-{chosen:%Y-%m}.pdf"
    return Response(
        print_sheets([sheet], str(request.base_url), words, paper),
        media_type="application/pdf",
        headers={"content-disposition": f'inline; filename="{name}"'},
    )
