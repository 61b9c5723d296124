"""Self-tests and signs of presence, from the topic to the table."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commonwatt.errors import PayloadError
from commonwatt.registry.selftests import BANDS, KNOWN, ToldTest
from commonwatt.storage import meters, readings, selftests
from ingest.adapters.v1 import parse
from ingest.batch import BatchWriter, Envelope

if TYPE_CHECKING:
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

PAGE = Path(__file__).parents[2] / "firmware_docs" / "protocol" / "v1.md"
SERIAL = "cw-7k3f9qx"
NOW_S = 1_790_000_000.0
GOOD: dict[str, Any] = {
    "v": 1,
    "id": SERIAL,
    "fw": "commonwatt-meter 0.1.0",
    "run": "6f0c1d1e-5a0b-4a58-9a3e-0d9f5d1f2b11",
    "tests": [
        {"k": "led_bench", "ok": True, "val": 120, "exp": 120},
        {"k": "human", "ok": False},
    ],
    "ok": False,
}
EVENT = {"v": 1, "id": SERIAL, "boot": 1, "up_s": 12, "code": "button"}


@pytest.fixture
def meter(connection: Connection) -> Meter:
    return meters.add_meter(connection, SERIAL, variant="led")


def envelope(kind: str, body: object, *, retained: bool = False) -> Envelope:
    return Envelope(f"cw/v1/{SERIAL}/{kind}", json.dumps(body).encode(), NOW_S, retained)


def presence_s(connection: Connection) -> float | None:
    row = connection.execute("SELECT extract(epoch FROM at_utc) FROM presences").fetchone()
    return float(row[0]) if row else None


def test_a_self_test_is_kept_as_it_was_told(connection: Connection, meter: Meter) -> None:
    writer = BatchWriter()
    full = GOOD | {"fw_sha256": "0f" * 32, "bench": "bench-2", "gain": 1.25}
    writer.write(connection, [envelope("selftest", full), envelope("selftest", full)], NOW_S)
    kept = selftests.last_selftests(connection, [meter.meter_id])[meter.meter_id]
    assert kept.lines == (
        ToldTest("led_bench", ok=True, value=120, expected=120),
        ToldTest("human", ok=False),
    )
    assert (kept.firmware_sha256, kept.bench, kept.gain) == ("0f" * 32, "bench-2", 1.25)
    assert kept.received_utc == readings.instant(NOW_S)
    assert writer.outcomes == {"stored": 2}
    assert connection.execute("SELECT count(*) FROM selftests").fetchone() == (1,)
    assert meters.last_sign(connection, meter.meter_id) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"tests": []},
        {"tests": GOOD["tests"] * 16},
        {"tests": [{"k": "Bad key", "ok": True}]},
        {"tests": [{"k": "flash", "ok": "yes"}]},
        {"tests": [{"k": "flash", "ok": True, "val": [1]}]},
        {"tests": [{"k": "flash", "ok": True, "val": "x" * 41}]},
        {"tests": [{"k": "flash", "ok": True, "val": "a\0b"}]},
        {"run": "first"},
        {"fw": "x" * 41},
        {"fw_sha256": "0F" * 32},
        {"gain": -1},
        {"more": 1},
    ],
    ids=str,
)
def test_a_self_test_of_another_shape_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(PayloadError, match="wrong_shape"):
        parse(f"cw/v1/{SERIAL}/selftest", json.dumps(GOOD | changes).encode())


@pytest.mark.parametrize(("kind", "body"), [("selftest", GOOD), ("event", EVENT)])
def test_nobody_tests_for_another(kind: str, body: dict[str, object]) -> None:
    with pytest.raises(PayloadError, match="wrong_meter"):
        parse(f"cw/v1/{SERIAL}/{kind}", json.dumps(body | {"id": "cw-0000000"}).encode())


@pytest.mark.parametrize(
    ("kind", "body", "is_proof"),
    [
        ("event", EVENT, True),
        ("hello", {"v": 1, "id": SERIAL, "boot": 1}, True),
        ("event", EVENT | {"code": "brown_out"}, False),
        ("status", {"v": 1, "s": "online"}, False),
        ("selftest", GOOD, False),
    ],
)
def test_what_shows_that_a_meter_is_in_somebodys_hands(
    connection: Connection, meter: Meter, kind: str, body: object, *, is_proof: bool
) -> None:
    BatchWriter().write(connection, [envelope(kind, body)], NOW_S)
    assert presence_s(connection) == (NOW_S if is_proof else None)


def test_what_the_broker_kept_is_no_presence(connection: Connection, meter: Meter) -> None:
    BatchWriter().write(connection, [envelope("event", EVENT, retained=True)], NOW_S)
    assert presence_s(connection) is None


def test_an_older_presence_never_replaces_a_newer(connection: Connection, meter: Meter) -> None:
    for at_s in (NOW_S, NOW_S - 60):
        selftests.note_presence(connection, meter.meter_id, readings.instant(at_s))
    assert presence_s(connection) == NOW_S


def test_the_page_names_every_test_that_is_judged() -> None:
    section = PAGE.read_text("utf-8").split("## selftest")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| `(\w+)` \|([^|]*)\|", section, re.MULTILINE))
    assert set(told) - {"k"} == KNOWN
    assert {key for key, value in told.items() if value.strip()} - {"k"} == set(BANDS)
