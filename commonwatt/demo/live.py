"""The demo's live meters: each goes on in its log where the database last heard of it."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from commonwatt.demo.homes import SIMULATED, simulate_home
from commonwatt.demo.outbox import BackOff
from commonwatt.demo.publisher import MeterClient
from commonwatt.model import HALF_HOUR_S, Reading
from commonwatt.recordings.payloads import RECORDS_PER_MESSAGE, message_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PERIOD_S = 10
WINDOW = 8
_RESEND = BackOff(5, 60)
_RECONNECT = BackOff(0.5, 10)


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where a meter's log stands: its last record, and since when the meter is up."""

    log: int
    boot: int
    n: int
    end_s: int
    register_wh: float
    booted_s: int

    def rebooted(self) -> LogPosition:
        """The same log after a power cut that ended with its last record."""
        return replace(self, boot=self.boot + 1, booted_s=self.end_s)


@dataclass(frozen=True, slots=True)
class LiveMeter:
    """A simulated meter: who it is, what it measures, and where its log stands."""

    serial: str
    secret: str
    home_seed: int
    position: LogPosition
    thrift_from_s: int | None = None


def measure(
    home_seed: int, position: LogPosition, step_s: int, thrift_from_s: int | None = None
) -> tuple[Reading, LogPosition]:
    """Make the record that follows a position, and say where the log stands then."""
    end_s = position.end_s + step_s
    [power_w] = simulate_home(home_seed, position.end_s, end_s, step_s, thrift_from_s).tolist()
    register_wh = round(position.register_wh + power_w * step_s / 3600, 3)
    after = replace(position, n=position.n + 1, end_s=end_s, register_wh=register_wh)
    reading = Reading(
        end_s=end_s,
        duration_s=step_s,
        log=after.log,
        n=after.n,
        boot=after.boot,
        up_s=end_s - after.booted_s,
        register_wh=register_wh,
        power_w=float(round(power_w)),
        flags=SIMULATED,
    )
    return reading, after


def measure_until(
    home_seed: int, position: LogPosition, now_s: float, thrift_from_s: int | None = None
) -> Iterator[tuple[list[Reading], LogPosition]]:
    """Catch up with the clock, a message at a time: half-hours first, then ten seconds."""
    records: list[Reading] = []
    while (step_s := _step_s(position, now_s)) is not None:
        reading, position = measure(home_seed, position, step_s, thrift_from_s)
        records.append(reading)
        if len(records) == RECORDS_PER_MESSAGE:
            yield records, position
            records = []
    if records:
        yield records, position


def _step_s(position: LogPosition, now_s: float) -> int | None:
    behind_s = now_s - position.end_s
    if behind_s < PERIOD_S:
        return None
    return HALF_HOUR_S if behind_s > 2 * HALF_HOUR_S else PERIOD_S


class LiveMeters:
    """Clients of the broker, one a meter, and a thread that makes their records."""

    def __init__(self, meters: Sequence[LiveMeter], host: str, port: int) -> None:
        self._meters = list(meters)
        self._clients = [
            MeterClient(
                meter.serial,
                meter.secret,
                host,
                port,
                window=WINDOW,
                resend=_RESEND,
                reconnect=_RECONNECT,
            )
            for meter in meters
        ]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live meters")
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for client in self._clients:
            self._stack.enter_context(client)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._stack.close()

    def _run(self) -> None:
        """Give every meter its turn once a period, one after the other."""
        pause_s = PERIOD_S / len(self._meters)
        while not self._stopping.is_set():
            for number, client in enumerate(self._clients):
                self._meters[number] = self._speak(self._meters[number], client)
                if self._stopping.wait(pause_s):
                    return

    def _speak(self, meter: LiveMeter, client: MeterClient) -> LiveMeter:
        """Say what was measured since last time, as far as the window has room."""
        told = measure_until(meter.home_seed, meter.position, time.time(), meter.thrift_from_s)
        for records, position in told:
            if not client.send(message_of(meter.serial, records), timeout_s=0):
                break
            meter = replace(meter, position=position)
        return meter
