"""The import contracts of pyproject.toml hold."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("commonwatt", "ingest", "api", "dashboards")
ONLY_IN = {
    "psycopg": ("commonwatt/storage/",),
    "psycopg_pool": ("commonwatt/storage/",),
    "paho": (
        "ingest/receive.py",
        "ingest/service.py",
        "commonwatt/demo/publisher.py",
        "commonwatt/faults/rogues.py",
        "commonwatt/faults/speech.py",
    ),
    "fastapi": ("api/", "dashboards/", "ingest/http_doors.py"),
    "plotly": ("dashboards/figures.py",),
    "pandas": ("commonwatt/reports/",),
    "typst": ("commonwatt/documents/",),
    "segno": ("commonwatt/documents/",),
    "commonwatt.settings": ("commonwatt/cli/addresses.py", "api/app.py"),
}
"""What each library and the settings may be imported by; nobody else, not even for types."""


def list_imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def list_importers(library: str) -> set[str]:
    sources = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {
        path.relative_to(ROOT).as_posix()
        for path in sources
        if any(name == library or name.startswith(f"{library}.") for name in list_imports(path))
    }


@pytest.mark.parametrize("library", ONLY_IN)
def test_libraries_stay_in_their_rooms(library: str) -> None:
    importers = list_importers(library)
    assert importers, "a rule about nobody"
    assert {name for name in importers if not name.startswith(ONLY_IN[library])} == set()


def test_the_api_meets_the_pages_in_one_place() -> None:
    assert {name for name in list_importers("dashboards") if name.startswith("api/")} == {
        "api/app.py"
    }


def test_import_contracts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
