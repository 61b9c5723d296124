"""Whether the process lives and whether it can serve; asked by machines, outside every guard of viewers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from commonwatt.erasure import count_standing
from commonwatt.errors import DatabaseAwayError, MigrationError
from commonwatt.storage.migrate import require_current
from commonwatt.storage.pool import borrow_briefly

if TYPE_CHECKING:
    from fastapi import Request, Response


def healthz(_request: Request) -> Response:
    """The process answers; nothing else is asked."""
    return PlainTextResponse("ok\n")


def readyz(request: Request) -> Response:
    """The database answers, its schema is ours, and nobody who was erased is in it."""
    reason = _find_obstacle(request)
    return JSONResponse({"ready": reason is None, "reason": reason}, 503 if reason else 200)


def _find_obstacle(request: Request) -> str | None:
    try:
        with borrow_briefly(request.app.state.pool) as connection:
            require_current(connection)
            standing = count_standing(connection, request.app.state.erasure_list)
    except DatabaseAwayError:
        return "database_away"
    except MigrationError:
        return "schema_not_current"
    return "erasures_not_replayed" if standing else None


ROUTES = [Route("/healthz", healthz, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]
