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
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ViewportSize

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
YESTERDAY = datetime.now(ZoneInfo("Europe/Paris")).date() - timedelta(days=1)
README_PAGES = {
    "household": f"/home?view=day&date={YESTERDAY}",
    "maker": "/meter",
    "landlord": "/building",
}
"""A whole day says more than one that has just begun."""
GALLERY = (
    ("welcome", "", "/", "Whoever comes without a link"),
    ("claim", "", "/claim", "Taking a meter home"),
    ("enter", "", "/enter", "Letters that let a household in"),
    ("login", "", "/login", "Staff and operators"),
    ("home", "household", "/home", "A household: now and lately"),
    ("period", "household", f"/home?view=week&date={YESTERDAY}", "Any day, week, month or year"),
    ("explore", "household", f"/home/explore?view=month&date={YESTERDAY}", "A chart to zoom into"),
    ("money", "household", "/home/money", "The month in euros"),
    ("contracts", "household", "/home/money/contracts", "With another contract"),
    ("saving", "household", "/home/saving", "What was saved"),
    ("always-on", "household", "/home/always-on", "What is always on, and the hunt for it"),
    ("compare", "household", "/home/compare", "Homes that are alike"),
    ("advice", "household", "/home/advice", "One tip, and alerts"),
    ("data", "household", "/home/data", "One's own data"),
    ("easy", "household", "/home/money?lang=falc", "The same in French that is easy to read"),
    ("pieces", "", "/pieces", "Every piece that pages are made of"),
    ("meter", "maker", "/meter", "A maker: whether the meter lives"),
    ("workshop", "workshop", "/workshop", "A workshop: the wall board"),
    ("kit", "kit", "/kit", "A maker: the kit on the bench"),
    ("passport", "passport", "/kit", "A maker: tested, with a passport"),
    ("guide", "", "/guide", "The build guide: which meter"),
    ("guide-led", "", "/guide/led", "The build guide: step by step"),
    ("parts", "", "/guide/parts", "The build guide: what to buy"),
    ("repairs", "", "/guide/repairs", "The build guide: what its lamp says"),
    ("building", "landlord", "/building", "A landlord: months of a building"),
    ("savings", "landlord", "/building/1/savings", "A landlord: what was saved since an action"),
    ("open", "", "/open/residence-des-tilleuls-1", "A building that is open to everybody"),
    (
        "wall",
        "",
        "/open/residence-des-tilleuls-1/wall",
        "The same on the wall of the entrance hall",
    ),
)
"""Name, whose link opens it, address, and what it is."""
MEDIA: dict[str, tuple[ViewportSize, Literal["screen", "print"]]] = {
    "phone": ({"width": 390, "height": 844}, "screen"),
    "desktop": ({"width": 1280, "height": 800}, "screen"),
    "print": ({"width": 794, "height": 1123}, "print"),
}
TALLEST_PX = 2600
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
        for audience, path in README_PAGES.items():
            link = f"{url}/l/{links[audience]}"
            take_picture(browser, link, url + path, pictures / f"{audience}.png")
        for medium in MEDIA:
            take_gallery(browser, url, links, pictures, medium)
        browser.close()
    (pictures / "README.md").write_text(gallery_page(), "utf-8")


def take_picture(browser: Browser, link: str, address: str, picture: Path) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": HEIGHT}, device_scale_factor=1.5, locale="fr-FR"
    )
    page = context.new_page()
    page.goto(link)
    page.goto(address)
    page.screenshot(path=picture)
    context.close()


def take_gallery(
    browser: Browser, url: str, links: dict[str, str], pictures: Path, medium: str
) -> None:
    """Every page of the gallery, as long as it is up to a limit."""
    size, kind = MEDIA[medium]
    for name, audience, path, _ in GALLERY:
        context = browser.new_context(viewport=size, locale="fr-FR")
        page = context.new_page()
        page.emulate_media(media=kind)
        if audience:
            page.goto(f"{url}/l/{links[audience]}")
        page.goto(url + path)
        page.wait_for_load_state("networkidle")
        height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST_PX)
        page.set_viewport_size({"width": size["width"], "height": height})
        page.screenshot(path=pictures / f"{name}-{medium}.jpg", type="jpeg", quality=55)
        context.close()


def gallery_page() -> str:
    """A table of every picture, for whoever reads the repository."""
    rows = "\n".join(
        f"| {meaning} | "
        + " | ".join(f"![{meaning}, {medium}]({name}-{medium}.jpg)" for medium in MEDIA)
        + " |"
        for name, _, _, meaning in GALLERY
    )
    heads = " | ".join(MEDIA)
    line = " | ".join("---" for _ in range(len(MEDIA) + 1))
    return (
        "# Every page, on a phone, on a desktop and on paper\n\n"
        "Made by `make screenshots` from the demo's simulated building, in French.\n\n"
        f"| page | {heads} |\n| {line} |\n{rows}\n"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
