"""Where a household types its letters and comes in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from commonwatt.errors import AccessError
from commonwatt.storage.links import read_letters
from dashboards.contexts import EntryPage
from dashboards.deps import Language
from dashboards.rendering import language_links, render

router = APIRouter()


@router.get("/enter")
def ask_letters(request: Request, words: Language) -> HTMLResponse:
    page = EntryPage(
        words=words,
        title=words.text("enter.title"),
        languages=language_links(request, words),
    )
    return render(request, page)


@router.post("/enter")
def enter(letters: Annotated[str, Form(max_length=60)]) -> RedirectResponse:
    """Go on as if the link of these letters had been opened."""
    token = read_letters(letters)
    if not (token.isascii() and token.isalnum()):
        raise AccessError
    return RedirectResponse(f"/l/{token}", 303)
