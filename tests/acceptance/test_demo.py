"""`make demo` as a newcomer runs it: links that open, data that stay, nothing left behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx2
import pytest
from playwright.sync_api import sync_playwright

from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.ports import free_port
from tests.acceptance.conftest import await_true

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

CHROMIUM = next(
    (name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name)), None
)
MEANWHILE_S = 3.0
"""Long enough to be in the middle of moving in; whenever it is, the next start must do."""

SERVERS = ("postgres", "mosquitto", "commonwatt")


class RunningDemo:
    """The demo in a process of its own."""

    def __init__(self, folder: Path, *, killed_while_it_starts: bool = False) -> None:
        self.folder = folder
        self._printed = (folder.parent / "printed").open("w+", encoding="utf-8")
        environment = {
            **os.environ,
            "COMMONWATT_DEMO_DIR": str(folder),
            "COMMONWATT_WEB_PORT": str(free_port()),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "commonwatt", "demo"],
            env=environment,
            stdout=self._printed,
            stderr=subprocess.STDOUT,
        )
        if killed_while_it_starts:
            await_true((folder / "postgres" / "data" / "postmaster.pid").exists)
            time.sleep(MEANWHILE_S)
            self.end(signal.SIGKILL)
            return
        await_true(lambda: "Ctrl-C" in self.printed() or self.process.poll() is not None)
        assert self.process.poll() is None, self.printed()

    def printed(self) -> str:
        self._printed.seek(0)
        return self._printed.read()

    def links(self) -> dict[str, str]:
        return dict(re.findall(r"^\s+(\w+)\s+(http\S+)$", self.printed(), re.MULTILINE))

    def is_running(self) -> bool:
        return self.process.poll() is None

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        status = self.process.wait(60)
        self._printed.close()
        return status


def servers_of(folder: Path) -> list[str]:
    """The programs that run in a folder, zombies aside, as the system lists them."""
    listing = subprocess.run(
        ["ps", "-eo", "stat,args", "-ww"], capture_output=True, text=True, check=True
    ).stdout
    return [
        line
        for line in listing.splitlines()
        if str(folder) in line and not line.startswith("Z") and any(s in line for s in SERVERS)
    ]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = make_open_folder("commonwatt-demo-")
    yield made / "demo"
    shutil.rmtree(made)


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., RunningDemo]]:
    """Starts demos, and ends those that a failed test left running."""
    started: list[RunningDemo] = []

    def begin(*, killed_while_it_starts: bool = False) -> RunningDemo:
        started.append(RunningDemo(folder, killed_while_it_starts=killed_while_it_starts))
        return started[-1]

    yield begin
    for demo in started:
        if demo.is_running():
            demo.end(signal.SIGKILL)
    await_true(lambda: servers_of(folder) == [])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "no Chromium on this machine: `make test` as root installs one"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=shutil.which(CHROMIUM),
            args=["--no-sandbox", "--disable-background-networking", "--no-first-run"],
        )
        yield found
        found.close()


def test_the_demo_from_first_start_to_last(
    folder: Path, browser: Browser, start: Callable[..., RunningDemo]
) -> None:
    start(killed_while_it_starts=True)
    await_true(lambda: servers_of(folder) == [])
    demo = start()
    links = demo.links()
    benches = {"workshop", "kit", "passport"}
    assert set(links) == {"maker", "household", "landlord", "operator", *benches}
    check_live_power(links["household"])
    check_pages(browser, links)
    assert servers_of(folder), "the list of programs does not see them"
    with pytest.raises(subprocess.CalledProcessError) as second:
        subprocess.run(
            [sys.executable, "-m", "commonwatt", "demo"],
            env={**os.environ, "COMMONWATT_DEMO_DIR": str(folder)},
            check=True,
            capture_output=True,
        )
    assert b"the demo runs already" in second.value.stderr
    assert demo.end(signal.SIGINT) == 0
    assert servers_of(folder) == []

    again = start()
    assert again.links().keys() == links.keys()
    for audience, link in again.links().items():
        assert link.rpartition("/")[2] == links[audience].rpartition("/")[2], "a link has changed"
    check_live_power(again.links()["household"])
    again.end(signal.SIGKILL)
    await_true(lambda: servers_of(folder) == [])

    reset = [sys.executable, "-m", "commonwatt", "demo", "--reset"]
    subprocess.run(reset, env={**os.environ, "COMMONWATT_DEMO_DIR": str(folder)}, check=True)
    assert not folder.exists()


def check_pages(browser: Browser, links: dict[str, str]) -> None:
    """Each audience's page in a real browser without JavaScript, on a small phone."""
    expected = {
        "household": ("Mon électricité", ("kWh", "En ce moment")),
        "maker": ("Mon compteur", ("Il est en vie",)),
        "landlord": ("Mon immeuble", ("20 logements", "kWh")),
        "workshop": ("Notre atelier", ("Inès", "Malik")),
        "kit": ("Je construis mon compteur", ("8 étapes sur 14",)),
    }
    asked: list[str] = []
    for audience, (heading, sentences) in expected.items():
        asked.clear()
        context = browser.new_context(
            viewport={"width": 360, "height": 740}, locale="fr-FR", java_script_enabled=False
        )
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(links[audience])
        assert page.locator("h1").inner_text() == heading
        body = page.locator("body").inner_text()
        for sentence in sentences:
            assert sentence in body.replace("\u202f", " ").replace("\u00a0", " ")
        origin = links[audience].rpartition("/l/")[0]
        assert all(url.startswith(origin) for url in asked), "a request left the house"
        context.close()


def check_live_power(link: str) -> None:
    """The household's meter speaks through the broker while we look."""
    origin, _, token = link.rpartition("/l/")
    headers = {"authorization": f"Bearer {token}"}

    def now() -> str:
        answer = httpx2.get(f"{origin}/api/v1/household/now", headers=headers)
        return str(answer.json()["at_utc"] or "")

    first = now()
    await_true(lambda: now() > first)
