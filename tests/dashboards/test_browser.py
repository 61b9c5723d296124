"""What only a browser can tell: nothing is too wide for a phone, and the scripts work."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.sync_api import sync_playwright

from commonwatt.reports.household import LivePower
from tests.dashboards.money_samples import moment, show_money
from tests.dashboards.samples import NOW_UTC, household_report, sample_app, silent_meter_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

PAGES = [
    *("/", "/claim", "/enter", "/login", "/home", "/home?view=year", "/home/explore?view=week"),
    *("/home/money", "/home/money/contracts", "/home/saving", "/home/always-on?hunt=800,700"),
    *(
        "/home/advice",
        "/home/compare",
        "/pieces",
        "/guide",
        "/guide/led",
        "/guide/tic",
        "/guide/ct",
    ),
    *("/guide/parts", "/guide/repairs"),
    *("/meter", "/building"),
]
START_WITHIN_S = 20


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    app = sample_app(monkeypatch, meter=silent_meter_progress())
    show_money(monkeypatch)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
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


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A small phone; the test fails if a script fails or the content policy is broken."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="fr-FR")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.clock.install(time=NOW_UTC)
    yield page
    context.close()
    assert complaints == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_too_wide_for_a_phone(site: str, phone: Page, path: str) -> None:
    phone.goto(site + path)
    phone.evaluate("document.querySelectorAll('details').forEach(closed => closed.open = true)")
    assert phone.evaluate("document.documentElement.scrollWidth") == 360


def test_the_power_of_the_moment_follows_the_meter(
    site: str, phone: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.goto(f"{site}/home")
    sentence = phone.locator("[data-live-power]")
    assert sentence.inner_text() == "Votre logement utilise 1\u202f432\u00a0watts."
    later = household_report(live=LivePower(87.0, NOW_UTC + timedelta(seconds=8)))
    monkeypatch.setattr("commonwatt.reports.household.load_live_power", lambda *_: later.live)
    with phone.expect_response("**/api/v1/household/now"):
        phone.clock.run_for(10_500)
    phone.get_by_text("14:40:08").wait_for()
    assert sentence.inner_text() == "Votre logement utilise 87\u00a0watts."
    assert phone.locator("[data-live-late]").is_hidden()


def test_the_margin_follows_the_meter(
    site: str, phone: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.goto(f"{site}/home")
    margin = phone.locator("[data-live-limit] strong").first
    assert margin.inner_text() == "5\u202f640\u00a0watts"
    later = household_report(live=LivePower(1087.0, NOW_UTC + timedelta(seconds=8)))
    monkeypatch.setattr("commonwatt.reports.household.load_live_power", lambda *_: later.live)
    with phone.expect_response("**/api/v1/household/now"):
        phone.clock.run_for(10_500)
    phone.get_by_text("14:40:08").wait_for()
    assert margin.inner_text() == "4\u202f913\u00a0watts"


def test_a_power_above_the_limit_loads_the_page_anew(
    site: str, phone: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.goto(f"{site}/home")
    later = household_report(live=LivePower(6740.0, NOW_UTC + timedelta(seconds=8)))
    monkeypatch.setattr("commonwatt.reports.household.load_live_power", lambda *_: later.live)
    monkeypatch.setattr(
        "dashboards.pages.household.load_moment", lambda *_: moment(margin_w=-740.0)
    )
    with phone.expect_navigation():
        phone.clock.run_for(10_500)
    phone.get_by_text("Vous dépassez votre puissance").wait_for()


def test_a_page_left_open_says_that_the_news_is_old(site: str, phone: Page) -> None:
    phone.goto(f"{site}/home")
    assert phone.locator("[data-live-late]").is_hidden()
    phone.clock.fast_forward(601_000)
    phone.locator("[data-live-late]").wait_for(state="visible")
    assert "1\u202f432" in phone.locator("[data-live-power]").inner_text()


def test_the_chart_is_drawn_with_our_own_script(site: str, phone: Page) -> None:
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(f"{site}/home/explore")
    phone.locator(".figure .bars .point").first.wait_for(state="attached")
    assert phone.locator(".figure .bars .point").count() >= 28
    assert phone.locator("[data-explore-fallback]").is_hidden()
    assert all(url.startswith((site, "data:", "blob:")) for url in asked)


def test_another_period_is_a_line_beside_the_bars(site: str, phone: Page) -> None:
    phone.goto(f"{site}/home/explore?view=week")
    phone.get_by_role("link", name="dernier").click()
    phone.locator(".figure .scatterlayer .js-line").first.wait_for(state="attached")
    assert phone.locator(".figure .bars .point").count() > 0
    assert phone.locator("table").count() == 2


def test_without_scripts_the_explorer_is_a_table(site: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{site}/home/explore")
    assert page.get_by_text("The table below says the same.").is_visible()
    assert page.locator("tbody tr").count() == 30
    context.close()


def test_the_keyboard_reaches_the_content_first(site: str, phone: Page) -> None:
    phone.goto(f"{site}/home")
    phone.keyboard.press("Tab")
    assert phone.evaluate("document.activeElement.getAttribute('href')") == "#content"
    assert phone.evaluate("document.activeElement.getBoundingClientRect().top") >= 0


def test_without_a_network_the_page_stays_and_says_that_it_is_old(
    site: str, browser: Browser
) -> None:
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.clock.install(time=NOW_UTC)
    page.goto(f"{site}/home")
    context.set_offline(True)
    page.clock.run_for(30_000)
    assert page.locator("[data-live-late]").is_hidden()
    page.clock.run_for(600_000)
    page.locator("[data-live-late]").wait_for(state="visible")
    assert "1\u202f432" in page.locator("[data-live-power]").inner_text()
    assert faults == []
    context.close()
