"""Checks our way of running OpenDSM against figures measured before, on the samples it brings along.

Run it from the root of the tree: `.opendsm/bin/python -m scripts.opendsm_check`.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scripts.opendsm_study import MODELS, PEER, WH_PER_KWH, Home, OpenDsm

if TYPE_CHECKING:
    from collections.abc import Iterator

PERIOD_DAYS = 365
EXACT_KWH = 0.001
U90_SHARE = 0.005
"""The uncertainties were written down with two or three figures."""
NUDGE_F = 1e-8
DAY_NS = 86_400_000_000_000

# Sample, then for each model: counterfactual, saving and 90 % uncertainty, in kWh (therm for the
# il-gas samples), 365 days before the works against 365 days after.
EXPECTED: dict[str, dict[str, tuple[float, float, float]]] = {
    "il-electricity-cdd-hdd-daily": {
        "legacy": (9926.668, 844.428, 298),
        "current": (9972.817, 890.577, 300),
    },
    "il-electricity-cdd-only-daily": {
        "legacy": (9247.242, 276.082, 398),
        "current": (9254.080, 282.920, 375),
    },
    "il-gas-hdd-only-daily": {
        "legacy": (1043.832, 83.612, 37.1),
        "current": (1046.330, 86.110, 36.3),
    },
    "il-gas-intercept-only-daily": {
        "legacy": (994.121, 101.481, 22.3),
        "current": (995.258, 102.618, 22.2),
    },
    "uk-electricity-hdd-only-hourly-sample-0": {
        "legacy": (1548.898, 206.123, 81.0),
        "current": (1547.778, 205.003, 81.2),
    },
    "uk-gas-hdd-only-hourly-sample-0": {
        "legacy": (7359.526, 876.394, 404),
        "current": (7371.261, 888.129, 350),
    },
}


def load_home(sample: str) -> Home:
    """Read a sample of OpenDSM's package as a home; hourly ones are summed over days of London."""
    is_british = sample.startswith("uk-")
    load = import_module(f"{PEER}.eemeter").load_sample
    meter, temperature, told = load(sample, tempF=not is_british)
    if is_british:
        meter, temperature = (each.tz_convert("Europe/London") for each in (meter, temperature))
        meter = meter.resample("D").sum(min_count=1)
        temperature = temperature * 9 / 5 + 32
    table = meter.join(temperature.resample("D").mean().rename("temperature"))
    home = cut(table, told["blackout_start_date"], told["blackout_end_date"])
    return replace(home, is_electricity="gas" not in sample)


def cut(table: pd.DataFrame, works_start: Any, works_end: Any) -> Home:
    """Keep a year before the works and a year after, by the instants at which days begin."""
    period = pd.Timedelta(days=PERIOD_DAYS)
    begins: Any = pd.DatetimeIndex(table.index)
    return Home(
        day=begins.tz_localize(None).as_unit("ns").asi8 // DAY_NS,
        temperature_f=table["temperature"].to_numpy(),
        energy_kwh=table["value"].to_numpy(),
        is_baseline=(begins >= works_start - period) & (begins < works_start),
        is_reporting=(begins >= works_end) & (begins < works_end + period),
    )


def read_csv_homes(path: str) -> Iterator[tuple[str, Home]]:
    """Read the daily il samples from a file that keeps eight decimals of their temperatures."""
    table = pd.read_csv(path, index_col=0, parse_dates=True)
    works = (pd.Timestamp("2016-12-26", tz="UTC"), pd.Timestamp("2017-01-04", tz="UTC"))
    for sample in EXPECTED.keys() & set(table.columns):
        columns = table.rename(columns={sample: "value", "temperature_f": "temperature"})
        yield sample, replace(cut(columns, *works), is_electricity="gas" not in sample)


def measure(peer: OpenDsm, home: Home) -> tuple[float, float, float]:
    answer = peer.answer(home)
    if not np.isfinite(answer.saving_wh):
        sys.exit(f"OpenDSM gave no answer: {answer.reason}")
    amounts = (answer.predicted_wh, answer.saving_wh, answer.high_wh - answer.saving_wh)
    counterfactual, saving, u90 = (amount / WH_PER_KWH for amount in amounts)
    return counterfactual, saving, u90


def nudge(peer: OpenDsm, home: Home, times: int) -> list[float]:
    """Measure the saving again with temperatures changed by less than any thermometer could see."""
    rng = np.random.default_rng(1)
    shape = (times, home.temperature_f.size)
    moved = home.temperature_f + NUDGE_F * rng.uniform(-1, 1, shape)
    return [measure(peer, replace(home, temperature_f=each))[1] for each in moved]


def check(times: int, copies: dict[str, Home]) -> Iterator[bool]:
    for sample, rows in EXPECTED.items():
        home = load_home(sample)
        for model in MODELS:
            peer = OpenDsm.load(model)
            found = measure(peer, home)
            same = np.isclose(found, rows[model], rtol=0, atol=EXACT_KWH)
            same[2] = np.isclose(found[2], rows[model][2], rtol=U90_SHARE)
            told = "  ".join(
                f"{one:10.3f} ({other})" for one, other in zip(found, rows[model], strict=True)
            )
            print(f"{sample:40}{model:8}{told}  {'same' if same.all() else 'DIFFERENT'}")
            if sample in copies:
                print_row("from the file", *measure(peer, copies[sample]))
            if times:
                savings = nudge(peer, home, times)
                print_row("savings when nudged, lowest and highest", min(savings), max(savings))
            yield bool(same.all())


def print_row(title: str, *amounts: float) -> None:
    print(f"{title:>48}" + "  ".join(f"{amount:10.3f}" for amount in amounts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", help="also the il samples as this file has them, for comparison")
    parser.add_argument(
        "--nudges",
        type=int,
        default=0,
        help=f"also fit this many times with temperatures moved by at most {NUDGE_F} F",
    )
    arguments = parser.parse_args()
    copies = dict(read_csv_homes(arguments.csv)) if arguments.csv else {}
    print("Counterfactual, saving, 90 % uncertainty in kWh (therm for il-gas); (expected)")
    sys.exit(0 if all([*check(arguments.nudges, copies)]) else 1)


if __name__ == "__main__":
    main()
