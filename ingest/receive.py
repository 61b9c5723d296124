"""The service's ear at the broker: takes messages in blocks, and acknowledges them when told to.

paho keeps the connection, keep-alive, encryption and reconnection; `BufferedClient` takes over what it
does once a message: reading the socket, parsing, and writing the acknowledgement.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from commonwatt.errors import SetupError
from ingest.inbox import Arrival
from ingest.packets import (
    PUBACK,
    BrokenStreamError,
    PacketStream,
    Publish,
    encode_acks,
    encode_message,
)
from ingest.sorting import Envelope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paho.mqtt.client import SocketLike

    from ingest.inbox import Inbox

BLOCK_BYTES = 256 * 1024
KEEPALIVE_S = 30
SESSION_KEPT_S = 30 * 86_400
_LARGEST_WINDOW = 65_535
_ROOM_WITHIN_S = 0.2
_APART_S = 2e-6
_CLOCK_MENDED_S = 1.0
_TOPICS = 10_000
"""So many topics are remembered as text: what waits under one topic shares it."""


class Receiver(StrEnum):
    """Who reads the socket: `stock` is paho alone, should a new release break `buffered`."""

    BUFFERED = "buffered"
    STOCK = "stock"


@dataclass(frozen=True, slots=True)
class Source:
    """The broker, and who the service is there.

    Workers, numbered from 1, are several services that share the work. They speak MQTT 5; a service
    that is alone speaks 3.1.1, which every broker understands. With the file of an `authority` it
    speaks by TLS, and only to a broker whose certificate is that authority's.
    """

    host: str
    port: int
    username: str
    password: str
    worker: int = 0
    receiver: Receiver = Receiver.BUFFERED
    authority: str = ""


class PatientClient(Client):
    """A paho client that leaves the socket alone while the inbox is full, and pings all the same."""

    def __init__(self, source: Source, inbox: Inbox, window: int) -> None:
        modern = bool(source.worker)
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=source.username,
            clean_session=None if modern else False,
            protocol=MQTTProtocolVersion.MQTTv5 if modern else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        self._inbox = inbox
        self._window = min(window, _LARGEST_WINDOW)
        self._connection_count = 0
        self._told_s = 0.0
        self._ack_lock = threading.Lock()
        self._source = source
        self.distrust = ""
        """What is wrong with the certificate that the broker showed last; empty if nothing is."""
        self.username_pw_set(source.username, source.password)
        if source.authority:
            self._trust(source.authority)
        self.reconnect_delay_set(min_delay=1, max_delay=5)
        self.on_socket_open = _send_without_delay
        self.on_message = self._take

    def _trust(self, authority: str) -> None:
        try:
            self.tls_set(ca_certs=authority)
        except OSError as error:
            raise SetupError(
                f"{authority} is no certificate of an authority that can be read ({error}): set "
                "COMMONWATT_BROKER_AUTHORITY to the authority.crt that `commonwatt ca make` wrote"
            ) from error

    def begin(self) -> None:
        """Connect, in a thread of paho's, and again whenever the connection is lost."""
        if self._source.worker:
            wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            wishes.SessionExpiryInterval = SESSION_KEPT_S
            wishes.ReceiveMaximum = self._window
            self.connect_async(
                self._source.host,
                self._source.port,
                KEEPALIVE_S,
                clean_start=False,
                properties=wishes,
            )
        else:
            self.connect_async(self._source.host, self._source.port, KEEPALIVE_S)
        self.loop_start()

    def end(self) -> None:
        self.disconnect()
        self.loop_stop()

    def reconnect(self) -> MQTTErrorCode:
        """Begin a connection; what came by an earlier one is no longer ours to acknowledge."""
        with self._ack_lock:
            self._connection_count += 1
        self.distrust = ""
        try:
            return super().reconnect()
        except ssl.SSLCertVerificationError as error:
            self.distrust = error.verify_message
            raise

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:  # noqa: ARG002 - paho itself does not heed it
        if self._inbox.await_room(_ROOM_WITHIN_S):
            return self._read()
        with self._msgtime_mutex:
            self._last_bytes_received = time.monotonic()  # we did not listen: it is not silent
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def acknowledge(self, arrivals: Sequence[Arrival]) -> None:
        """Acknowledge in the order of arrival, and only on the connection each came by."""
        with self._ack_lock:
            mids = [a.mid for a in arrivals if a.qos and a.connection_no == self._connection_count]
            if mids:
                self._send_acks(mids)

    def tell(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Publish at QoS 0; what finds no connection is lost."""
        for topic, payload in messages:
            self.publish(topic, payload)

    def _read(self) -> MQTTErrorCode:
        return super().loop_read()

    def _send_acks(self, mids: Sequence[int]) -> None:
        for mid in mids:
            self.ack(mid, 1)

    def _take(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        topic = message._topic  # noqa: SLF001 - as text it fails if it is none
        payload = bytes(message.payload)
        self._deliver([Publish(topic, payload, message.mid, message.qos, message.retain)])

    def _deliver(self, messages: Sequence[Publish]) -> None:
        """Hand over what came at once; microseconds apart, so that the last one can be told.

        A clock that is put back a little does not put a message before the one it followed.
        """
        number, now_s = self._connection_count, time.time()
        if 0 <= self._told_s - now_s < _CLOCK_MENDED_S:
            now_s = self._told_s
        self._told_s = now_s + (len(messages) + 1) * _APART_S
        self._inbox.put(
            [
                Arrival(
                    Envelope(_text(m.topic), m.payload, now_s + place * _APART_S, m.retained),
                    m.mid,
                    m.qos,
                    number,
                )
                for place, m in enumerate(messages)
            ]
        )


class BufferedClient(PatientClient):
    """Reads the socket in large blocks; gives paho every packet that is not a message."""

    def __init__(self, source: Source, inbox: Inbox, window: int) -> None:
        super().__init__(source, inbox, window)
        self._stream = PacketStream(properties=False)
        self._for_paho = bytearray()

    def reconnect(self) -> MQTTErrorCode:
        self._stream = PacketStream(properties=self._protocol == MQTTProtocolVersion.MQTTv5)
        self._for_paho.clear()
        return super().reconnect()

    def _read(self) -> MQTTErrorCode:
        try:
            block = super()._sock_recv(BLOCK_BYTES)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        if not block:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        with self._msgtime_mutex:
            self._last_bytes_received = time.monotonic()
        try:
            packets = self._stream.feed(block)
        except BrokenStreamError:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_PROTOCOL)
        return self._hand_over(packets)

    def _hand_over(self, packets: Sequence[Publish | bytes]) -> MQTTErrorCode:
        messages: list[Publish] = []
        for packet in packets:
            if isinstance(packet, Publish):
                messages.append(packet)
                continue
            self._deliver(messages)
            messages = []
            self._for_paho += packet
            code = self._packet_read()
            if code > 0:
                return self._loop_rc_handle(code)
        if messages:
            self._deliver(messages)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _sock_recv(self, bufsize: int) -> bytes:
        """Let paho read from the packet at hand what it would read from the socket."""
        taken = bytes(self._for_paho[:bufsize])
        del self._for_paho[:bufsize]
        return taken

    def _send_acks(self, mids: Sequence[int]) -> None:
        self._packet_queue(PUBACK, encode_acks(mids), mids[-1], 1)

    def tell(self, messages: Sequence[tuple[str, bytes]]) -> None:
        if messages and self.is_connected():
            modern = self._protocol == MQTTProtocolVersion.MQTTv5
            packets = [encode_message(*each, properties=modern) for each in messages]
            self._packet_queue(PUBACK, b"".join(packets), 0, 0)


def make_client(source: Source, inbox: Inbox, window: int) -> PatientClient:
    """Make the client that `source` asks for; at most `window` messages come unacknowledged."""
    kind = BufferedClient if source.receiver is Receiver.BUFFERED else PatientClient
    return kind(source, inbox, window)


def _send_without_delay(_client: Client, _userdata: object, connection: SocketLike) -> None:
    """Let a receipt follow its acknowledgement at once: meters wait for it before they go on."""
    if isinstance(connection, socket.socket):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@lru_cache(_TOPICS)
def _text(topic: bytes) -> str:
    """The topic; empty, and so unknown, if it is not text, which not every broker refuses."""
    try:
        return topic.decode()
    except UnicodeDecodeError:
        return ""
