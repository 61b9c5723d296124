"""Meters as they are: they reset, resend, lose their clock and say nonsense, and remember what is true."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from commonwatt.demo.outbox import BackOff
from commonwatt.demo.publisher import MeterClient
from commonwatt.model import Reading
from commonwatt.recordings.payloads import message_of
from commonwatt.storage.ledger import Record

if TYPE_CHECKING:
    from random import Random

    from commonwatt.demo.outbox import Tally
    from commonwatt.demo.registration import RegisteredHome
    from commonwatt.recordings.payloads import Outgoing

RESEND = BackOff(1.0, 8.0)
RECONNECT = BackOff(0.2, 1.0)
WINDOW = 40
MOST_RECORDS = 6
STEP_S = 60
ABSURD_WH = 5e9
CONTRADICTS = 0.01
PATIENCE_S = 2.0


@dataclass
class FlakyMeter:
    """A meter of protocol v1 that fills its log faster than time goes by.

    `truth` is every record that has to be stored, `refused` how many have to be put aside.
    """

    home: RegisteredHome
    random: Random
    now_s: int
    truth: list[Record] = field(default_factory=list)
    refused: int = 0
    _log: int = 0
    _boot: int = 0
    _n: int = 0
    _up_s: int = 0
    _register_wh: float = 0.0
    _last: Outgoing | None = None
    _sayable: list[Reading] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._begin_log()

    def next_message(self) -> Outgoing:
        """Say the next few records, or now and then the same ones again."""
        if self._last and self.random.random() < 0.05:
            return self._last
        chance = self.random.random()
        if chance < 0.02:
            self._begin_log()
        elif chance < 0.04:
            self._reboot()
        said = [self._record() for _ in range(self.random.randint(1, MOST_RECORDS))]
        self._sayable = [reading for reading in said if reading.register_wh != ABSURD_WH]
        self._last = message_of(self.home.meter.serial, said)
        return self._last

    def wants_to_contradict(self) -> bool:
        return bool(self._sayable) and self.random.random() < CONTRADICTS

    def contradict(self) -> Outgoing:
        """Say a record of the last message again with another register, or at another time.

        Only once everything is receipted: else it might come first, and be the truth.
        """
        reading = self.random.choice(self._sayable)
        self.refused += 1
        if self.random.random() < 0.5:
            reading = replace(reading, register_wh=(reading.register_wh or 0.0) + 1)
        else:
            reading = replace(reading, end_s=(reading.end_s or 0) + self.random.randint(1, 3600))
        return message_of(self.home.meter.serial, [reading])

    def _begin_log(self) -> None:
        """Forget the flash: a new log, numbers and register from the beginning."""
        self._log = self.random.randrange(1, 2**32)
        self._n, self._register_wh = 0, 0.0
        self._reboot()

    def _reboot(self) -> None:
        """Lose the clock, which may come back up to twenty minutes early or an hour late."""
        self._boot += 1
        self._up_s = 0
        self.now_s += self.random.randint(-20, 60) * STEP_S

    def _record(self) -> Reading:
        self._n += 1
        self._up_s += STEP_S
        self.now_s += STEP_S
        self._register_wh += self.random.randrange(200)
        is_absurd = self.random.random() < 0.01
        register_wh = ABSURD_WH if is_absurd else self._register_wh
        if is_absurd:
            self.refused += 1
        else:
            self.truth.append(Record(self._log, self._n, self.now_s, STEP_S, register_wh))
        return Reading(
            end_s=self.now_s,
            duration_s=STEP_S,
            log=self._log,
            n=self._n,
            boot=self._boot,
            up_s=self._up_s,
            register_wh=register_wh,
        )


class Load:
    """Flaky meters that all speak at once, each in a thread of its own."""

    def __init__(self, meters: list[FlakyMeter], address: tuple[str, int], pause_s: float) -> None:
        self.meters = meters
        self._pause_s = pause_s
        self._stopping = threading.Event()
        self._clients = [
            MeterClient(
                meter.home.meter.serial,
                meter.home.secret,
                *address,
                window=WINDOW,
                resend=RESEND,
                reconnect=RECONNECT,
                keepalive_s=5,
            )
            for meter in meters
        ]
        self._threads = [
            threading.Thread(target=self._speak, args=pair, daemon=True)
            for pair in zip(meters, self._clients, strict=True)
        ]

    def start(self) -> None:
        for client, thread in zip(self._clients, self._threads, strict=True):
            client.start()
            thread.start()

    def finish(self, within_s: float) -> bool:
        """Make no more records; wait until every one is receipted, and tell whether it was."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        done = all(client.wait_until_receipted(within_s) for client in self._clients)
        for client in self._clients:
            client.stop()
        return done

    @property
    def tally(self) -> Tally:
        first, *others = (client.tally for client in self._clients)
        return sum(others, first)

    def _speak(self, meter: FlakyMeter, client: MeterClient) -> None:
        while not self._stopping.wait(self._pause_s):
            contradicts = meter.wants_to_contradict() and client.wait_until_receipted(PATIENCE_S)
            message = meter.contradict() if contradicts else meter.next_message()
            while not client.send(message, timeout_s=1.0):
                pass
