"""The page's commands are run as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.postgres import PostgresServer
from commonwatt.storage.migrate import migrate
from commonwatt.storage.pool import connect
from tests.conftest import ROOT
from tests.simulated import START_S, move_in, rows_of, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = (ROOT / "docs" / "backup.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder() -> Iterator[Path]:
    made = make_open_folder("commonwatt-drill-")
    yield made
    shutil.rmtree(made)


def test_the_drill_goes_as_it_is_written(folder: Path) -> None:
    assert len(BLOCKS) == 2
    program = folder / "commonwatt"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m commonwatt "$@"\n', "ascii")
    program.chmod(0o755)
    with PostgresServer(folder / "cluster") as server:
        with connect(server.url) as connection:
            migrate(connection)
            meter = move_in(connection).meter
            write(connection, rows_of(meter, [START_S + 60, START_S + 120], [1.0, 2.0]))
        told = {
            "COMMONWATT_DATABASE_URL": server.url,
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(
            ["bash", "-eu", "-c", "\n".join(BLOCKS)],
            cwd=folder,
            env={**os.environ, **told},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("are what was backed up") == 2
    assert done.stdout.count("households were erased again") == 2
    assert (folder / "monday-back" / "data" / "PG_VERSION").exists()
