"""The page for who comes without a link."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dashboards.contexts import WelcomePage
from dashboards.deps import Language
from dashboards.rendering import language_links, render
from dashboards.words import LANGUAGES, Words

router = APIRouter()


@router.get("/")
def welcome(request: Request, words: Language) -> HTMLResponse:
    page = WelcomePage(
        words=words,
        title=words.text("public.title"),
        languages=language_links(request, words),
        others=tuple(Words(other) for other in LANGUAGES if other != words.chosen),
    )
    return render(request, page)
