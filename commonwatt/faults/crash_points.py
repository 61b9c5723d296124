"""Runs a program of ours that kills itself at a named point; the program itself knows nothing of it.

`python -m commonwatt.faults.crash_points committed` is `commonwatt ingest`, but for that point.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from commonwatt.storage import readings
from ingest.__main__ import main as serve
from ingest.batch import BatchWriter
from ingest.receive import BufferedClient, PatientClient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BATCHES = 20
"""The point is passed so often before it is fatal, so that the service is in full swing."""

_SENT_WITHIN_S = 0.05


class Point(StrEnum):
    """Where ingest dies: each is a moment at which a promise could be broken.

    RECEIVED: messages are in hand, nothing is written. INSERTED: rows are written and not
    committed. COMMITTED: they are committed, the broker does not know. ACKNOWLEDGED: the broker
    knows, the meters do not. RECEIPTED: half of the receipts are on their way.
    """

    RECEIVED = "received"
    INSERTED = "inserted"
    COMMITTED = "committed"
    ACKNOWLEDGED = "acknowledged"
    RECEIPTED = "receipted"


def arm(point: Point) -> None:
    """Make this process kill itself when it has passed the point often enough."""
    fuse = iter(range(BATCHES))

    def burn() -> None:
        if next(fuse, None) is None:
            time.sleep(_SENT_WITHIN_S)
            os.kill(os.getpid(), signal.SIGKILL)

    if point is Point.RECEIVED:
        _wrap(BatchWriter, "write_opened", before=burn)
    elif point is Point.INSERTED:
        _wrap(readings, "write_readings", after=burn)
    elif point is Point.COMMITTED:
        _wrap(BatchWriter, "write_opened", after=burn)
    elif point is Point.ACKNOWLEDGED:
        _wrap(PatientClient, "acknowledge", after=burn)
    else:
        _cut_receipts(burn)


def _wrap(
    owner: object,
    name: str,
    *,
    before: Callable[[], None] | None = None,
    after: Callable[[], None] | None = None,
) -> None:
    whole = getattr(owner, name)

    def wrapped(*given: Any, **named: Any) -> Any:
        if before:
            before()
        result = whole(*given, **named)
        if after:
            after()
        return result

    setattr(owner, name, wrapped)


def _cut_receipts(burn: Callable[[], None]) -> None:
    whole = BufferedClient.tell

    def tell_half(client: BufferedClient, messages: Sequence[tuple[str, bytes]]) -> None:
        half = (len(messages) + 1) // 2
        whole(client, messages[:half])
        if messages:
            burn()
        whole(client, messages[half:])

    setattr(BufferedClient, "tell", tell_half)  # noqa: B010 - mypy allows no method to be replaced


def main() -> None:
    arm(Point(sys.argv[1]))
    setattr(os, "execve", _go_on)  # noqa: B010 - mypy allows no function to be replaced
    sys.argv = ["commonwatt", "ingest"]
    runpy.run_module("commonwatt", run_name="__main__")


def _go_on(_program: object, _arguments: object, environment: Mapping[str, str]) -> None:
    """The command would become a process that nobody armed; it serves in this one."""
    os.environ.update(environment)
    serve()


if __name__ == "__main__":
    main()
