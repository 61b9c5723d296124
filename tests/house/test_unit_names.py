"""Quantities say their unit: fields and arguments end in a suffix of the glossary."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ("commonwatt", "ingest", "api", "dashboards", "scripts")
PATHS = sorted(path for folder in HOUSE for path in (ROOT / folder).rglob("*.py"))
GLOSSARY = (ROOT / "docs" / "GLOSSARY.md").read_text("utf-8")
SUFFIXES = tuple(re.findall(r"^\| `(_[a-z]+)` \|", GLOSSARY, re.MULTILINE))
QUANTITIES = {
    "age",
    "backlog",
    "current",
    "delay",
    "duration",
    "elapsed",
    "energy",
    "hold",
    "interval",
    "length",
    "power",
    "price",
    "register",
    "timeout",
    "uptime",
    "voltage",
}
BARE_UNITS = {suffix.strip("_") for suffix in SUFFIXES} | {"minutes", "seconds", "kwh"}
NUMBER = re.compile(r"\b(?:int|float|NDArray)\b")
INSTANT = re.compile(r"\bdatetime\b")
OTHER = re.compile(r"\b(?:Callable|Mapping|dict|Literal)\b")


def list_annotated(tree: ast.AST) -> list[tuple[str, str]]:
    """Every field and every argument that has an annotation, with the annotation's text."""
    fields = [
        (line.target.id, ast.unparse(line.annotation))
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for line in node.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    ]
    arguments = [
        (node.arg, ast.unparse(node.annotation))
        for node in ast.walk(tree)
        if isinstance(node, ast.arg) and node.annotation
    ]
    return fields + arguments


def says_its_unit(name: str, annotation: str) -> bool:
    """Whether a name says enough: a quantity its unit, an instant its zone."""
    if OTHER.search(annotation) or name.endswith(SUFFIXES) or name in BARE_UNITS:
        return True
    if INSTANT.search(annotation):
        return False
    return not (NUMBER.search(annotation) and QUANTITIES & set(name.strip("_").split("_")))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(ROOT)))
def test_quantities_say_their_unit(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert [pair for pair in list_annotated(tree) if not says_its_unit(*pair)] == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(power: float): ...", False),
        ("def f(power_w: float): ...", True),
        ("def f(timeout: float | None): ...", False),
        ("def f(energy: EnergySeries): ...", True),
        ("class C:\n    start: datetime", False),
        ("class C:\n    start_utc: datetime | None", True),
        ("class C:\n    register: NDArray[np.float64]", False),
        ("class C:\n    homes: int", True),
    ],
)
def test_a_missing_unit_is_noticed(source: str, *, said: bool) -> None:
    [(name, annotation)] = list_annotated(ast.parse(source))
    assert says_its_unit(name, annotation) is said
