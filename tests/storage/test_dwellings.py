"""A landlord's list is written whole or not at all, whatever the names."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from commonwatt.storage.dwellings import import_dwellings

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

HEAD = "building;stairwell;dwelling\n"
SPITEFUL = (
    "'; DROP TABLE dwellings; --",
    '"" OR 1',
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "%s %(name)s",
    "\\N",
    "NULL",
    "../../etc/passwd",
    "\u0130stanbul ß ﬁ",
    "\N{FAMILY} 4",
    "O\u2019Brien & fils",
    "1e999",
    "\U0001d57f",
)


def hostile_names() -> list[str]:
    """Two hundred names, pieced together from what breaks programs; all of them can be told."""
    chance = Random(7)
    names = set(SPITEFUL)
    while len(names) < 200:
        first, second = chance.sample(SPITEFUL, 2)
        names.add(f"{first[:12]}{chance.randrange(100)}{second[:12]}".strip())
    return sorted(names)


def stored(connection: Connection) -> set[tuple[str, str, str]]:
    rows = connection.execute(
        "SELECT name, stairwell, label FROM dwellings JOIN buildings USING (building_id)"
    )
    return {(name, stairwell, label) for name, stairwell, label in rows}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def test_two_hundred_hostile_names_are_kept_as_they_are(connection: Connection) -> None:
    names = hostile_names()
    assert len(names) == 200
    text = HEAD + "".join(f"Tour {quoted(n)};{quoted(n)};{quoted(n)}\n" for n in names)
    text = text.replace('Tour "', '"Tour ')
    outcome = import_dwellings(connection, text.encode())
    assert (outcome.added, outcome.faults) == (200, ())
    assert stored(connection) == {(f"Tour {name}", name, name) for name in names}


def test_one_bad_row_keeps_everything_out(connection: Connection) -> None:
    outcome = import_dwellings(connection, f"{HEAD}T;A;1\nT;A;\n".encode())
    assert (outcome.added, [fault.code for fault in outcome.faults]) == (0, ["empty_name"])
    assert stored(connection) == set()
    buildings = connection.execute("SELECT count(*) FROM buildings").fetchone()
    assert buildings == (0,)


def test_what_is_there_already_is_said_beside_other_faults(connection: Connection) -> None:
    assert import_dwellings(connection, f"{HEAD}T;A;1\nT;A;2\n".encode()).added == 2
    again = import_dwellings(connection, f"{HEAD}T;A;\nT;A;2\nT;B;2\n".encode())
    told = [(fault.line, fault.code, fault.found) for fault in again.faults]
    assert told == [(2, "empty_name", ""), (3, "already_registered", "2")]
    assert len(stored(connection)) == 2
    assert import_dwellings(connection, f"{HEAD}T;B;2\nU;B;2\n".encode()).added == 2
    assert len(stored(connection)) == 4
