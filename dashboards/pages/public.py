"""What anybody may see: what this is, for whom, and what to do when something fails."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from dashboards.contexts import ErrorPage, WelcomePage
from dashboards.deps import Language, words_of
from dashboards.figures import plotly_script
from dashboards.rendering import render

router = APIRouter(include_in_schema=False)

AUDIENCES = ("household", "maker", "landlord")
_WORDED = (404, 422, 503)
_DAY_S = 86_400


@router.get("/")
def welcome(request: Request, words: Language) -> HTMLResponse:
    return render(request, "public/welcome.html", WelcomePage(AUDIENCES), words)


@router.get("/static/plotly.min.js")
def plotly_js() -> Response:
    return Response(
        plotly_script(),
        media_type="text/javascript; charset=utf-8",
        headers={"cache-control": f"public, max-age={_DAY_S}"},
    )


def render_error(request: Request, status: int) -> HTMLResponse:
    """The page of an error, in the reader's language, with a next step."""
    worded = status if status in _WORDED else 500
    page = ErrorPage(worded)
    return render(request, "public/error.html", page, words_of(request), status)
