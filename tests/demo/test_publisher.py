"""Meters against a real broker and a service that receipts, forgets, dawdles or falls silent."""

from __future__ import annotations

import json
import random
import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.demo.outbox import BackOff, Tally
from commonwatt.demo.publisher import MeterClient, replay
from commonwatt.errors import SetupError
from commonwatt.recordings.payloads import log_ids_of, messages_of, readings_of
from commonwatt.recordings.recording import Recording, from_power
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.broker import Broker, hash_secret, write_credentials
from ingest.adapters import v1

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERIALS = [f"cw-000000{number}" for number in range(4)]
PATIENCE_S = 10.0
Answer = Callable[[dict[str, Any], int], float | None]
"""How long to wait before receipting a batch seen for the nth time; None is no receipt."""


QUICK = BackOff(0.2, 1.0)


def at_once(_body: dict[str, Any], _times: int) -> float:
    return 0.0


def secret_of(user: str) -> str:
    return f"secret of {user}"


class Service:
    """The service's side: every record it ever saw, and how often."""

    def __init__(self, port: int) -> None:
        self.answer: Answer = at_once
        self.refused = 0
        self.seen: Counter[tuple[str, str, int]] = Counter()
        self.batches: Counter[tuple[str, str, int]] = Counter()
        self.arrivals: list[tuple[float, dict[str, Any]]] = []
        self.others: list[tuple[str, dict[str, Any], bool]] = []
        self._timers: list[threading.Timer] = []
        self._subscribed = threading.Event()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id="ingest")
        self.client.username_pw_set("ingest", secret_of("ingest"))
        self.client.reconnect_delay_set(1, 1)
        self.client.on_socket_open = lambda *given: given[2].setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        self.client.on_connect = lambda *_: self._subscribe()
        self.client.on_subscribe = lambda *_: self._subscribed.set()
        self.client.on_message = lambda *given: self._take(given[2])
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self._subscribed.wait(PATIENCE_S)

    def _subscribe(self) -> None:
        self.client.subscribe("cw/v1/#", qos=1)

    def _take(self, message: Any) -> None:
        _, _, serial, kind = message.topic.split("/")
        if kind == "ack":
            return
        body = json.loads(message.payload)
        if kind != "readings":
            self.others.append((kind, body, message.retain))
            return
        self.arrivals.append((time.monotonic(), body))
        self.seen.update((serial, body["log"], record["n"]) for record in body["r"])
        batch = (serial, body["log"], body["r"][0]["n"])
        self.batches[batch] += 1
        delay_s = self.answer(body, self.batches[batch])
        if delay_s is not None:
            self._receipt_after(delay_s, serial, body)

    def _receipt_after(self, delay_s: float, serial: str, body: dict[str, Any]) -> None:
        first_n, last_n = body["r"][0]["n"], body["r"][-1]["n"]
        receipt = {"v": 1, "log": body["log"], "from": first_n, "n": last_n, "t": 1_790_000_123}
        if self.refused:
            receipt["refused"] = self.refused
        said = (f"cw/v1/{serial}/ack", json.dumps(receipt))
        if not delay_s:
            self.client.publish(*said, qos=1)
            return
        timer = threading.Timer(delay_s, self.client.publish, said, {"qos": 1})
        self._timers.append(timer)
        timer.start()

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        deadline_s = time.monotonic() + PATIENCE_S
        while not condition() and time.monotonic() < deadline_s:
            time.sleep(0.01)
        return condition()

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """What meters said of this kind since we listen."""
        return [body for each, body, retained in self.others if each == kind and not retained]

    def leave(self) -> None:
        for timer in self._timers:
            timer.join()
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = make_open_folder("commonwatt-test-")
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def broker(folder: Path) -> Iterator[Broker]:
    users = ["ingest", *SERIALS]
    hashes = {user: hash_secret(secret_of(user)) for user in users}
    write_credentials(folder / "credentials", hashes)
    with Broker(folder / "broker", folder / "credentials") as running:
        yield running


@pytest.fixture
def service(broker: Broker) -> Iterator[Service]:
    made = Service(broker.port)
    yield made
    made.leave()


def home(minutes: int, seed: int = 0, first_s: int = 1_700_000_000) -> Recording:
    """Minutes of a home whose meter was off for one of them now and then."""
    rng = np.random.default_rng(seed)
    steps = np.where(rng.random(minutes) < 0.02, 2, 1)
    end_s = first_s + 60 * np.cumsum(steps)
    return from_power("home", end_s, np.full(minutes, 60), rng.uniform(0, 3000, minutes).round())


def meter(broker: Broker, index: int = 0, window: int = 1, **given: Any) -> MeterClient:
    serial = SERIALS[index]
    settings = {"resend": QUICK, "reconnect": BackOff(0.05, 0.5)} | given
    return MeterClient(
        serial, secret_of(serial), broker.host, broker.port, window=window, **settings
    )


def keys_of(recording: Recording, serial: str) -> set[tuple[str, str, int]]:
    readings = readings_of(recording, log_ids_of(recording, serial))
    return {(serial, f"{reading.log:08x}", reading.n) for reading in readings}


def test_one_at_a_time_meter_says_everything_once(broker: Broker, service: Service) -> None:
    recording = home(300)
    with meter(broker, resend=BackOff(5, 10)) as client:
        tally = replay([recording], [client])
    assert tally == Tally(sent=300, resent=0, receipted=300, refused=0)
    assert set(service.seen) == keys_of(recording, client.serial)
    assert set(service.seen.values()) == {1}
    numbers = [body["r"][0]["t"] for _, body in service.arrivals]
    assert numbers == sorted(numbers)


def test_next_batch_waits_for_the_receipt(broker: Broker, service: Service) -> None:
    service.answer = lambda _body, _times: None
    messages = iter(list(messages_of(home(90), SERIALS[0], ["00000001"] * 90)))
    with meter(broker, resend=BackOff(60, 60)) as client:
        assert client.send(next(messages), PATIENCE_S)
        assert service.wait_for(lambda: len(service.arrivals) == 1)
        assert not client.send(next(messages), 0.3)
        assert not client.wait_until_receipted(0.1)
    assert len(service.arrivals) == 1


def test_forgotten_receipts_are_answered_by_saying_it_again(
    broker: Broker, service: Service
) -> None:
    service.answer = lambda body, times: None if body["r"][0]["n"] % 4 and times == 1 else 0.0
    recording = home(900)
    with meter(broker, window=20) as client:
        tally = replay([recording], [client])
    assert set(service.seen) == keys_of(recording, client.serial)
    assert (tally.sent, tally.receipted) == (900, 900)
    assert tally.resent > 0
    assert tally.sent + tally.resent == sum(service.seen.values())


def test_late_receipts_in_any_order_free_what_they_name(broker: Broker, service: Service) -> None:
    rng = random.Random(3)
    service.answer = lambda _body, _times: rng.uniform(0.0, 0.4)
    service.refused = 1
    recording = home(900, seed=1)
    with meter(broker, window=12) as client:
        tally = replay([recording], [client])
    assert set(service.seen) == keys_of(recording, client.serial)
    assert (tally.sent, tally.receipted) == (900, 900)
    batches = len(list(messages_of(recording, client.serial, log_ids_of(recording, client.serial))))
    assert tally.refused == batches


def test_nothing_is_lost_when_the_broker_is_killed(broker: Broker, service: Service) -> None:
    """The service drops a receipt in five and is slow, and the broker dies twice on the way."""
    service.answer = lambda body, times: None if body["r"][0]["n"] % 5 == times else 0.01
    recordings = [home(900, seed) for seed in range(4)]
    clients = [meter(broker, index, window=4) for index in range(4)]

    stored_at_kill: list[int] = []

    def kill_twice() -> None:
        for stored in (700, 2100):
            service.wait_for(lambda stored=stored: len(service.seen) > stored)  # type: ignore[misc]
            broker.kill()
            stored_at_kill.append(len(service.seen))
            broker.start()

    murderer = threading.Thread(target=kill_twice)
    for client in clients:
        client.start()
    murderer.start()
    tally = replay(recordings, clients, patience_s=30.0)
    murderer.join()
    for client in clients:
        client.stop()
    wanted = [keys_of(each, serial) for each, serial in zip(recordings, SERIALS, strict=True)]
    assert set(service.seen) == set().union(*wanted)
    assert (tally.sent, tally.receipted) == (3600, 3600)
    assert 700 < stored_at_kill[0] < stored_at_kill[1] < 3600
    assert tally.resent > 0


def test_new_connection_does_not_wait_to_say_it_again(broker: Broker, service: Service) -> None:
    """A second meter of the same name makes the broker cut the first one off."""
    service.answer = lambda _body, times: None if times == 1 else 0.0
    message = next(messages_of(home(30), SERIALS[0], ["00000001"] * 30))
    with meter(broker, resend=BackOff(60, 60)) as client:
        assert client.send(message, 0)
        assert service.wait_for(lambda: len(service.arrivals) == 1)
        with meter(broker, reconnect=BackOff(30, 30)):
            assert client.wait_until_receipted(PATIENCE_S)
    assert client.tally.resent == message.records


def test_meter_says_who_it_is_and_that_it_goes(broker: Broker, service: Service) -> None:
    with meter(broker, index=1) as client:
        assert service.wait_for(lambda: bool(service.heard("hello")))
        assert client.trouble is None
    assert service.wait_for(lambda: {"v": 1, "s": "offline"} in service.heard("status"))
    online, offline = {"v": 1, "s": "online", "boot": 1}, {"v": 1, "s": "offline"}
    assert service.heard("status") == [online, offline]
    assert service.heard("hello") == [
        {"v": 1, "id": SERIALS[1], "fw": "sim-1", "variant": "sim", "boot": 1}
    ]


def test_state_is_kept_for_who_listens_later(broker: Broker) -> None:
    online = {"v": 1, "s": "online", "boot": 1}
    with meter(broker, index=1):
        early = Service(broker.port)
        assert early.wait_for(lambda: any(body == online for _, body, _ in early.others))
        early.leave()
        late = Service(broker.port)
        assert late.wait_for(lambda: ("status", online, True) in late.others)
        late.leave()


def test_hello_tells_the_log_and_the_clock_once_there_are_records(
    broker: Broker, service: Service
) -> None:
    service.answer = lambda _body, _times: None
    client = meter(broker, index=1, window=5)
    for message in messages_of(home(60), client.serial, ["9f3a61c2"] * 60):
        if message.boot == 1:
            assert client.send(message, 0)
            newest = message
    with client:
        assert service.wait_for(lambda: bool(service.heard("hello")))
    hello = service.heard("hello")[-1]
    assert (hello["log"], hello["oldest"], hello["newest"]) == ("9f3a61c2", 1, newest.last_n)
    assert hello["anchor"] == {"boot": 1, "up_s": newest.up_s, "t": newest.end_s}
    parsed = v1.parse(f"cw/v1/{client.serial}/hello", json.dumps(hello).encode())
    assert parsed.anchors[0].started_s == newest.end_s - newest.up_s


def test_last_will_speaks_when_the_meter_vanishes(broker: Broker, service: Service) -> None:
    """Somebody else with the meter's name makes the broker cut the first one off."""
    with meter(broker, index=2, reconnect=BackOff(30, 30)):
        assert service.wait_for(lambda: bool(service.heard("hello")))
        with meter(broker, index=2):
            assert service.wait_for(lambda: len(service.heard("hello")) == 2)
    assert {"v": 1, "s": "offline"} in service.heard("status")


def test_live_power_is_said_while_connected(broker: Broker, service: Service) -> None:
    with meter(broker, index=3) as client:
        assert service.wait_for(lambda: bool(service.heard("hello")))
        client.publish_live(412.4)
        assert service.wait_for(lambda: bool(service.heard("live")))
    (live,) = service.heard("live")
    assert (live["v"], live["p_w"]) == (1, 412)
    assert v1.parse(f"cw/v1/{client.serial}/live", json.dumps(live).encode()).live


def test_progress_counts_receipts_up_to_all_of_them(broker: Broker, service: Service) -> None:
    seen: list[tuple[int, int]] = []
    recordings = [home(120, seed) for seed in range(2)]
    with meter(broker, 0, window=3) as one, meter(broker, 1, window=3) as other:
        replay(recordings, [one, other], progress=lambda *given: seen.append(given))
    assert seen == sorted(seen)
    assert seen[-1] == (240, 240)


def test_speed_spaces_messages_as_they_were_recorded(broker: Broker, service: Service) -> None:
    end_s = 1_700_000_000 + 3600 * np.arange(1, 61)
    recording = from_power("home", end_s, np.full(60, 3600), np.full(60, 100.0))
    with meter(broker, window=9) as client:
        assert service.wait_for(lambda: bool(service.heard("hello")))
        replay([recording], [client], speed=30 * 3600 / 0.5)
    (first_s, _), (second_s, _) = service.arrivals
    assert second_s - first_s > 0.25


def test_replay_gives_up_in_words_when_nobody_receipts(broker: Broker, service: Service) -> None:
    service.answer = lambda _body, _times: None
    with meter(broker) as client, pytest.raises(SetupError, match=r"no receipt.*nothing answers"):
        replay([home(30)], [client], patience_s=0.6)


def test_wrong_secret_is_told(broker: Broker) -> None:
    client = MeterClient(SERIALS[0], "wrong", broker.host, broker.port)
    with client, pytest.raises(SetupError, match=r"Not authori[sz]ed"):
        replay([home(30)], [client], patience_s=0.6)


def test_malformed_receipts_are_ignored(broker: Broker, service: Service) -> None:
    service.answer = lambda _body, times: None if times == 1 else 0.0
    with meter(broker) as client:
        assert service.wait_for(lambda: bool(service.heard("hello")))
        for nonsense in (b"{", b"[]", b'{"log":1,"n":2}', b"\xff"):
            service.client.publish(f"cw/v1/{client.serial}/ack", nonsense, qos=1)
        tally = replay([home(30)], [client])
    assert tally.receipted == 30
