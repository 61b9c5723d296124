"""The list of what a release is made of names every pinned package that runs, with its hashes, and no mirror."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "scripts" / "sbom.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bill(script: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("sbom") / "sbom.json"
    script.main(str(out))
    return json.loads(out.read_text("utf-8"))


def pinned() -> dict[tuple[str, str], dict[str, Any]]:
    """What the lock says; a package may be in it in two versions, for old and new Pythons."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    return {(package["name"], package["version"]): package for package in packages}


def test_every_direct_dependency_is_listed_as_it_is_pinned(bill: Any) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    direct = {re.split(r"[\[<>=;~! ]", line)[0] for line in project["dependencies"]}
    listed = {(each["name"], each["version"]) for each in bill["components"]}
    assert len(direct) > 15
    assert {(name, version) for name, version in pinned() if name in direct} <= listed
    assert "pytest" not in {name for name, _ in listed}


def test_every_python_package_has_the_hashes_of_the_lock(bill: Any) -> None:
    for component in bill["components"]:
        if not component["purl"].startswith("pkg:pypi/"):
            continue
        told = {
            f"sha256:{digest['content']}"
            for reference in component["externalReferences"]
            for digest in reference["hashes"]
        }
        package = pinned()[component["name"], component["version"]]
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert told
        assert told <= {each["hash"] for each in files}


def test_the_bundled_script_is_listed_and_no_mirror_is_named(script: Any, bill: Any) -> None:
    assert "plotly.js-basic-dist-min" in {each["name"] for each in bill["components"]}
    text = json.dumps(bill)
    assert "index.invalid" not in text
    assert "repository_url" not in text
    assert script.list_materials() == bill
