"""Who is looking: a session's cookie or a link's Bearer token becomes a viewer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from commonwatt.access import (
    Facilitator,
    Guest,
    HouseholdMember,
    Landlord,
    Maker,
    Paused,
    Staff,
    Viewer,
    member_of,
)
from commonwatt.errors import AccessError, ThrottledError
from commonwatt.storage.accounts import check_login
from commonwatt.storage.audit import note
from commonwatt.storage.links import OpenLink, find_link, find_viewer
from commonwatt.storage.pins import check_pin
from commonwatt.storage.pool import borrow
from commonwatt.storage.sessions import (
    ACCOUNT_LIFE,
    LINK_LIFE,
    begin_account_session,
    begin_link_session,
    end_session,
    find_session,
)
from commonwatt.storage.tries import are_spent, spend_try

COOKIE = "commonwatt"
SECURE_COOKIE = f"__Host-{COOKIE}"
"""Over HTTPS the name alone makes browsers refuse the cookie from any other host or path."""

_HOMES = {
    Maker: "/kit",
    HouseholdMember: "/home",
    Paused: "/home/data",
    Guest: "/home",
    Landlord: "/building",
    Staff: "/buildings",
    Facilitator: "/workshop",
}

router = APIRouter(include_in_schema=False)


def identify(request: Request) -> None:
    """Set request.state.viewer for every route; what a guest looks at is noted for the household."""
    look_up(request)
    viewer = request.state.viewer
    if isinstance(viewer, Guest):
        with borrow(request.app.state.pool) as connection:
            what = "live" if request.url.path.endswith("/live") else "energy"
            now_utc = request.app.state.clock()
            note(connection, viewer, what, now_utc=now_utc, occupancy_id=viewer.occupancy_id)


def look_up(request: Request) -> None:
    """Find whom the request's secret lets in at this moment."""
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
def enter(request: Request, token: str) -> Response:
    """Open a link: ask for the household's PIN if it has one, else begin a session."""
    link = _open_link(request, token)
    if link.asks_pin:
        asking: Response = request.app.state.render_pin(request, is_wrong=False)
        return asking
    return _let_in(request, token, link.viewer)


@router.post("/l/{token}")
def enter_with_pin(
    request: Request, token: str, pin: Annotated[str, Form(max_length=40)] = ""
) -> Response:
    """Open a link whose household has a PIN."""
    link = _open_link(request, token)
    if link.asks_pin and not _is_pin_right(request, member_of(link.viewer), pin):
        asking: Response = request.app.state.render_pin(request, is_wrong=True)
        return asking
    return _let_in(request, token, link.viewer)


@router.post("/login")
def log_in(
    request: Request, login: Annotated[str, Form()], password: Annotated[str, Form()]
) -> Response:
    """Begin a session of an account; the one before, if any, is not taken over."""
    now_utc = request.app.state.clock()
    keys = (f"login {login.strip().lower()}", f"login from {_address(request)}")
    with borrow(request.app.state.pool) as connection:
        if not all(spend_try(connection, key, now_utc) for key in keys):
            raise ThrottledError
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


def _open_link(request: Request, token: str) -> OpenLink:
    now_utc = request.app.state.clock()
    address = f"link from {_address(request)}"
    with borrow(request.app.state.pool) as connection:
        if are_spent(connection, address, now_utc):
            raise ThrottledError
        link = find_link(connection, token)
        if link is None:
            spend_try(connection, address, now_utc)
            raise AccessError
        return link


def _is_pin_right(request: Request, occupancy_id: int, pin: str) -> bool:
    now_utc, household = request.app.state.clock(), f"pin of {occupancy_id}"
    with borrow(request.app.state.pool) as connection:
        if not spend_try(connection, household, now_utc):
            raise ThrottledError
        return check_pin(connection, occupancy_id, pin.strip())


def _let_in(request: Request, token: str, viewer: Viewer) -> RedirectResponse:
    with borrow(request.app.state.pool) as connection:
        session = begin_link_session(connection, token, request.app.state.clock())
    response = RedirectResponse(_HOMES.get(type(viewer), "/"), status_code=303)
    _set_cookie(request, response, session, LINK_LIFE)
    return response


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
