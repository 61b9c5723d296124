"""The pages, as one router for the web server, and the page for what went wrong."""

from __future__ import annotations

from fastapi import APIRouter

from dashboards.pages import (
    claim,
    entry,
    household,
    kit,
    landlord,
    landlord_report,
    login,
    maker,
    monthly_sheet,
    opening,
    own_data,
    own_home,
    public,
    workshop,
)
from dashboards.pages.entry import render_pin
from dashboards.pages.login import render_login_refusal
from dashboards.rendering import render_error

__all__ = ["render_error", "render_login_refusal", "render_pin", "router"]

router = APIRouter(include_in_schema=False)
HOUSEHOLD = (claim, entry, household, monthly_sheet, own_data, own_home)
PAGES = (public, login, *HOUSEHOLD, maker, kit, landlord, landlord_report, workshop, opening)
for page in PAGES:
    router.include_router(page.router)
