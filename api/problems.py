"""The one table from errors to HTTP: problem documents for programs, pages for people."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api.headers import add_headers
from commonwatt.errors import (
    AccessError,
    CommonwattError,
    DatabaseAwayError,
    InputError,
    ThrottledError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request

STATUS = {
    AccessError: HTTPStatus.NOT_FOUND,
    InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ThrottledError: HTTPStatus.TOO_MANY_REQUESTS,
    DatabaseAwayError: HTTPStatus.SERVICE_UNAVAILABLE,
    CommonwattError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Which status each error becomes; the nearest ancestor counts."""

NEXT = {
    HTTPStatus.FORBIDDEN: "This change came from another site. Send it from our own pages, "
    "or with a Bearer token.",
    HTTPStatus.NOT_FOUND: "There is nothing here for you. Check the address and the token; "
    "a link that was taken back opens nothing.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method; see the header Allow.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many tries. Wait as long as the header Retry-After says.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database does not answer. Try again in a minute.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something broke here; it is not your fault. Try again, "
    "and tell who runs the service if it lasts.",
}
"""What a program's author does next, where the error itself does not say it."""


class Problem(BaseModel):
    """What went wrong and what to do next (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[dict[str, str]] | None = None


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status.value: {"model": Problem, "description": status.phrase}
    for status in (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
}
"""What any route may answer besides its own, for the description of the API."""

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = {HTTPStatus.TOO_MANY_REQUESTS: 300, HTTPStatus.SERVICE_UNAVAILABLE: 60}

_log = logging.getLogger(__name__)


def add_problems(app: FastAPI) -> None:
    app.add_exception_handler(CommonwattError, _answer_ours)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unknown)


def describe_problems(described: dict[str, Any]) -> dict[str, Any]:
    """The description with problems as what they are sent as."""
    for path in described["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {})
                if int(status) >= HTTPStatus.BAD_REQUEST and "application/json" in content:
                    content[MEDIA_TYPE] = content.pop("application/json")
    return described


def answer_status(
    request: Request,
    status: HTTPStatus,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    if request.url.path.startswith("/api/"):
        response: Response = _problem(request, status, detail, more)
    else:
        response = request.app.state.render_error(request, status.value)
    response.headers.update(headers or {})
    if status in RETRY_AFTER_S:
        response.headers["retry-after"] = str(RETRY_AFTER_S[status])
    return response


def _problem(
    request: Request, status: HTTPStatus, detail: str | None, more: dict[str, Any]
) -> JSONResponse:
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail or NEXT.get(status, status.description),
        "instance": request.url.path,
        **more,
    }
    return JSONResponse(body, status.value, media_type=MEDIA_TYPE)


def _answer_ours(request: Request, error: Exception) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    told = str(error) if isinstance(error, InputError) else None
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s: %s", type(error).__name__, error)
    return answer_status(request, status, told)


def _answer_validation(request: Request, error: Exception) -> Response:
    """Name each parameter that cannot be used; what was sent is not sent back."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [{"where": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in found]
    detail = "Correct these and send again: " + "; ".join(
        f"{e['where']}: {e['message']}" for e in errors
    )
    return answer_status(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)


def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return _answer_unknown(request, error)
    return answer_status(request, HTTPStatus(error.status_code), headers=error.headers)


def _answer_unknown(request: Request, _: Exception) -> Response:
    """Outside every guard, so that the headers are added here; the server logs the error."""
    response = answer_status(request, HTTPStatus.INTERNAL_SERVER_ERROR)
    add_headers(request, response)
    return response
