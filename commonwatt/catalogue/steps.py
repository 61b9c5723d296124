"""The steps of the build guide, read from one file and checked whole."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commonwatt.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

_GUIDE = "firmware_docs/guide/steps.toml"
_LANGUAGES = ("fr", "en")
_FIELDS: Mapping[str, type] = {
    "key": str,
    "stage": str,
    "variants": list,
    "minutes": int,
    "adult": bool,
    "to_verify": bool,
    "tests": list,
}
_STAGES = ("assembled", "provisioned", "tested")


@dataclass(frozen=True, slots=True)
class StepText:
    """A step in one language: what to do, how to see that it is done, what to beware of."""

    title: str
    text: str
    check: str
    caution: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of building a meter; `tests` are the self-tests that send one back to it."""

    key: str
    stage: str
    variants: tuple[str, ...]
    minutes: int
    needs_adult: bool
    is_to_verify: bool
    tests: tuple[str, ...]
    texts: Mapping[str, StepText]


@cache
def shipped_steps(variant: str) -> tuple[Step, ...]:
    """The steps for one kind of meter, in order; none where there is no guide yet."""
    package = files("commonwatt")
    guide = Path(str(package)).parent / _GUIDE
    return tuple(step for step in read_steps(guide) if variant in step.variants)


def read_steps(file: Traversable) -> tuple[Step, ...]:
    """Every step of a file; an error says which step and what is wrong with it."""
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file.name}: TOML in UTF-8 was expected: {error}") from error
    steps = tuple(
        _step(f"{file.name}, step {number}", raw)
        for number, raw in enumerate(table.get("step", []), 1)
    )
    keys = [step.key for step in steps]
    if not steps or len(set(keys)) < len(keys):
        raise CatalogueError(f"{file.name}: steps with keys of their own were expected: {keys}")
    places = [_STAGES.index(step.stage) for step in steps]
    if places != sorted(places):
        raise CatalogueError(f"{file.name}: a step of an earlier stage follows a later one")
    return steps


def _step(where: str, raw: dict[str, Any]) -> Step:
    if set(raw) != {*_FIELDS, *_LANGUAGES}:
        raise CatalogueError(f"{where}: exactly these keys: {', '.join([*_FIELDS, *_LANGUAGES])}")
    for name, kind in _FIELDS.items():
        if type(raw[name]) is not kind:
            raise CatalogueError(f"{where}: {name} is a {kind.__name__}, not {raw[name]!r}")
    if raw["stage"] not in _STAGES:
        raise CatalogueError(f"{where}: stage is one of {', '.join(_STAGES)}")
    texts = {language: _text(f"{where}, {language}", raw[language]) for language in _LANGUAGES}
    if len({text.caution is None for text in texts.values()}) > 1:
        raise CatalogueError(f"{where}: a caution stands in every language or in none")
    return Step(
        key=raw["key"],
        stage=raw["stage"],
        variants=tuple(raw["variants"]),
        minutes=raw["minutes"],
        needs_adult=raw["adult"],
        is_to_verify=raw["to_verify"],
        tests=tuple(raw["tests"]),
        texts=texts,
    )


def _text(where: str, raw: dict[str, Any]) -> StepText:
    needed = {"title", "text", "check"}
    if not needed <= set(raw) <= needed | {"caution"}:
        raise CatalogueError(f"{where}: title, text, check, and perhaps caution")
    if not all(isinstance(value, str) and value.strip() for value in raw.values()):
        raise CatalogueError(f"{where}: every text says something")
    return StepText(**raw)
