"""The pages, as one router for the web server, and the page for what went wrong."""

from __future__ import annotations

from fastapi import APIRouter

from dashboards.pages import entry, household, landlord, maker, own_data, public
from dashboards.rendering import render_error

__all__ = ["render_error", "router"]

router = APIRouter(include_in_schema=False)
for page in (public, entry, household, own_data, maker, landlord):
    router.include_router(page.router)
