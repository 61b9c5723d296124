"""The database away for long while a hundred meters go on speaking: memory, completeness, and how soon it is live."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.faults.plant import Plant
from commonwatt.faults.speech import Speech, speaking
from commonwatt.servers.accounts import make_open_folder

if TYPE_CHECKING:
    from pathlib import Path

AFTER_S = 60
MOST_INGEST_MB = 80.0


@dataclass(frozen=True, slots=True)
class BacklogOutcome:
    """How long the database was away, what was said meanwhile, and what became of it."""

    away_s: int
    sent: int
    stored: int
    most_ingest_mb: float
    most_broker_mb: float
    live_after_s: float

    @property
    def is_clean(self) -> bool:
        is_small = self.most_ingest_mb <= MOST_INGEST_MB
        return self.stored == self.sent and is_small and self.live_after_s <= AFTER_S


def run_backlog(away_s: int, programs: Path | None = None) -> BacklogOutcome:
    """Take the database away for so many seconds; each record is said once, at QoS 1."""
    with ExitStack() as stack:
        folder = make_open_folder("commonwatt-backlog-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        plant = stack.enter_context(Plant(folder, programs))
        return _take_away(stack.enter_context(speaking(plant, "backlog")), away_s)


def _take_away(speech: Speech, away_s: int) -> BacklogOutcome:
    speech.speak(5)
    speech.plant.hold("postgres")
    speech.speak(away_s)
    speech.plant.release("postgres")
    healed_s, healed_at = time.monotonic(), speech.sent
    live_s = float("inf")
    while time.monotonic() - healed_s < AFTER_S and live_s > AFTER_S:
        speech.speak(1)
        if speech.newest() > healed_at:
            live_s = time.monotonic() - healed_s
    stored = speech.await_all()
    return BacklogOutcome(
        away_s, speech.sent, stored, speech.most_ingest_mb, speech.most_broker_mb, live_s
    )
