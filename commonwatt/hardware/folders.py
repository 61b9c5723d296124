"""Where the meter's documents lie, and how their data files are read."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from commonwatt.errors import CatalogueError

DOCUMENTS = Path(str(files("commonwatt"))).parent / "firmware_docs"
HEADS = {"led": "head-led", "tic": "head-tic", "ct": "head-clamp"}
"""The heads that can be built, and the folder of each below `hardware/`."""
HEAD_OF = {"led": "led", "tic_h": "tic", "tic_s": "tic", "ct": "ct"}
"""The head that a kind of meter has; a simulated one has none."""


def read_table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path.name}: TOML in UTF-8 was expected: {error}") from error
