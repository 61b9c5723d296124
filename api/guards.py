"""Which requests are refused before any route: changes that another site sends."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from fastapi import Request

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def comes_from_elsewhere(request: Request) -> bool:
    """Whether another site may have sent this change in the name of who has our cookie.

    A browser says where a change comes from; what says nothing and brings no cookie is a program
    with a secret of its own, such as a display of 2014.
    """
    if request.method in SAFE_METHODS:
        return False
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc != request.headers.get("host")
    bearer = request.headers.get("authorization", "").lower().startswith("bearer ")
    return "cookie" in request.headers and not bearer
