"""Makes the virtual environment, or says in one sentence what the machine lacks."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

OLDEST = (3, 11)


def main(folder: str, *packages: str) -> None:
    if sys.version_info < OLDEST:
        sys.exit(
            f"commonwatt needs Python {OLDEST[0]}.{OLDEST[1]} or newer, this is "
            f"{sys.version.split()[0]}: run `make PYTHON=python3.12 ...` with a newer one"
        )
    try:
        venv.create(folder, with_pip=True, clear=not (Path(folder) / "bin" / "python").exists())
    except (subprocess.CalledProcessError, ImportError):
        sys.exit(
            "this Python cannot make virtual environments: install its venv package first "
            "(Debian and Ubuntu: apt install python3-venv)"
        )
    pip = [str(Path(folder) / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    sys.exit(subprocess.run([*pip, *packages], check=False).returncode)


if __name__ == "__main__":
    main(*sys.argv[1:])
