"""The page where operators and landlords' staff log in; households open a link instead."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dashboards.contexts import LoginPage
from dashboards.deps import Language, words
from dashboards.rendering import language_links, render
from dashboards.words import Words

router = APIRouter()


@router.get("/login")
def login(request: Request, words: Language) -> HTMLResponse:
    return _render(request, words, None, 200)


def render_login_refusal(request: Request) -> HTMLResponse:
    """The form again, with one sentence for a wrong login and for a wrong password alike."""
    language = words(request)
    return _render(request, language, language.text("login.wrong"), 422)


def _render(request: Request, words: Words, problem: str | None, status: int) -> HTMLResponse:
    page = LoginPage(
        words=words,
        title=words.text("login.title"),
        languages=language_links(request, words),
        problem=problem,
    )
    return render(request, page, status)
