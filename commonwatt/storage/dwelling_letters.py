"""Letters of dwellings: who claims a meter says with them where it hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.registry.dwelling_lists import ListedDwelling
from commonwatt.storage.links import hash_token, new_letters, read_letters
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.pool import Connection

_SQL = queries("dwelling_letters")


def find_dwelling(connection: Connection, letters: str) -> int | None:
    """The dwelling that was handed these letters."""
    with database_errors():
        row = connection.execute(_SQL["find_dwelling"], (hash_token(letters),)).fetchone()
    return int(row[0]) if row else None


def hand_letters(
    connection: Connection, building: str, now_utc: datetime
) -> list[tuple[ListedDwelling, str]]:
    """New letters for every dwelling of a building, shown this once; the former ones open nothing."""
    with database_errors(), connection.transaction():
        rows = connection.execute(_SQL["dwellings_of"], (building,)).fetchall()
        handed = [(row[0], ListedDwelling(*row[1:]), new_letters()) for row in rows]
        for dwelling_id, _, letters in handed:
            told = {"dwelling_id": dwelling_id, "now_utc": now_utc}
            told["letters_hash"] = hash_token(read_letters(letters))
            connection.execute(_SQL["hand_letters"], told)
    return [(dwelling, letters) for _, dwelling, letters in handed]
