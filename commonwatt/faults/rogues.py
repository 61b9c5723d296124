"""Meters that mean harm: one floods, others speak for each other; and what it does to the honest ones."""

from __future__ import annotations

import json
import shutil
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from commonwatt.demo.registration import register_home
from commonwatt.errors import ServerStartError
from commonwatt.faults.plant import Plant
from commonwatt.registry.serials import derived_serial
from commonwatt.servers.accounts import make_open_folder
from commonwatt.storage import buildings, ledger
from commonwatt.storage.pool import connect
from ingest.flow import MESSAGES_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paho.mqtt.client import MQTTMessage

    from commonwatt.demo.registration import RegisteredHome

HONEST = 20
HONEST_PAUSE_S = 0.25
FLOOD_S = 6.0
WARM_UP_S = 2.0
ANSWER_WITHIN_S = 30.0
CUT_WITHIN_S = 1.0
FELT_S = 0.25
KNOCK_S = 0.05
LOG = "0000002a"
LISTENING = "connected to the broker"
_AT_ONCE = 500


class Flood(NamedTuple):
    """What a flooder says, from a count and the present second."""

    name: str
    message: Callable[[RegisteredHome, int, int], tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class FloodOutcome:
    """When the flooder was cut for good, and what its neighbours felt."""

    name: str
    cut_after_s: float
    flooded: int
    honest_p50_s: float
    honest_p99_s: float
    honest_sent: int
    honest_receipted: int

    @property
    def is_clean(self) -> bool:
        """Whether the promise held: cut within a second, nobody else felt it."""
        is_heard = self.honest_receipted == self.honest_sent
        return is_heard and self.cut_after_s <= CUT_WITHIN_S and self.honest_p99_s <= FELT_S


def readings_of(home: RegisteredHome, n: int, t: int) -> tuple[str, bytes]:
    """A well-formed message of one record."""
    serial = home.meter.serial
    record = {"n": n, "t": t, "up_s": max(0, n), "d_s": 10, "e_wh": float(n % 1000)}
    body = {"v": 1, "id": serial, "log": LOG, "boot": 1, "src": "sim", "r": [record]}
    return f"cw/v1/{serial}/readings", json.dumps(body).encode()


def _garbage(home: RegisteredHome, n: int, _t: int) -> tuple[str, bytes]:
    return f"cw/v1/{home.meter.serial}/readings", b"\xff" * (20 + n % 50)


def _live(home: RegisteredHome, _n: int, t: int) -> tuple[str, bytes]:
    return f"cw/v1/{home.meter.serial}/live", json.dumps({"v": 1, "t": t, "p_w": 5}).encode()


FLOODS = (
    Flood("one record again and again", lambda home, _, t: readings_of(home, 1, t)),
    Flood("rising numbers of one second", readings_of),
    Flood("garbage", _garbage),
    Flood("live power", _live),
)


def run_floods() -> list[FloodOutcome]:
    """Every kind of flood, each by a meter of its own, at the pace that is allowed in real life."""
    with _plant() as plant:
        honest = register_homes(plant, "honest", HONEST)
        rogues = register_homes(plant, "rogue", len(FLOODS))
        return [
            run_flood(plant, flood, rogue, honest)
            for flood, rogue in zip(FLOODS, rogues, strict=True)
        ]


def run_spoofings(count: int) -> list[SpoofOutcome]:
    """Each meter speaks for each other one, by both versions of MQTT."""
    outcomes = []
    for version in (MQTTv311, MQTTv5):
        with _plant() as plant:
            outcomes.append(run_spoofing(plant, register_homes(plant, "spoof", count), version))
    return outcomes


@contextmanager
def _plant() -> Iterator[Plant]:
    folder = make_open_folder("commonwatt-rogues-")
    try:
        with Plant(folder, settings={"COMMONWATT_MESSAGES_PER_S": str(MESSAGES_PER_S)}) as plant:
            await_listening(plant)
            yield plant
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def await_listening(plant: Plant) -> None:
    """Wait until ingest hears the broker: what is said before finds nobody."""
    deadline_s = time.monotonic() + ANSWER_WITHIN_S
    while LISTENING not in plant.log("ingest") and time.monotonic() < deadline_s:
        time.sleep(KNOCK_S)


def register_homes(plant: Plant, name: str, count: int) -> list[RegisteredHome]:
    start_utc = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    with connect(plant.postgres.url) as connection:
        building_id = buildings.add_building(connection, name)
        return [
            register_home(
                connection,
                building_id,
                stairwell="A",
                label=str(number),
                serial=derived_serial(name, number),
                start_utc=start_utc,
            )
            for number in range(count)
        ]


def run_flood(
    plant: Plant, flood: Flood, rogue: RegisteredHome, honest: list[RegisteredHome]
) -> FloodOutcome:
    """Let honest meters speak, then one flood beside them, as fast as its line takes it."""
    speakers = [Honest(home, plant.address) for home in honest]
    flooder = _Flooder(plant.address, flood, rogue)
    try:
        time.sleep(WARM_UP_S)
        flooder.start()
        time.sleep(FLOOD_S)
    finally:
        flooder.stop()
        for speaker in speakers:
            speaker.stop()
    took_s = np.array([each for speaker in speakers for each in speaker.took_s])
    return FloodOutcome(
        name=flood.name,
        cut_after_s=flooder.cut_after_s,
        flooded=flooder.sent,
        honest_p50_s=float(np.median(took_s)),
        honest_p99_s=float(np.percentile(took_s, 99)),
        honest_sent=sum(speaker.sent for speaker in speakers),
        honest_receipted=len(took_s),
    )


class Honest:
    """A meter that says one record at a time and notes when each receipt came."""

    def __init__(self, home: RegisteredHome, address: tuple[str, int]) -> None:
        self.took_s: list[float] = []
        self.sent = 0
        self._home = home
        self._said_s: dict[int, float] = {}
        self._stopping = threading.Event()
        self._client = make_client(home, MQTTv311)
        self._client.on_message = lambda _client, _userdata, message: self._receive(message)
        connect_client(self._client, address)
        self._client.subscribe(f"cw/v1/{home.meter.serial}/ack", 1)
        self._thread = threading.Thread(target=self._speak)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        deadline_s = time.monotonic() + ANSWER_WITHIN_S
        while self._said_s and time.monotonic() < deadline_s:
            time.sleep(KNOCK_S)
        leave(self._client)

    def _speak(self) -> None:
        start_s = int(time.time()) - 3600
        while not self._stopping.wait(HONEST_PAUSE_S):
            self.sent += 1
            topic, payload = readings_of(self._home, self.sent, start_s + self.sent)
            self._said_s[self.sent] = time.monotonic()
            self._client.publish(topic, payload, qos=1)

    def _receive(self, message: MQTTMessage) -> None:
        receipt = json.loads(message.payload)
        for n in range(receipt["from"], receipt["n"] + 1):
            said_s = self._said_s.pop(n, None)
            if said_s is not None:
                self.took_s.append(time.monotonic() - said_s)


class _Flooder:
    """Writes packets on a bare socket, QoS 0, and comes back as often as it is cut."""

    def __init__(self, address: tuple[str, int], flood: Flood, home: RegisteredHome) -> None:
        self.sent = 0
        self.cut_after_s = float("inf")
        self._address, self._flood, self._home = address, flood, home
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        began_s, last_s = time.monotonic(), 0.0
        now_s = int(time.time())
        while not self._stopping.is_set():
            with suppress(OSError), self._knock() as line:
                while not self._stopping.is_set():
                    numbers = range(self.sent, self.sent + _AT_ONCE)
                    told = (self._flood.message(self._home, n, now_s) for n in numbers)
                    line.sendall(b"".join(_publish(topic, payload) for topic, payload in told))
                    self.sent += _AT_ONCE
                    last_s = time.monotonic()
            self._stopping.wait(KNOCK_S)
        self.cut_after_s = last_s - began_s

    def _knock(self) -> socket.socket:
        line = socket.create_connection(self._address, timeout=ANSWER_WITHIN_S)
        line.sendall(_connect_packet(self._home.meter.serial, self._home.secret))
        if line.recv(4)[3:] != b"\0":
            line.close()
            raise ConnectionRefusedError
        return line


@dataclass(frozen=True, slots=True)
class SpoofOutcome:
    """How often somebody spoke for another, by how many tricks, and how many rows came of it."""

    version: str
    pairs: int
    attempts: int
    foreign_rows: int
    own_rows: int
    overheard: int

    @property
    def is_clean(self) -> bool:
        return not self.foreign_rows and not self.overheard


@dataclass(slots=True)
class _Spoofer:
    """One meter's client, and what it heard of others."""

    home: RegisteredHome
    client: Client
    overheard: list[str] = field(default_factory=list)


def run_spoofing(
    plant: Plant, homes: list[RegisteredHome], version: MQTTProtocolVersion
) -> SpoofOutcome:
    """Let each meter speak for each other one by every trick; then count rows by whose they are.

    A meter's own record has its number; what it says for others has numbers from a million on.
    """
    spoofers = [_spoofer(home, plant.address, version) for home in homes]
    attempts = 0
    for no, spoofer in enumerate(spoofers):
        attempts += sum(_speak_for(spoofer, homes[at], no) for at in range(len(homes)) if at != no)
    for no, spoofer in enumerate(spoofers):
        topic, payload = readings_of(spoofer.home, no + 1, int(time.time()) - no)
        spoofer.client.publish(topic, payload, qos=1).wait_for_publish(ANSWER_WITHIN_S)
    own, foreign = _count_rows(plant, homes)
    for spoofer in spoofers:
        leave(spoofer.client)
    return SpoofOutcome(
        version="5" if version is MQTTv5 else "3.1.1",
        pairs=len(homes) * (len(homes) - 1),
        attempts=attempts,
        foreign_rows=foreign,
        own_rows=own,
        overheard=sum(len(spoofer.overheard) for spoofer in spoofers),
    )


def _spoofer(
    home: RegisteredHome, address: tuple[str, int], version: MQTTProtocolVersion
) -> _Spoofer:
    spoofer = _Spoofer(home, make_client(home, version))
    spoofer.client.on_message = lambda _client, _userdata, message: _overhear(spoofer, message)
    connect_client(spoofer.client, address)
    for topic in (
        "#",
        "+/+/+/+",
        "cw/v1/+/readings",
        "cw/v1/+/ack",
        "$share/ingest/cw/v1/+/readings",
    ):
        spoofer.client.subscribe(topic, 1)
    return spoofer


def _overhear(spoofer: _Spoofer, message: MQTTMessage) -> None:
    if f"/{spoofer.home.meter.serial}/" not in message.topic:
        spoofer.overheard.append(message.topic)


def _speak_for(spoofer: _Spoofer, victim: RegisteredHome, no: int) -> int:
    """Say a record as the victim, on its topics and by its name in one's own."""
    own, other = spoofer.home.meter.serial, victim.meter.serial
    topic, payload = readings_of(victim, 1_000_000 + no, int(time.time()))
    columns = {"v": 1, "id": other, "log": LOG, "boot": 1, "src": "sim", "n": [1_000_000 + no]}
    columns |= {"t": [int(time.time())], "d_s": 10, "e_wh": [1.0]}
    tricks = (
        (topic, payload),
        (f"cw/v1/{own}/readings", payload),
        (f"cw/v1/{other}/columns", json.dumps(columns).encode()),
        (f"cw/v1/{other}/ack", b'{"v":1,"log":"0000002a","from":1,"n":9,"t":1}'),
        (f"cw/v1/{other}/cmd", b'{"v":1,"op":"wipe"}'),
        (f"cw/v1/{other}/status", b'{"v":1,"s":"offline"}'),
        (f"cw/v1/{own}/../{other}/readings", payload),
        (f"cw//v1/{other}/readings", payload),
    )
    for place, said in tricks:
        spoofer.client.publish(place, said, qos=1).wait_for_publish(ANSWER_WITHIN_S)
    return len(tricks)


def _count_rows(plant: Plant, homes: list[RegisteredHome]) -> tuple[int, int]:
    """Rows of meters' own records, once they are all there, and rows said by others."""
    deadline_s = time.monotonic() + ANSWER_WITHIN_S
    with connect(plant.postgres.url) as connection:
        while True:
            stored = [ledger.stored_records(connection, home.meter.meter_id) for home in homes]
            own = sum(1 for no, rows in enumerate(stored) for row in rows if row.n == no + 1)
            foreign = sum(map(len, stored)) - own
            if own >= len(homes) or time.monotonic() > deadline_s:
                return own, foreign
            time.sleep(KNOCK_S)


def make_client(home: RegisteredHome, version: MQTTProtocolVersion) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, home.meter.serial, protocol=version)
    client.username_pw_set(home.meter.serial, home.secret)
    return client


def connect_client(client: Client, address: tuple[str, int]) -> None:
    """Connect as soon as the broker knows the meter."""
    client.reconnect_delay_set(1, 1)
    client.connect(*address)
    client.loop_start()
    deadline_s = time.monotonic() + ANSWER_WITHIN_S
    while not client.is_connected():
        if time.monotonic() > deadline_s:
            raise ServerStartError("the broker let a registered meter in neither now nor later")
        time.sleep(KNOCK_S)


def leave(client: Client) -> None:
    client.disconnect()
    client.loop_stop()


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def _packet(kind: int, body: bytes) -> bytes:
    length, rest = bytearray(), len(body)
    while True:
        rest, low = divmod(rest, 128)
        length.append(low | (128 if rest else 0))
        if not rest:
            return bytes((kind,)) + bytes(length) + body


def _connect_packet(user: str, secret: str) -> bytes:
    """CONNECT of MQTT 3.1.1, with a clean session, a name and a secret."""
    head = _text("MQTT") + bytes((4, 0b11000010)) + struct.pack(">H", 60)
    return _packet(0x10, head + _text(user) + _text(user) + _text(secret))


def _publish(topic: str, payload: bytes) -> bytes:
    return _packet(0x30, _text(topic) + payload)
