"""The application over reports made by hand, and a client of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest
from starlette.testclient import TestClient

from tests.dashboards.money_samples import show_money
from tests.dashboards.samples import sample_app

if TYPE_CHECKING:
    from collections.abc import Iterator


class Open(Protocol):
    """Opens the application with the reports given, the ordinary ones for the rest."""

    def __call__(self, **reports: Any) -> TestClient: ...


@pytest.fixture
def open_pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    clients: list[TestClient] = []

    def open_with(**reports: Any) -> TestClient:
        app = sample_app(monkeypatch, **reports)
        show_money(monkeypatch, **reports)
        clients.append(TestClient(app))
        return clients[-1]

    yield open_with
    for client in clients:
        client.close()
