"""A backup on disk: a copy of the database's files, the log since, and what both must add up to."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

from commonwatt.errors import SetupError
from commonwatt.storage.backups import TableSum

if TYPE_CHECKING:
    from pathlib import Path

_MANIFEST = "commonwatt.json"
_PARTIAL = ".partial"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the database held at a named moment."""

    made_utc: datetime
    server_major: int
    schema_version: int
    mark: str
    tables: dict[str, TableSum]

    def write(self, folder: Path) -> None:
        told = asdict(self) | {"format": _FORMAT, "made_utc": self.made_utc.isoformat()}
        fresh = folder / f".{_MANIFEST}"
        fresh.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        fresh.replace(folder / _MANIFEST)

    @classmethod
    def read(cls, folder: Path) -> Self:
        try:
            told = json.loads((folder / _MANIFEST).read_text("utf-8"))
        except FileNotFoundError:
            raise SetupError(f"{folder} is no finished backup: it has no {_MANIFEST}") from None
        if told.pop("format") != _FORMAT:
            raise SetupError(f"the backup in {folder} was made by a newer program: upgrade")
        made_utc = datetime.fromisoformat(told.pop("made_utc"))
        tables = {name: TableSum(*each) for name, each in told.pop("tables").items()}
        return cls(made_utc=made_utc, tables=tables, **told)


def base_of(folder: Path) -> Path:
    """Where the copy of the files is."""
    return folder / "base"


def log_of(folder: Path) -> Path:
    """Where the log since is; the last piece of it may be incomplete."""
    return folder / "wal"


def copy_log(folder: Path, target: Path) -> None:
    """Copy the log for a restore; its incomplete last piece is used as far as it goes."""
    target.mkdir(mode=0o700)
    for piece in sorted(log_of(folder).iterdir()):
        shutil.copy2(piece, target / piece.name.removesuffix(_PARTIAL))


def differences(expected: dict[str, TableSum], found: dict[str, TableSum]) -> list[str]:
    """A line for each table that does not add up to the same."""
    names = sorted(expected.keys() | found.keys())
    none = TableSum(0, "")
    pairs = [(name, expected.get(name, none), found.get(name, none)) for name in names]
    return [
        f"{name}: {was.rows} rows were backed up, {now.rows} are restored, contents differ"
        for name, was, now in pairs
        if was != now
    ]
