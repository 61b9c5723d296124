"""The headers that every answer carries, errors included."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import Request, Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src '{style}'; img-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""No style but the one that pages carry, known by its hash."""

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
STATIC_KEPT = "public, max-age=3600"
"""Styles and scripts are nobody's; an upgrade is seen within an hour."""

HSTS = "max-age=31536000"
"""For a year browsers come by HTTPS alone; sent only where cookies are secure."""


def add_headers(request: Request, response: Response) -> None:
    """A page's own policy stands; the rest is the same everywhere."""
    if request.url.path.startswith("/static/") and response.status_code < HTTPStatus.BAD_REQUEST:
        response.headers.setdefault("cache-control", STATIC_KEPT)
    policy = POLICY.format(style=request.app.state.style_hash)
    response.headers.setdefault("content-security-policy", policy)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app.state.secure_cookies:
        response.headers["strict-transport-security"] = HSTS
