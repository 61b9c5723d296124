"""Runs every benchmark and writes docs/benchmarks/core.md and ingest.md."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from commonwatt.studies.pages import table

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".bench" / "bin" / "python"
PAGE = ROOT / "docs" / "benchmarks" / "core.md"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
TEXT = """\
# Benchmarks of the core

Made by `make bench` on {cores} cores of {machine}, Python {python}, {versions}. Ratios are what to look at;
absolute figures are those of that machine at that minute.

## Energy per hour

10 million irregular samples of 1,000 meters over 30 days, all ways in turn, medians of {rounds} rounds. Ours
proves every register clean, on one thread; polars uses all; pandas one.

{energy}

## A home's saving, with its intervals

500 simulated homes of a year and a year, 10,000 refreshes on one core: choose days, fit, compare, test
where a change would be claimed, judge. OpenDSM answers 10 of them in its own environment
(`make opendsm`), after its compiling.

{refresh}
"""


def run(python: Path | str, script: str, *options: str) -> str:
    environment = {**os.environ, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": str(ROOT)}
    command = [str(python), str(ROOT / "scripts" / script), *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return done.stdout


def main() -> None:
    told = json.loads(run(PEERS, "bench_energy.py"))
    rows = [
        [name, f"{rate:.1f}", f"{told['ratios'][name]:.1f}"] for name, rate in told["rates"].items()
    ]
    energy = table(("way", "million samples a second", "ours is so many times as fast"), rows)
    page = TEXT.format(
        cores=os.cpu_count(),
        machine=platform.machine(),
        python=told["python"],
        versions=", ".join(f"{name} {number}" for name, number in told["versions"].items()),
        rounds=told["rounds"],
        energy=energy,
        refresh=run(sys.executable, "bench_refresh.py"),
    )
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page, "utf-8")
    print(page)
    print(run(sys.executable, "bench_ingest.py", "--write"))


if __name__ == "__main__":
    main()
