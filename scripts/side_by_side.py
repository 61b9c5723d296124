"""Runs the calibration study on our core and on OpenDSM, on the same homes, and writes its page."""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from commonwatt.studies.calibration import (
    BASELINES_DAYS,
    assess_simulated,
    score_stratum,
    simulate_strata,
)
from commonwatt.studies.homes import REPORTING_DAYS, Stratum
from commonwatt.studies.pages import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonwatt.studies.homes import SimulatedHome

ROOT = Path(__file__).resolve().parents[1]
PEER = ROOT / ".opendsm" / "bin" / "python"
MODELS = ("legacy", "current")
SAVING = 0.05
HEAD = (
    "homes", "baseline", "method", "answered", "90 %", "bias", "RMSE", "+-90 %", "CPU a home",
)  # fmt: skip
PAGE = """\
# Our intervals beside OpenDSM's

The same simulated homes, {homes} for each line, a true saving of 5 %, up to 30 % of days lost; see
[the calibration study](calibration.md) for the homes and [OpenDSM](opendsm.md) for its environment. Made
by

    make opendsm
    .venv/bin/python scripts/side_by_side.py --seed {seed} --homes {homes}

- **ours**: counted are the days within the baseline's temperatures and 1 K; with 56 and 28 days the
  service tells nobody anything, the intervals are shown for comparison.
- **OpenDSM, forced**: version {version}, told to answer whatever it objects to, over all reporting days.
- **OpenDSM, its own word**: only the homes to which it has no objection.
- **90 %**: share of homes whose nominal 90 % interval holds the true saving. **bias**, **RMSE**,
  **+-90 %**: in points of what the compared days would have used.
- **CPU a home**: median, on one core, after everything is compiled and imported.

{table}

The first OpenDSM home costs {first_s:.0f} s more, for compiling.
"""


def write_homes(path: Path, homes: Sequence[SimulatedHome]) -> None:
    """Put homes into the file that the other environment reads, all of one length.

    A shorter home is given days before its own, which belong to no period.
    """
    longest = max(len(home.daily) for home in homes)

    def stack(name: str, before: float) -> Any:
        columns = [np.asarray(getattr(home.daily, name)) for home in homes]
        return np.stack(
            [np.concatenate([np.full(longest - len(c), before, c.dtype), c]) for c in columns]
        )

    day = np.stack([int(home.daily.day[-1]) - np.arange(longest)[::-1] for home in homes])
    own = day >= np.array([[int(home.daily.day[0])] for home in homes])
    after = day >= np.array([[home.reporting_start] for home in homes])
    np.savez_compressed(
        path,
        day=day,
        temperature_c=stack("temperature_c", 10.0),
        energy_wh=stack("energy_wh", float("nan")),
        is_baseline=own & ~after,
        is_reporting=after,
        true_saving_wh=np.array([_true_wh(home) for home in homes]),
        stratum=np.array(["homes"] * len(homes)),
    )


def ask_peer(homes: Sequence[SimulatedHome], model: str) -> Mapping[str, Any]:
    """Let OpenDSM answer in its own environment, which compiles it once."""
    with tempfile.TemporaryDirectory() as folder:
        given, answers = Path(folder) / "homes.npz", Path(folder) / "answers.npz"
        write_homes(given, homes)
        script = ROOT / "scripts" / "opendsm_study.py"
        command = [str(part) for part in (PEER, script, given, answers, "--model", model)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with np.load(answers) as file:
            return dict(file)


def our_row(homes: Sequence[SimulatedHome], stratum: Stratum) -> list[str]:
    spent_s = []
    for home in homes:
        started_s = time.process_time()
        assess_simulated(home)
        spent_s.append(time.process_time() - started_s)
    score = score_stratum(stratum, homes)
    return [
        "ours",
        f"{score.fits}",
        f"{100 * score.covered_90:.1f}",
        f"{100 * score.bias:+.2f}",
        f"{100 * score.rmse:.2f}",
        f"{100 * score.half_width:.1f}",
        f"{1000 * float(np.median(spent_s)):.1f} ms",
    ]


def peer_rows(
    homes: Sequence[SimulatedHome], found: Mapping[str, Any], model: str
) -> list[list[str]]:
    forced = np.isfinite(found["saving_wh"])
    spent = f"{1000 * float(np.median(found['cpu_s'])):.0f} ms"
    rows = []
    for name, here in (("forced", forced), ("its own word", forced & found["ok"])):
        own = [_peer_cells(homes, found, here)] if here.any() else [["-"] * 4]
        rows.append([f"OpenDSM {model}, {name}", f"{here.sum()}", *own[0], spent])
    return rows


def _peer_cells(
    homes: Sequence[SimulatedHome], found: Mapping[str, Any], here: np.ndarray[Any, Any]
) -> list[str]:
    truth = np.array([_true_wh(home) for home in homes])[here]
    would_have = np.array([_would_have_wh(home) for home in homes])[here]
    error = (found["saving_wh"][here] - truth) / would_have
    inside = (found["low_wh"][here] <= truth) & (truth <= found["high_wh"][here])
    half = (found["high_wh"][here] - found["low_wh"][here]) / 2 / would_have
    return [
        f"{100 * inside.mean():.1f}",
        f"{100 * error.mean():+.2f}",
        f"{100 * np.sqrt((error**2).mean()):.2f}",
        f"{100 * half.mean():.1f}",
    ]


def _would_have_wh(home: SimulatedHome) -> float:
    return float(home.counterfactual_wh[home.after & home.known].sum())


def _true_wh(home: SimulatedHome) -> float:
    return _would_have_wh(home) - float(home.daily.energy_wh[home.after & home.known].sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--homes", type=int, default=50)
    arguments = parser.parse_args()
    if not PEER.exists():
        parser.error("OpenDSM is not here: run `make opendsm`")
    plain = Stratum(heated=False, baseline_days=REPORTING_DAYS, saving=SAVING)
    strata = [
        replace(plain, heated=heated, baseline_days=days)
        for heated in (False, True)
        for days in BASELINES_DAYS
    ]
    groups = list(simulate_strata(arguments.seed, arguments.homes, strata))
    everyone = [home for _, homes in groups for home in homes]
    answers = {model: ask_peer(everyone, model) for model in MODELS}
    rows = []
    for place, (stratum, homes) in enumerate(groups):
        own = slice(place * arguments.homes, (place + 1) * arguments.homes)
        told = [our_row(homes, stratum)]
        for model, found in answers.items():
            here = {name: values[own] for name, values in found.items() if values.ndim}
            told += peer_rows(homes, here, model)
        kind = "heated" if stratum.heated else "flat"
        rows += [[kind, f"{stratum.baseline_days} d", *cells] for cells in told]
    last = answers[MODELS[-1]]
    first_s, version = float(last["first_call_cpu_s"]), str(last["version"])
    page = PAGE.format(
        homes=arguments.homes,
        seed=arguments.seed,
        version=version,
        first_s=first_s,
        table=table(HEAD, rows),
    )
    (ROOT / "docs" / "studies" / "side-by-side.md").write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main()
