"""All pages as one router, for api.app to mount."""

from __future__ import annotations

from fastapi import APIRouter

from dashboards.pages import household, landlord, maker, public
from dashboards.pages.public import render_error

router = APIRouter()
for pages in (household, maker, landlord, public):
    router.include_router(pages.router)

__all__ = ["render_error", "router"]
