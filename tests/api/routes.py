"""Every route of the application, asked of the application itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """One method of one path."""

    method: str
    path: str

    def filled(self, **values: object) -> str:
        """The path with its parameters filled in; 1 where none is given."""
        return re.sub(r"\{(\w+)(:\w+)?\}", lambda m: str(values.get(m[1], 1)), self.path)


def list_routes(app: FastAPI) -> list[Route]:
    found: set[Route] = set()
    waiting: list[Any] = list(app.routes)
    while waiting:
        route = waiting.pop()
        inner = getattr(route, "original_router", None) or getattr(route, "router", None)
        waiting += list(getattr(inner, "routes", []))
        if hasattr(route, "endpoint"):
            found |= {Route(method, route.path) for method in route.methods - {"HEAD"}}
    return sorted(found)
