"""Where a household types its letters and comes in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from commonwatt.errors import AccessError
from commonwatt.storage.links import read_letters
from dashboards.contexts import EntryPage, PinPage
from dashboards.deps import Language, words
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


def render_pin(request: Request, *, is_wrong: bool) -> HTMLResponse:
    """Ask who opened a household's link for its PIN."""
    language = words(request)
    page = PinPage(
        words=language,
        title=language.text("pin.title"),
        languages=language_links(request, language),
        problem=language.text("pin.wrong") if is_wrong else None,
    )
    return render(request, page, 422 if is_wrong else 200)
