"""The house rules that a syntax tree can tell: sizes, first sentences, names, where SQL lives."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ("commonwatt", "ingest", "api", "dashboards", "scripts")
SPEAKS_SQL = ("tests/",)
LIBRARIES_WANT_IT_ASYNCHRONOUS = {
    "api/app.py",
    "commonwatt/servers/amqtt_plugins.py",
    "commonwatt/servers/amqtt_process.py",
    "ingest/http_doors.py",
}
NAMELESS = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "misc", "common"}
_SQL = re.compile(r"\b(?:SELECT|INSERT|DELETE FROM|CREATE TABLE)\s")


@dataclass(frozen=True, slots=True)
class Module:
    """A file of Python, read once."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


def read_modules(*folders: str) -> list[Module]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    texts = [(path, path.read_text("utf-8")) for path in paths]
    return [Module(path, text, ast.parse(text)) for path, text in texts]


MODULES = read_modules(*HOUSE)
ALL = [*MODULES, *read_modules("tests", "firmware_docs")]
MICROPYTHON = (  # it has no __future__
    "firmware_docs/firmware/",
    *(f"tests/firmware/{name}.py" for name in ("chance", "heap", "life", "vectors")),
)


def measure_functions(tree: ast.Module) -> dict[str, int]:
    """Lines of each function, from `def` to its end, by name and line."""
    return {
        f"{node.name}:{node.lineno}": (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def first_sentence(tree: ast.Module) -> str:
    return (ast.get_docstring(tree) or "").partition("\n\n")[0]


def list_literals(tree: ast.Module) -> list[str]:
    """Every string that is not a docstring."""
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    ]


def test_there_is_a_house() -> None:
    names = {module.name for module in MODULES}
    assert {"commonwatt/model.py", "ingest/__init__.py", "dashboards/__init__.py"} <= names


def test_no_function_is_long() -> None:
    long = {
        f"{module.name}:{name}": lines
        for module in ALL
        for name, lines in measure_functions(module.tree).items()
        if lines > 80
    }
    assert long == {}


def test_functions_are_short() -> None:
    sizes = [size for module in MODULES for size in measure_functions(module.tree).values()]
    assert median(sizes) <= 10
    assert quantiles(sizes, n=10)[-1] <= 35


def test_no_module_is_long() -> None:
    assert {module.name: module.lines for module in ALL if module.lines > 500} == {}
    assert median(module.lines for module in MODULES) <= 150


def test_every_file_opens_with_a_sentence_that_says_what_it_owns() -> None:
    unsaid = [module.name for module in ALL if not first_sentence(module.tree).endswith((".", ":"))]
    assert unsaid == []


def test_annotations_are_postponed() -> None:
    line = "from __future__ import annotations"
    defines = ast.FunctionDef | ast.ClassDef
    modules = [m for m in ALL if not m.name.startswith(MICROPYTHON)]
    working = [m for m in modules if any(isinstance(node, defines) for node in m.tree.body)]
    assert [module.name for module in working if line not in module.text] == []


def test_no_module_is_called_after_nothing() -> None:
    assert [module.name for module in ALL if module.path.stem.strip("_") in NAMELESS] == []


def test_code_is_synchronous() -> None:
    awaited = {
        module.name
        for module in MODULES
        if any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(module.tree))
    }
    assert awaited <= LIBRARIES_WANT_IT_ASYNCHRONOUS


def test_sql_lives_in_sql_files() -> None:
    found = {
        module.name: literal
        for module in ALL
        if not module.name.startswith(SPEAKS_SQL)
        for literal in list_literals(module.tree)
        if _SQL.search(literal)
    }
    assert found == {}


def test_silenced_rules_have_their_reason() -> None:
    """The reason stands after the codes, as in `noqa: S105 - the name of a file`."""
    bare = re.compile(r"#\s*noqa(?!: [A-Z]+\d+(?:, ?[A-Z]+\d+)* \S)")
    silent = [
        f"{module.name}:{number}"
        for module in ALL
        for number, line in enumerate(module.text.splitlines(), 1)
        if bare.search(line) and "re.compile" not in line
    ]
    assert silent == []


@pytest.mark.parametrize("statement", ["SELECT 1", "x\nINSERT INTO y"])
def test_sql_in_code_is_found(statement: str) -> None:
    tree = ast.parse(f'"""Prose with SELECT in it."""\nquery = {statement!r}\n')
    assert [literal for literal in list_literals(tree) if _SQL.search(literal)] == [statement]


def test_a_long_function_is_measured() -> None:
    tree = ast.parse("def f():\n" + "    x = 1\n" * 90 + "\ndef g(): ...\n")
    assert measure_functions(tree) == {"f:1": 91, "g:93": 1}
