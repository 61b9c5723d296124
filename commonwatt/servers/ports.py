"""Which TCP ports of 127.0.0.1 are free."""

from __future__ import annotations

import socket

from commonwatt.errors import PortInUseError

LOOPBACK = "127.0.0.1"
ATTEMPTS = 20
ANSWER_WITHIN_S = 1.0


def is_answered(port: int) -> bool:
    """Whether a program accepts connections on this port."""
    with socket.socket() as probe:
        probe.settimeout(ANSWER_WITHIN_S)
        return probe.connect_ex((LOOPBACK, port)) == 0


def free_port() -> int:
    """A port that nobody listens on just now."""
    for _ in range(ATTEMPTS):
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if not is_answered(port):
            return port
    raise PortInUseError(f"no free port found on {LOOPBACK} in {ATTEMPTS} attempts; try again")


def require_free(port: int) -> None:
    """Raise PortInUseError when a server could not listen on this port."""
    if is_answered(port) or not _can_bind(port):
        raise PortInUseError(
            f"port {port} of {LOOPBACK} is taken by another program: stop it or choose another port"
        )


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
