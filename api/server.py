"""Runs the web server until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from api.app import create_app
from commonwatt.operations.exposition import serve_figures
from commonwatt.operations.figures import Collector
from commonwatt.servers.ports import require_free

if TYPE_CHECKING:
    from pathlib import Path


def serve(
    database_url: str,
    *,
    host: str,
    port: int,
    secure_cookies: bool,
    erasure_list: Path,
    authority_folder: Path | None = None,
    metrics: tuple[str, int] = ("", 0),
    log_style: str = "text",
) -> None:
    """Serve pages and API, and the service's figures at the address `metrics`."""
    require_free(port)
    app = create_app(database_url, secure_cookies=secure_cookies, erasure_list=erasure_list)
    log_config = None if log_style == "json" else LOGGING_CONFIG
    with serve_figures(*metrics, Collector(database_url, erasure_list, authority_folder).figures):
        uvicorn.run(
            app,
            host=host,
            port=port,
            log_level="warning",
            log_config=log_config,
            server_header=False,
        )
