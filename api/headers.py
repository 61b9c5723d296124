"""The headers that every answer carries, errors included."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import Request, Response

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS = "max-age=31536000"
"""For a year browsers come by HTTPS alone; sent only where cookies are secure."""


def add_headers(request: Request, response: Response) -> None:
    """A page's own policy stands; the rest is the same everywhere."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app.state.secure_cookies:
        response.headers["strict-transport-security"] = HSTS
