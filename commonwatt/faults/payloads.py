"""Says hostile messages to the writer of ingest and counts what became of each."""

from __future__ import annotations

import json
import shutil
from itertools import islice
from operator import sub
from random import Random
from typing import TYPE_CHECKING

from commonwatt.faults.hostile import Example, read_examples, spoil_examples
from commonwatt.registry.serials import derived_serial
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.postgres import PostgresServer
from commonwatt.storage import meters, mounts
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect
from ingest.adapters import LANGUAGES
from ingest.batch import BatchWriter, Envelope

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

    from commonwatt.faults.hostile import Hostile
    from commonwatt.storage.pool import Connection

BATCH_MESSAGES = 100
START_S = 1_790_000_000.0
STEP_S = 0.5

_OWN_SHARE = 0.25
_SIGNS = {
    "status": {"s": "online"},
    "live": {"t": int(START_S), "p_w": 340},
    "event": {"what": "button"},
}


def say_hostile_messages(
    connection: Connection, pages: Path, seed: int, count: int
) -> Counter[str]:
    """Register a meter of each language, send spoilt messages, and return how each of them ended."""
    random, writer = Random(seed), BatchWriter()
    messages = enumerate(spoil_examples(random, list(_examples(connection, pages)), count))
    while batch := [_envelope(no, each) for no, each in islice(messages, BATCH_MESSAGES)]:
        writer.write(connection, batch, batch[-1].received_s)
    return writer.outcomes


def run_payloads(pages: Path, seed: int, count: int) -> Counter[str]:
    """Send spoilt messages to the writer, with a database of its own; see `say_hostile_messages`."""
    folder = make_open_folder("commonwatt-faults-")
    try:
        with PostgresServer(folder / "postgres") as server, connect(server.url) as connection:
            migrate(connection)
            return say_hostile_messages(connection, pages, seed, count)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _envelope(number: int, message: Hostile) -> Envelope:
    received_s = START_S + STEP_S * number
    return Envelope(message.topic, message.payload, received_s, retained=message.retained)


def _examples(connection: Connection, pages: Path) -> Iterator[Example]:
    """Samples of every page, and our own protocol in a quarter of the messages."""
    foreign: list[Example] = []
    for language in LANGUAGES:
        meter = meters.add_meter(connection, derived_serial("hostile", language))
        place = f"hostile/{language}"
        mounts.add_mount(connection, meter.meter_id, place, language)
        foreign += read_examples(pages / f"{language}.md", place)
    serial = meters.add_meter(connection, derived_serial("hostile")).serial
    own = [_readings(serial, first) for first in (1, 61, 121)]
    own += [_columns(serial, first, delta=delta) for first in (181, 241) for delta in (False, True)]
    own += [
        Example(f"cw/v1/{serial}/{kind}", json.dumps(body).encode())
        for kind, body in _SIGNS.items()
    ]
    yield from foreign
    for number in range(int(_OWN_SHARE / (1 - _OWN_SHARE) * len(foreign))):
        yield own[number % len(own)]


def _columns(serial: str, first: int, *, delta: bool) -> Example:
    numbers = list(range(first, first + 5))
    columns = {"n": numbers, "t": [int(START_S) - 86_400 + 60 * n for n in numbers]}
    columns["e_wh"] = [5 * n for n in numbers]
    if delta:
        columns = {key: [all_[0], *map(sub, all_[1:], all_)] for key, all_ in columns.items()}
    body = {"v": 1, "id": serial, "log": "9f3a61c2", "boot": 1, "src": "led", "d_s": 60}
    text = json.dumps(body | columns | {"delta": delta})
    return Example(f"cw/v1/{serial}/columns", text.encode())


def _readings(serial: str, first: int) -> Example:
    records = [
        {
            "n": n,
            "t": int(START_S) - 86_400 + 60 * n,
            "tq": 2,
            "up_s": 60 * n,
            "d_s": 60,
            "e_wh": 5 * n,
        }
        for n in range(first, first + 5)
    ]
    body = {"v": 1, "id": serial, "log": "9f3a61c2", "boot": 1, "src": "led", "r": records}
    return Example(f"cw/v1/{serial}/readings", json.dumps(body).encode())
