"""Figures in Prometheus' text format, on a port of their own; light, because ingest serves them too."""

from __future__ import annotations

import logging
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from commonwatt.servers.ports import require_free

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

log = logging.getLogger("commonwatt.figures")

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ASK_WITHIN_S = 5.0
_LONGEST_LINE_BYTES = 4096
_MOST_LINES = 100
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure, with a value for each value of its label, or a single one under the empty label."""

    name: str
    kind: Literal["gauge", "counter"]
    meaning: str
    values: dict[tuple[str, ...], float]
    labels: tuple[str, ...] = ()


def gauge(name: str, meaning: str, value: float) -> Metric:
    return Metric(name, "gauge", meaning, {(): value})


def counter(name: str, meaning: str, value: float) -> Metric:
    return Metric(name, "counter", meaning, {(): value})


def render(metrics: Iterable[Metric]) -> str:
    """All figures as a page that Prometheus reads."""
    lines: list[str] = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {metric.meaning}", f"# TYPE {metric.name} {metric.kind}"]
        lines += [_line(metric, told, value) for told, value in sorted(metric.values.items())]
    return "\n".join([*lines, ""])


def _line(metric: Metric, told: tuple[str, ...], value: float) -> str:
    pairs = [
        f'{label}="{text.translate(_ESCAPES)}"'
        for label, text in zip(metric.labels, told, strict=True)
    ]
    return f"{metric.name}{'{' + ','.join(pairs) + '}' if pairs else ''} {float(value)!r}"


@contextmanager
def serve_figures(host: str, port: int, figures: Callable[[], list[Metric]]) -> Iterator[None]:
    """Answer GET /metrics at this address meanwhile; port 0 answers nowhere."""
    if not port:
        yield
        return
    require_free(port)
    with _Server((host, port), _Handler) as server:
        server.figures = figures
        thread = threading.Thread(target=server.serve_forever, name="figures")
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    """A thread for each question; none of them keeps the process from ending."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    figures: Callable[[], list[Metric]]

    def handle_error(self, *_: object) -> None:
        log.debug("a question for figures broke off")


class _Handler(socketserver.StreamRequestHandler):
    """Answers one question and closes."""

    timeout = _ASK_WITHIN_S
    server: _Server

    def handle(self) -> None:
        asked = self.rfile.readline(_LONGEST_LINE_BYTES).split()
        for _ in range(_MOST_LINES):
            if not self.rfile.readline(_LONGEST_LINE_BYTES).strip():
                break
        if asked[:1] == [b"GET"] and asked[1:2] == [b"/metrics"]:
            self._answer("200 OK", render(self.server.figures()))
        else:
            self._answer("404 Not Found", "figures are at /metrics\n")

    def _answer(self, status: str, text: str) -> None:
        body = text.encode()
        head = (
            f"HTTP/1.1 {status}\r\ncontent-type: {CONTENT_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.wfile.write(head.encode() + body)
