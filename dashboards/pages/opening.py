"""An operator's page: opens a workshop and hands over, once, what its facilitator takes along."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from commonwatt.access import require_operator
from commonwatt.errors import KitError
from commonwatt.storage.openings import MOST_KITS, VARIANTS, WorkshopOrder, open_workshop
from dashboards.choices import local_date
from dashboards.contexts import FormChoice, OpeningPage
from dashboards.deps import Language, Now, Reader, Workbench
from dashboards.kits import refused_words
from dashboards.rendering import language_links, render
from dashboards.sheets import handover_archive, handover_files

router = APIRouter()


@router.get("/workshops/new")
def form(
    request: Request, viewer: Reader, now_utc: Now, words: Language, refused: str | None = None
) -> HTMLResponse:
    require_operator(viewer)
    page = OpeningPage(
        words=words,
        title=words.text("opening.title"),
        languages=language_links(request, words),
        refused=refused_words(refused, words),
        variants=tuple(FormChoice(name, words.text(f"variant.{name}")) for name in VARIANTS),
        today=local_date(now_utc).isoformat(),
        most_kits=MOST_KITS,
    )
    return render(request, page)


@router.post("/workshops/new")
def open_one(
    request: Request,
    viewer: Reader,
    connection: Workbench,
    now_utc: Now,
    words: Language,
    place: Annotated[str, Form()] = "",
    held_on: Annotated[str, Form()] = "",
    kits: Annotated[str, Form()] = "",
    variant: Annotated[str, Form()] = "",
    facilitator: Annotated[str, Form()] = "",
    parts_revision: Annotated[str, Form()] = "",
) -> Response:
    """Open a workshop; the answer is an archive that is made this once."""
    require_operator(viewer)
    try:
        order = WorkshopOrder(
            place=place,
            held_on=_day(held_on),
            kits=int(kits) if kits.isdecimal() and len(kits) < 4 else 0,
            variant=variant,
            facilitator=facilitator,
            parts_revision=parts_revision,
        )
        handover = open_workshop(connection, order, now_utc)
    except KitError as error:
        return RedirectResponse(f"/workshops/new?refused={error.code}", status_code=303)
    files = handover_files(handover, str(request.base_url).rstrip("/"), words)
    name = f'attachment; filename="commonwatt-workshop-{handover.workshop_id}.zip"'
    headers = {"content-disposition": name}
    return Response(handover_archive(files), media_type="application/zip", headers=headers)


def _day(told: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError as error:
        raise KitError("order_date", told) from error
