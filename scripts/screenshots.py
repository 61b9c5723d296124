"""Makes the README's pictures: one page an audience, from a demo of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
YESTERDAY = datetime.now(ZoneInfo("Europe/Paris")).date() - timedelta(days=1)
PAGES = {
    "household": f"/home?view=day&date={YESTERDAY}",
    "maker": "/meter",
    "landlord": "/building",
}
"""A whole day says more than one that has just begun."""
HEIGHT = 1150
START_WITHIN_S = 120
SETTLE_S = 60


def main(target: str) -> None:
    pictures = Path(target)
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="commonwatt-pictures-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        demo = subprocess.Popen(
            [sys.executable, "-m", "commonwatt", "demo"],
            env={**os.environ, "COMMONWATT_DEMO_DIR": str(home / "demo")},
        )
        try:
            url, links = await_demo(home / "demo")
            time.sleep(SETTLE_S)
            take_pictures(url, links, pictures)
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait()


def await_demo(folder: Path) -> tuple[str, dict[str, str]]:
    for _ in range(START_WITHIN_S * 2):
        if (folder / "running.json").exists():
            running = json.loads((folder / "running.json").read_text("utf-8"))
            building = json.loads((folder / "building.json").read_text("utf-8"))
            return running["web_url"], building["links"]
        time.sleep(0.5)
    sys.exit("the demo did not start")


def take_pictures(url: str, links: dict[str, str], pictures: Path) -> None:
    program = next((name for name in CHROMIUM if Path(name).exists()), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-background-networking", "--no-first-run"],
        )
        for audience, path in PAGES.items():
            link = f"{url}/l/{links[audience]}"
            take_picture(browser, link, url + path, pictures / f"{audience}.png")
        browser.close()


def take_picture(browser: Browser, link: str, address: str, picture: Path) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": HEIGHT}, device_scale_factor=1.5, locale="fr-FR"
    )
    page = context.new_page()
    page.goto(link)
    page.goto(address)
    page.screenshot(path=picture)
    context.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
