"""From a page's record to an answer: the template, and the language the reader chose."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from dashboards.contexts import ErrorPage, Link
from dashboards.deps import LANGUAGE_COOKIE, words
from dashboards.style import STYLE
from dashboards.words import LANGUAGES

if TYPE_CHECKING:
    from fastapi import Request

    from dashboards.contexts import Page
    from dashboards.words import Words

YEAR_S = 31_536_000
TOLD_STATUSES = (403, 404, 405, 422, 429, 503)
"""The errors that have words of their own; any other is told as 500."""

TEMPLATES = Environment(
    loader=PackageLoader("dashboards"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


TEMPLATES.globals["style"] = STYLE


def render(request: Request, page: Page, status: int = 200) -> HTMLResponse:
    context = {field.name: getattr(page, field.name) for field in fields(page)}
    response = HTMLResponse(TEMPLATES.get_template(page.template).render(context), status)
    response.headers["vary"] = "accept-language, cookie"
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, page.words.chosen, max_age=YEAR_S, samesite="lax", httponly=True
        )
    return response


def render_error(request: Request, status: int) -> HTMLResponse:
    """What happened and what to do next; forbidden reads as not found."""
    told = status if status in TOLD_STATUSES else 500
    language = words(request)
    page = ErrorPage(
        words=language,
        title=language.text(f"error.{told}.title"),
        languages=language_links(request, language),
        text=language.text(f"error.{told}.text"),
    )
    return render(request, page, status)


def language_links(request: Request, words: Words) -> tuple[Link, ...]:
    """The same page in each language."""
    return tuple(
        Link(name, f"?{request.url.include_query_params(lang=code).query}", code == words.chosen)
        for code, name in LANGUAGES.items()
    )
