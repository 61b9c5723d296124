"""axe-core finds nothing to say, on every page that a route serves and in the states of their reports."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from dashboards.words import EASY, LANGUAGES
from tests.api.conftest import doors, full_doors
from tests.api.routes import list_routes
from tests.api.test_matrix import MATRIX, VIEWERS
from tests.dashboards.landlord_samples import (
    SAVINGS,
    open_report,
    show_open_data,
    show_savings,
)
from tests.dashboards.money_samples import (
    alert,
    always_on_report,
    moment,
    money_report,
    offers_report,
    saving_found,
    show_money,
    silent_always_on,
    similar_report,
    unpriced,
)
from tests.dashboards.samples import (
    building_report,
    empty_household_report,
    new_meter_progress,
    sample_app,
    silent_household_report,
    silent_meter_progress,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from playwright.sync_api import Browser, Page

    from tests.api.conftest import Doors

__all__ = ["doors", "full_doors"]

WIDTHS_PX = (360, 1280)
START_WITHIN_S = 20
STATES: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing measured": ("/home", {"household": empty_household_report()}),
    "silent": ("/home", {"household": silent_household_report()}),
    "no contract": (
        "/home/money",
        {"money": money_report(cost=unpriced(), forecast=None, budget=None, heater=None)},
    ),
    "within budget": ("/home/money", {}),
    "cheaper contract": ("/home/money/contracts", {"offers": offers_report(-23.4, 12.0)}),
    "no comparison": ("/home/money/contracts", {"offers": None}),
    "a drop": ("/home/saving", {"saving": saving_found(0.8)}),
    "a rise": ("/home/saving", {"saving": saving_found(1.25)}),
    "no weather": ("/home/saving", {"saving": saving_found(assessment=None, worth=None)}),
    "hunting": ("/home/always-on?hunt=800,700", {"always_on": always_on_report()}),
    "hunt without power": ("/home/always-on", {"always_on": silent_always_on()}),
    "above the limit": ("/home", {"moment": moment(margin_w=-740.0)}),
    "told of a day": ("/home", {"alerts": (alert(),)}),
    "a tip": ("/home/advice", {}),
    "homes alike": ("/home/compare", {}),
    "no homes alike": ("/home/compare", {"similar": similar_report(place=None)}),
    "a week": ("/home?view=week&date=2026-01-14", {}),
    "silent meter": ("/meter", {"meter": silent_meter_progress()}),
    "new meter": ("/meter", {"meter": new_meter_progress()}),
    "months": ("/building", {"building": building_report()}),
    "no months": ("/building", {"building": building_report(())}),
    "every piece": ("/pieces", {}),
    "not found": ("/nothing-here", {}),
}


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application on a free port; it is not started anew, for its fixture has done that."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline_s = time.monotonic() + START_WITHIN_S
        while not server.started and time.monotonic() < deadline_s:
            time.sleep(0.02)
        yield "http://{}:{}".format(*listener.getsockname())
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield found
        found.close()


def complaints(page: Page) -> list[str]:
    """What axe-core finds, with everything unfolded; and whether the page is too wide."""
    page.evaluate("document.querySelectorAll('details').forEach(closed => closed.open = true)")
    found = [
        f"{each['id']}: {node['html'][:120]}"
        for each in Axe().run(page).response["violations"]
        for node in each["nodes"]
    ]
    spare_px = page.evaluate("innerWidth - document.documentElement.scrollWidth")
    return found if spare_px >= 0 else [*found, f"{-spare_px} px too wide"]


def pages(doors: Doors) -> list[tuple[str, str]]:
    """Every page that answers, with the first viewer who may open it."""
    found = []
    for route in list_routes(doors.app):
        viewers = MATRIX.get(f"{route.method} {route.path}", [])
        if route.method != "GET" or route.path.startswith("/api/") or not viewers:
            continue
        path = route.filled(**doors.values)
        answer = doors.client.get(path, headers=doors.headers(VIEWERS[viewers[0]]))
        if answer.status_code == 200 and "text/html" in answer.headers["content-type"]:
            found.append((viewers[0], path))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_that_a_route_serves(full_doors: Doors, browser: Browser, language: str) -> None:
    asked = pages(full_doors)
    assert len(asked) >= 19
    with serving(full_doors.app) as url:
        for viewer, path in asked:
            context = browser.new_context(
                base_url=url,
                locale=EASY.get(language, language),
                extra_http_headers=full_doors.headers(VIEWERS[viewer]),
            )
            page = context.new_page()
            for width_px in WIDTHS_PX:
                page.set_viewport_size({"width": width_px, "height": 800})
                page.goto(f"{path}?lang={language}")
                assert complaints(page) == [], (viewer, path, width_px)
            context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_report(
    monkeypatch: pytest.MonkeyPatch, browser: Browser, state: str, scheme: Any
) -> None:
    path, reports = STATES[state]
    app = sample_app(monkeypatch, **reports)
    show_money(monkeypatch, **reports)
    with serving(app) as url:
        context = browser.new_context(base_url=url, locale="fr", color_scheme=scheme)
        page = context.new_page()
        page.set_viewport_size({"width": WIDTHS_PX[0], "height": 800})
        page.goto(path)
        assert complaints(page) == []
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", SAVINGS)
def test_every_state_of_a_buildings_savings(
    monkeypatch: pytest.MonkeyPatch, browser: Browser, state: str, scheme: Any
) -> None:
    app = sample_app(monkeypatch)
    show_savings(monkeypatch, SAVINGS[state])
    with serving(app) as url:
        context = browser.new_context(base_url=url, color_scheme=scheme)
        page = context.new_page()
        for language in LANGUAGES:
            for width_px in WIDTHS_PX:
                page.set_viewport_size({"width": width_px, "height": 800})
                page.goto(f"/building/1/savings?lang={language}")
                assert complaints(page) == [], (language, width_px)
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("empty", [False, True])
def test_the_pages_of_an_open_building(
    monkeypatch: pytest.MonkeyPatch, browser: Browser, scheme: Any, *, empty: bool
) -> None:
    app = sample_app(monkeypatch)
    show_open_data(monkeypatch, open_report(empty=empty))
    with serving(app) as url:
        context = browser.new_context(base_url=url, color_scheme=scheme)
        page = context.new_page()
        for path in ("/open/tilleuls-1", "/open/tilleuls-1/wall"):
            for language in LANGUAGES:
                for width_px in WIDTHS_PX:
                    page.set_viewport_size({"width": width_px, "height": 800})
                    page.goto(f"{path}?lang={language}")
                    assert complaints(page) == [], (path, language, width_px)
        context.close()


def test_the_checker_has_teeth(monkeypatch: pytest.MonkeyPatch, browser: Browser) -> None:
    with serving(sample_app(monkeypatch)) as url:
        page = browser.new_page(base_url=url)
        page.goto("/")
        page.evaluate(
            "document.querySelector('main').innerHTML += '<img src=x><p class=wide>x</p>'"
        )
        page.evaluate("document.querySelector('.wide').style.width = '3000px'")
        told = " ".join(complaints(page))
        assert "image-alt" in told
        assert "px too wide" in told
        page.close()
