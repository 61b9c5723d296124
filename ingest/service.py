"""The ingest process: broker in, database out, acknowledgement after, receipt last."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from commonwatt import rollups
from commonwatt.errors import DatabaseAwayError, SetupError
from commonwatt.servers.credentials import METER_WRITES
from commonwatt.storage.migrate import require_current
from commonwatt.storage.operations import WRITER_PREFIX
from commonwatt.storage.pool import connect
from ingest.announce import Announcer
from ingest.batch import BatchWriter
from ingest.columns import Opened, open_all
from ingest.figures import Pulse, tell
from ingest.flow import MESSAGES_PER_S
from ingest.inbox import Inbox
from ingest.receive import make_client

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from commonwatt.operations.exposition import Metric
    from commonwatt.storage.pool import Connection
    from ingest.batch import Receipt
    from ingest.inbox import Arrival
    from ingest.receive import PatientClient, Source

log = logging.getLogger("commonwatt.ingest")

GROUP = "ingest"
FIRST_WORKER = 1
"""The worker that listens to mounts: what their adapters remember is in one process."""
_HEARD_BY_ALL = ("hello", "status")
_OWN = ("/ack", "/cmd")
_LONGEST_RETRY_S = 5.0
_LONGEST_BACKLOG_S = 10.0
_LOOK_AGAIN_S = 0.25
_BATCHES_IN_HAND = 2
_NOT_LET_IN = (134, 135)
"""What MQTT says to a wrong name or password: bad, or not authorized."""
_BUSY_MESSAGES = 100
"""After a batch of so many, the next one is given a while to gather."""
_GATHER_S = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may wait: the inbox must hold what the broker sends before it waits for acks."""

    queued_messages: int = 20_000
    queued_bytes: int = 64 * 1024 * 1024
    batch_messages: int = 5000
    batch_bytes: int = 512 * 1024
    refresh_s: float = 1.0
    messages_per_s: float = MESSAGES_PER_S


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages to acknowledge, and what they say, but for our own words come back."""

    arrivals: list[Arrival]
    opened: list[Opened]


class IngestService:
    """One paho client, one bounded queue, one writer, one rollup refresher."""

    def __init__(self, database_url: str, source: Source, limits: Limits | None = None) -> None:
        self._database_url = database_url
        self._source = source
        self._limits = limits or Limits()
        self._inbox = Inbox(self._limits.queued_messages, self._limits.queued_bytes)
        self._writer = BatchWriter(self._limits.messages_per_s)
        self._announcer = Announcer()
        self._pulse = Pulse()
        self._stopping = threading.Event()
        self._is_busy = False
        self._was_let_in = False
        self._obstacle = ""
        self._topics = set(topics_of(source.worker))
        self._client = self._make_client()

    def _make_client(self) -> PatientClient:
        client = make_client(self._source, self._inbox, self._limits.queued_messages)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        return client

    def run(self) -> None:
        """Work until `stop` is called; what is in hand is finished first.

        A broker that never let us in ends it: nothing would change by waiting.
        """
        refresher = threading.Thread(target=self._refresh_rollups, name="rollups")
        refresher.start()
        self._client.begin()
        try:
            self._write_batches()
        finally:
            self._stopping.set()
            self._client.end()
            refresher.join()
        if self._obstacle:
            raise SetupError(self._obstacle)

    def stop(self) -> None:
        self._stopping.set()

    def figures(self) -> list[Metric]:
        """What this process may tell whoever watches it."""
        self._pulse.is_broker_here = self._client.is_connected()
        return tell(self._pulse, self._inbox, self._writer)

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
            if reason.value in _NOT_LET_IN:
                self._give_up(
                    f"the broker refuses the name {self._source.username} or its password: write its "
                    "files with `commonwatt credentials` and the same COMMONWATT_BROKER_PASSWORD"
                )
            return
        self._was_let_in = True
        log.info("connected to the broker, session present: %s", flags.session_present)
        client.subscribe([(topic, 1) for topic in sorted(self._topics)])

    def _give_up(self, obstacle: str) -> None:
        """Stop for good, unless the broker has let us in before: then it may again."""
        if not self._was_let_in:
            self._obstacle = obstacle
            self._stopping.set()

    def _on_connect_fail(self, _client: Client, _userdata: object) -> None:
        if distrust := self._client.distrust:
            told = (
                f"the certificate of the broker at {self._source.host}:{self._source.port} is not "
                f"trusted ({distrust}): COMMONWATT_BROKER_AUTHORITY must be the authority.crt that it "
                "came from; one that has ended is renewed by `commonwatt ca issue`"
            )
            log.error(told)
            self._give_up(told)
            return
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
        log.info("disconnected from the broker: %s", reason)

    def _write_batches(self) -> None:
        """Write batch after batch, the next one being decoded; reconnect while the database is away."""
        delay_s = 0.1
        in_hand: deque[Future[Batch]] = deque()
        with ThreadPoolExecutor(1, "decoder") as decoder:
            while not self._stopping.is_set():
                try:
                    name = f"{WRITER_PREFIX}{self._source.username}"
                    with connect(self._database_url, name) as connection:
                        require_current(connection)
                        delay_s = 0.1
                        self._pulse.is_database_here = True
                        self._write_while_connected(connection, decoder, in_hand)
                except DatabaseAwayError as error:
                    self._pulse.is_database_here = False
                    log.warning(
                        "the database is away, %d more messages wait: %s", len(self._inbox), error
                    )
                    self._stopping.wait(delay_s)
                    delay_s = min(2 * delay_s, _LONGEST_RETRY_S)

    def _write_while_connected(
        self, connection: Connection, decoder: ThreadPoolExecutor, in_hand: deque[Future[Batch]]
    ) -> None:
        """A batch leaves the hand once it is written; while it is, PostgreSQL works and we decode."""
        while not self._stopping.is_set():
            while len(in_hand) < _BATCHES_IN_HAND:
                in_hand.append(decoder.submit(self._take))
            self._write(connection, in_hand[0].result())
            in_hand.popleft()

    def _take(self) -> Batch:
        """The next batch, decoded; a fuller one where much comes, for each costs a COMMIT."""
        limits = self._limits
        if self._is_busy:
            self._inbox.await_many(limits.batch_messages, limits.batch_bytes, _GATHER_S)
        arrivals = self._inbox.take(limits.batch_messages, limits.batch_bytes, _LOOK_AGAIN_S)
        self._is_busy = len(arrivals) >= _BUSY_MESSAGES
        told = [a.envelope for a in arrivals if not a.envelope.topic.endswith(_OWN)]
        return Batch(arrivals, open_all(told))

    def _write(self, connection: Connection, batch: Batch) -> None:
        now_s = time.time()
        self._subscribe(connection, now_s)
        if batch.opened:
            receipts = self._writer.write_opened(connection, batch.opened, now_s)
            self._pulse.note_commit(batch.opened, now_s, time.time())
        else:
            self._writer.look(connection, now_s)
            receipts = []
        self._client.acknowledge(batch.arrivals)
        self._client.tell([_receipt(each, now_s) for each in receipts])
        if self._source.worker <= FIRST_WORKER and self._client.is_connected():
            self._announce(connection, now_s)

    def _announce(self, connection: Connection, now_s: float) -> None:
        """Tell households' own listeners; take back what those who left were told."""
        for message in self._announcer.words(connection, now_s):
            self._client.publish(message.topic, message.payload, retain=True)

    def _subscribe(self, connection: Connection, now_s: float) -> None:
        """Listen to the places of other languages, also to those given since the last batch."""
        if self._source.worker > FIRST_WORKER:
            return
        self._writer.mounts.refresh(connection, now_s)
        fresh = set(self._writer.mounts.topics) - self._topics
        if fresh:
            self._topics |= fresh
            self._client.subscribe([(topic, 1) for topic in sorted(fresh)])

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
                    self._let_backlog_pass()
                    if rollups.refresh(connection) < rollups.MARKS_AT_ONCE:
                        self._stopping.wait(self._limits.refresh_s)
        except DatabaseAwayError as error:
            log.warning("rollups wait for the database: %s", error)
            self._stopping.wait(1.0)

    def _let_backlog_pass(self) -> None:
        """Give way to readings that wait, for a while: what they mark is then added up at once."""
        limits, deadline_s = self._limits, time.monotonic() + _LONGEST_BACKLOG_S
        while self._inbox.holds(limits.batch_messages, limits.batch_bytes):
            if time.monotonic() > deadline_s or self._stopping.wait(_LOOK_AGAIN_S):
                return


def topics_of(worker: int) -> list[str]:
    """What a service subscribes to, but for mounts: what meters say, and no receipt of its own.

    Workers share what meters tell. Each hears every hello, so that it can date the records that
    follow, and every status, because the last one told is the one that counts.
    """
    shared = f"$share/{GROUP}/" if worker else ""
    return [f"{'' if kind in _HEARD_BY_ALL else shared}cw/v1/+/{kind}" for kind in METER_WRITES]


def _receipt(receipt: Receipt, now_s: float) -> tuple[str, bytes]:
    """Topic and payload of a receipt."""
    extent = receipt.extent
    body: dict[str, Any] = {
        "v": 1,
        "log": f"{extent.log:08x}",
        "from": extent.first_n,
        "n": extent.last_n,
        "t": int(now_s),
    }
    if receipt.refused:
        body["refused"] = receipt.refused
    return f"cw/v1/{receipt.serial}/ack", msgspec.json.encode(body)
