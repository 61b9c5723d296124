"""Erasing a household, and the list of those erased: a file that no restored database turns back."""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from commonwatt.storage import removal
from commonwatt.storage.operations import erased_persons
from commonwatt.storage.removal import Erasure

if TYPE_CHECKING:
    from pathlib import Path

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection


def erase(
    connection: Connection, viewer: Viewer | None, now_utc: datetime, list_path: Path
) -> None:
    """Write the household on the list, then remove all it left; a crash between is made good by a replay."""
    erasure = Erasure(removal.person_of(connection, viewer), now_utc)
    append(list_path, erasure)
    removal.erase_person(connection, erasure)


def replay(connection: Connection, list_path: Path) -> int:
    """Erase again whoever a restored database has brought back; return how many."""
    return sum(removal.erase_person(connection, erasure) for erasure in read_list(list_path))


def count_standing(connection: Connection, list_path: Path) -> int:
    """How many on the list this database has not erased, as after a restore."""
    listed = {erasure.person for erasure in read_list(list_path)}
    return len(listed - erased_persons(connection))


def append(list_path: Path, erasure: Erasure) -> None:
    line = {"person": str(erasure.person), "erased_utc": erasure.erased_utc.isoformat()}
    with list_path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_list(list_path: Path) -> list[Erasure]:
    if not list_path.exists():
        return []
    lines = map(json.loads, list_path.read_text("utf-8").splitlines())
    return [
        Erasure(UUID(line["person"]), datetime.fromisoformat(line["erased_utc"])) for line in lines
    ]
