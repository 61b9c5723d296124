"""The whole service as it runs in real life: four programs that can be killed at any time."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Self

import httpx2
import pytest

from commonwatt.faults.plant import Plant
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.ports import free_port, is_answered
from commonwatt.servers.postgres import find_timescale
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from commonwatt.servers.broker import BrokerKind

WITHIN_S = 60.0


class Service(Plant):
    """The plant with its web server."""

    def __init__(
        self, folder: Path, programs: Path | None = None, kind: BrokerKind | None = None
    ) -> None:
        self.web_port = free_port()
        settings = {"COMMONWATT_WEB_PORT": str(self.web_port)}
        super().__init__(folder, programs, kind, ours=("ingest", "serve"), settings=settings)

    def __enter__(self) -> Self:
        super().__enter__()
        await_true(lambda: is_answered(self.web_port))
        return self

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def ask(self, token: str, path: str, **query: str) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"}
        with httpx2.Client(base_url=self.web_url, headers=headers, timeout=30) as client:
            return client.get(path, params=query)


def await_true(condition: object, within_s: float = WITHIN_S) -> None:
    """Wait until a condition holds; fail if it never does."""
    assert callable(condition)
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.05)


@pytest.fixture(scope="module", params=["embedded", "timescale"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    programs = find_timescale(ROOT) if request.param == "timescale" else None
    if request.param == "timescale" and programs is None:
        pytest.skip("TimescaleDB is not here: run `make timescale`")
    folder = make_open_folder("commonwatt-service-")
    with Service(folder, programs) as running:
        yield running
    shutil.rmtree(folder)
