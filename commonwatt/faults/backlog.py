"""The database away for long while a hundred meters go on speaking: memory, completeness, and how soon it is live."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from paho.mqtt.client import MQTTv311

from commonwatt.faults.plant import Plant
from commonwatt.faults.rogues import (
    ANSWER_WITHIN_S,
    await_listening,
    connect_client,
    leave,
    make_client,
    readings_of,
    register_homes,
)
from commonwatt.servers.accounts import make_open_folder
from commonwatt.storage import ledger
from commonwatt.storage.pool import connect

if TYPE_CHECKING:
    from pathlib import Path

    from paho.mqtt.client import Client

    from commonwatt.demo.registration import RegisteredHome

METERS = 100
RATE_PER_S = 100
AFTER_S = 60
SETTLE_S = 120.0
MOST_INGEST_MB = 80.0
_LOOK_AGAIN_S = 0.2


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
        homes = register_homes(plant, "backlog", METERS)
        await_listening(plant)
        clients = [make_client(home, MQTTv311) for home in homes]
        for client in clients:
            connect_client(client, plant.address)
            stack.callback(leave, client)
        return _Speech(plant, homes, clients).give(away_s)


class _Speech:
    """A hundred meters that speak by turns."""

    def __init__(self, plant: Plant, homes: list[RegisteredHome], clients: list[Client]) -> None:
        self._plant = plant
        self._homes = homes
        self._turns = cycle(zip(homes, clients, strict=True))
        self._start_s = int(time.time()) - 3600 * 24
        self._sent = 0
        self._most_mb = {"ingest": 0.0, "broker": 0.0}

    def give(self, away_s: int) -> BacklogOutcome:
        self._speak(5)
        self._plant.hold("postgres")
        self._speak(away_s)
        self._plant.release("postgres")
        healed_s, healed_at = time.monotonic(), self._sent
        live_s = float("inf")
        while time.monotonic() - healed_s < AFTER_S and live_s > AFTER_S:
            self._speak(1)
            if self._newest() > healed_at:
                live_s = time.monotonic() - healed_s
        stored = self._await_all()
        return BacklogOutcome(
            away_s, self._sent, stored, self._most_mb["ingest"], self._most_mb["broker"], live_s
        )

    def _speak(self, seconds: int) -> None:
        """Say the records of so many seconds, each at its time."""
        began_s = time.monotonic()
        for count in range(seconds * RATE_PER_S):
            time.sleep(max(0.0, began_s + count / RATE_PER_S - time.monotonic()))
            home, client = next(self._turns)
            self._sent += 1
            client.publish(
                *readings_of(home, self._sent, self._start_s + self._sent // METERS), qos=1
            )
            if count % RATE_PER_S == 0:
                self._weigh()

    def _weigh(self) -> None:
        for name, most_mb in self._most_mb.items():
            self._most_mb[name] = max(most_mb, self._plant.memory_mb(name))

    def _newest(self) -> int:
        """The number of the newest record that is stored; 0 while the database is not there."""
        if not self._plant.is_running("postgres"):
            return 0
        with connect(self._plant.postgres.url) as connection:
            return ledger.newest_number(connection)

    def _await_all(self) -> int:
        deadline_s = time.monotonic() + SETTLE_S + ANSWER_WITHIN_S
        while True:
            self._weigh()
            with connect(self._plant.postgres.url) as connection:
                stored = ledger.count_rows(connection)
            if stored >= self._sent or time.monotonic() > deadline_s:
                return stored
            time.sleep(_LOOK_AGAIN_S)
