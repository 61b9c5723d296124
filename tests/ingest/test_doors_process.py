"""The running program that devices post to: what it answered is durable, and nothing breaks it."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Self

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from commonwatt.servers.ports import free_port, is_answered
from commonwatt.servers.processes import Child, default_guard
from commonwatt.storage import meters
from commonwatt.storage.credentials import set_secret
from commonwatt.storage.pool import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "0123456789abcdef0123456789abcdef"
START_WITHIN_S = 30


@dataclass
class Program:
    """`commonwatt doors` as a person starts it."""

    database: str
    folder: Path
    port: int = field(default_factory=free_port)

    def __enter__(self) -> Self:
        self.child = Child.start(
            [sys.executable, "-m", "commonwatt", "doors"],
            log=self.folder / "doors.log",
            guard=default_guard(),
            env={
                **os.environ,
                "COMMONWATT_DATABASE_URL": self.database,
                "COMMONWATT_DOORS_PORT": str(self.port),
            },
        )
        deadline_s = time.monotonic() + START_WITHIN_S
        while not is_answered(self.port):
            assert time.monotonic() < deadline_s, "it does not start"
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self.child.stop(10)

    def send(self, raw: bytes) -> tuple[int, str]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
            client.sendall(raw)
            response = HTTPResponse(client)
            response.begin()
            return response.status, response.read().decode()

    def post(self, path: bytes, body: bytes, *lines: bytes) -> tuple[int, str]:
        length = b"Content-Length: %d" % len(body)
        head = [b"POST " + path + b" HTTP/1.1", b"Host: x", length, *lines]
        return self.send(b"\r\n".join([*head, b"", b""]) + body)


@pytest.fixture
def program(database: str, tmp_path: Path) -> Iterator[Program]:
    with connect(database) as connection:
        meter = meters.add_meter(connection, "cw-7k3f9qx", variant="ct")
        set_secret(connection, meter.meter_id, KEY, datetime.now(UTC))
    with Program(database, tmp_path) as running:
        yield running


def stored(database: str) -> set[int]:
    with connect(database) as connection:
        rows = connection.execute("SELECT extract(epoch FROM end_utc)::bigint FROM readings")
        return {end_s for (end_s,) in rows}


def test_what_was_answered_is_stored_when_the_program_is_killed(program: Program) -> None:
    """Rows are posted one after the other until the program dies between a row and its answer."""
    first_s = int(time.time()) - 30_000
    answered: list[int] = []

    def post() -> None:
        for end_s in range(first_s, first_s + 30_000, 10):
            path = b"/input/post?node=a&json=p1:5&time=%d" % end_s
            try:
                answer = program.post(path, b"", b"Authorization: Bearer " + KEY.encode())
            except (OSError, HTTPException):
                return
            assert answer == (200, "ok")
            answered.append(end_s)

    poster = threading.Thread(target=post)
    poster.start()
    deadline_s = time.monotonic() + START_WITHIN_S
    while len(answered) < 50:
        assert time.monotonic() < deadline_s, "nothing is answered"
        time.sleep(0.01)
    program.child.kill()
    poster.join()
    assert len(answered) >= 50
    assert set(answered) - stored(program.database) == set()


LONG_KEY = b"a" * 1_000_000
HEAD = b"Host: x\r\nAuthorization: Bearer " + KEY.encode()
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
ODD = [
    (b"POST /input/post?node=a&json=p1:NaN HTTP/1.1\r\n" + HEAD + b"\r\n\r\n", {200}),
    (b"GET /input/post?json={a:{b:{c:1}}} HTTP/1.1\r\n" + HEAD + b"\r\n\r\n", {200}),
    (b"GET /input/get?node=%00%ff HTTP/1.1\r\n" + HEAD + b"\r\n\r\n", {200}),
    (
        b"POST /input/post HTTP/1.1\r\n"
        + HEAD
        + b"\r\n"
        + CHUNKED
        + b"9\r\njson=p1:5\r\n0\r\n\r\n",
        {200},
    ),
    (b"GET /input/post?json=p1:5 HTTP/1.1\r\nHost: x\r\n\r\n", {401}),
    (b"GET /input/post?json=p1:5&apikey=\xff%ff HTTP/1.1\r\nHost: x\r\n\r\n", {400, 401}),
    (b"GET /input/post HTTP/1.1\r\nHost: x\r\nAuthorization: Basic \xff\r\n\r\n", {401}),
]


@pytest.mark.parametrize(("raw", "expected"), ODD)
def test_odd_requests_get_an_answer_with_a_name(
    program: Program, raw: bytes, expected: set[int]
) -> None:
    assert program.send(raw)[0] in expected


def test_a_key_of_a_million_characters_opens_nothing(program: Program) -> None:
    form = b"json=p1:5&apikey=" + LONG_KEY[:900_000]
    assert program.post(b"/input/post", form)[0] == 401
    assert program.post(b"/input/post", b"json=p1:5&apikey=" + LONG_KEY)[0] == 413
    assert stored(program.database) == set()


PATHS = [
    b"/input/post",
    b"/input/post/x?time=1e999",
    b"/input/bulk",
    b"/input/bulk?cb=1",
    b"/input/bulk?c=1",
    b"/input/bulk?time=-1&offset=9e99&sentat=x",
    b"/write",
    b"/query",
]


def test_whatever_is_posted_is_answered_without_a_fault(program: Program) -> None:
    path = st.sampled_from(PATHS)
    start = st.sampled_from([b"", b"data=", b"json=", b"fulljson=", b"csv=", b"q=", b"a "])
    odd = st.binary(max_size=60) | st.text('[]{}:,"0123456789.-eENaInfnul\x00', max_size=40).map(
        str.encode
    )

    @given(path, start, odd)
    @example(b"/input/bulk", b"data=", b"[" * 100_000)
    @example(b"/input/post", b"fulljson=", b'{"a":' * 100_000)
    @example(b"/input/post", b"json=", b"p1:1" + b"0" * 5000)
    @example(b"/input/bulk", b"data=", b"[[1e400,1,2],[-9e18,1,2],[" + b"9" * 5000 + b",1,3]]")
    @example(b"/write", b"a ", b"value=1 " + b"9" * 5000)
    @settings(
        max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def post(path: bytes, start: bytes, odd: bytes) -> None:
        status, _ = program.post(path, start + odd, b"Authorization: Bearer " + KEY.encode())
        assert status < 500

    post()


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    child = Child.start(
        [sys.executable, "-m", "commonwatt", "doors"],
        log=tmp_path / "log",
        guard=default_guard(),
        env={**os.environ, "COMMONWATT_DEMO_DIR": str(tmp_path)},
    )
    deadline_s = time.monotonic() + START_WITHIN_S
    while child.poll() is None:
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    assert "no database is set" in (tmp_path / "log").read_text("utf-8")
