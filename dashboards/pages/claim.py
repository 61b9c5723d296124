"""Where somebody who stands before a meter takes it home: the code, the dwelling, the consents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from commonwatt.claiming import Claimed, ClaimRequest, claim
from commonwatt.documents.typesetting import qr_svg
from commonwatt.errors import ClaimError, ThrottledError
from commonwatt.storage.consents import Purpose
from commonwatt.storage.links import read_letters
from commonwatt.storage.tries import are_spent, spend_try
from dashboards.consents import TEXTS, consent_choices, text_of
from dashboards.contexts import ClaimedPage, ClaimPage
from dashboards.deps import Language, Now, Workbench
from dashboards.rendering import language_links, render
from dashboards.words import Words

router = APIRouter()

OFFERED = (Purpose.OWN_VIEW, Purpose.BUILDING_FIGURES, Purpose.PAPER, Purpose.OPEN_DATA)
"""What can be agreed to when claiming; a coach is let in later, by name."""


@router.get("/claim")
def form(
    request: Request, words: Language, code: Annotated[str, Query(max_length=40)] = ""
) -> HTMLResponse:
    return _ask(request, words, code)


def _ask(
    request: Request, words: Words, code: str, dwelling: str = "", refused: ClaimError | None = None
) -> HTMLResponse:
    """The form; after a refusal with what was typed, so that nobody types a code twice."""
    page = ClaimPage(
        words=words,
        title=words.text("claim.title"),
        languages=language_links(request, words),
        code=code,
        dwelling=dwelling,
        refused=words.text(f"claim.refused.{refused.code}") if refused else None,
        consents=consent_choices(OFFERED, words),
    )
    return render(request, page, 422 if refused else 200)


@router.post("/claim")
def take_home(
    request: Request,
    connection: Workbench,
    now_utc: Now,
    words: Language,
    code: Annotated[str, Form(max_length=40)],
    dwelling: Annotated[str, Form(max_length=40)] = "",
    pin: Annotated[str, Form(max_length=20)] = "",
    agree: Annotated[list[Purpose] | None, Form(max_length=len(TEXTS))] = None,
) -> HTMLResponse:
    """Tie the meter to the home; the letters that let the household in are shown this once."""
    address = f"claim from {request.client.host if request.client else ''}"
    if are_spent(connection, address, now_utc):
        raise ThrottledError
    try:
        agreed = {purpose: text_of(purpose, words) for purpose in agree or ()}
        asked = ClaimRequest(code, agreed, dwelling, pin.strip())
        claimed = claim(connection, asked, now_utc)
    except ClaimError as error:
        spend_try(connection, address, now_utc)
        return _ask(request, words, code, dwelling, error)
    return render(request, claimed_page(request, claimed, words))


def claimed_page(request: Request, claimed: Claimed, words: Words) -> ClaimedPage:
    path = f"/l/{read_letters(claimed.letters)}"
    url = f"{str(request.base_url).rstrip('/')}{path}"
    return ClaimedPage(
        words=words,
        title=words.text("claimed.title"),
        languages=(),
        letters=claimed.letters,
        url=url,
        picture=Markup(qr_svg(url).decode()),  # noqa: S704 - drawn here, of squares alone
    )
