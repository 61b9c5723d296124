"""The commands that the pages tell people to type exist, and every command is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from commonwatt.cli import app
from commonwatt.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
TOLD = "\n".join(
    (ROOT / name).read_text("utf-8")
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "firmware_docs/protocol/v1.md",
        "firmware_docs/workshop/facilitator-guide.md",
    )
)
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_COMMAND = re.compile(r"\bcommonwatt ([a-z]+)([^\n#`]*)")
_TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")
_RULE = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)


def list_commands() -> dict[str, set[str]]:
    """The options of each command of the program."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return {name: list_options(command) for name, command in group.commands.items()}


def list_options(command: Any) -> set[str]:
    """The options of a command and of the commands below it."""
    below = getattr(command, "commands", {}).values()
    own = {option for parameter in command.params for option in parameter.opts}
    return own.union(*map(list_options, below))


def list_told(text: str) -> list[tuple[str, list[str]]]:
    """Each command in a code span or block, with the options given to it."""
    code = "\n".join(_CODE.findall(text))
    return [(name, re.findall(r"--[a-z-]+", rest)) for name, rest in _COMMAND.findall(code)]


@pytest.mark.parametrize(("name", "options"), list_told(TOLD))
def test_told_commands_exist(name: str, options: list[str]) -> None:
    commands = list_commands()
    assert name in commands
    assert set(options) <= commands[name]


def test_every_command_is_told() -> None:
    told = {name for name, _ in list_told(README)}
    assert set(list_commands()) == told


@pytest.mark.parametrize("target", sorted(set(_TARGET.findall("\n".join(_CODE.findall(TOLD))))))
def test_told_make_targets_exist(target: str) -> None:
    assert target in _RULE.findall((ROOT / "Makefile").read_text("utf-8"))


def test_the_readme_opens_with_two_commands() -> None:
    first_block = README.split("```sh", 1)[1].split("```", 1)[0]
    assert _TARGET.findall(first_block) == ["demo", "test"]


def test_every_setting_is_told() -> None:
    told = re.findall(r"^\| `COMMONWATT_([A-Z_]+)` \|", README, re.MULTILINE)
    assert sorted(told) == sorted(name.upper() for name in Settings.model_fields)
