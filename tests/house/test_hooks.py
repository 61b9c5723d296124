"""What runs before a commit is what the tests' own environment brings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS = [
    hook
    for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    for hook in repository["hooks"]
]


def test_format_lint_types_and_licences_are_looked_at() -> None:
    assert [hook["id"] for hook in HOOKS] == ["format", "lint", "types", "licences"]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_a_program_of_the_environment(hook: dict[str, str]) -> None:
    program = Path(hook["entry"].split()[0])
    assert program.parts[:2] == (".venv", "bin")
    assert Path(sys.executable).with_name(program.name).exists()
