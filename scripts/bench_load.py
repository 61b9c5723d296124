"""What the ingest benchmark measures with: messages, a sender, subscribers, each its own process."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.storage.rows import ReadingRows
from ingest.inbox import Inbox
from ingest.receive import Source, make_client
from ingest.service import IngestService, topics_of

if TYPE_CHECKING:
    from collections.abc import Iterator

METERS = 100
STEP_S = 60
BLOCK_BYTES = 64 * 1024
SENDER = "bench"


def serial_of(place: int) -> str:
    return f"cw-{place:07d}"


def payloads(start_s: int, count: int, records: int) -> Iterator[tuple[str, bytes]]:
    """Topics and payloads: one record a message, or columns of `records`, meter after meter."""
    head = {"v": 1, "log": f"{start_s:08x}", "boot": 1, "src": "led"}
    for number in range(count):
        serial, first_n = serial_of(number % METERS), number // METERS * records + 1
        told: dict[str, Any] = head | {"id": serial}
        if records == 1:
            n = first_n
            record = {"n": n, "t": start_s + STEP_S * n, "tq": 2, "up_s": STEP_S * n, "d_s": STEP_S}
            told["r"] = [record | {"e_wh": 7 * n, "p_w": 420, "f": 0}]
            yield f"cw/v1/{serial}/readings", json.dumps(told, separators=(",", ":")).encode()
            continue
        steps = records - 1
        told |= {"d_s": STEP_S, "delta": True, "p_w": [420] * records}
        told |= {"n": [first_n] + [1] * steps, "t": [start_s + STEP_S * first_n] + [STEP_S] * steps}
        told["e_wh"] = [7 * first_n] + [7] * steps
        yield f"cw/v1/{serial}/columns", json.dumps(told, separators=(",", ":")).encode()


def rows(start_s: int, count: int, records: int) -> ReadingRows:
    """The readings of the same messages, in the same order."""
    number = np.repeat(np.arange(count), records)
    n = number // METERS * records + np.tile(np.arange(records), count) + 1
    return ReadingRows(
        meter_id=number % METERS + 1,
        end_s=start_s + STEP_S * n,
        log=np.full(len(n), start_s),
        n=n,
        boot=np.ones(len(n), np.int64),
        duration_s=np.full(len(n), STEP_S),
        flags=np.zeros(len(n), np.int64),
        register_wh=np.asarray(7 * n, np.float64),
        power_w=np.full(len(n), 420.0),
        apparent_va=np.full(len(n), np.nan),
    )


class Sender:
    """A raw socket that publishes at QoS 1 as fast as the broker takes it."""

    def __init__(self, port: int, secret: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        names = b"".join(_text(word) for word in (SENDER, SENDER, secret))
        body = _text("MQTT") + b"\x04\xc2\x00\x00" + names
        self._socket.sendall(b"\x10" + _length(len(body)) + body)
        if self._socket.recv(4)[3:] != b"\0":
            raise ConnectionRefusedError

    def send(self, messages: Iterator[tuple[str, bytes]]) -> None:
        """Return when the broker has acknowledged everything."""
        packets = [
            _publish(topic, payload, number % 65_535 + 1)
            for number, (topic, payload) in enumerate(messages)
        ]
        wire = b"".join(packets)
        reader = threading.Thread(target=self._await_acks, args=(4 * len(packets),))
        print("ready", flush=True)
        sys.stdin.readline()
        reader.start()
        self._socket.sendall(wire)
        reader.join()
        print("sent", flush=True)

    def _await_acks(self, left_bytes: int) -> None:
        while left_bytes > 0:
            left_bytes -= len(self._socket.recv(BLOCK_BYTES)) or left_bytes


def _publish(topic: str, payload: bytes, mid: int) -> bytes:
    body = _text(topic) + struct.pack(">H", mid) + payload
    return b"\x32" + _length(len(body)) + body


def _text(word: str) -> bytes:
    return struct.pack(">H", len(word)) + word.encode()


def _length(count: int) -> bytes:
    digits = []
    while count > 0x7F:
        digits.append(count & 0x7F | 0x80)
        count >>= 7
    return bytes([*digits, count])


def serve(source: Source, database_url: str) -> None:
    """Be the service, from the word on; end when the input ends."""
    service = IngestService(database_url, source)
    print("ready", flush=True)
    sys.stdin.readline()
    threading.Thread(target=_stop_on_a_line, args=(service,), daemon=True).start()
    service.run()


def _stop_on_a_line(service: IngestService) -> None:
    sys.stdin.readline()
    service.stop()


def acknowledge(source: Source, count: int) -> None:
    """Take messages and acknowledge them at once, by the service's own way to receive."""
    inbox = Inbox(20_000, 64 * 1024 * 1024)
    client = make_client(source, inbox, 20_000)
    listen(client)
    client.begin()
    while count > 0:
        taken = inbox.take(5000, 1024 * 1024, 0.25)
        client.acknowledge(taken)
        count -= len(taken)
    print("done", flush=True)
    time.sleep(0.2)
    client.end()


def listen(client: mqtt.Client) -> None:
    """Subscribe whenever connected, and say so; wait for the word."""

    def subscribe(*_: object) -> None:
        client.subscribe([(topic, 1) for topic in topics_of(0)])

    client.on_connect = subscribe
    client.on_subscribe = lambda *_: print("listening", flush=True)
    print("ready", flush=True)
    sys.stdin.readline()


def take_by_paho(source: Source, count: int) -> None:
    """Stock paho: an empty callback, and paho's own acknowledgements."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, source.username, clean_session=False)
    client.username_pw_set(source.username, source.password)
    left = [count]

    def on_message(*_: object) -> None:
        left[0] -= 1
        if not left[0]:
            print("done", flush=True)
            client.disconnect()

    client.on_message = on_message
    listen(client)
    client.connect(source.host, source.port)
    client.loop_forever()


def await_receipts(port: int, secret: str, rate: int, seconds: int, start_s: int) -> None:
    """Publish at a rate; print the times, in seconds, from publishing to the receipt."""
    count = rate * seconds
    sent_s: dict[tuple[str, int], float] = {}
    taken_s: list[float] = []

    def on_message(_client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        now_s, told = time.perf_counter(), json.loads(message.payload)
        serial, numbers = message.topic.split("/")[2], range(told["from"], told["n"] + 1)
        taken_s.extend(now_s - sent_s.pop((serial, n)) for n in numbers)

    client = mqtt.Client(CallbackAPIVersion.VERSION2, SENDER)
    client.username_pw_set(SENDER, secret)
    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.subscribe("cw/v1/+/ack")
    client.loop_start()
    time.sleep(1)
    begin_s = time.perf_counter()
    for number, (topic, payload) in enumerate(payloads(start_s, count, 1)):
        time.sleep(max(0.0, begin_s + number / rate - time.perf_counter()))
        sent_s[topic.split("/")[2], number // METERS + 1] = time.perf_counter()
        client.publish(topic, payload, qos=1)
    deadline_s = time.monotonic() + 30
    while len(taken_s) < count and time.monotonic() < deadline_s:
        time.sleep(0.05)
    client.disconnect()
    client.loop_stop()
    print(json.dumps(taken_s), flush=True)


def main() -> None:
    """Play the role that the line of JSON in the arguments asks for."""
    told = json.loads(sys.argv[1])
    port, secret = told["port"], told["secret"]
    source = Source("127.0.0.1", port, told.get("user", SENDER), secret)
    match told["role"]:
        case "sender":
            messages = payloads(told["start_s"], told["count"], told["records"])
            Sender(port, secret).send(messages)
        case "service":
            serve(source, told["database_url"])
        case "acknowledge":
            acknowledge(source, told["count"])
        case "paho":
            take_by_paho(source, told["count"])
        case "receipts":
            await_receipts(port, secret, told["rate"], told["seconds"], told["start_s"])


if __name__ == "__main__":
    main()
