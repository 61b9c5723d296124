"""Where database, broker and pages are: those of the demo that runs here, else as set; and what ingest is told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from commonwatt.demo.state import find_running
from commonwatt.settings import Settings

if TYPE_CHECKING:
    from commonwatt.demo.state import RunningDemo
    from ingest.__main__ import Orders


def settings() -> Settings:
    return Settings()


def running_demo() -> RunningDemo | None:
    """The demo that runs on this machine, if nothing else is set."""
    chosen = settings()
    return None if chosen.database_url else find_running(chosen.demo_dir)


def database_url() -> str:
    running = running_demo()
    return running.database_url if running else settings().require_database()


def broker() -> RunningDemo | Settings:
    return running_demo() or settings()


def web_url() -> str:
    running, chosen = running_demo(), settings()
    return running.web_url if running else f"http://{chosen.web_host}:{chosen.web_port}"


def ingest_orders(worker: int = 0) -> Orders:
    """All that the ingest service has to know, read once."""
    from ingest.__main__ import Orders
    from ingest.receive import Receiver, Source

    chosen = settings()
    name = f"{chosen.broker_username}-{worker}" if worker else chosen.broker_username
    source = Source(
        chosen.broker_host,
        chosen.broker_port,
        name,
        chosen.broker_password,
        worker,
        Receiver(chosen.receiver),
        str(chosen.broker_authority or ""),
    )
    level = logging.getLogger().getEffectiveLevel()
    port = chosen.ingest_metrics_port
    return Orders(
        database_url(),
        source,
        chosen.messages_per_s,
        level,
        chosen.log_style,
        chosen.metrics_host,
        port + worker if port else 0,
    )
