"""Runs OpenDSM's daily model on every home of a study, beside ours, in an environment of its own."""

from __future__ import annotations

import argparse
import json
import logging
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from importlib import import_module
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

MODELS = ("legacy", "current")
CONFIDENCES = (0.90, 0.68)
PEER = "opendsm"
WH_PER_KWH = 1000


@dataclass(frozen=True, slots=True)
class Home:
    """One home of a study: whole days, NaN where nothing is known.

    In OpenDSM's units: its regularisation is meant for numbers of the size of a day's kWh.
    """

    day: NDArray[np.int64]
    temperature_f: NDArray[np.float64]
    energy_kwh: NDArray[np.float64]
    is_baseline: NDArray[np.bool_]
    is_reporting: NDArray[np.bool_]
    is_electricity: bool = True
    """OpenDSM takes an electric day of exactly 0 for a missing one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What OpenDSM says of one home.

    `ok` is its own word: without being forced, it would have answered. The figures are those it
    gives when forced, and NaN where even that fails; `reason` says why it objects.
    """

    saving_wh: float = np.nan
    low_wh: float = np.nan
    high_wh: float = np.nan
    low68_wh: float = np.nan
    high68_wh: float = np.nan
    predicted_wh: float = np.nan
    r_squared: float = np.nan
    cv_rmse: float = np.nan
    ok: bool = False
    reason: str = ""
    cpu_s: float = np.nan
    fit: str = "{}"


@dataclass(frozen=True, slots=True)
class OpenDsm:
    """The library, loaded once, and which of its two daily models to run."""

    eemeter: Any
    metrics: Any
    model: str

    @classmethod
    def load(cls, model: str) -> OpenDsm:
        warnings.simplefilter("ignore")
        logging.getLogger("eemeter").setLevel(logging.ERROR)
        return cls(import_module(f"{PEER}.eemeter"), import_module(f"{PEER}.common.metrics"), model)

    def answer(self, home: Home) -> Answer:
        started_s = time.process_time()
        try:
            found = self._assess(home)
        except Exception as error:  # noqa: BLE001 whatever it cannot do is a refusal, and is counted
            found = {"reason": f"refused: {type(error).__name__}: {error}"}
        return Answer(**found, cpu_s=time.process_time() - started_s)

    def _assess(self, home: Home) -> dict[str, Any]:
        baseline = self.eemeter.DailyBaselineData(
            tabulate(home, home.is_baseline), is_electricity_data=home.is_electricity
        )
        reporting = self.eemeter.DailyReportingData(
            tabulate(home, home.is_reporting), is_electricity_data=home.is_electricity
        )
        fitted = self.eemeter.DailyModel(model=self.model)
        fitted.fit(baseline, ignore_disqualification=True)
        predicted = fitted.predict(reporting, ignore_disqualification=True)
        scores = [self._score(fitted, predicted, level) for level in CONFIDENCES]
        wide, narrow = (score.total_savings_uncertainty for score in scores)
        saving = scores[0].savings
        objections = [each.qualified_name.rpartition(".")[2] for each in fitted.disqualification]
        amounts = {
            "saving_wh": saving,
            "low_wh": saving - wide,
            "high_wh": saving + wide,
            "low68_wh": saving - narrow,
            "high68_wh": saving + narrow,
            "predicted_wh": scores[0].predicted_sum,
        }
        return {
            **{name: float(amount) * WH_PER_KWH for name, amount in amounts.items()},
            "r_squared": float(fitted.baseline_metrics.r_squared),
            "cv_rmse": float(fitted.baseline_metrics.cvrmse),
            "ok": not objections,
            "reason": ", ".join(objections),
            "fit": json.dumps({key: describe(sub) for key, sub in fitted.params.submodels.items()}),
        }

    def _score(self, fitted: Any, predicted: pd.DataFrame, level: float) -> Any:
        return self.metrics.ReportingMetrics(
            baseline_metrics=fitted.baseline_metrics,
            reporting_df=predicted,
            data_frequency="daily",
            confidence_level=level,
        )


def describe(submodel: Any) -> dict[str, Any]:
    told: dict[str, Any] = submodel.coefficients.model_dump(mode="json", exclude_none=True)
    return told


def tabulate(home: Home, chosen: NDArray[np.bool_]) -> pd.DataFrame:
    """Lay out one period as OpenDSM wants it: no day left out, kWh, an index with a time zone.

    A local day is labelled by midnight UTC. OpenDSM reads the date, the weekday and the month of
    a label, and nothing finer, so that days of 23 and 25 hours need no care.
    """
    if not chosen.any():
        raise ValueError("a period without a day")
    days = home.day[chosen]
    every_day = np.arange(days.min(), days.max() + 1)
    at = days - days.min()
    table = pd.DataFrame(
        {"observed": np.nan, "temperature": np.nan},
        index=pd.DatetimeIndex(
            every_day.astype("datetime64[D]").astype("datetime64[ns]"), tz="UTC"
        ),
    )
    table.iloc[at, 0] = home.energy_kwh[chosen]
    table.iloc[at, 1] = home.temperature_f[chosen]
    return table


def split_homes(study: Mapping[str, NDArray[Any]]) -> list[Home]:
    """Cut a study into homes; what is said once is true of every home."""
    energy_kwh = study["energy_wh"] / WH_PER_KWH
    once = {name: study[name] for name in ("day", "is_baseline", "is_reporting")}
    once["temperature_f"] = study["temperature_c"] * 9 / 5 + 32
    each = {name: np.broadcast_to(column, energy_kwh.shape) for name, column in once.items()}
    return [
        Home(energy_kwh=energy_kwh[home], **{name: column[home] for name, column in each.items()})
        for home in range(len(energy_kwh))
    ]


def warm_up(peer: OpenDsm, homes: list[Home]) -> float:
    """Let everything be compiled once, on loads that need each kind of model; say what it took."""
    started_s = time.process_time()
    first = homes[0]
    cold, warm = (np.maximum(sign * (first.temperature_f - 60), 0) for sign in (-1, 1))
    noise = np.random.default_rng(0).normal(0, 0.5, first.day.size)
    for load_kwh in (0 * cold, 0.5 * cold, 0.5 * warm, 0.5 * (cold + warm)):
        peer.answer(replace(first, energy_kwh=9 + load_kwh + noise))
    peer.answer(first)
    return time.process_time() - started_s


def answer_all(peer: OpenDsm, homes: list[Home], workers: int) -> Iterable[Answer]:
    if workers == 1:
        return [peer.answer(home) for home in homes]
    with ProcessPoolExecutor(workers, get_context("fork"), _keep, (peer,)) as pool:
        return list(pool.map(_answer, homes, chunksize=4))


_KEPT: list[OpenDsm] = []


def _keep(peer: OpenDsm) -> None:
    _KEPT.append(peer)


def _answer(home: Home) -> Answer:
    return _KEPT[-1].answer(home)


def report(study: Mapping[str, NDArray[Any]], found: Mapping[str, NDArray[Any]]) -> None:
    """Print how far from the truth each stratum is, forced and unforced."""
    print(f"{'stratum':32}  homes  bias %  RMSE %  in 68  in 90")
    for stratum in np.unique(study["stratum"]):
        here = (study["stratum"] == stratum) & np.isfinite(found["saving_wh"])
        refused = int((study["stratum"] == stratum).sum() - here.sum())
        print_line(f"{stratum} forced", study, found, here)
        print_line(f"{stratum} unforced", study, found, here & found["ok"])
        if refused:
            print(f"{stratum}: {refused} homes without any answer")
    reasons, counts = np.unique(found["reason"], return_counts=True)
    for reason, count in zip(reasons, counts, strict=True):
        print(f"{count:6} homes: {reason or 'no objection'}")


def print_line(
    name: str,
    study: Mapping[str, NDArray[Any]],
    found: Mapping[str, NDArray[Any]],
    here: NDArray[np.bool_],
) -> None:
    if not here.any():
        print(f"{name:32}{0:7}")
        return
    truth = study["true_saving_wh"][here]
    error = 100 * (found["saving_wh"][here] - truth) / found["predicted_wh"][here]
    inside = [
        ((found[low][here] <= truth) & (truth <= found[high][here])).mean()
        for low, high in (("low68_wh", "high68_wh"), ("low_wh", "high_wh"))
    ]
    spread = np.sqrt((error**2).mean())
    print(f"{name:32}{here.sum():7}{error.mean():8.2f}{spread:8.2f}", end="")
    print("".join(f"{share:7.1%}" for share in inside))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path, help="the homes, an .npz")
    parser.add_argument("target", type=Path, help="where the answers go, an .npz")
    parser.add_argument("--model", choices=MODELS, default=MODELS[0])
    parser.add_argument("--workers", type=int, default=1, help="homes answered at once")
    arguments = parser.parse_args()
    with np.load(arguments.study) as file:
        study = dict(file)
    homes = split_homes(study)
    peer = OpenDsm.load(arguments.model)
    compile_s = warm_up(peer, homes)
    answers = list(answer_all(peer, homes, arguments.workers))
    found = {
        field.name: np.array([getattr(answer, field.name) for answer in answers])
        for field in fields(Answer)
    }
    told = {"version": np.array(version(PEER)), "model": np.array(arguments.model)}
    columns: dict[str, Any] = {**found, **told, "first_call_cpu_s": np.array(compile_s)}
    np.savez_compressed(arguments.target, **columns)
    report(study, found)
    print(
        f"OpenDSM {told['version']} {arguments.model}: median {np.median(found['cpu_s']):.3f} s of "
        f"CPU a home, after {compile_s:.1f} s of CPU for the first calls"
    )


if __name__ == "__main__":
    main()
