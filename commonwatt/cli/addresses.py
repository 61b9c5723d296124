"""Where database, broker and pages are: those of the demo that runs here, else as set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.demo.state import find_running
from commonwatt.settings import Settings

if TYPE_CHECKING:
    from commonwatt.demo.state import RunningDemo


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
