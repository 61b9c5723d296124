"""Times a household's first view in Chromium on a slow network and a slow processor."""

from __future__ import annotations

import argparse
import shutil
import socket
import statistics
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from playwright.sync_api import sync_playwright

from api.app import create_app
from commonwatt.access import Audience
from commonwatt.demo.registration import register_home
from commonwatt.model import Period
from commonwatt.registry.serials import derived_serial
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.postgres import PostgresServer
from commonwatt.storage import buildings
from commonwatt.storage.crowds import fill_meters
from commonwatt.storage.links import make_link
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect
from commonwatt.studies.pages import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks" / "first_view.md"
DAYS = 40
ROUNDS = 9
LATENCY_MS = 400
BITS_PER_S = 400_000
SLOWER = 4
PATHS = ("/home", "/home/money", "/home/saving", "/home/always-on")
PAINTED = """() => new Promise(tell => {
  const told = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  const ask = () => told() === undefined ? setTimeout(ask, 20) : tell(told());
  ask();
})"""
USABLE = "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
TEXT = """\
# The first view on a cheap phone

Made by `python -m scripts.first_view --write`: Chromium, 360 pixels wide, every answer {latency} ms late and {rate} kbit/s
wide, the processor {slower} times slower, nothing in its cache; medians of {rounds} loads, from the request on. Connecting
is not in it: the server is on the same machine. Sent is what came over the wire, headers and scripts included.

{table}
"""


def serve(stack: ExitStack) -> tuple[str, str]:
    """One home with some weeks of data behind a real server; its address and its link."""
    now_utc = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    folder = make_open_folder("commonwatt-view-")
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    server = PostgresServer(folder / "postgres")
    server.start()
    stack.callback(server.stop)
    start_utc = now_utc - timedelta(days=DAYS)
    with connect(server.url) as connection:
        migrate(connection)
        building_id = buildings.add_building(connection, "Tilleuls")
        home = register_home(
            connection,
            building_id,
            stairwell="A",
            label="A1",
            serial=derived_serial("view", 1),
            start_utc=start_utc,
        )
        fill_meters(connection, Period(start_utc, now_utc), now_utc - timedelta(days=2))
        token = make_link(connection, Audience.HOUSEHOLD, home.occupancy_id, start_utc)
    app = create_app(server.url, erasure_list=folder / "erasures.jsonl")
    app.state.clock = lambda: now_utc
    listener = stack.enter_context(socket.socket())
    listener.bind(("127.0.0.1", 0))
    web = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=web.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not web.started:
        time.sleep(0.02)
    return "http://{}:{}".format(*listener.getsockname()), token


def load(browser: Browser, url: str, token: str, path: str) -> tuple[float, float, float]:
    """Milliseconds to the first paint and until the page can be used, and kilobytes sent."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        extra_http_headers={"authorization": f"Bearer {token}"},
    )
    page = context.new_page()
    line = context.new_cdp_session(page)
    sent: list[float] = []
    line.on("Network.loadingFinished", lambda told: sent.append(told["encodedDataLength"]))
    line.send("Network.enable")
    slow: dict[str, Any] = {"offline": False, "latency": LATENCY_MS, "uploadThroughput": -1}
    slow["downloadThroughput"] = BITS_PER_S / 8
    line.send("Network.emulateNetworkConditions", slow)
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(f"{url}{path}")
    painted_ms, usable_ms = page.evaluate(PAINTED), page.evaluate(USABLE)
    page.wait_for_load_state("load")
    context.close()
    return painted_ms, usable_ms, sum(sent) / 1000


def measure() -> Iterator[list[str]]:
    with ExitStack() as stack:
        url, token = serve(stack)
        playwright = stack.enter_context(sync_playwright())
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for path in PATHS:
            load(browser, url, token, path)
            loads = [load(browser, url, token, path) for _ in range(ROUNDS)]
            painted_ms, usable_ms, sent_kb = (
                statistics.median(each) for each in zip(*loads, strict=True)
            )
            yield [path, f"{painted_ms:.0f} ms", f"{usable_ms:.0f} ms", f"{sent_kb:.1f} kB"]
        browser.close()


HEAD = ("page", "first contentful paint", "usable", "sent")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    page = TEXT.format(
        latency=LATENCY_MS,
        rate=BITS_PER_S // 1000,
        slower=SLOWER,
        rounds=ROUNDS,
        table=table(HEAD, list(measure())),
    )
    print(page)
    if chosen.write:
        PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
