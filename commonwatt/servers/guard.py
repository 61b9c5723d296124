"""The program that outlives its parent just long enough to stop what the parent started.

It reads lines from its standard input, `watch PID SIGNAL` and `forget PID`. When the input ends,
because the parent closed it or died, it sends each watched process its signal and, to those that
are still there after PATIENCE_S, SIGKILL. Run by its path, it needs the standard library only.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

PATIENCE_S = 5.0
POLL_S = 0.05


def read_watched() -> dict[int, int]:
    """Follow the parent's words until it is gone; return what it left running."""
    watched: dict[int, int] = {}
    for line in sys.stdin:
        word, pid, *rest = line.split()
        if word == "watch":
            watched[int(pid)] = int(rest[0])
        else:
            watched.pop(int(pid), None)
    return watched


def send(pid: int, number: int) -> bool:
    """Whether the process was there to be told."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def is_running(pid: int) -> bool:
    """A process that ended and that nobody has collected yet does not count."""
    if not Path("/proc/self/stat").exists():
        return send(pid, 0)
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return status.rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def stop_all(watched: dict[int, int]) -> None:
    left = [pid for pid, number in watched.items() if send(pid, number)]
    deadline_s = time.monotonic() + PATIENCE_S
    while left and time.monotonic() < deadline_s:
        time.sleep(POLL_S)
        left = [pid for pid in left if is_running(pid)]
    for pid in left:
        send(pid, signal.SIGKILL)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    stop_all(read_watched())


if __name__ == "__main__":
    main()
