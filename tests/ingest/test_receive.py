"""One contract for every way to receive: what the service may rely on, with a real mosquitto."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.servers.accounts import choose_account, give, make_open_folder
from commonwatt.servers.broker import find_mosquitto
from commonwatt.servers.ports import free_port, is_answered
from commonwatt.servers.processes import Child, default_guard
from ingest import receive
from ingest.inbox import Inbox
from ingest.packets import Publish
from ingest.receive import PatientClient, Receiver, Source, make_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingest.inbox import Arrival

WITHIN_S = 20.0
SLICE_BYTES = 7

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    folder = make_open_folder("commonwatt-receive-")
    account = choose_account("mosquitto")
    give(folder, account)
    number = free_port()
    conf = folder / "mosquitto.conf"
    conf.write_text(
        f"listener {number} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 1000\n"
        "max_queued_messages 0\n"
    )
    conf.chmod(0o644)
    child = Child.start(
        [str(find_mosquitto()), "-c", str(conf)],
        log=folder / "log",
        guard=default_guard(),
        account=account,
    )
    await_true(lambda: is_answered(number))
    yield number
    child.stop(5)
    shutil.rmtree(folder)


class Wire:
    """A cable between client and broker: it can be cut, and can carry a few bytes at a time."""

    def __init__(self, to_port: int, slice_bytes: int = 65_536) -> None:
        self._to_port = to_port
        self._slice_bytes = slice_bytes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._begin(self._accept)

    def cut(self) -> None:
        for end in self._ends:
            _hang_up(end)

    def close(self) -> None:
        _hang_up(self._listener)
        self.cut()
        for thread in self._threads:
            thread.join()
        for end in (self._listener, *self._ends):
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to_port))
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ends += [near, far]
            self._begin(self._carry, near, far)
            self._begin(self._carry, far, near)

    def _begin(self, work: Callable[..., None], *given: socket.socket) -> None:
        self._threads.append(threading.Thread(target=work, args=given))
        self._threads[-1].start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while block := one.recv(self._slice_bytes):
                other.sendall(block)
        except OSError:
            pass
        _hang_up(one)
        _hang_up(other)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


class Ear:
    """A receiver with its inbox, as the service has them."""

    def __init__(self, source: Source, topic: str, window: int, limit: int) -> None:
        self.inbox = Inbox(limit, 64 * 1024 * 1024)
        self.client: PatientClient = make_client(source, self.inbox, window)
        self.connections = 0
        self._topic = topic
        self.granted = threading.Event()
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self.granted.set()
        self.client.begin()
        assert self.granted.wait(WITHIN_S)

    def take(self, count: int) -> list[Arrival]:
        """The next `count` arrivals, not acknowledged."""
        found: list[Arrival] = []
        deadline_s = time.monotonic() + WITHIN_S
        while len(found) < count:
            found += self.inbox.take(count - len(found), 1 << 20, 0.2)
            assert time.monotonic() < deadline_s, f"{len(found)} of {count} arrived"
        return found

    def _on_connect(self, client: mqtt.Client, *_: object) -> None:
        self.connections += 1
        client.subscribe(self._topic, 1)


@pytest.fixture(params=list(Receiver))
def receiver(request: pytest.FixtureRequest) -> Receiver:
    return Receiver(request.param)


@pytest.fixture(params=[0, 1], ids=["3.1.1", "5"])
def worker(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    return f"test/{abs(hash(request.node.name))}"


@pytest.fixture
def source(receiver: Receiver, worker: int, port: int, topic: str) -> Source:
    return Source("127.0.0.1", port, f"ear-{topic}", "", worker, receiver)


@pytest.fixture
def hear(topic: str) -> Iterator[Callable[..., Ear]]:
    ears: list[Ear] = []

    def start(source: Source, window: int = 1000, limit: int = 100_000) -> Ear:
        ears.append(Ear(source, f"{topic}/#", window, limit))
        return ears[-1]

    yield start
    for ear in ears:
        ear.client.end()


@pytest.fixture
def wire(port: int, request: pytest.FixtureRequest) -> Iterator[Wire]:
    cable = Wire(port, getattr(request, "param", 65_536))
    yield cable
    cable.close()


@pytest.fixture
def meter(port: int) -> Iterator[mqtt.Client]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def say(meter: mqtt.Client, topic: str, *payloads: bytes, **how: Any) -> None:
    """Publish at QoS 1 unless told otherwise, and wait for the broker's word."""
    for told in [meter.publish(topic, each, **({"qos": 1} | how)) for each in payloads]:
        told.wait_for_publish(WITHIN_S)


def await_true(condition: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.02)


def payloads_of(arrivals: list[Arrival]) -> list[bytes]:
    return [each.envelope.payload for each in arrivals]


def numbered(count: int, start: int = 0) -> list[bytes]:
    return [b"%d" % number for number in range(start, start + count)]


MIXED = [b"", b"x", bytes(126), bytes(200_000), b"", bytes(16_384), b"last"]


@pytest.mark.parametrize("wire", [65_536, SLICE_BYTES], indirect=True, ids=["whole", "sliced"])
def test_everything_arrives_in_order(
    source: Source, topic: str, hear: Callable[..., Ear], wire: Wire, meter: mqtt.Client
) -> None:
    ear = hear(replace(source, port=wire.port))
    say(meter, f"{topic}/été", *MIXED)
    say(meter, f"{topic}/b", *numbered(300))
    say(meter, f"{topic}/c", b"at most once", qos=0)
    found = ear.take(len(MIXED) + 301)
    assert payloads_of(found) == [*MIXED, *numbered(300), b"at most once"]
    names = [each.envelope.topic for each in found]
    assert names == [f"{topic}/été"] * len(MIXED) + [f"{topic}/b"] * 300 + [f"{topic}/c"]
    assert [each.qos for each in found] == [1] * (len(found) - 1) + [0]
    assert not any(each.envelope.retained for each in found)


def test_what_the_broker_kept_says_so(
    source: Source, topic: str, hear: Callable[..., Ear], meter: mqtt.Client
) -> None:
    say(meter, f"{topic}/kept", b"old", retain=True)
    (found,) = hear(source).take(1)
    say(meter, f"{topic}/kept", b"", retain=True)
    assert (found.envelope.retained, found.envelope.payload) == (True, b"old")


def test_what_is_not_acknowledged_comes_again_and_nothing_else(
    source: Source, topic: str, hear: Callable[..., Ear], wire: Wire, meter: mqtt.Client
) -> None:
    ear = hear(replace(source, port=wire.port))
    say(meter, f"{topic}/a", *numbered(100))
    first = ear.take(100)
    ear.client.acknowledge(first[:40])
    say(meter, f"{topic}/a", b"a word behind the acknowledgements")
    ear.take(1)
    time.sleep(0.3)
    wire.cut()
    assert payloads_of(ear.take(61))[:60] == numbered(60, 40)
    ear.client.acknowledge(first[40:])
    wire.cut()
    again = ear.take(61)
    assert payloads_of(again)[:60] == numbered(60, 40), "the old connection's were not ours"
    ear.client.acknowledge(again)
    time.sleep(0.3)
    wire.cut()
    await_true(lambda: ear.connections == 4)
    say(meter, f"{topic}/a", b"new")
    assert payloads_of(ear.take(1)) == [b"new"]


def test_what_was_taken_and_not_committed_waits_for_the_next_service(
    source: Source, topic: str, hear: Callable[..., Ear], wire: Wire, meter: mqtt.Client
) -> None:
    ear = hear(replace(source, port=wire.port))
    say(meter, f"{topic}/a", *numbered(10))
    ear.take(10)
    ear.client.end()
    say(meter, f"{topic}/a", *numbered(10, 10))
    assert payloads_of(hear(source).take(20)) == numbered(20)


def test_a_full_inbox_leaves_the_rest_to_the_broker(
    source: Source, topic: str, hear: Callable[..., Ear], meter: mqtt.Client
) -> None:
    ear = hear(source, limit=50)
    body = bytes(8000)
    say(meter, f"{topic}/a", *[body] * 900)
    time.sleep(1)
    assert len(ear.inbox) < 50 + receive.BLOCK_BYTES / len(body) + 1
    for _ in range(30):
        ear.client.acknowledge(ear.take(30))
    assert ear.connections == 1


def test_a_full_inbox_costs_no_connection(
    source: Source,
    topic: str,
    hear: Callable[..., Ear],
    meter: mqtt.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database is away for longer than the broker would wait for a word."""
    monkeypatch.setattr(receive, "KEEPALIVE_S", 2)
    ear = hear(source, limit=5)
    say(meter, f"{topic}/a", *[bytes(8000)] * 200)
    time.sleep(5)
    say(meter, f"{topic}/a", b"later")
    found = ear.take(201)
    assert found[-1].envelope.payload == b"later"
    assert (ear.connections, {each.connection_no for each in found}) == (1, {1})


def test_an_idle_connection_is_kept(
    source: Source, topic: str, hear: Callable[..., Ear], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "KEEPALIVE_S", 2)
    ear = hear(source)
    time.sleep(5)
    assert ear.connections == 1


def test_who_is_turned_away_comes_back(
    source: Source, topic: str, hear: Callable[..., Ear], meter: mqtt.Client
) -> None:
    """Another client of the same name: MQTT 5 says DISCONNECT, 3.1.1 just closes."""
    ear = hear(source)
    other = mqtt.Client(CallbackAPIVersion.VERSION2, source.username, clean_session=False)
    other.connect("127.0.0.1", source.port)
    other.loop_start()
    await_true(lambda: ear.connections >= 2)
    other.disconnect()
    other.loop_stop()
    ear.granted.clear()
    await_true(ear.client.is_connected)
    say(meter, f"{topic}/a", b"here")
    assert b"here" in payloads_of(ear.take(1))


@pytest.mark.parametrize("worker", [1], ids=["5"], indirect=True)
def test_the_window_is_the_one_asked_for(
    source: Source, topic: str, hear: Callable[..., Ear], meter: mqtt.Client
) -> None:
    ear = hear(source, window=5)
    say(meter, f"{topic}/a", *numbered(12))
    time.sleep(0.5)
    first = ear.inbox.take(100, 1 << 20, 0)
    assert payloads_of(first) == numbered(5)
    ear.client.acknowledge(first)
    second = ear.take(5)
    ear.client.acknowledge(second)
    assert payloads_of([*second, *ear.take(2)]) == numbered(7, 5)


def test_what_is_told_arrives_in_order(
    source: Source, topic: str, hear: Callable[..., Ear], port: int
) -> None:
    told: list[tuple[str, bytes]] = []
    listener = mqtt.Client(CallbackAPIVersion.VERSION2)
    ready = threading.Event()
    listener.on_subscribe = lambda *_: ready.set()
    listener.on_message = lambda *given: told.append((given[2].topic, given[2].payload))
    listener.connect("127.0.0.1", port)
    listener.subscribe("told/#", 1)
    listener.loop_start()
    assert ready.wait(WITHIN_S)
    words = [(f"told/{topic}/{n % 7}", bytes(n)) for n in range(200)]
    hear(source).client.tell(words)
    await_true(lambda: len(told) == 200)
    assert told == words
    listener.disconnect()
    listener.loop_stop()


def test_messages_keep_their_order_though_the_clock_is_put_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inbox = Inbox(100, 10_000)
    client = make_client(Source("127.0.0.1", 1, "ingest", "x"), inbox, 100)
    for clock_s in (1000.0, 1000.0, 999.5, 1001.0, 900.0):
        monkeypatch.setattr("ingest.receive.time.time", lambda at_s=clock_s: at_s)
        client._deliver([Publish(b"t", b"", 1, 1, False)] * 2)
    told_s = [each.envelope.received_s for each in inbox.take(100, 10_000, 0)]
    assert told_s[:8] == sorted(set(told_s[:8]))
    assert told_s[8:] == [900.0, 900.000002]
