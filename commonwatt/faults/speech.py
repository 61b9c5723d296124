"""A hundred meters that say a reading a second each, once, and wait for nothing; what the service weighs meanwhile."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from itertools import cycle
from typing import TYPE_CHECKING, NamedTuple

from paho.mqtt.client import MQTTv311

from commonwatt.errors import DatabaseAwayError
from commonwatt.faults.rogues import (
    ANSWER_WITHIN_S,
    await_listening,
    connect_client,
    leave,
    make_client,
    readings_of,
    register_homes,
)
from commonwatt.storage import ledger
from commonwatt.storage.pool import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paho.mqtt.client import Client

    from commonwatt.demo.registration import RegisteredHome
    from commonwatt.faults.plant import Plant

METERS = 100
RATE_PER_S = 100
SETTLE_S = 120.0
_LOOK_AGAIN_S = 0.2


class Weight(NamedTuple):
    """The resident memory of ingest and of the broker at a moment, and which life of ingest that is."""

    at_s: float
    ingest_pid: int
    ingest_mb: float
    broker_mb: float


class Speech:
    """The meters, by turns."""

    def __init__(self, plant: Plant, homes: list[RegisteredHome], clients: list[Client]) -> None:
        self.plant = plant
        self.sent = 0
        self.weights: list[Weight] = []
        self._turns = cycle(zip(homes, clients, strict=True))
        self._start_s = int(time.time()) - 3600 * 24

    def speak(self, seconds: int) -> None:
        """Say the records of so many seconds, each at its time."""
        began_s = time.monotonic()
        for count in range(seconds * RATE_PER_S):
            time.sleep(max(0.0, began_s + count / RATE_PER_S - time.monotonic()))
            home, client = next(self._turns)
            self.sent += 1
            client.publish(
                *readings_of(home, self.sent, self._start_s + self.sent // METERS), qos=1
            )
            if count % RATE_PER_S == 0:
                self.weigh()

    def weigh(self) -> None:
        plant = self.plant
        ingest_mb, broker_mb = plant.memory_mb("ingest"), plant.memory_mb("broker")
        self.weights.append(Weight(time.monotonic(), plant.pid("ingest"), ingest_mb, broker_mb))

    @property
    def most_ingest_mb(self) -> float:
        return max(each.ingest_mb for each in self.weights)

    @property
    def most_broker_mb(self) -> float:
        return max(each.broker_mb for each in self.weights)

    def newest(self) -> int:
        """The number of the newest record that is stored; 0 while the database is not there."""
        if not self.plant.is_running("postgres"):
            return 0
        with connect(self.plant.postgres.url) as connection:
            return ledger.newest_number(connection)

    def _count_rows(self) -> int:
        """How many records are stored; 0 while the database comes back from a kill."""
        try:
            with connect(self.plant.postgres.url) as connection:
                return ledger.count_rows(connection)
        except DatabaseAwayError:
            return 0

    def await_all(self) -> int:
        """Wait until all that was said is stored; return how much is."""
        deadline_s = time.monotonic() + SETTLE_S + ANSWER_WITHIN_S
        while True:
            self.weigh()
            stored = self._count_rows()
            if stored >= self.sent or time.monotonic() > deadline_s:
                return stored
            time.sleep(_LOOK_AGAIN_S)


@contextmanager
def speaking(plant: Plant, name: str) -> Iterator[Speech]:
    """A plant's meters, connected."""
    with ExitStack() as stack:
        homes = register_homes(plant, name, METERS)
        await_listening(plant)
        clients = [make_client(home, MQTTv311) for home in homes]
        for client in clients:
            connect_client(client, plant.address)
            stack.callback(leave, client)
        yield Speech(plant, homes, clients)
