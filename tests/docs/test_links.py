"""Every relative link and anchor of every page leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not any(part.startswith(".") for part in page.relative_to(ROOT).parts)
)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


def test_the_front_page_of_the_meter_lists_every_language() -> None:
    folder = ROOT / "firmware_docs"
    listed = set(list_targets((folder / "README.md").read_text("utf-8")))
    pages = {page.relative_to(folder).as_posix() for page in (folder / "payloads").glob("*.md")}
    assert pages
    assert pages - listed == set()


def list_targets(text: str) -> list[str]:
    prose = _CODE.sub("`code`", _FENCE.sub("", text))
    return [target for target in _LINK.findall(prose) if "://" not in target]


def list_anchors(text: str) -> set[str]:
    """The anchors GitHub gives to headings: lower case, no punctuation, hyphens for spaces."""
    headings = _HEADING.findall(_FENCE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def find_broken(page: Path) -> list[str]:
    return [
        target for target in list_targets(page.read_text("utf-8")) if not is_there(page, target)
    ]


def is_there(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    goal = page.parent / path if path else page
    if not goal.exists():
        return False
    return not anchor or anchor in list_anchors(goal.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert find_broken(page) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One, two\n[a](gone.md) [b](#one-two) [c](#three) [d](page.md#one-two)\n"
        "`[not](a-link)` ![e](none.png) [f](https://example.org/)\n",
        "utf-8",
    )
    assert find_broken(page) == ["gone.md", "#three", "none.png"]


def test_all_pages_are_looked_at() -> None:
    names = {str(page.relative_to(ROOT)) for page in PAGES}
    assert {"README.md", "docs/GLOSSARY.md", "firmware_docs/protocol/v1.md"} <= names
