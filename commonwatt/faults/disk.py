"""A small disk of memory that can be filled to the last byte."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from commonwatt.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = "640m"
_FILLER = "filler"
_BLOCK = bytes(1024 * 1024)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount one at a folder; the system lets only root do that."""
    mounted = subprocess.run(  # noqa: S603 - a program of the system
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0711", "tmpfs", str(folder)],  # noqa: S607 - wherever the system has it
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        raise SetupError(f"a small disk needs Linux and root: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607 - as above


def fill(folder: Path) -> None:
    """Write until nothing more goes on the disk."""
    with suppress(OSError), (folder / _FILLER).open("ab", buffering=0) as file:
        while True:
            file.write(_BLOCK)


def clear(folder: Path) -> None:
    (folder / _FILLER).unlink(missing_ok=True)
