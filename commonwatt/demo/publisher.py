"""The meter's side of protocol v1: says its records until they are receipted."""

from __future__ import annotations

import heapq
import random
import selectors
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Self

import msgspec
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.demo.outbox import BackOff, Outbox, Tally
from commonwatt.errors import SetupError
from commonwatt.recordings.payloads import log_ids_of, messages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from paho.mqtt.client import ConnectFlags, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from commonwatt.recordings.payloads import Outgoing
    from commonwatt.recordings.recording import Recording

RESEND = BackOff(5, 600)
RECONNECT = BackOff(1, 300)
FIRMWARE = "sim-1"
VARIANT = "sim"
_CONNECT_TIMEOUT_S = 5.0
_LOOK_AGAIN_S = 0.5


class Receipt(msgspec.Struct):
    """The service's word that records are in its database, or refused for good."""

    log: str
    n: int
    first_n: int = msgspec.field(name="from", default=1)
    refused: int = 0


class MeterClient:
    """One meter on the broker: a thread that owns the connection, and an outbox.

    Only that thread touches paho; the other methods leave work for it and wake it. Each connection
    has a paho client of its own, so that nothing but the outbox remembers what is unreceipted.
    """

    def __init__(
        self,
        serial: str,
        secret: str,
        host: str,
        port: int,
        *,
        window: int = 1,
        resend: BackOff = RESEND,
        reconnect: BackOff = RECONNECT,
        keepalive_s: int = 60,
        seed: int = 0,
    ) -> None:
        self.serial = serial
        self.trouble: str | None = "not connected yet"
        self._secret = secret
        self._address = (host, port)
        self._window = window
        self._reconnect = reconnect
        self._keepalive_s = keepalive_s
        self._rng = random.Random(f"{serial}/{seed}")  # noqa: S311 (jitter, not a secret)
        self._outbox = Outbox(window, resend, self._rng)
        self._live: deque[bytes] = deque(maxlen=1)
        self._stopping = threading.Event()
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._thread = threading.Thread(target=self._run, name=serial, daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def tally(self) -> Tally:
        return self._outbox.tally

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Say goodbye if connected, and end the thread; what is not receipted stays unsaid."""
        self._stopping.set()
        self._wake()
        self._thread.join()
        self._woken.close()
        self._waker.close()

    def send(self, message: Outgoing, timeout_s: float | None = None) -> bool:
        """Take a message in hand as soon as the window has room; False if it has none in time."""
        taken = self._outbox.add(message, timeout_s)
        if taken:
            self._wake()
        return taken

    def publish_live(self, power_w: float) -> None:
        """Say the power of this second, if connected; nobody receipts it."""
        body = {"v": 1, "t": int(time.time()), "p_w": round(power_w)}
        self._live.append(msgspec.json.encode(body))
        self._wake()

    def wait_until_receipted(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is left without a receipt; False if something is after that time."""
        return self._outbox.wait_until_empty(timeout_s)

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except BlockingIOError:
            return  # so many calls are waiting already that the thread is sure to wake

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            failures = 1 if self._hold_connection() else failures + 1
            self._stopping.wait(self._reconnect.wait_s(failures, self._rng))

    def _hold_connection(self) -> bool:
        """Connect and stay for as long as the broker does; False if it never let us in."""
        link = self._make_link()
        self._live.clear()
        try:
            link.connect(*self._address, keepalive=self._keepalive_s)
        except OSError as error:
            self.trouble = str(error)
            return False
        was_accepted = False
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            while not self._stopping.is_set() and self._serve(link, selector):
                was_accepted |= link.is_connected()
        self._leave(link)
        self.trouble = self.trouble or "the connection was lost"
        return was_accepted

    def _make_link(self) -> Client:
        link = Client(CallbackAPIVersion.VERSION2, client_id=self.serial)
        link.username_pw_set(self.serial, self._secret)
        link.will_set(self._topic("status"), _encode({"v": 1, "s": "offline"}), 1, retain=True)
        link.connect_timeout = _CONNECT_TIMEOUT_S
        link.max_inflight_messages_set(0)
        link.on_socket_open = _send_at_once
        link.on_connect = self._on_connect
        link.on_message = self._on_message
        return link

    def _serve(self, link: Client, selector: selectors.BaseSelector) -> bool:
        """Wait for the socket, a wake-up or the next duty, and attend to it; False once cut off."""
        connection = link.socket()
        if connection is None:
            return False
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if link.want_write() else 0)
        if connection in selector.get_map():
            selector.modify(connection, wanted)
        else:
            selector.register(connection, wanted)
        for key, events in selector.select(self._idle_s(link)):
            if key.fileobj is self._woken:
                self._woken.recv(4096)
                continue
            if events & selectors.EVENT_READ:
                link.loop_read()
            if events & selectors.EVENT_WRITE:
                link.loop_write()
        link.loop_misc()
        if link.is_connected():
            self._say_what_is_due(link)
        return True

    def _idle_s(self, link: Client) -> float:
        longest_s = self._keepalive_s / 4
        due_s = self._outbox.next_due_s() if link.is_connected() else None
        return longest_s if due_s is None else min(longest_s, max(0.0, due_s - time.monotonic()))

    def _say_what_is_due(self, link: Client) -> None:
        for message in self._outbox.take_due(time.monotonic()):
            link.publish(self._topic("readings"), message.payload, qos=1)
        while self._live:
            link.publish(self._topic("live"), self._live.popleft(), qos=0)

    def _leave(self, link: Client) -> None:
        if link.is_connected():
            link.publish(self._topic("status"), _encode({"v": 1, "s": "offline"}), 1, retain=True)
        link.disconnect()
        link.loop_write()

    def _on_connect(
        self,
        link: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self.trouble = str(reason)
            return
        self.trouble = None
        link.subscribe(self._topic("ack"), qos=1)
        hello = self._hello()
        status = {"v": 1, "s": "online", "boot": hello["boot"]}
        link.publish(self._topic("status"), _encode(status), qos=1, retain=True)
        link.publish(self._topic("hello"), _encode(hello), qos=1)
        self._outbox.make_all_due()

    def _hello(self) -> dict[str, Any]:
        """Who we are; and once there are records, which ones and how our clock stood at the last."""
        hello = {"v": 1, "id": self.serial, "fw": FIRMWARE, "variant": VARIANT, "boot": 1}
        span = self._outbox.span()
        if span is None:
            return hello
        newest = span.newest
        return hello | {
            "boot": newest.boot,
            "log": newest.log,
            "oldest": span.oldest_n,
            "newest": newest.last_n,
            "anchor": {"boot": newest.boot, "up_s": newest.up_s, "t": newest.end_s},
        }

    def _on_message(self, _link: Client, _userdata: object, message: MQTTMessage) -> None:
        """Free what a receipt covers; one message at a time, only its last number matters."""
        try:
            receipt = msgspec.json.decode(message.payload, type=Receipt)
        except msgspec.DecodeError:
            return
        first_n = receipt.first_n if self._window > 1 else 1
        self._outbox.accept_receipt(receipt.log, first_n, receipt.n, receipt.refused)

    def _topic(self, kind: str) -> str:
        return f"cw/v1/{self.serial}/{kind}"


def _send_at_once(_link: Client, _userdata: object, connection: Any) -> None:
    """Keep the system from holding small packets back until earlier ones are acknowledged."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _encode(body: dict[str, Any]) -> bytes:
    return msgspec.json.encode(body)


class Replay:
    """Recordings on their way through the broker, each as a meter of its own."""

    def __init__(
        self,
        clients: Sequence[MeterClient],
        total_records: int,
        patience_s: float,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._clients = clients
        self._total_records = total_records
        self._patience_s = patience_s
        self._progress = progress

    @property
    def tally(self) -> Tally:
        return sum((client.tally for client in self._clients), Tally())

    def send(self, client: MeterClient, message: Outgoing) -> None:
        if not client.send(message, self._patience_s):
            self._give_up(client)
        self._report()

    def finish(self) -> None:
        """Wait for the last receipts for as long as some keep coming."""
        for client in self._clients:
            silent_s, receipted = 0.0, client.tally.receipted
            while not client.wait_until_receipted(_LOOK_AGAIN_S):
                self._report()
                silent_s += _LOOK_AGAIN_S
                if client.tally.receipted > receipted:
                    silent_s, receipted = 0.0, client.tally.receipted
                if silent_s >= self._patience_s:
                    self._give_up(client)
        self._report()

    def _report(self) -> None:
        if self._progress:
            self._progress(self.tally.receipted, self._total_records)

    def _give_up(self, client: MeterClient) -> None:
        why = client.trouble or "connected, but nothing answers"
        raise SetupError(
            f"{client.serial}: no receipt for {self._patience_s:.0f} s ({why}); is the broker there, "
            "is the meter registered, and does `commonwatt ingest` run?"
        )


def replay(
    recordings: Sequence[Recording],
    clients: Sequence[MeterClient],
    *,
    speed: float | None = None,
    progress: Callable[[int, int], None] | None = None,
    patience_s: float = 120.0,
    seed: int = 0,
) -> Tally:
    """Say each recording through its started client, in order of time, until all is receipted.

    `speed` is how many recorded seconds pass in one; None is as fast as receipts allow. `progress`
    is told how many records are receipted, of how many. Raises SetupError if no receipt comes for
    `patience_s`.
    """
    total_records = sum(recording.end_s.size for recording in recordings)
    run = Replay(clients, total_records, patience_s, progress)
    streams = [
        _messages_with(client, recording, seed)
        for recording, client in zip(recordings, clients, strict=True)
    ]
    first_s = min(int(recording.end_s[0]) for recording in recordings)
    began_s = time.monotonic()
    for client, message in heapq.merge(*streams, key=lambda pair: pair[1].end_s):
        if speed is not None:
            due_s = began_s + (message.end_s - first_s) / speed
            time.sleep(max(0.0, due_s - time.monotonic()))
        run.send(client, message)
    run.finish()
    return run.tally


def _messages_with(
    client: MeterClient, recording: Recording, seed: int
) -> Iterator[tuple[MeterClient, Outgoing]]:
    log_ids = log_ids_of(recording, client.serial, seed)
    return ((client, message) for message in messages_of(recording, client.serial, log_ids))
