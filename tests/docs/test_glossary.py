"""The glossary parses, covers the nouns of the house, and names nothing that does not exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "GLOSSARY.md").read_text("utf-8")
NOUNS = ("commonwatt/model.py", "commonwatt/access.py", "commonwatt/reports")
DOORS = ("commonwatt", "ingest", "api", "dashboards")
SUFFIXES = {"_wh", "_kwh", "_w", "_va", "_s", "_utc", "_local", "_eur"}


def read_table(title: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    section = GLOSSARY.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


WORDS = read_table("Words")
CODE_NAMES = sorted({name for row in WORDS for name in re.findall(r"`(\w+)`", row[2])})


def list_sources() -> list[Path]:
    found = [path for door in DOORS for path in (ROOT / door).rglob("*")]
    return [path for path in found if path.suffix in {".py", ".sql"}]


def list_public_classes(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }


def test_every_word_has_its_line() -> None:
    for row in WORDS:
        assert len(row) == 5, row
        word, french, code, _, meaning = row
        assert all((word, french, code)), row
        assert meaning.endswith("."), row


def test_words_are_sorted_and_said_once() -> None:
    words = [row[0] for row in WORDS]
    assert words == sorted(set(words))


def test_suffixes_have_unit_and_meaning() -> None:
    rows = read_table("Suffixes")
    for row in rows:
        assert len(row) == 4, row
        suffix, french, _, meaning = row
        assert re.fullmatch(r"`_[a-z]+`", suffix), row
        assert french, row
        assert meaning.endswith("."), row
    suffixes = [row[0].strip("`") for row in rows]
    assert set(suffixes) >= SUFFIXES
    assert len(suffixes) == len(set(suffixes))


def test_public_nouns_are_in_the_glossary() -> None:
    files = [
        file
        for place in NOUNS
        for file in ([ROOT / place] if place.endswith(".py") else (ROOT / place).glob("*.py"))
    ]
    nouns = set().union(*(list_public_classes(file) for file in files))
    assert nouns <= set(CODE_NAMES)


@pytest.mark.parametrize("name", CODE_NAMES)
def test_names_of_the_glossary_exist(name: str) -> None:
    wanted = re.compile(rf"\b{name}\b")
    assert any(wanted.search(path.read_text("utf-8")) for path in list_sources())
