"""Applies the numbered migrations, once each, in order, forward only."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from commonwatt.errors import MigrationError
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

_FILE = re.compile(r"^(\d{4})_(\w+)\.sql$")


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of the schema."""

    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def shipped_migrations() -> list[Migration]:
    folder = files("commonwatt.storage") / "migrations"
    matches = [(match, file) for file in folder.iterdir() if (match := _FILE.match(file.name))]
    return sorted(
        (Migration(int(m[1]), m[2], file.read_text("utf-8")) for m, file in matches),
        key=lambda migration: migration.version,
    )


def migrate(connection: Connection, migrations: list[Migration] | None = None) -> list[Migration]:
    """Bring the schema up to date; return the steps taken. Two at once wait for each other."""
    sql = queries("migrations")
    wanted = shipped_migrations() if migrations is None else migrations
    with database_errors(), connection.transaction():
        connection.execute(sql["lock_schema"])
        connection.execute(sql["make_ledger"])
        applied: dict[int, str] = dict(connection.execute(sql["ledger"]).fetchall())
        _check_ledger(applied, wanted)
        todo = [step for step in wanted if step.version not in applied]
        for step in todo:
            connection.execute(step.text.encode())
            connection.execute(sql["enter"], (step.version, step.name, step.checksum))
    return todo


def require_current(connection: Connection) -> None:
    """Refuse to run on a schema that is older or newer than this program."""
    with database_errors():
        known = connection.execute(queries("migrations")["has_ledger"]).fetchone()
        applied: dict[int, str] = {}
        if known == (True,):
            applied = dict(connection.execute(queries("migrations")["ledger"]).fetchall())
    wanted = shipped_migrations()
    _check_ledger(applied, wanted)
    if len(applied) < len(wanted):
        raise MigrationError("the database schema is out of date: run `commonwatt migrate`")


def _check_ledger(applied: dict[int, str], wanted: list[Migration]) -> None:
    shipped = {step.version: step for step in wanted}
    for version, checksum in sorted(applied.items()):
        if version not in shipped:
            raise MigrationError(
                f"the database has migration {version:04d}, which this program does not know: "
                "it was made by a newer version; upgrade commonwatt"
            )
        if shipped[version].checksum != checksum:
            raise MigrationError(
                f"migration {version:04d}_{shipped[version].name} was changed after it was applied"
            )
