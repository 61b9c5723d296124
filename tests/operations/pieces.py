"""Pieces of work for engines: some are fatal, once."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FATAL = 7


def square(number: int) -> int:
    return number * number


def square_or_die(folder: Path, number: int) -> int:
    """The process that is first to square the fatal number dies of it."""
    mark = folder / "died"
    if number == FATAL and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def always_die(number: int) -> int:
    if number == FATAL:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuse(number: int) -> int:
    message = f"{number} is refused"
    raise ValueError(message)
