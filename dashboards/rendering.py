"""From a page's context to HTML: the templates, and nothing they are not given."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboards.deps import LANGUAGE_COOKIE
from dashboards.words import LANGUAGES

if TYPE_CHECKING:
    from fastapi import Request

    from dashboards.words import Words

_YEAR_S = 31_536_000

templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(
    request: Request, template: str, page: Any, words: Words, status: int = 200
) -> HTMLResponse:
    """Fill a template with exactly the fields of a page's context."""
    context = {each.name: getattr(page, each.name) for each in fields(page)}
    html = templates.get_template(template).render(
        **context,
        words=words,
        t=words.text,
        languages=LANGUAGES,
        language_links={name: _with_language(request, name) for name in LANGUAGES},
    )
    response = HTMLResponse(html, status)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, words.language, max_age=_YEAR_S, httponly=True, samesite="lax"
        )
    return response


def _with_language(request: Request, language: str) -> str:
    url = request.url.include_query_params(lang=language)
    return f"{url.path}?{url.query}"
