"""Times the way from broker to disk beside controls of the same minute; writes docs/benchmarks/ingest.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import secrets
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.broker import Broker, BrokerKind, hash_secret, write_credentials
from commonwatt.servers.credentials import ACL, SERVICE_USERS
from commonwatt.servers.postgres import PostgresServer, find_timescale
from commonwatt.storage import meters, readings
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect
from commonwatt.storage.rows import ReadingRows
from commonwatt.studies.pages import table
from ingest.progress import Progress
from ingest.service import topics_of
from scripts.bench_load import METERS, SENDER, STEP_S, rows, serial_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonwatt.storage.pool import Connection

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks" / "ingest.md"
RECORDS = 300
COPY_ROWS = 90_000
BATCH_ROWS = 5000
DIRTY_EVERY = 10
RATE, LATENCY_S = 100, 20
FIRST_S = 1_000_000_000
ROUND_S = 2_000_000
WITHIN_S = 300.0
PATIENCE_S = 0.02

Measure = tuple[str, str, float]
"""A benchmark's name, what is measured in it, and its rate."""


@dataclass(slots=True)
class Bench:
    """Broker and database, and where the next run's readings begin."""

    broker: Broker
    database_url: str
    secret: str
    start_s: int = FIRST_S

    def next_start_s(self) -> int:
        self.start_s += ROUND_S
        return self.start_s

    def play(self, role: str, **told: Any) -> Role:
        return Role(role, {"port": self.broker.port, "secret": self.secret, **told})

    def send(self, start_s: int, count: int, records: int) -> Role:
        sender = self.play("sender", start_s=start_s, count=count, records=records)
        sender.await_word("ready")
        return sender

    def subscribe(self, user: str, *, keep: bool) -> None:
        """Make a session that the broker keeps, or end the one it kept."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, user, clean_session=not keep)
        client.username_pw_set(user, self.secret)

        def subscribe(*_: object) -> None:
            client.subscribe([(topic, 1) for topic in topics_of(0)])

        def leave(*_: object) -> None:
            client.disconnect()

        client.on_connect = subscribe
        client.on_subscribe = leave
        client.connect("127.0.0.1", self.broker.port)
        client.loop_forever()


class Role:
    """A process that plays a role of `bench_load`; it begins on a line, and ends with its input."""

    def __init__(self, role: str, told: dict[str, Any]) -> None:
        command = [sys.executable, str(ROOT / "scripts" / "bench_load.py")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [*command, json.dumps({"role": role, **told})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def await_word(self, word: str) -> None:
        if self.read() != word:
            raise RuntimeError(f"{word!r} was expected")

    def read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def begin(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self) -> None:
        self._process.communicate(timeout=60)


def time_service(bench: Bench, count: int, records: int, *, live: bool) -> float:
    """Readings a second from the broker to COMMIT; the count is checked afterwards."""
    start_s = bench.next_start_s()
    bench.subscribe("ingest", keep=True)
    sender = bench.send(start_s, count, records)
    if not live:
        _deliver(sender)
    service = bench.play("service", user="ingest", database_url=bench.database_url)
    service.await_word("ready")
    started_s = time.perf_counter()
    service.begin()
    if live:
        time.sleep(2)
        started_s = time.perf_counter()
        sender.begin()
    with connect(bench.database_url) as connection:
        _await_stored(connection, start_s, count, records)
        spent_s = time.perf_counter() - started_s
        if live:
            sender.await_word("sent")
            sender.end()
        service.end()
        _require_all(connection, start_s, count, records)
    bench.subscribe("ingest", keep=False)
    return count * records / spent_s


def time_control(bench: Bench, role: str, count: int, records: int, *, live: bool) -> float:
    """Readings a second through a subscriber without a database."""
    user = SERVICE_USERS[-1]
    bench.subscribe(user, keep=True)
    sender = bench.send(bench.next_start_s(), count, records)
    if not live:
        _deliver(sender)
    control = bench.play(role, user=user, count=count)
    control.await_word("ready")
    started_s = time.perf_counter()
    control.begin()
    if live:
        control.await_word("listening")
        time.sleep(1)
        started_s = time.perf_counter()
        sender.begin()
        sender.await_word("sent")
        sender.end()
    while control.read() != "done":
        pass
    spent_s = time.perf_counter() - started_s
    control.end()
    bench.subscribe(user, keep=False)
    return count * records / spent_s


def _deliver(sender: Role) -> None:
    sender.begin()
    sender.await_word("sent")
    sender.end()


def _await_stored(connection: Connection, start_s: int, count: int, records: int) -> None:
    """Return when the last reading is there: batches commit in the order of arrival."""
    last = rows(start_s, count, records)
    meter_id, end_s = int(last.meter_id[-1]), int(last.end_s[-1])
    deadline_s = time.monotonic() + WITHIN_S
    while not readings.count_readings(connection, meter_id, end_s - 1, end_s)[0]:
        if time.monotonic() > deadline_s:
            raise TimeoutError("the last reading never came")
        time.sleep(PATIENCE_S)


def _require_all(connection: Connection, start_s: int, count: int, records: int) -> None:
    ends_s = start_s, start_s + STEP_S * (count // METERS * records + records + 1)
    found = sum(
        readings.count_readings(connection, meter_id, *ends_s)[0]
        for meter_id in range(1, METERS + 1)
    )
    if found != count * records:
        raise RuntimeError(f"{found} readings of {count * records} are stored")


def time_copy(bench: Bench, count: int, records: int, chunk: int) -> float:
    """Readings a second by bare COPY of the same rows, a COMMIT a chunk."""
    own = rows(bench.next_start_s(), count, records)
    with connect(bench.database_url) as connection:
        started_s = time.perf_counter()
        for part in _chunks(own, chunk):
            with connection.transaction():
                readings.copy_readings(connection, part)
        return len(own) / (time.perf_counter() - started_s)


def time_writes(bench: Bench, count: int, dirty_every: int) -> float:
    """Readings a second by the idempotent way; every so many batches, one row was there before."""
    own = rows(bench.next_start_s(), count, 1)
    progress = Progress()
    with connect(bench.database_url) as connection:
        started_s = time.perf_counter()
        for number, part in enumerate(_chunks(own, BATCH_ROWS), start=1):
            dirty = dirty_every and number % dirty_every == 0
            batch = part.joined_with(_pick(own, slice(0, 1))) if dirty else part
            with connection.transaction():
                repeats = progress.find_repeats(connection, batch)
                readings.write_readings(connection, batch, repeats)
            progress.learn()
        return len(own) / (time.perf_counter() - started_s)


def _chunks(own: ReadingRows, size: int) -> Iterator[ReadingRows]:
    return (_pick(own, slice(at, at + size)) for at in range(0, len(own), size))


def _pick(own: ReadingRows, which: slice) -> ReadingRows:
    return ReadingRows(*(getattr(own, name)[which] for name in ReadingRows.__slots__))


def time_latency(bench: Bench) -> tuple[float, float]:
    """Median and 99th percentile, in seconds, from publishing a reading to its receipt."""
    bench.subscribe("ingest", keep=True)
    service = bench.play("service", user="ingest", database_url=bench.database_url)
    service.await_word("ready")
    service.begin()
    time.sleep(2)
    meter = bench.play("receipts", rate=RATE, seconds=LATENCY_S, start_s=bench.next_start_s())
    taken_s = json.loads(meter.read())
    meter.end()
    service.end()
    if len(taken_s) != RATE * LATENCY_S:
        raise RuntimeError(f"{len(taken_s)} receipts of {RATE * LATENCY_S}")
    middle_s, late_s = np.percentile(taken_s, [50, 99])
    return float(middle_s), float(late_s)


def compare(
    ours: Callable[[], float], control: Callable[[], float], pairs: int
) -> tuple[float, float, list[float]]:
    """Median rates, and the ratio of each pair; who goes first changes."""
    found: list[tuple[float, float]] = []
    for number in range(pairs):
        first, second = (ours, control) if number % 2 else (control, ours)
        one, other = first(), second()
        found.append((one, other) if number % 2 else (other, one))
    mine, theirs = zip(*found, strict=True)
    return median(mine), median(theirs), [one / other for one, other in found]


def measure(bench: Bench, *, pairs: int, messages: int) -> list[list[str]]:
    """Rows of a table: benchmark, control, rates, ratio with its range, target."""
    many = messages // 20
    plans: list[tuple[str, str, str, Callable[[], float], Callable[[], float]]] = [
        (
            "B1 live, one reading a message",
            "subscriber that only acknowledges",
            "0.90",
            lambda: time_service(bench, messages, 1, live=True),
            lambda: time_control(bench, "acknowledge", messages, 1, live=True),
        ),
        (
            "B2 backlog, one reading a message",
            "subscriber that only acknowledges",
            "",
            lambda: time_service(bench, messages, 1, live=False),
            lambda: time_control(bench, "acknowledge", messages, 1, live=False),
        ),
        (
            "B2 backlog, one reading a message",
            "stock paho, empty callback",
            "8",
            lambda: time_service(bench, messages, 1, live=False),
            lambda: time_control(bench, "paho", messages, 1, live=False),
        ),
        (
            f"B3 backlog, {RECORDS} readings a message",
            "bare COPY of the same rows",
            "0.80",
            lambda: time_service(bench, many, RECORDS, live=False),
            lambda: time_copy(bench, many, RECORDS, COPY_ROWS),
        ),
        (
            "B4 idempotent writes, no duplicates",
            "bare COPY of the same rows",
            "0.95",
            lambda: time_writes(bench, 4 * messages, 0),
            lambda: time_copy(bench, 4 * messages, 1, BATCH_ROWS),
        ),
        (
            "B4 idempotent writes, a duplicate in 1 batch of 10",
            "bare COPY of the same rows",
            "0.80",
            lambda: time_writes(bench, 4 * messages, DIRTY_EVERY),
            lambda: time_copy(bench, 4 * messages, 1, BATCH_ROWS),
        ),
    ]
    told = []
    for name, control, target, ours, theirs in plans:
        mine, other, ratios = compare(ours, theirs, pairs)
        low, high = min(ratios), max(ratios)
        ratio = f"{median(ratios):.2f} ({low:.2f} to {high:.2f})"
        told.append([name, control, f"{mine:,.0f}", f"{other:,.0f}", ratio, target])
        print(told[-1], file=sys.stderr, flush=True)
    return told


TEXT = """\
# Benchmarks of ingest

Made by `make bench` on {cores} cores of {machine}, Python {python}, {database}, mosquitto, all on this one machine.
Ratios are what to look at: each is the median of {pairs} pairs, ours and its control in the same minute,
in turns, with the lowest and the highest. Whoever sends is a process of its own.

{comparisons}

Rates are readings a second. Ours are durable: from the broker to COMMIT with `synchronous_commit` on, behind it the
acknowledgement and the receipt, beside it the rollups of the same readings; afterwards every reading published is
counted in the database. The controls of B1 and B2 store nothing.

What bounds them:

- B1: sender, broker, service and PostgreSQL share the cores; the control has no PostgreSQL beside it.
- B2: one process of Python, which reads and decodes by turns, for it has one interpreter, and does both while
  PostgreSQL writes the batch before; connecting and the first batch are in the time. The row without a target says how much faster the same reading of the
  socket is when nothing is stored: stock paho's eightfold is out of reach where that is not eight times stock paho.
- B3: one PostgreSQL process at COPY, while the next batch is decoded; the rollups beside it.
- B4: the same COPY; a duplicate sends its batch through a temporary table.

At {rate} messages a second, from publishing a reading to its receipt: median {middle_ms:.0f} ms, 99th
percentile {late_ms:.0f} ms (target: 1,000 ms).
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--messages", type=int, default=80_000)
    parser.add_argument("--write", action="store_true", help="write the page")
    told = parser.parse_args()
    folder = make_open_folder("commonwatt-bench-")
    secret = secrets.token_hex(16)
    users = dict.fromkeys((*SERVICE_USERS, SENDER), hash_secret(secret))
    write_credentials(folder / "credentials", users)
    with (folder / "credentials" / ACL).open("a", encoding="utf-8") as acl:
        acl.write(f"\nuser {SENDER}\ntopic write cw/v1/#\ntopic read cw/v1/#\n")
    programs = find_timescale(ROOT)
    with (
        PostgresServer(folder / "postgres", programs) as postgres,
        Broker(folder / "broker", folder / "credentials", kind=BrokerKind.MOSQUITTO) as broker,
    ):
        with connect(postgres.url) as connection:
            migrate(connection)
            for place in range(METERS):
                meters.add_meter(connection, serial_of(place), backlog_days=None)
        bench = Bench(broker, postgres.url, secret)
        comparisons = measure(bench, pairs=told.pairs, messages=told.messages)
        middle_s, late_s = time_latency(bench)
    shutil.rmtree(folder)
    head = ("benchmark", "control", "ours", "control's", "ours / control", "target, at least")
    page = TEXT.format(
        cores=os.cpu_count(),
        machine=platform.machine(),
        python=platform.python_version(),
        database=f"PostgreSQL {postgres.version}" + (" with TimescaleDB" if programs else ""),
        pairs=told.pairs,
        comparisons=table(head, comparisons),
        rate=RATE,
        middle_ms=1000 * middle_s,
        late_ms=1000 * late_s,
    )
    if told.write:
        PAGE.write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main()
