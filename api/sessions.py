"""Who is looking: a session's cookie or a link's Bearer token becomes a viewer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from commonwatt.access import Facilitator, HouseholdMember, Landlord, Maker, Staff, Viewer
from commonwatt.errors import AccessError, ThrottledError
from commonwatt.storage.accounts import check_login
from commonwatt.storage.audit import note
from commonwatt.storage.links import find_viewer
from commonwatt.storage.pool import borrow
from commonwatt.storage.sessions import (
    ACCOUNT_LIFE,
    LINK_LIFE,
    begin_account_session,
    begin_link_session,
    count_try,
    end_session,
    find_session,
    is_throttled,
)

COOKIE = "commonwatt"
SECURE_COOKIE = f"__Host-{COOKIE}"
"""Over HTTPS the name alone makes browsers refuse the cookie from any other host or path."""

_HOMES = {
    Maker: "/kit",
    HouseholdMember: "/home",
    Landlord: "/building",
    Staff: "/buildings",
    Facilitator: "/workshop",
}

router = APIRouter(include_in_schema=False)


def identify(request: Request) -> None:
    """Set request.state.viewer for every route."""
    bearer, token = _bearer(request), request.cookies.get(_cookie_name(request))
    request.state.viewer = None
    if bearer or token:
        with borrow(request.app.state.pool) as connection:
            request.state.viewer = (
                find_viewer(connection, bearer)
                if bearer
                else find_session(connection, token or "", request.app.state.clock())
            )


def clock() -> datetime:
    return datetime.now(UTC)


@router.get("/l/{token}")
def enter(request: Request, token: str) -> RedirectResponse:
    """Open a link: begin a session, keep it in a cookie and go to the page it is for."""
    viewer, session = _open_link(request, token)
    response = RedirectResponse(_HOMES.get(type(viewer), "/"), status_code=303)
    _set_cookie(request, response, session, LINK_LIFE)
    return response


@router.post("/login")
def log_in(
    request: Request, login: Annotated[str, Form()], password: Annotated[str, Form()]
) -> Response:
    """Begin a session of an account; the one before, if any, is not taken over."""
    now_utc = request.app.state.clock()
    keys = (f"login {login.strip().lower()}", f"login from {_address(request)}")
    with borrow(request.app.state.pool) as connection:
        if any(is_throttled(connection, key, now_utc) for key in keys):
            raise ThrottledError
        for key in keys:
            count_try(connection, key, now_utc)
        account = check_login(connection, login.strip().lower(), password)
        note(
            connection,
            account.viewer if account else None,
            "login" if account else "failed login",
            now_utc=now_utc,
        )
        if account is None:
            refused: Response = request.app.state.render_login(request)
            return refused
        session = begin_account_session(connection, account.account_id, now_utc)
    response = RedirectResponse(_HOMES.get(type(account.viewer), "/"), status_code=303)
    _set_cookie(request, response, session, ACCOUNT_LIFE)
    return response


@router.post("/logout")
def leave(request: Request) -> RedirectResponse:
    """End the session for good, here and for whoever has copied its cookie."""
    token = request.cookies.get(_cookie_name(request))
    if token:
        with borrow(request.app.state.pool) as connection:
            end_session(connection, token, request.app.state.clock())
    response = RedirectResponse("/", status_code=303)
    response.delete_cookie(
        _cookie_name(request), secure=request.app.state.secure_cookies, httponly=True
    )
    return response


def _open_link(request: Request, token: str) -> tuple[Viewer, str]:
    now_utc = request.app.state.clock()
    address = f"link from {_address(request)}"
    with borrow(request.app.state.pool) as connection:
        if is_throttled(connection, address, now_utc):
            raise ThrottledError
        viewer = find_viewer(connection, token)
        if viewer is None:
            count_try(connection, address, now_utc)
            raise AccessError
        return viewer, begin_link_session(connection, token, now_utc)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _set_cookie(request: Request, response: Response, session: str, life: timedelta) -> None:
    response.set_cookie(
        _cookie_name(request),
        session,
        max_age=int(life.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.app.state.secure_cookies,
    )


def _cookie_name(request: Request) -> str:
    return SECURE_COOKIE if request.app.state.secure_cookies else COOKIE


def _bearer(request: Request) -> str | None:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    return bearer if scheme.lower() == "bearer" else None
