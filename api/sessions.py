"""Who is looking: a link's token, brought by a cookie or a Bearer header, becomes a viewer."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from commonwatt.access import Guest, HouseholdMember, Landlord, Maker, Viewer
from commonwatt.errors import AccessError
from commonwatt.storage.links import find_viewer
from commonwatt.storage.pool import Pool, borrow

COOKIE = "commonwatt"
_YEAR_S = 31_536_000
_HOMES = {Maker: "/meter", HouseholdMember: "/home", Guest: "/home", Landlord: "/building"}

router = APIRouter()


def identify(request: Request) -> None:
    """Set request.state.viewer for every route."""
    token = _token(request)
    request.state.viewer = _viewer(request.app.state.pool, token) if token else None


def clock() -> datetime:
    return datetime.now(UTC)


@router.get("/l/{token}", include_in_schema=False)
def enter(request: Request, token: str) -> RedirectResponse:
    """Open a link: keep its token in a cookie and go to the page it is for."""
    viewer = _viewer(request.app.state.pool, token)
    if viewer is None:
        raise AccessError
    response = RedirectResponse(_HOMES.get(type(viewer), "/"), status_code=303)
    response.set_cookie(
        COOKIE,
        token,
        max_age=_YEAR_S,
        httponly=True,
        samesite="lax",
        secure=request.app.state.secure_cookies,
    )
    return response


def _token(request: Request) -> str | None:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    return bearer if scheme.lower() == "bearer" else request.cookies.get(COOKIE)


def _viewer(pool: Pool, token: str) -> Viewer | None:
    with borrow(pool) as connection:
        return find_viewer(connection, token)
