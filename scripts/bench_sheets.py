"""Times the sheets of a stairwell of 40 homes: figures from a database of its own, then the PDF."""

from __future__ import annotations

import argparse
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from commonwatt import rollups
from commonwatt.access import Operator
from commonwatt.demo.homes import COARSE_STEP_S, demo_building, simulate_history
from commonwatt.demo.registration import register_home
from commonwatt.demo.surroundings import give_contract
from commonwatt.registry.serials import derived_serial
from commonwatt.reports.monthly_sheet import load_stairwell_sheets
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.postgres import PostgresServer
from commonwatt.storage import buildings, consents
from commonwatt.storage.consents import Purpose
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect
from dashboards.monthly_sheets import print_sheets, read_month
from dashboards.words import Words
from ingest.history import import_recording

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

HOMES = 40
HISTORY_DAYS = 400
NAME, STAIRWELL = "Tilleuls", "A"


def settle_homes(connection: Connection, now_s: int) -> None:
    """Homes with thirteen months of half-hours, a contract and a yes to paper."""
    building_id = buildings.add_building(connection, NAME)
    start_s = now_s - HISTORY_DAYS * 86_400
    start_utc = datetime.fromtimestamp(start_s, UTC)
    for home in demo_building(HOMES):
        moved = register_home(
            connection,
            building_id,
            stairwell=STAIRWELL,
            label=home.flat,
            serial=derived_serial("bench", home.seed),
            start_utc=start_utc,
            backlog_days=None,
        )
        give_contract(connection, moved.occupancy_id, start_utc)
        consents.give_consent(connection, moved.occupancy_id, start_utc, Purpose.PAPER)
        history = simulate_history(home, start_s, now_s, now_s)
        import_recording(connection, moved.meter, history, now_s)
    while rollups.refresh(connection):
        pass


def measure(connection: Connection, now_utc: datetime, out: Path | None) -> tuple[float, float]:
    """Seconds for the figures of all homes, and for their pages."""
    month = read_month(None, now_utc)
    started_s = time.perf_counter()
    sheets = load_stairwell_sheets(connection, Operator(), NAME, STAIRWELL, month, now_utc)
    loaded_s = time.perf_counter()
    pdf = print_sheets(sheets, "https://example.org", Words("fr"))
    printed_s = time.perf_counter()
    if len(sheets) != HOMES:
        raise SystemExit(f"{len(sheets)} sheets were made, not {HOMES}")
    if out:
        out.write_bytes(pdf)
    return loaded_s - started_s, printed_s - loaded_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="keep the PDF here")
    chosen = parser.parse_args()
    now_s = int(time.time()) // COARSE_STEP_S * COARSE_STEP_S
    now_utc = datetime.fromtimestamp(now_s, UTC) + timedelta(minutes=1)
    folder = make_open_folder("commonwatt-bench-")
    try:
        with PostgresServer(folder / "cluster") as server, connect(server.url) as connection:
            migrate(connection)
            settle_homes(connection, now_s)
            for _ in range(chosen.rounds):
                load_s, print_s = measure(connection, now_utc, chosen.out)
                print(f"{HOMES} sheets: {load_s:.1f} s of figures, {print_s:.1f} s of pages")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
