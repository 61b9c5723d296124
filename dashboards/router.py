"""The pages, as one router for the web server, and the page for what went wrong."""

from __future__ import annotations

from fastapi import APIRouter

from dashboards.pages import household, kit, landlord, login, maker, opening, public, workshop
from dashboards.pages.login import render_login_refusal
from dashboards.rendering import render_error

__all__ = ["render_error", "render_login_refusal", "router"]

router = APIRouter(include_in_schema=False)
for page in (public, login, household, maker, kit, landlord, workshop, opening):
    router.include_router(page.router)
