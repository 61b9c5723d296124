"""Hours of ordinary load in little memory, with a fault now and then: what grows, what is lost."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.faults.plant import Plant
from commonwatt.faults.speech import speaking
from commonwatt.servers.accounts import make_open_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from commonwatt.faults.speech import Weight

FAULT_EVERY_S = 3600
BREAKS = ("ingest", "postgres")
"""What is killed in turn. A killed broker forgets what nobody has acknowledged; meters that keep and repeat
bear that, as the campaigns show, and these do not repeat."""

WARM_S = 1800.0
"""How long a life of ingest is not weighed: the half-hour in progress is added up anew again and again, so
what that needs grows until one has been full."""

MOST_SLOPE_MB_PER_H = 1.0


@dataclass(frozen=True, slots=True)
class SoakOutcome:
    """What was said and stored in how long a time, and how ingest's memory grew meanwhile.

    `slope_mb_per_h` is None where no life of ingest was long enough to tell.
    """

    lasted_s: int
    faults: int
    sent: int
    stored: int
    most_ingest_mb: float
    most_broker_mb: float
    slope_mb_per_h: float | None

    @property
    def is_clean(self) -> bool:
        is_flat = self.slope_mb_per_h is None or self.slope_mb_per_h < MOST_SLOPE_MB_PER_H
        return self.stored == self.sent and is_flat


def run_soak(
    lasts_s: int, programs: Path | None = None, fault_every_s: int = FAULT_EVERY_S
) -> SoakOutcome:
    """Speak for so long; kill something at each interval but at the end."""
    stretches = [fault_every_s] * ((lasts_s - 1) // fault_every_s)
    rest_s = lasts_s - sum(stretches)
    with ExitStack() as stack:
        folder = make_open_folder("commonwatt-soak-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        plant = stack.enter_context(Plant(folder, programs))
        speech = stack.enter_context(speaking(plant, "soak"))
        for victim, stretch_s in zip(cycle(BREAKS), stretches, strict=False):
            speech.speak(stretch_s)
            plant.kill(victim)
        speech.speak(rest_s)
        stored = speech.await_all()
        return SoakOutcome(
            lasted_s=lasts_s,
            faults=len(stretches),
            sent=speech.sent,
            stored=stored,
            most_ingest_mb=speech.most_ingest_mb,
            most_broker_mb=speech.most_broker_mb,
            slope_mb_per_h=fit_slope(speech.weights),
        )


def fit_slope(weights: Sequence[Weight]) -> float | None:
    """MB an hour, the same for all lives of ingest, each from its own level after it is warm."""
    lives: dict[int, list[tuple[float, float]]] = {}
    for each in weights:
        if each.ingest_mb > 0:
            lives.setdefault(each.ingest_pid, []).append((each.at_s, each.ingest_mb))
    hours, memory_mb = [], []
    for life in lives.values():
        warm = np.array([point for point in life if point[0] >= life[0][0] + WARM_S])
        if len(warm) > 1:
            hours.append((warm[:, 0] - warm[:, 0].mean()) / 3600)
            memory_mb.append(warm[:, 1] - warm[:, 1].mean())
    if not hours:
        return None
    x, y = np.concatenate(hours), np.concatenate(memory_mb)
    return float((x * y).sum() / (x * x).sum())
