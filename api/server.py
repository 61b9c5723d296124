"""Runs the web server until it is told to stop."""

from __future__ import annotations

import uvicorn

from api.app import create_app
from commonwatt.servers.ports import require_free


def serve(database_url: str, *, host: str, port: int, secure_cookies: bool) -> None:
    require_free(port)
    app = create_app(database_url, secure_cookies=secure_cookies)
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)
