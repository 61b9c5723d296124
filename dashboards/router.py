"""The pages, as one router for the web server, and the page for what went wrong."""

from __future__ import annotations

from fastapi import APIRouter

from dashboards.pages import (
    advice,
    always_on,
    building_savings,
    claim,
    compare,
    entry,
    guide,
    household,
    kit,
    landlord,
    landlord_report,
    login,
    maker,
    money,
    monthly_sheet,
    open_data,
    opening,
    own_data,
    own_home,
    pieces,
    public,
    saving,
    workshop,
)
from dashboards.pages.entry import render_pin
from dashboards.pages.login import render_login_refusal
from dashboards.rendering import render_error

__all__ = ["render_error", "render_login_refusal", "render_pin", "router"]

router = APIRouter(include_in_schema=False)
OWN = (compare, advice, own_data, own_home, monthly_sheet)
HOUSEHOLD = (claim, entry, household, money, saving, always_on, *OWN)
LANDLORD = (landlord, landlord_report, building_savings)
PUBLIC = (public, pieces, guide, open_data, login)
PAGES = (*PUBLIC, *HOUSEHOLD, maker, kit, *LANDLORD, workshop, opening)
for page in PAGES:
    router.include_router(page.router)
