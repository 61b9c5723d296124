"""Every file says whose it is and under which licence, as the REUSE tool reads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_file_has_a_holder_and_a_licence() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "reuse", "lint", "--lines"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
