"""Runs the web server until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

from api.app import create_app
from commonwatt.servers.ports import require_free

if TYPE_CHECKING:
    from pathlib import Path


def serve(
    database_url: str, *, host: str, port: int, secure_cookies: bool, erasure_list: Path
) -> None:
    require_free(port)
    app = create_app(database_url, secure_cookies=secure_cookies, erasure_list=erasure_list)
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)
