"""What stands before and after every route: a refusal of changes from other sites, and headers."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from api.headers import add_headers
from api.problems import answer_status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import Request, Response

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    if comes_from_elsewhere(request):
        response = answer_status(request, HTTPStatus.FORBIDDEN)
    else:
        response = await call_next(request)
    add_headers(request, response)
    return response


def comes_from_elsewhere(request: Request) -> bool:
    """Whether another site may have sent this change in the name of who has our cookie."""
    if request.method in SAFE_METHODS:
        return False
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc != request.headers.get("host")
    return not request.headers.get("authorization", "").lower().startswith("bearer ")
