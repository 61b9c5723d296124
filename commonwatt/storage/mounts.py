"""Mounts: which topics belong to a meter that speaks another language than ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from commonwatt.storage.meters import Meter
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonwatt.storage.pool import Connection

_SQL = queries("mounts")


@dataclass(frozen=True, slots=True)
class Mount:
    """A place among the topics; `settings` is what the adapter's memory begins with."""

    topic_prefix: str
    language: str
    meter: Meter
    settings: Mapping[str, Any] = field(default_factory=dict)


def add_mount(
    connection: Connection,
    meter_id: int,
    topic_prefix: str,
    language: str,
    settings: Mapping[str, Any] | None = None,
) -> None:
    row = {
        "topic_prefix": topic_prefix,
        "meter_id": meter_id,
        "language": language,
        "settings": Jsonb(dict(settings or {})),
    }
    with database_errors():
        connection.execute(_SQL["add_mount"], row)


def drop_mount(connection: Connection, topic_prefix: str) -> None:
    with database_errors():
        connection.execute(_SQL["drop_mount"], (topic_prefix,))


def load_mounts(connection: Connection) -> list[Mount]:
    with database_errors():
        rows = connection.execute(_SQL["mounts"]).fetchall()
    return [Mount(row[0], row[1], Meter(*row[3:]), row[2]) for row in rows]
