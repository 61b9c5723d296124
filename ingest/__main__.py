"""The bare service: `commonwatt ingest` reads the settings and becomes this, without what it read them with."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from typing import NoReturn

import msgspec

from commonwatt.errors import CommonwattError
from commonwatt.operations.exposition import serve_figures
from commonwatt.operations.logs import set_up_log
from ingest.receive import Source  # noqa: TC001 - msgspec asks for it when it reads orders
from ingest.service import IngestService, Limits

_ORDERS = "COMMONWATT_INGEST_ORDERS"


@dataclass(frozen=True, slots=True)
class Orders:
    """All that the service is told."""

    database_url: str
    source: Source
    messages_per_s: float
    log_level: int
    log_style: str
    metrics_host: str
    metrics_port: int


def become_service(orders: Orders) -> NoReturn:
    """Replace this process: the libraries of the command line would stay in memory for good."""
    environment = {**os.environ, _ORDERS: msgspec.json.encode(orders).decode()}
    os.execve(sys.executable, [sys.executable, "-m", "ingest"], environment)  # noqa: S606 - ourselves


def work(orders: Orders) -> None:
    """Serve until a signal says stop."""
    set_up_log(orders.log_level, orders.log_style)
    limits = Limits(messages_per_s=orders.messages_per_s)
    service = IngestService(orders.database_url, orders.source, limits)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())
    with serve_figures(orders.metrics_host, orders.metrics_port, service.figures):
        service.run()


def main() -> None:
    """Carry out the orders; a known fault is one sentence and exit status 1."""
    orders = msgspec.json.decode(os.environ.pop(_ORDERS), type=Orders)
    try:
        work(orders)
    except CommonwattError as error:
        sys.exit(f"commonwatt: {error}")


if __name__ == "__main__":
    main()
