"""Times energy per hour of 10 million samples of 1,000 meters, beside polars and pandas."""

from __future__ import annotations

import argparse
import json
import platform
import time
from functools import partial
from importlib.metadata import version
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl

from commonwatt.core.bulk import register_energy

if TYPE_CHECKING:
    from collections.abc import Callable

METERS, SAMPLES = 1000, 10_000
DAYS = 30
P_MAX_W = 12_000.0


def simulate() -> tuple[Any, Any]:
    """Times and registers, (meters, samples): irregular steps of 259 s, up to 3 kW."""
    generator = np.random.default_rng(1)
    usual_s = DAYS * 86_400 / SAMPLES
    steps_s = generator.uniform(0.5 * usual_s, 1.5 * usual_s, (METERS, SAMPLES))
    power_w = generator.uniform(50, 3000, (METERS, SAMPLES))
    return 1.7e9 + np.cumsum(steps_s, axis=1), np.cumsum(steps_s * power_w / 3600, axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    time_s, register_wh = simulate()
    flat_s, flat_wh = time_s.ravel(), register_wh.ravel()
    first = np.arange(METERS + 1) * SAMPLES
    edges_s = np.arange(time_s.min() // 3600, time_s.max() // 3600 + 2) * 3600
    meter = np.repeat(np.arange(METERS), SAMPLES)
    at = (flat_s * 1e6).astype("datetime64[us]")
    frame = pl.DataFrame({"meter": meter, "at": at, "register": flat_wh})
    small = frame.with_columns(pl.col("meter").cast(pl.Int32).set_sorted())
    table = pd.DataFrame({"meter": meter, "register": flat_wh}, index=at)
    copy = np.empty_like(flat_wh)

    def ours() -> None:
        found = register_energy(flat_s, flat_wh, first, edges_s, duration_s=400.0, p_max_w=P_MAX_W)
        assert found.interpolated.all()

    def by_polars(frame: pl.DataFrame) -> None:
        grouped = frame.group_by_dynamic("at", every="1h", group_by="meter")
        grouped.agg(pl.col("register").last() - pl.col("register").first())

    def by_pandas() -> None:
        table.groupby("meter")["register"].resample("1h").last()

    def control() -> None:
        np.copyto(copy, flat_wh)

    runs: dict[str, Callable[[], None]] = {
        "ours, one thread": ours,
        "polars group_by_dynamic, all threads": partial(by_polars, frame),
        "the same, meters as sorted 32-bit numbers": partial(by_polars, small),
        "pandas groupby.resample": by_pandas,
        "control: a copy of the registers": control,
    }
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            started_s = time.perf_counter()
            run()
            spent[name].append(time.perf_counter() - started_s)
    rates = {name: METERS * SAMPLES / median(spent[name]) / 1e6 for name in runs}
    own = rates["ours, one thread"]
    told = {
        "rates": rates,
        "ratios": {name: own / rate for name, rate in rates.items()},
        "versions": {name: version(name) for name in ("numpy", "polars", "pandas")},
        "python": platform.python_version(),
        "rounds": rounds,
    }
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
