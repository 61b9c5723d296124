"""The pages of a workshop on a small phone: nothing too wide, no script, and the forms work."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.sync_api import sync_playwright

from api.app import create_app
from commonwatt.access import Audience
from commonwatt.catalogue.steps import shipped_steps
from commonwatt.storage.kits import name_maker
from commonwatt.storage.links import make_link
from commonwatt.storage.pool import connect
from tests.storage.workshops import NOW_UTC, OpenWorkshop, open_one, pass_test

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

START_WITHIN_S = 20
STEPS = len(shipped_steps("led"))


@pytest.fixture
def opened(database: str) -> OpenWorkshop:
    with connect(database) as connection:
        opened = open_one(connection, kits=2)
        pass_test(connection, opened)
    return opened


@pytest.fixture
def operator_token(database: str) -> str:
    with connect(database) as connection:
        return make_link(connection, Audience.OPERATOR, 0, NOW_UTC)


@pytest.fixture
def site(database: str) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(database), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline_s = time.monotonic() + START_WITHIN_S
        while not server.started and time.monotonic() < deadline_s:
            time.sleep(0.02)
        yield "http://{}:{}".format(*listener.getsockname())
        server.should_exit = True
        thread.join()


@pytest.fixture
def phone(site: str) -> Iterator[Page]:
    """A small phone without JavaScript; the test fails if the content policy is broken."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": 360, "height": 740}, locale="fr-FR", base_url=site
        )
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        yield page
        assert complaints == []
        browser.close()


def width_to_spare(page: Page) -> int:
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.clientWidth - {root}.scrollWidth"))


def test_a_maker_builds_on_a_phone(phone: Page, opened: OpenWorkshop) -> None:
    phone.goto(f"/l/{opened.kit(2).maker_token}")
    assert phone.url.endswith("/kit")
    phone.get_by_label("Surnom").fill("Zoé")
    with phone.expect_navigation():
        phone.get_by_role("button", name="Garder").click()
    for _ in range(STEPS):
        with phone.expect_navigation():
            phone.get_by_role("button", name="C\u2019est fait").click()
        assert width_to_spare(phone) == 0
    text = phone.inner_text("main")
    assert f"{STEPS} étapes sur {STEPS} sont faites" in text
    assert "prêt à se connecter" in text
    assert phone.get_by_label("Surnom").input_value() == "Zoé"
    phone.goto("/kit/bench")
    assert width_to_spare(phone) == 0


def test_a_facilitator_gives_a_badge_on_a_phone(phone: Page, opened: OpenWorkshop) -> None:
    phone.goto(f"/l/{opened.handover.facilitator_token}")
    assert phone.url.endswith("/workshop")
    assert width_to_spare(phone) == 0
    phone.get_by_role("link", name=opened.kit().serial).click()
    phone.get_by_label("Badge").select_option("measures")
    phone.get_by_label("Phrase secrète").fill("0000-0000")
    with phone.expect_navigation():
        phone.get_by_role("button", name="Signer et donner").click()
    assert "Ce n\u2019est pas la phrase secrète" in phone.get_by_role("alert").inner_text()
    phone.get_by_label("Badge").select_option("measures")
    phone.get_by_label("Phrase secrète").fill(opened.handover.passphrase)
    with phone.expect_navigation():
        phone.get_by_role("button", name="Signer et donner").click()
    assert "Je mesure (donné)" in phone.inner_text("#kind")
    assert width_to_spare(phone) == 0


def test_an_operator_downloads_the_handover_on_a_phone(phone: Page, operator_token: str) -> None:
    phone.goto(f"/l/{operator_token}")
    phone.goto("/workshops/new")
    assert width_to_spare(phone) == 0
    phone.get_by_label("Lieu").fill("Ormes")
    phone.get_by_label("Animateur").fill("Nadia")
    phone.get_by_label("Version").fill("r1")
    with phone.expect_download() as waiting:
        phone.get_by_role("button", name="Ouvrir et télécharger").click()
    assert waiting.value.suggested_filename == "commonwatt-workshop-1.zip"


def test_the_board_follows_the_workshop(phone: Page, opened: OpenWorkshop, database: str) -> None:
    phone.clock.install()
    phone.goto(f"/l/{opened.handover.facilitator_token}")
    assert phone.get_by_text("Zoé").count() == 0
    with connect(database) as connection:
        name_maker(connection, opened.maker(connection, 2), "Zoé")
    with phone.expect_response("**/workshop"):
        phone.clock.run_for(10_500)
    phone.get_by_text("Zoé").wait_for()
    phone.get_by_role("link", name=opened.kit().serial).focus()
    phone.evaluate("window.mark = document.querySelector('.board')")
    phone.clock.run_for(30_000)
    assert phone.evaluate("window.mark === document.querySelector('.board')")
