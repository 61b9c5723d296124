"""Meters of other languages: whose topic it is, what is remembered, and that nothing else changes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from commonwatt.errors import PayloadError, StorageError
from commonwatt.model import NO_LOG, Reading
from commonwatt.servers.credentials import render_acl
from commonwatt.storage import meters
from commonwatt.storage.mounts import add_mount, drop_mount, load_mounts
from commonwatt.storage.readings import last_refused
from ingest import adapters
from ingest.adapters.message import Memory, Message, Telegram
from ingest.batch import BatchWriter, Envelope
from ingest.mounts import Mounts

if TYPE_CHECKING:
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

NOW_S = float(int(time.time()))


@dataclass
class Counting:
    """A language of bare watt-hours that counts what it was told."""

    seen: list[Telegram]

    def parse(self, telegram: Telegram, memory: Memory) -> Message:
        self.seen.append(telegram)
        told = int(str(memory.get("told", 0))) + 1
        memory["told"] = told
        if telegram.payload == b"bad":
            raise PayloadError("wrong_shape", "bad")
        reading = Reading(
            end_s=int(telegram.received_s),
            duration_s=60,
            log=NO_LOG,
            n=0,
            boot=told,
            register_wh=float(telegram.payload),
        )
        return Message("", readings=(reading,))


@pytest.fixture
def language(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting([])
    monkeypatch.setitem(adapters.LANGUAGES, "counting", counting.parse)
    return counting


@pytest.fixture
def meter(connection: Connection) -> Meter:
    made = meters.add_meter(connection, "cw-7k3f9qx", variant="ct")
    add_mount(connection, made.meter_id, "tele/pow1", "counting", {"told": 10})
    connection.commit()
    return made


def boots(connection: Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT boot FROM readings ORDER BY boot")]


def send(topic: str, payload: bytes, at_s: float = NOW_S) -> Envelope:
    return Envelope(topic, payload, at_s)


def test_a_mounted_meter_is_understood(
    connection: Connection, meter: Meter, language: Counting
) -> None:
    assert BatchWriter().write(connection, [send("tele/pow1/SENSOR", b"42")], NOW_S) == []
    row = connection.execute("SELECT meter_id, register_wh, boot FROM readings").fetchone()
    # Its memory begins with the mount's settings: 10 told, and one more.
    assert row == (meter.meter_id, 42.0, 11)
    assert language.seen[0].subtopic == "SENSOR"


def test_memory_lasts_from_batch_to_batch(
    connection: Connection, meter: Meter, language: Counting
) -> None:
    writer = BatchWriter()
    for second in range(3):
        writer.write(connection, [send("tele/pow1/S", b"1", NOW_S + second)], NOW_S)
    assert boots(connection) == [11, 12, 13]


def test_a_batch_that_is_written_again_is_understood_as_before(
    connection: Connection, meter: Meter, language: Counting
) -> None:
    """A row that the database refuses makes the batch go one by one; nobody counts twice."""
    batch = [send("tele/pow1/S", b"1"), send("tele/pow1/S", b"2", NOW_S + 1)]
    poison = send("tele/pow1/S", b"-5", NOW_S + 2)
    writer = BatchWriter()
    writer.write(connection, [*batch, poison], NOW_S)
    assert boots(connection) == [11, 12]


def test_a_bad_telegram_is_told_to_its_meter(
    connection: Connection, meter: Meter, language: Counting
) -> None:
    BatchWriter().write(connection, [send("tele/pow1/S", b"bad")], NOW_S)
    (refused,) = last_refused(connection, limit=5)
    assert (refused.code, refused.topic) == ("wrong_shape", "tele/pow1/S")
    row = connection.execute("SELECT meter_id FROM quarantine").fetchone()
    assert row == (meter.meter_id,)


def test_other_topics_are_nobodys(connection: Connection, meter: Meter, language: Counting) -> None:
    BatchWriter().write(connection, [send("tele/pow2/S", b"1"), send("tele/pow11", b"1")], NOW_S)
    assert boots(connection) == []
    assert {each.code for each in last_refused(connection, limit=5)} == {"unknown_topic"}
    assert language.seen == []


def test_a_mount_s_own_topic_is_its_meter_s(
    connection: Connection, meter: Meter, language: Counting
) -> None:
    BatchWriter().write(connection, [send("tele/pow1", b"42")], NOW_S)
    assert boots(connection) == [11]
    assert language.seen[0].subtopic == ""


@pytest.mark.parametrize("language", sorted(adapters.LANGUAGES))
@pytest.mark.parametrize("payload", [b"", b"1", b"\xff", b"[]", b"{}", b'{"power": 5}', b"online"])
def test_every_language_bears_its_mount_s_own_topic(language: str, payload: bytes) -> None:
    """Used or refused with a code, never a fault of ours."""
    with suppress(PayloadError):
        assert adapters.LANGUAGES[language](Telegram("", payload, NOW_S), {}).serial == ""


def test_a_fault_of_an_adapter_costs_that_message_alone(
    connection: Connection, meter: Meter, language: Counting
) -> None:
    told = enumerate((b"1", b"no number", b"2"))
    batch = [send("tele/pow1/S", payload, NOW_S + second) for second, payload in told]
    BatchWriter().write(connection, batch, NOW_S)
    assert boots(connection) == [11, 13]
    [kept] = last_refused(connection, limit=5)
    assert (kept.code, kept.detail) == ("adapter_failed", "ValueError in test_mounts.py, line 51")


def test_two_places_of_a_meter_share_one_memory(
    connection: Connection, meter: Meter, language: Counting
) -> None:
    add_mount(connection, meter.meter_id, "homeassistant/sensor/pow1", "counting", {"kind": "x"})
    batch = [
        send("homeassistant/sensor/pow1/config", b"1"),
        send("tele/pow1/S", b"1", NOW_S + 1),
    ]
    writer = BatchWriter()
    writer.write(connection, batch, NOW_S)
    writer.write(connection, [send("tele/pow1/S", b"1", NOW_S + 2)], NOW_S)
    assert boots(connection) == [11, 12, 13]
    mount = writer.mounts.find("homeassistant/sensor/pow1")
    assert mount
    assert writer.mounts.memory_of(mount) == {"told": 13, "kind": "x"}


def test_another_meter_of_the_language_has_its_own_memory(
    connection: Connection, meter: Meter, language: Counting
) -> None:
    other = meters.add_meter(connection, "cw-0000001", variant="ct")
    add_mount(connection, other.meter_id, "tele/pow2", "counting")
    batch = [send("tele/pow1/S", b"1"), send("tele/pow2/S", b"1")]
    BatchWriter().write(connection, batch, NOW_S)
    assert boots(connection) == [1, 11]


def test_a_retained_message_is_no_sign_of_life(
    connection: Connection, meter: Meter, language: Counting
) -> None:
    old = Envelope("tele/pow1/S", b"1", NOW_S + 60, retained=True)
    writer = BatchWriter()
    writer.write(connection, [old], NOW_S + 60)
    seen = "SELECT extract(epoch FROM last_seen_utc)::bigint FROM meter_signs"
    assert connection.execute(seen).fetchall() == []
    writer.write(connection, [send("tele/pow1/S", b"1"), old], NOW_S + 60)
    assert connection.execute(seen).fetchall() == [(int(NOW_S),)]


def test_the_longer_mount_wins(connection: Connection, meter: Meter) -> None:
    other = meters.add_meter(connection, "cw-0000001", variant="ct")
    add_mount(connection, other.meter_id, "tele/pow1/sub", "counting")
    mounts = Mounts()
    mounts.refresh(connection, NOW_S)
    assert mounts.topics == ["tele/pow1/#", "tele/pow1/sub/#"]
    found = [mounts.find(topic) for topic in ("tele/pow1/a", "tele/pow1/sub/a", "tele/x")]
    assert [each.meter.serial if each else None for each in found] == [
        "cw-7k3f9qx",
        "cw-0000001",
        None,
    ]


def test_a_mount_taken_away_is_nobodys_after_five_seconds(
    connection: Connection, meter: Meter
) -> None:
    mounts = Mounts()
    mounts.refresh(connection, NOW_S)
    drop_mount(connection, "tele/pow1")
    mounts.refresh(connection, NOW_S + 4)
    assert mounts.find("tele/pow1/S")
    mounts.refresh(connection, NOW_S + 5)
    assert mounts.find("tele/pow1/S") is None


def test_retired_meters_have_no_place(connection: Connection, meter: Meter) -> None:
    assert [mount.topic_prefix for mount in load_mounts(connection)] == ["tele/pow1"]
    connection.execute("UPDATE meters SET state = 'retired'")
    assert load_mounts(connection) == []


@pytest.mark.parametrize("prefix", ["cw/v1/x", "tele/+", "tele/#", "/tele", "tele/", "a b", ""])
def test_a_place_is_a_plain_topic_of_its_own(
    connection: Connection, meter: Meter, prefix: str
) -> None:
    with pytest.raises(StorageError):
        add_mount(connection, meter.meter_id, prefix, "counting")


def test_the_acl_gives_each_place_to_its_meter() -> None:
    lines = render_acl({"tele/pow1": "cw-7k3f9qx", "shellies/x": "cw-0000001"}).splitlines()
    own = lines.index("user cw-7k3f9qx")
    assert lines[own + 1] == "topic write tele/pow1/#"
    service = lines[: lines.index("user cw-0000001")]
    assert {"topic read tele/pow1/#", "topic read shellies/x/#"} <= set(service)


def test_the_command_gives_a_place(connection: Connection, database: str) -> None:
    meters.add_meter(connection, "cw-7k3f9qy", variant="ct")

    def mount(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "commonwatt", "mount", *arguments],
            env={**os.environ, "COMMONWATT_DATABASE_URL": database},
            capture_output=True,
            text=True,
            check=False,
        )

    assert mount("cw-7k3f9qy", "shelly_gen2", "shellyplug-1").returncode == 0
    assert [each.language for each in load_mounts(connection)] == ["shelly_gen2"]
    unknown = mount("cw-0000000", "shelly_gen2", "shellyplug-2")
    assert unknown.stderr == "commonwatt: there is no meter cw-0000000\n"
    slip = mount("cw-7k3f9qx", "shelly_gen2", "shellyplug-2")
    assert "has a slip" in slip.stderr
    assert "is none of" in mount("cw-7k3f9qy", "klingon", "x/y").stderr
