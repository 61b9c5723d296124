"""A line between somebody and a server that can be cut, or held so that nothing comes through."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from commonwatt.servers.ports import LOOPBACK

if TYPE_CHECKING:
    from types import TracebackType

_CHUNK_BYTES = 65_536
_LOOK_AGAIN_S = 0.05
_CONNECT_WITHIN_S = 5.0


class Wire:
    """Listens on a port of its own and passes everything on to another one of this machine."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server((LOOPBACK, 0))
        self._listener.settimeout(_LOOK_AGAIN_S)
        self._whole, self._flowing = threading.Event(), threading.Event()
        self._ended = threading.Event()
        self._ends: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.mend()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self.cut()
        self._flowing.set()
        self._thread.join()
        self._listener.close()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def cut(self) -> None:
        """End every connection; who comes is shown the door until the wire is mended."""
        self._whole.clear()
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def hold(self) -> None:
        """Let nothing through, either way, and end nothing."""
        self._flowing.clear()

    def mend(self) -> None:
        self._whole.set()
        self._flowing.set()

    def _listen(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                caller, _ = self._listener.accept()
                self._join(caller)

    def _join(self, caller: socket.socket) -> None:
        """Connect a caller with the target, or close its line."""
        try:
            if not self._whole.is_set():
                raise ConnectionRefusedError
            target = socket.create_connection((LOOPBACK, self._target_port), _CONNECT_WITHIN_S)
        except OSError:
            caller.close()
            return
        for end in (caller, target):
            end.settimeout(None)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ends.add(end)
        for pair in ((caller, target), (target, caller)):
            threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        """Carry bytes one way until one of the ends is gone, then end both."""
        with suppress(OSError):
            while chunk := source.recv(_CHUNK_BYTES):
                self._flowing.wait()
                sink.sendall(chunk)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
            self._ends.discard(end)
