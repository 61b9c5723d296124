"""The web application: routers, pages, and the one table from errors to HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI, Request, Response
from fastapi.concurrency import contextmanager_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

import dashboards
from api import citizenwatt, household, landlord, maker, operator, own_data, sessions
from commonwatt import __version__
from commonwatt.errors import AccessError, CommonwattError, DatabaseAwayError, InputError
from commonwatt.storage.migrate import require_current
from commonwatt.storage.pool import borrow, open_pool
from dashboards.router import render_error
from dashboards.router import router as pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from commonwatt.storage.pool import Pool

STATUS = {
    AccessError: HTTPStatus.NOT_FOUND,
    InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    DatabaseAwayError: HTTPStatus.SERVICE_UNAVAILABLE,
    CommonwattError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Which status each error becomes; the nearest ancestor counts."""

_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def create_app(
    database_url: str,
    *,
    secure_cookies: bool = False,
    erasure_list: Path = Path("erasures.jsonl"),
) -> FastAPI:
    """Build the application; it opens its database pool when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with contextmanager_in_threadpool(_open_current_pool(database_url)) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(
        title="commonwatt",
        version=__version__,
        lifespan=lifespan,
        dependencies=[Depends(sessions.identify)],
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.secure_cookies = secure_cookies
    app.state.erasure_list = erasure_list
    app.state.clock = sessions.clock
    for router in (household.router, maker.router, landlord.router, operator.router):
        app.include_router(router)
    app.include_router(own_data.router)
    app.include_router(citizenwatt.reading)
    app.include_router(citizenwatt.asking)
    app.include_router(sessions.router)
    app.include_router(pages)
    app.mount("/static", StaticFiles(directory=Path(dashboards.__file__).parent / "static"))
    app.add_exception_handler(CommonwattError, _answer_error)
    app.middleware("http")(_add_headers)
    return app


@contextmanager
def _open_current_pool(database_url: str) -> Iterator[Pool]:
    with open_pool(database_url) as pool:
        with borrow(pool) as connection:
            require_current(connection)
        yield pool


def _answer_error(request: Request, error: Exception) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if request.url.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": status.phrase, "detail": str(error)}
        body = {**problem, "status": status.value}
        return JSONResponse(body, status.value, media_type="application/problem+json")
    return render_error(request, status.value)


async def _add_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
