"""Makes the virtual environment, or says in one sentence what the machine lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)


def main(folder: str, *packages: str) -> None:
    if sys.version_info < OLDEST:
        sys.exit(
            f"commonwatt needs Python {OLDEST[0]}.{OLDEST[1]} or newer, this is "
            f"{sys.version.split()[0]}: run `make PYTHON=python3.12 ...` with a newer one"
        )
    if not make(folder) and not (install_venv() and make(folder)):
        sys.exit(
            "this Python cannot make virtual environments: install its venv package first "
            "(Debian and Ubuntu: apt install python3-venv)"
        )
    pip = [str(Path(folder) / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    sys.exit(subprocess.run([*pip, *packages], check=False).returncode)


def make(folder: str) -> bool:
    """Make the environment in a fresh process, so that what was just installed is seen."""
    command = [sys.executable, "-m", "venv", "--clear", folder]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def install_venv() -> bool:
    """As root on Debian or Ubuntu, fetch what the system's Python lacks."""
    if os.geteuid() or not shutil.which("apt-get"):
        return False
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (["update"], ["install", "-y", "--no-install-recommends", "python3-venv"])
    return all(
        subprocess.run([*apt, *step], check=False, env=environment).returncode == 0
        for step in steps
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
