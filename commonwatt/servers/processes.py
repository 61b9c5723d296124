"""Child processes that cannot outlive this one."""

from __future__ import annotations

import atexit
import functools
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from commonwatt.servers import guard as guard_program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonwatt.servers.accounts import Account

LONGEST_QUOTE = 1000


class Guard:
    """A small process that stops our children when we die, even by SIGKILL.

    It notices by a pipe that only this process holds open, so it works on Linux and macOS alike.
    """

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-S", str(Path(guard_program.__file__).resolve())]
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 - our own file, no shell
            command, stdin=subprocess.PIPE, start_new_session=True, cwd="/", text=True, bufsize=1
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def watch(self, pid: int, stop_signal: signal.Signals) -> None:
        self._tell(f"watch {pid} {stop_signal.value}")

    def forget(self, pid: int) -> None:
        self._tell(f"forget {pid}")

    def close(self) -> None:
        """Let the guard go; it stops whatever it still watches first."""
        with self._lock:
            if self._process.stdin and not self._process.stdin.closed:
                self._process.stdin.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tell(self, line: str) -> None:
        with self._lock:
            if self._process.stdin and not self._process.stdin.closed:
                self._process.stdin.write(line + "\n")


@functools.cache
def default_guard() -> Guard:
    """The one guard of this process, started when first needed."""
    guard = Guard()
    atexit.register(guard.close)
    return guard


@dataclass(frozen=True, slots=True)
class Child:
    """A server started by this process, in a session of its own so that Ctrl-C does not reach it."""

    process: subprocess.Popen[bytes]
    guard: Guard
    stop_signal: signal.Signals
    log: Path
    log_start: int

    @classmethod
    def start(
        cls,
        argv: Sequence[str],
        *,
        log: Path,
        guard: Guard,
        stop_signal: signal.Signals = signal.SIGTERM,
        env: Mapping[str, str] | None = None,
        account: Account | None = None,
    ) -> Self:
        """Run `argv` with its output appended to `log`; only root can choose another account."""
        with log.open("ab") as output:
            log_start = output.tell()
            process = subprocess.Popen(  # noqa: S603 - callers give lists of their own making
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd="/",
                env=env,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[account.gid] if account else None,
            )
        guard.watch(process.pid, stop_signal)
        return cls(process, guard, stop_signal, log, log_start)

    @property
    def pid(self) -> int:
        return self.process.pid

    def poll(self) -> int | None:
        """None while it runs, then its exit status."""
        status = self.process.poll()
        if status is not None:
            self.guard.forget(self.pid)
        return status

    def wait(self, timeout_s: float) -> bool:
        """Whether it ended within this time."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout_s)
        return self.poll() is not None

    def send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            self.process.send_signal(number)

    def read_words(self) -> str:
        """What it wrote so far, of which the last lines matter."""
        return read_log_tail(self.log, self.log_start)

    def stop(self, timeout_s: float) -> None:
        """Ask it to end cleanly, and end it when it has not within this time."""
        self.send(self.stop_signal)
        if not self.wait(timeout_s):
            self.kill()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.send(signal.SIGKILL)
        self.process.wait()
        self.poll()


def read_log_tail(log: Path, start: int = 0) -> str:
    """The last lines a server wrote after the first `start` bytes, as one line."""
    words = log.read_bytes()[start:] if log.exists() else b""
    return " | ".join(words.decode(errors="replace")[-LONGEST_QUOTE:].splitlines())
