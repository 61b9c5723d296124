"""Folders that a server's own account can enter, and clients of a broker."""

from __future__ import annotations

import shutil
import socket
import time
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.servers.accounts import make_open_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ANSWER_WITHIN_S = 5.0


class Peer:
    """A paho client that keeps what it was told."""

    def __init__(
        self,
        port: int,
        user: str,
        secret: str,
        will: str | None = None,
        client_id: str | None = None,
        *,
        clean_session: bool = True,
    ) -> None:
        self.answers: list[str] = []
        self.granted: list[bool] = []
        self.lost = 0
        self.received: list[tuple[str, bytes]] = []
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id or user, clean_session=clean_session
        )
        self.client.username_pw_set(user, secret)
        self.client.on_connect = lambda *given: self.answers.append(str(given[3]))
        self.client.on_disconnect = lambda *_: self._count_loss()
        self.client.on_subscribe = lambda *given: self.granted.extend(
            not reason.is_failure for reason in given[3]
        )
        self.client.on_message = lambda *given: self.received.append(
            (given[2].topic, given[2].payload)
        )
        if will:
            self.client.will_set(will, user.encode())
        self.client.reconnect_delay_set(min_delay=60)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.wait_for(lambda: bool(self.answers))

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        deadline_s = time.monotonic() + ANSWER_WITHIN_S
        while not condition() and time.monotonic() < deadline_s:
            time.sleep(0.01)
        return condition()

    def is_welcome(self) -> bool:
        return self.answers == ["Success"]

    def subscribe(self, topic: str) -> bool:
        """Whether the broker granted it."""
        known = len(self.granted)
        self.client.subscribe(topic, qos=1)
        assert self.wait_for(lambda: len(self.granted) > known)
        return self.granted[-1]

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(ANSWER_WITHIN_S)

    def vanish(self) -> None:
        """Break the connection without a word."""
        stream = self.client.socket()
        assert isinstance(stream, socket.socket)
        stream.shutdown(socket.SHUT_RDWR)

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _count_loss(self) -> None:
        self.lost += 1


@pytest.fixture
def folder() -> Iterator[Path]:
    made = make_open_folder("commonwatt-test-")
    yield made
    shutil.rmtree(made)


@pytest.fixture
def meet() -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []

    def connect(*what: Any, **more: Any) -> Peer:
        peers.append(Peer(*what, **more))
        return peers[-1]

    yield connect
    for peer in peers:
        peer.leave()
