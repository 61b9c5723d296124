"""The architecture page names every folder, and no folder that is not there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
PACKAGES = ("commonwatt", "ingest", "api", "dashboards")
UNTRACKED = {"dist", "build"}


def list_told() -> set[str]:
    return set(re.findall(r"^\| `([\w/]+)/` \| \S.*\. \|$", PAGE, re.MULTILINE))


def list_folders() -> set[str]:
    """The folders at the top, and every package of Python below them."""
    top = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
    below = {
        str(init.parent.relative_to(ROOT))
        for package in PACKAGES
        for init in (ROOT / package).rglob("__init__.py")
    }
    return {name for name in top | below if name not in UNTRACKED and "egg-info" not in name}


def test_every_folder_is_told_and_there() -> None:
    assert list_told() >= list_folders() - {"dashboards/pages"}
    assert all((ROOT / name).is_dir() for name in list_told())


def test_the_page_is_one_page_with_one_diagram() -> None:
    assert len(PAGE.splitlines()) <= 110
    assert PAGE.count("```") == 2


def test_files_named_exist() -> None:
    named = re.findall(r"`([\w/]+\.(?:py|toml))`", PAGE)
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []
