"""Every query has a name, a sentence, and a caller."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commonwatt.storage import named_sql

STORAGE = Path(named_sql.__file__).parent
FILES = sorted((STORAGE / "queries").glob("*.sql"))
QUERIES = [(file.stem, name) for file in FILES for name in named_sql.queries(file.stem)]


def test_a_file_is_split_at_its_heads() -> None:
    text = "-- one --\n-- First.\nSELECT 1;\n\n-- two --\n-- Second.\nSELECT 2;\n"
    assert named_sql.parse_queries(text) == {
        "one": "-- First.\nSELECT 1;",
        "two": "-- Second.\nSELECT 2;",
    }


@pytest.mark.parametrize(("file", "name"), QUERIES)
def test_a_query_has_a_sentence_and_a_caller(file: str, name: str) -> None:
    body = named_sql.queries(file)[name].decode()
    assert re.match(r"-- [A-Z].*\w.*\n", body), f"{name} lacks its sentence"
    callers = "".join(path.read_text("utf-8") for path in STORAGE.glob("*.py"))
    assert f'"{name}"' in callers, f"{name} is never called"


@pytest.mark.parametrize(("file", "name"), QUERIES)
def test_no_query_is_written_twice(file: str, name: str) -> None:
    same = [n for f, n in QUERIES if n == name]
    assert len(same) == 1
