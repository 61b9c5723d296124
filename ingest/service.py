"""The ingest process: broker in, database out, acknowledgement after, receipt last."""

from __future__ import annotations

import json
import logging
import queue
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt import rollups
from commonwatt.errors import DatabaseAwayError
from commonwatt.storage.migrate import require_current
from commonwatt.storage.pool import connect
from ingest.batch import BatchWriter, Envelope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paho.mqtt.client import SocketLike
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from commonwatt.storage.pool import Connection
    from ingest.batch import Receipt

log = logging.getLogger("commonwatt.ingest")

TOPICS = "cw/v1/+/#"
_OWN = ("/ack", "/cmd")
_LONGEST_RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class Source:
    """The broker, and who the service is there."""

    host: str
    port: int
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may wait: the queue must hold what the broker sends before it waits for acks."""

    queued_messages: int = 5000
    batch_messages: int = 1000
    refresh_s: float = 1.0


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An envelope with what is needed to acknowledge it on the connection it came by."""

    envelope: Envelope
    mid: int
    qos: int
    connection_no: int


class IngestService:
    """One paho client, one bounded queue, one writer, one rollup refresher."""

    def __init__(self, database_url: str, source: Source, limits: Limits | None = None) -> None:
        self._database_url = database_url
        self._source = source
        self._limits = limits or Limits()
        self._arrivals: queue.Queue[_Arrival] = queue.Queue(self._limits.queued_messages)
        self._writer = BatchWriter()
        self._stopping = threading.Event()
        self._topics = {TOPICS}
        self._connection_no = 0
        self._ack_lock = threading.Lock()
        self._client = self._make_client()

    def _make_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._source.username,
            clean_session=False,
            manual_ack=True,
        )
        client.username_pw_set(self._source.username, self._source.password)
        client.max_queued_messages_set(self._limits.queued_messages)
        client.reconnect_delay_set(min_delay=1, max_delay=5)
        client.on_socket_open = _send_without_delay
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def run(self) -> None:
        """Work until `stop` is called; what is in hand is finished first."""
        self._client.connect_async(self._source.host, self._source.port, keepalive=30)
        refresher = threading.Thread(target=self._refresh_rollups, name="rollups")
        refresher.start()
        self._client.loop_start()
        try:
            self._write_batches()
        finally:
            self._stopping.set()
            self._client.disconnect()
            self._client.loop_stop()
            refresher.join()

    def stop(self) -> None:
        self._stopping.set()

    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.error("the broker refused the service: %s", reason)
            return
        log.info("connected to the broker, session present: %s", flags.session_present)
        client.subscribe([(topic, 1) for topic in sorted(self._topics)])

    def _on_connect_fail(self, _client: Client, _userdata: object) -> None:
        log.warning(
            "no broker answers at %s:%d: start mosquitto there, or set COMMONWATT_BROKER_PORT",
            self._source.host,
            self._source.port,
        )

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        with self._ack_lock:
            self._connection_no += 1
        log.info("disconnected from the broker: %s", reason)

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        """Queue a message; a full queue stops reading the socket until there is room."""
        arrival = _Arrival(
            Envelope(
                _topic_of(message), bytes(message.payload), time.time(), retained=message.retain
            ),
            message.mid,
            message.qos,
            self._connection_no,
        )
        while not self._stopping.is_set():
            try:
                self._arrivals.put(arrival, timeout=0.5)
            except queue.Full:
                continue
            return

    def _write_batches(self) -> None:
        """Write whatever waits, again and again; reconnect for as long as the database is away."""
        batch: list[_Arrival] = []
        delay_s = 0.1
        while not self._stopping.is_set():
            try:
                with connect(self._database_url) as connection:
                    require_current(connection)
                    delay_s = 0.1
                    while not self._stopping.is_set():
                        batch = batch or self._collect()
                        self._write(connection, batch)
                        batch = []
            except DatabaseAwayError as error:
                log.warning("the database is away, %d messages wait: %s", len(batch), error)
                self._stopping.wait(delay_s)
                delay_s = min(2 * delay_s, _LONGEST_RETRY_S)

    def _collect(self) -> list[_Arrival]:
        """Take what is there, up to a batch; wait a little for the first one."""
        batch: list[_Arrival] = []
        try:
            batch.append(self._arrivals.get(timeout=0.25))
            while len(batch) < self._limits.batch_messages:
                batch.append(self._arrivals.get_nowait())
        except queue.Empty:
            pass
        return batch

    def _write(self, connection: Connection, batch: Sequence[_Arrival]) -> None:
        envelopes = [a.envelope for a in batch if not a.envelope.topic.endswith(_OWN)]
        now_s = time.time()
        self._subscribe(connection, now_s)
        receipts = self._writer.write(connection, envelopes, now_s) if envelopes else []
        self._acknowledge(batch)
        self._receipt(receipts, now_s)

    def _subscribe(self, connection: Connection, now_s: float) -> None:
        """Listen to the places of other languages, also to those given since the last batch."""
        self._writer.mounts.refresh(connection, now_s)
        fresh = set(self._writer.mounts.topics) - self._topics
        if fresh:
            self._topics |= fresh
            self._client.subscribe([(topic, 1) for topic in sorted(fresh)])

    def _acknowledge(self, batch: Sequence[_Arrival]) -> None:
        """Acknowledge in the order of arrival, and only on the connection each came by."""
        with self._ack_lock:
            for arrival in batch:
                if arrival.qos and arrival.connection_no == self._connection_no:
                    self._client.ack(arrival.mid, arrival.qos)

    def _receipt(self, receipts: Sequence[Receipt], now_s: float) -> None:
        for receipt in receipts:
            body: dict[str, Any] = {
                "v": 1,
                "log": f"{receipt.extent.log:08x}",
                "from": receipt.extent.first_n,
                "n": receipt.extent.last_n,
                "t": int(now_s),
            }
            if receipt.refused:
                body["refused"] = receipt.refused
            payload = json.dumps(body, separators=(",", ":"))
            self._client.publish(f"cw/v1/{receipt.serial}/ack", payload, qos=0)

    def _refresh_rollups(self) -> None:
        """Keep rollups within seconds of the readings; should this fail, stop the whole service."""
        try:
            while not self._stopping.is_set():
                self._refresh_while_connected()
        finally:
            self._stopping.set()

    def _refresh_while_connected(self) -> None:
        try:
            with connect(self._database_url) as connection:
                while not self._stopping.is_set():
                    if not rollups.refresh(connection):
                        self._stopping.wait(self._limits.refresh_s)
        except DatabaseAwayError as error:
            log.warning("rollups wait for the database: %s", error)
            self._stopping.wait(1.0)


def _send_without_delay(_client: Client, _userdata: object, connection: SocketLike) -> None:
    """Let a receipt follow its acknowledgement at once: meters wait for it before they go on."""
    if isinstance(connection, socket.socket):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _topic_of(message: MQTTMessage) -> str:
    """The topic; empty, and so unknown, if it is not text, which not every broker refuses."""
    try:
        return message.topic
    except UnicodeDecodeError:
        return ""
