"""The steps of the build guide and their translations, read from files and checked whole."""

from __future__ import annotations

import hashlib
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

GUIDE = Path(str(files("commonwatt"))).parent / "firmware_docs" / "guide"
SOURCE, TRANSLATIONS = "fr", ("en", "falc")
"""French is the source; FALC is easy-to-read French."""
MOST_ACTIONS = 4
_FIELDS: Mapping[str, type] = {
    "key": str,
    "stage": str,
    "variants": list,
    "minutes": int,
    "adult": bool,
    "to_verify": bool,
    "tests": list,
    "tools": list,
    "parts": list,
}
_STAGES = ("assembled", "provisioned", "tested")
_SAID = {"title", "actions", "check", "alt"}


@dataclass(frozen=True, slots=True)
class StepText:
    """A step in one language: what to do, how to see that it is done, what to beware of.

    `alt` says what is on its picture, for who does not see it.
    """

    title: str
    actions: tuple[str, ...]
    check: str
    alt: str
    caution: str | None = None

    def fingerprint(self) -> str:
        """Eight digits that change with any word: what a translation was made from."""
        told = "\n".join([self.title, *self.actions, self.check, self.caution or "", self.alt])
        return hashlib.sha256(told.encode()).hexdigest()[:8]


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
    tools: tuple[str, ...]
    parts: tuple[str, ...]
    texts: Mapping[str, StepText]


@cache
def shipped_steps(variant: str) -> tuple[Step, ...]:
    """The steps for one kind of meter, in order; none where there is no guide yet."""
    steps = read_steps(GUIDE / "steps.toml", read_translations(GUIDE))
    return tuple(step for step in steps if variant in step.variants)


def read_translations(folder: Traversable) -> Mapping[str, Mapping[str, Any]]:
    """What each language says of each step, with the fingerprint of the French it is of."""
    return {name: read_table(folder / f"steps.{name}.toml") for name in TRANSLATIONS}


def read_steps(
    file: Traversable, translations: Mapping[str, Mapping[str, Any]]
) -> tuple[Step, ...]:
    """Every step of a file; an error says which step and what is wrong with it."""
    steps = tuple(
        _step(f"{file.name}, step {number}", raw, translations)
        for number, raw in enumerate(read_table(file).get("step", []), 1)
    )
    keys = [step.key for step in steps]
    if not steps or len(set(keys)) < len(keys):
        raise CatalogueError(f"{file.name}: steps with keys of their own were expected: {keys}")
    places = [_STAGES.index(step.stage) for step in steps]
    if places != sorted(places):
        raise CatalogueError(f"{file.name}: a step of an earlier stage follows a later one")
    for language, told in translations.items():
        if set(told) != set(keys):
            raise CatalogueError(f"{language}: other steps: {sorted(set(told) ^ set(keys))}")
    return steps


def read_table(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file.name}: TOML in UTF-8 was expected: {error}") from error


def _step(where: str, raw: dict[str, Any], translations: Mapping[str, Mapping[str, Any]]) -> Step:
    if set(raw) != {*_FIELDS, SOURCE}:
        raise CatalogueError(f"{where}: exactly these keys: {', '.join([*_FIELDS, SOURCE])}")
    for name, kind in _FIELDS.items():
        if type(raw[name]) is not kind:
            raise CatalogueError(f"{where}: {name} is a {kind.__name__}, not {raw[name]!r}")
    if raw["stage"] not in _STAGES:
        raise CatalogueError(f"{where}: stage is one of {', '.join(_STAGES)}")
    source = _text(f"{where}, {SOURCE}", raw[SOURCE])
    texts = {SOURCE: source}
    for language, told in translations.items():
        texts[language] = _translation(f"{where}, {language}", told.get(raw["key"], {}), source)
    return Step(
        key=raw["key"],
        stage=raw["stage"],
        variants=tuple(raw["variants"]),
        minutes=raw["minutes"],
        needs_adult=raw["adult"],
        is_to_verify=raw["to_verify"],
        tests=tuple(raw["tests"]),
        tools=tuple(raw["tools"]),
        parts=tuple(raw["parts"]),
        texts=texts,
    )


def _translation(where: str, raw: Mapping[str, Any], source: StepText) -> StepText:
    told = {name: value for name, value in raw.items() if name != "of"}
    text = _text(where, told)
    if raw.get("of") != source.fingerprint():
        raise CatalogueError(f"{where}: stale; the French is {source.fingerprint()} now")
    if (text.caution is None) != (source.caution is None):
        raise CatalogueError(f"{where}: a caution stands in every language or in none")
    return text


def _text(where: str, raw: Mapping[str, Any]) -> StepText:
    if not set(raw) >= _SAID or not set(raw) <= _SAID | {"caution"}:
        raise CatalogueError(f"{where}: title, actions, check, alt, and perhaps caution")
    actions = raw["actions"]
    if not isinstance(actions, list) or not 1 <= len(actions) <= MOST_ACTIONS:
        raise CatalogueError(f"{where}: one to {MOST_ACTIONS} actions")
    said = [*actions, *(value for name, value in raw.items() if name != "actions")]
    if not all(isinstance(value, str) and value.strip() for value in said):
        raise CatalogueError(f"{where}: every text says something")
    return StepText(**{**raw, "actions": tuple(actions)})
