"""Two hundred hostile names on every page and in every list: they are text and nothing else."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from commonwatt.storage.pool import connect
from tests.api.conftest import NOW_UTC
from tests.api.hostile_names import list_hostile_names
from tests.api.routes import Route, list_routes
from tests.api.test_matrix import MATRIX, VIEWERS, headers_of

if TYPE_CHECKING:
    from tests.api.conftest import Doors

HARMLESS = "Tilleuls"
PLACES = {
    "buildings": {"name": 80},
    "dwellings": {"stairwell": 40, "label": 40},
    "landlords": {"name": 80},
    "workshops": {"place": 80, "facilitator": 80},
    "kits": {"nickname": 24, "parts_revision": 40},
    "selftests": {"firmware": 40, "bench": 40},
    "contracts": {"offer": 40},
    "quarantine": {"topic": 200, "detail": 200},
    "actions": {"note": 200},
}
"""Every column that somebody's words come into, and how many of them it takes."""

NOT_PAGES = {
    "GET /api/v1/household/live": "a stream of numbers",
    "GET /api/v1/household/takeout": "an archive, with a test of its own",
    "GET /building/{building_id}/report.pdf": "a document, with a test of its own",
    "GET /home/sheet.pdf": "a document, with a test of its own",
    "GET /static/plotly.min.js": "the same for everybody",
    "GET /api/v1/openapi.json": "the same for everybody",
    "GET /l/{token}": "a redirect",
    "GET /kit/badges/{kind}.jwt": "signed before, base64",
}
NAMES = list_hostile_names()
DAY = {"from": "2026-03-11T00:00:00+01:00", "to": "2026-03-12T00:00:00+01:00"}


class Skeleton(HTMLParser):
    """What a browser would build: elements, attributes, addresses, code; without the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.bones: list[Any] = []
        self.text = ""
        self.code = ""
        self._is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_code = tag in {"script", "style"}
        addresses = [value for name, value in attrs if name in {"href", "src", "action"}]
        self.bones.append((tag, sorted(name for name, _ in attrs), addresses))
        self.text += " ".join(value or "" for _, value in attrs)

    def handle_endtag(self, tag: str) -> None:
        self._is_code = False
        self.bones.append(tag)

    def handle_comment(self, data: str) -> None:
        self.bones.append(("comment", data))

    def handle_data(self, data: str) -> None:
        if self._is_code:
            self.code += data
        self.text += data


def skeleton_of(html: str) -> Skeleton:
    found = Skeleton()
    found.feed(html)
    found.close()
    return found


def rename_all(doors: Doors, name: str) -> None:
    """Put a name everywhere, and one visit in the log; where names must differ, something harmless is put behind it."""
    with connect(doors.database) as connection, connection.transaction():
        for table, columns in PLACES.items():
            for column, longest in columns.items():
                told = name[: longest - 6]
                query = f"UPDATE {table} SET {column} = %s"
                if (table, column) in {("buildings", "name"), ("landlords", "name")}:
                    key = f"{table[:-1]}_id"
                    query = f"UPDATE {table} SET {column} = %s || ' ' || {key}"
                elif (table, column) == ("dwellings", "label"):
                    query = "UPDATE dwellings SET label = %s || ' ' || dwelling_id"
                connection.execute(query.encode(), (told,))
        connection.execute("DELETE FROM audit_log")
        connection.execute(
            "INSERT INTO audit_log (at_utc, viewer, what, occupancy_id) "
            "SELECT %s, 'guest 1', %s, occupancy_id FROM occupancies",
            (NOW_UTC, name[:80]),
        )


def fill(doors: Doors) -> None:
    """A row in every table of names that the doors leave empty."""
    with connect(doors.database) as connection:
        connection.execute(
            "INSERT INTO actions (building_id, kind, start_day, note) "
            "SELECT building_id, 'works', '2026-01-01', 'x' FROM buildings"
        )
        connection.execute(
            "INSERT INTO quarantine (received_utc, meter_id, topic, code, detail, payload) "
            "SELECT %s, meter_id, 'x', 'future_time', 'x', '' FROM meters",
            (NOW_UTC,),
        )


def texts_of(told: Any) -> list[str]:
    if isinstance(told, dict | list):
        parts = told.values() if isinstance(told, dict) else told
        return [text for part in parts for text in texts_of(part)]
    return [str(told)]


def pages(doors: Doors) -> list[tuple[str, str]]:
    """Every page and list beside somebody who may open it, asked of the application itself."""
    rows = [f"{route.method} {route.path}" for route in list_routes(doors.app)]
    wanted = [row for row in rows if row.startswith("GET ") and row not in NOT_PAGES]
    assert all(MATRIX[row] for row in wanted), "a page that nobody may open"
    return [(row, viewer) for row in wanted for viewer in MATRIX[row][-1:]]


def ask(doors: Doors, row: str, viewer: str) -> Any:
    headers = headers_of(doors, viewer) | {"accept-language": "en"}
    path = Route(*row.split(" ")).filled(**doors.values)
    return doors.client.get(path, params=DAY, headers=headers)


def test_there_are_two_hundred_of_them() -> None:
    assert len(set(NAMES)) == 200


@pytest.mark.parametrize("part", range(2))
def test_a_name_is_text_on_every_page(
    full_doors: Doors, request: pytest.FixtureRequest, part: int
) -> None:
    """Each of the two servers shows half of the names."""
    half = int("timescale" in request.node.name)
    fill(full_doors)
    rename_all(full_doors, HARMLESS)
    asked = pages(full_doors)
    plain = {pair: ask(full_doors, *pair) for pair in asked}
    told = {pair for pair, answer in plain.items() if HARMLESS in answer.text}
    assert len(told) > 12, "most pages tell a name"
    for name in NAMES[2 * part + half :: 4]:
        rename_all(full_doors, name)
        for pair in sorted(told):
            answer = ask(full_doors, *pair)
            assert answer.status_code == 200, (pair, name)
            assert answer.headers["content-type"] == plain[pair].headers["content-type"]
            if answer.headers["content-type"].startswith("text/html"):
                hostile, harmless = skeleton_of(answer.text), skeleton_of(plain[pair].text)
                assert hostile.bones == harmless.bones, (pair, name)
                assert "zq7" not in hostile.code, (pair, name)
                assert "zq7" in hostile.text or name[:10] in hostile.text, (pair, name)
            elif "json" in answer.headers["content-type"]:
                said = "".join(texts_of(answer.json()))
                assert "zq7" in said or name[:10] in said, (pair, name)


def test_every_viewer_of_the_matrix_is_known() -> None:
    assert {name for allowed in MATRIX.values() for name in allowed} <= set(VIEWERS)
