"""Reports with a tag: who has the same one already is told so, and nothing is sent."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from fastapi.responses import Response

if TYPE_CHECKING:
    from fastapi import Request
    from pydantic import BaseModel

UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Nothing has changed since the report of that tag"}
}
"""For the description of the API: what a tagged report may answer besides itself."""

_HEADERS = {"cache-control": "private, no-cache", "vary": "authorization, cookie"}


def tagged(request: Request, report: BaseModel) -> Response:
    """The report, or 304 if the tag in If-None-Match says that nothing but the time has changed."""
    told = report.model_dump(mode="json")
    tag = f'"{_digest(_without_clock(told))}"'
    headers = {"etag": tag, **_HEADERS}
    known = {each.strip() for each in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, f"W/{tag}", "*"}:
        return Response(status_code=304, headers=headers)
    return Response(_written(told), media_type="application/json", headers=headers)


def _without_clock(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: _without_clock(value) for key, value in told.items() if key != "now_utc"}
    if isinstance(told, list):
        return [_without_clock(value) for value in told]
    return told


def _digest(told: Any) -> str:
    return hashlib.sha256(_written(told)).hexdigest()[:32]


def _written(told: Any) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
