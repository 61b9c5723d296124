"""Weighs a year of 1,000 homes on disk, times its portfolio, its rollups and its restore, and plans for more."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt import rollups
from commonwatt.model import ZONE
from commonwatt.operations.backup import back_up
from commonwatt.operations.restore import restore
from commonwatt.registry.serials import derived_serial
from commonwatt.releases import month_period
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.postgres import PostgresServer, find_timescale
from commonwatt.storage import releases
from commonwatt.storage.crowds import table_sizes
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect
from commonwatt.studies import capacity
from commonwatt.studies.capacity import Measured, plan
from commonwatt.studies.pages import table
from ingest.batch import BatchWriter
from ingest.sorting import Envelope
from scripts.bench_pages import FINE_DAYS, YEAR, fill

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks" / "storage.md"
ROUNDS = 100
MINUTES = 5
CROWDS = (100, 1_000, 10_000, 100_000, 1_000_000)

READINGS_A_CORE_S = 20_000
"""A third of what ingest, broker, sender and PostgreSQL did together on two cores (ingest.md, B1)."""

PAGE_S = 0.045
"""The first page of a household (pages.md)."""

TEXT = """\
# What a year weighs, and what more would need

Made by `python -m scripts.bench_storage --write` with {homes} homes of one building: {days} days of half-hours, the last
{fine} days by the minute, in {server} on {cores} cores, uncompressed. Bytes are those of tables and indexes on disk.

## Measured

{sizes}

{times}

A backup of {backup_mb:.0f} MB was taken in {backup_s:.1f} s, and restored, compared table by table and ready in {restore_s:.1f} s: {rate:.0f} MB/s, on the
disk and cores above. At that rate 10 GB take {ten_gb_min:.1f} minutes.

## On paper

{plans}

One reading a minute and meter; kept are {raw} days of readings, {half_hours} of half-hours and {kept_days} of days. The arithmetic is in
[capacity.py](../../commonwatt/studies/capacity.py):

- **disk**: rows kept, times the bytes a row above. Twice that for a backup on the same kind of disk.
- **memory**: two days of readings and a month of half-hours in PostgreSQL, beside {ingest_mb} MB an ingest process, {web_mb} MB a web
  process and {spare_mb} MB for the rest.
- **ingest**: {core_rate:,} readings a second and core, a third of what was measured with everything on the same two cores
  ([ingest.md](ingest.md), one reading a message), and no core busier than half. PostgreSQL writes with one core for each.
- **web**: {views} pages a day and meter, ten times as many in the busiest hour, {page_ms:.0f} ms each ([pages.md](pages.md)), half busy.
- **half-hours late**: one process brings one meter after the other up to date; what was said of a meter meanwhile is taken
  along at its next turn, so that it is never further behind than one round of all meters.
- **restore**: at the rate above.

From 100,000 meters on nobody should keep one database: a landlord group has one of its own, with its own broker, ingest and
web, and nothing is shared but the program. What stands here for a million meters is the sum of such.
"""


def time_portfolio(connection: Connection, now_utc: datetime) -> list[float]:
    """A month of days of all homes, home by home."""
    month = (now_utc.astimezone(ZoneInfo(ZONE)).date().replace(day=1) - timedelta(days=1)).replace(
        day=1
    )
    took_s = []
    for _ in range(ROUNDS):
        began_s = time.perf_counter()
        period = month_period(month)
        after = period.end_utc.astimezone(ZoneInfo(ZONE)).date()
        found = releases.home_months(connection, 1, period, month, after)
        took_s.append(time.perf_counter() - began_s)
        assert len(found) > 0
    return took_s


def time_rollups(connection: Connection, homes: int, now_utc: datetime) -> list[float]:
    """From the commit of a minute's readings of all meters until their half-hours hold them."""
    writer, took_s = BatchWriter(), []
    for minute in range(1, MINUTES + 1):
        at_s = int(now_utc.timestamp()) + 60 * minute
        batch = [_message(number, minute, at_s) for number in range(homes)]
        writer.write(connection, batch, at_s + 1)
        began_s = time.perf_counter()
        rollups.settle(connection)
        took_s.append(time.perf_counter() - began_s)
    return took_s


def _message(number: int, minute: int, at_s: int) -> Envelope:
    serial = derived_serial("pages", number)
    record = {"n": minute, "t": at_s, "tq": 2, "up_s": 60 * minute, "d_s": 60, "e_wh": 4 * minute}
    body = {"v": 1, "id": serial, "log": "9f3a61c2", "boot": 1, "src": "led", "r": [record]}
    return Envelope(f"cw/v1/{serial}/readings", json.dumps(body).encode(), at_s)


def time_restore(url: str, folder: Path) -> tuple[float, float, float]:
    """Megabytes of a backup, seconds to take it, seconds to restore and compare it."""
    began_s = time.perf_counter()
    back_up(url, folder / "backup")
    backup_s = time.perf_counter() - began_s
    size_b = sum(path.stat().st_size for path in (folder / "backup").rglob("*") if path.is_file())
    done = restore(
        folder / "backup", folder / "restored", url, folder / "erasures.jsonl", verify=True
    )
    return size_b / 1e6, backup_s, done.took_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=int, default=1000)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    now_utc = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with ExitStack() as stack:
        folder = make_open_folder("commonwatt-storage-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        programs = find_timescale(ROOT)
        server = PostgresServer(folder / "postgres", programs)
        server.start()
        stack.callback(server.stop)
        with connect(server.url) as connection:
            migrate(connection)
            fill(connection, chosen.homes, now_utc)
            sizes = table_sizes(connection)
            portfolio_s = time_portfolio(connection, now_utc)
            rollup_s = time_rollups(connection, chosen.homes, now_utc)
        backup_mb, backup_s, restore_s = time_restore(server.url, folder)
    page = describe(
        chosen.homes,
        sizes,
        {"portfolio": portfolio_s, "rollups": rollup_s},
        (backup_mb, backup_s, restore_s),
        is_timescale=programs is not None,
    )
    print(page)
    if chosen.write:
        PAGE.write_text(page, "utf-8")


def describe(
    homes: int,
    sizes: dict[str, tuple[int, int]],
    took_s: dict[str, list[float]],
    drill: tuple[float, float, float],
    *,
    is_timescale: bool,
) -> str:
    a_row_b = {name: size_b / rows for name, (size_b, rows) in sizes.items()}
    backup_mb, backup_s, restore_s = drill
    seen = Measured(
        reading_b=a_row_b["readings"],
        half_hour_b=a_row_b["half_hours"],
        day_b=a_row_b["days"],
        readings_a_core_s=READINGS_A_CORE_S,
        page_s=PAGE_S,
        restore_mb_s=backup_mb / restore_s,
        rollup_s=float(np.median(took_s["rollups"])) / homes,
    )
    return TEXT.format(
        homes=f"{homes:,}",
        days=YEAR.days,
        fine=FINE_DAYS,
        server="TimescaleDB" if is_timescale else "PostgreSQL",
        cores=os.cpu_count(),
        sizes=_sizes(sizes),
        times=_times(took_s, homes),
        backup_mb=backup_mb,
        backup_s=backup_s,
        restore_s=restore_s,
        rate=seen.restore_mb_s,
        ten_gb_min=10_000 / seen.restore_mb_s / 60,
        plans=_plans(seen),
        core_rate=READINGS_A_CORE_S,
        page_ms=1000 * PAGE_S,
        raw=capacity.RAW_DAYS,
        half_hours=capacity.HALF_HOUR_DAYS,
        kept_days=capacity.DAY_DAYS,
        ingest_mb=capacity.INGEST_MB,
        web_mb=capacity.WEB_MB,
        spare_mb=capacity.SPARE_MB,
        views=capacity.VIEWS_A_DAY,
    )


def _sizes(sizes: dict[str, tuple[int, int]]) -> str:
    head = ("table", "rows", "on disk", "bytes a row")
    rows = [
        [name, f"{rows:,}", f"{size_b / 1e6:,.0f} MB", f"{size_b / rows:.0f}"]
        for name, (size_b, rows) in sizes.items()
    ]
    return table(head, rows)


def _times(took_s: dict[str, list[float]], homes: int) -> str:
    told = {
        "portfolio": f"portfolio: {homes:,} homes, a month of days",
        "rollups": f"rollups: a minute of {homes:,} meters, from commit to half-hours",
    }
    head = ("what", "median", "95th percentile")
    return table(head, [[told[name], *_middle(each_s)] for name, each_s in took_s.items()])


def _plans(seen: Measured) -> str:
    head = ("meters", "readings/s", "disk", "memory", "ingest", "web", "half-hours late", "restore")
    rows = [
        [
            f"{each.meters:,}",
            f"{each.rate_per_s:,.0f}",
            f"{each.disk_gb:,.1f} GB",
            f"{each.memory_gb:,.1f} GB",
            f"{each.ingest_cores}",
            f"{each.web_cores}",
            f"{each.rollup_lag_s:,.0f} s",
            f"{each.restore_h:.2g} h",
        ]
        for each in (plan(meters, seen) for meters in CROWDS)
    ]
    return table(head, rows)


def _middle(took_s: list[float]) -> list[str]:
    return [f"{1000 * part:.1f} ms" for part in np.percentile(took_s, [50, 95])]


if __name__ == "__main__":
    main()
