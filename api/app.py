"""The web application: routers, pages, guards, and its pool."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.concurrency import contextmanager_in_threadpool
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles

import dashboards
from api import (
    advice,
    citizenwatt,
    health,
    household,
    landlord,
    maker,
    money,
    operator,
    own_data,
    sessions,
    workshop,
)
from api.guards import comes_from_elsewhere
from api.headers import add_headers
from api.problems import PROBLEMS, add_problems, answer_status, describe_problems
from commonwatt import __version__
from commonwatt.erasure import replay
from commonwatt.storage.migrate import require_current
from commonwatt.storage.pool import borrow, open_pool
from dashboards.router import render_error, render_login_refusal, render_pin
from dashboards.router import router as pages
from dashboards.style import STYLE_HASH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from commonwatt.storage.pool import Pool


COMPRESSION = 6
"""Pages shrink to a sixth; more effort gains a hundredth."""


class _Application(FastAPI):
    """Describes its problems as what they are."""

    def openapi(self) -> dict[str, Any]:
        return describe_problems(super().openapi())


def create_app(
    database_url: str,
    *,
    secure_cookies: bool = False,
    erasure_list: Path = Path("erasures.jsonl"),
) -> FastAPI:
    """Build the application; it opens its database pool when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with contextmanager_in_threadpool(
            _open_pool_to_serve(database_url, erasure_list)
        ) as pool:
            app.state.pool = pool
            yield

    app = _Application(
        title="commonwatt",
        version=__version__,
        lifespan=lifespan,
        dependencies=[Depends(sessions.identify)],
        responses=PROBLEMS,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.secure_cookies = secure_cookies
    app.state.erasure_list = erasure_list
    app.state.clock = sessions.clock
    for door in (household, money, advice, own_data, maker, landlord, operator, workshop):
        app.include_router(door.router)
    app.include_router(citizenwatt.reading)
    app.include_router(citizenwatt.asking)
    app.include_router(sessions.router)
    app.include_router(pages)
    app.router.routes.extend(health.ROUTES)
    app.mount("/static", StaticFiles(directory=Path(dashboards.__file__).parent / "static"))
    app.state.render_error = render_error
    app.state.style_hash = STYLE_HASH
    app.state.render_login = render_login_refusal
    app.state.render_pin = render_pin
    add_problems(app)
    app.middleware("http")(_guard)
    app.add_middleware(GZipMiddleware, compresslevel=COMPRESSION)
    return app


def describe_api() -> str:
    """The OpenAPI description, written the same way every time."""
    described = create_app("postgresql://nowhere").openapi()
    return json.dumps(described, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


@contextmanager
def _open_pool_to_serve(database_url: str, erasure_list: Path) -> Iterator[Pool]:
    """Nothing is served before whoever a restore brought back is erased again."""
    with open_pool(database_url) as pool:
        with borrow(pool) as connection:
            require_current(connection)
            replay(connection, erasure_list)
        yield pool


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    if comes_from_elsewhere(request):
        response = answer_status(request, HTTPStatus.FORBIDDEN)
    else:
        response = await call_next(request)
    add_headers(request, response)
    return response
