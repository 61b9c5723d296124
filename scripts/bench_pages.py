"""Times the pages over 1,000 homes and a year, beside one indexed read of the same database."""

from __future__ import annotations

import argparse
import random
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from starlette.testclient import TestClient

from api.app import create_app
from commonwatt.access import Audience
from commonwatt.core.tariff import Contract, Option
from commonwatt.demo.registration import register_home
from commonwatt.model import Period
from commonwatt.registry.serials import derived_serial
from commonwatt.releases import release_due
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.postgres import PostgresServer, find_timescale
from commonwatt.storage import buildings, consents
from commonwatt.storage.contracts import enter_contract
from commonwatt.storage.crowds import fill_meters, read_once
from commonwatt.storage.links import make_link
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect
from commonwatt.studies.pages import table

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks" / "pages.md"
YEAR = timedelta(days=400)
FINE_DAYS = 3
ROUNDS = 300
PAGES = {
    "household": ("/home", "/home/money", "/home/money/contracts", "/home/always-on"),
    "landlord": ("/building",),
}
TEXT = """\
# Benchmarks of the pages

Made by `python -m scripts.bench_pages --write` with {homes} homes of one building and {days} days of half-hours, the
last {fine} days by the minute, in {server}. Each page is asked {rounds} times, of homes drawn anew; the control is one
day of one meter's half-hours read by its index, in turns with the pages. Times are of the server alone, one request after
the other, without a network; ratios are what to look at.

{table}

{released} months of the building were decided in {release_s:.1f} s before.
"""


def fill(connection: Connection, homes: int, now_utc: datetime) -> dict[str, list[str]]:
    """Register homes that all agree to be counted; return a link for each, and the landlord's."""
    start_utc = now_utc - YEAR
    building_id = buildings.add_building(connection, "Tilleuls")
    links = []
    for number in range(homes):
        home = register_home(
            connection,
            building_id,
            stairwell=chr(65 + number // 250),
            label=f"{number:04d}",
            serial=derived_serial("pages", number),
            start_utc=start_utc,
        )
        first = start_utc.date() - timedelta(days=1)
        agreed = Contract(first, Option.BASE, 6)
        enter_contract(connection, home.occupancy_id, agreed, start_utc)
        consents.give_consent(connection, home.occupancy_id, start_utc)
        links.append(make_link(connection, Audience.HOUSEHOLD, home.occupancy_id, start_utc))
    fine_utc = now_utc - timedelta(days=FINE_DAYS)
    fill_meters(connection, Period(start_utc, now_utc), fine_utc)
    landlord = make_link(connection, Audience.LANDLORD, building_id, start_utc)
    return {"household": links, "landlord": [landlord]}


def measure(
    client: TestClient, connection: Connection, links: dict[str, list[str]], now_utc: datetime
) -> list[list[str]]:
    """One row a page: median and 95th percentile, and the ratio to the control's median."""
    draw = random.Random(1)
    homes = len(links["household"])
    rows = []
    for audience, paths in PAGES.items():
        for path in paths:
            page_s, read_s = [], []
            for _ in range(ROUNDS):
                headers = {"authorization": f"Bearer {draw.choice(links[audience])}"}
                began_s = time.perf_counter()
                answer = client.get(path, headers=headers)
                page_s.append(time.perf_counter() - began_s)
                assert answer.status_code == 200, answer.text
                day = Period(now_utc - timedelta(days=2), now_utc - timedelta(days=1))
                began_s = time.perf_counter()
                assert read_once(connection, draw.randint(1, homes), day) == 48
                read_s.append(time.perf_counter() - began_s)
            median_s, worst_s = np.percentile(page_s, [50, 95])
            read_median_s = float(np.median(read_s))
            rows.append(
                [
                    path,
                    f"{1000 * median_s:.1f} ms",
                    f"{1000 * worst_s:.1f} ms",
                    f"{1000 * read_median_s:.2f} ms",
                    f"{median_s / read_median_s:.1f}",
                ]
            )
    return rows


HEAD = ("page", "median", "95th percentile", "one indexed read", "pages are so many reads")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=int, default=1000)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    now_utc = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with ExitStack() as stack:
        folder = make_open_folder("commonwatt-pages-")
        programs = find_timescale(ROOT)
        server = PostgresServer(folder / "postgres", programs)
        server.start()
        stack.callback(server.stop)
        with connect(server.url) as connection:
            migrate(connection)
            links = fill(connection, chosen.homes, now_utc)
            began_s = time.perf_counter()
            released = release_due(connection, now_utc)
            release_s = time.perf_counter() - began_s
        app = create_app(server.url, erasure_list=folder / "erasures.jsonl")
        app.state.clock = lambda: now_utc
        with connect(server.url) as connection, TestClient(app) as client:
            rows = measure(client, connection, links, now_utc)
        page = TEXT.format(
            homes=f"{chosen.homes:,}",
            days=YEAR.days,
            fine=FINE_DAYS,
            rounds=ROUNDS,
            server="TimescaleDB" if programs else "PostgreSQL",
            table=table(HEAD, rows),
            released=released,
            release_s=release_s,
        )
    print(page)
    if chosen.write:
        PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
