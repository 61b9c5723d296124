"""Times the full refresh of a home's saving, with intervals, beside OpenDSM on the same homes."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from commonwatt.studies.calibration import assess_simulated
from commonwatt.studies.homes import Stratum, simulate_homes
from commonwatt.studies.pages import table
from scripts.side_by_side import PEER, ask_peer

MANY = 10_000
DISTINCT = 500
PEER_HOMES = 10
KINDS = (
    Stratum(heated=False, baseline_days=365, saving=0.05, gap_share=0.1),
    Stratum(heated=True, baseline_days=365, saving=0.05, gap_share=0.1),
)


def measure(*, peer: bool) -> list[list[str]]:
    """Rows of a table: kind of home, ours a home, ours for 10,000, OpenDSM a home, ratio."""
    rows = []
    for kind in KINDS:
        homes = simulate_homes(np.random.default_rng(1), DISTINCT, kind)
        for home in homes[:20]:
            assess_simulated(home)
        spent_s = []
        started_s, wall_s = time.process_time(), time.perf_counter()
        for place in range(MANY):
            before_s = time.process_time()
            assess_simulated(homes[place % DISTINCT])
            spent_s.append(time.process_time() - before_s)
        total_s, elapsed_s = time.process_time() - started_s, time.perf_counter() - wall_s
        median_s = float(np.median(spent_s))
        row = [
            "heated" if kind.heated else "flat",
            f"{1000 * median_s:.2f} ms",
            f"{1000 * total_s / MANY:.2f} ms",
            f"{total_s:.1f} s ({elapsed_s:.1f} s)",
        ]
        for model in ("legacy", "current"):
            if peer:
                found = ask_peer(homes[:PEER_HOMES], model)
                theirs_s = float(np.median(found["cpu_s"]))
                row += [f"{theirs_s:.2f} s", f"{theirs_s / median_s:,.0f}"]
            else:
                row += ["not installed", "-"]
        rows.append(row)
    return rows


HEAD = (
    "homes", "ours, median", "ours, mean", "10,000 homes: CPU (wall)",
    "OpenDSM legacy", "times ours", "OpenDSM current", "times ours",
)  # fmt: skip


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(table(HEAD, measure(peer=Path(PEER).exists())))


if __name__ == "__main__":
    main()
