"""Emission factors as files: read, checked, and refused by name of file and key."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from commonwatt.core.carbon import EmissionFactor
from commonwatt.errors import CatalogueError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

UNIT = "kg CO2e/kWh"
_SET_KEYS = ("version", "scope", "unit", "publisher", "read_on")
_FACTOR_KEYS = ("year", "kg_per_kwh", "source")


def shipped_factors() -> tuple[EmissionFactor, ...]:
    """The factors that ship with the service, set by set in order of file name."""
    folder = files("commonwatt.catalogue") / "factors"
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=_name)
    return tuple(factor for file in found for factor in read_factors(file))


def read_factors(file: Path | Traversable) -> tuple[EmissionFactor, ...]:
    """Read one set of factors, in order of year."""
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file.name}: this is not TOML: {error}") from error
    _check_keys(file.name, "", table, (*_SET_KEYS, "factor"))
    for key in _SET_KEYS:
        if key != "read_on":
            _expect(file.name, key, table[key], str, "text")
    if table["unit"] != UNIT:
        raise CatalogueError(f"{file.name}, unit: {UNIT!r} was expected, not {table['unit']!r}")
    if not isinstance(table["factor"], list) or not table["factor"]:
        raise CatalogueError(f"{file.name}, factor: one [[factor]] or more was expected")
    factors = [_factor(file.name, table, place) for place in range(len(table["factor"]))]
    years = [factor.year for factor in factors]
    if years != sorted(set(years)):
        raise CatalogueError(f"{file.name}, factor: years in order and once each, not {years}")
    return tuple(factors)


def _factor(file: str, table: dict[str, Any], place: int) -> EmissionFactor:
    where, row = f"factor[{place}]", table["factor"][place]
    if not isinstance(row, dict):
        raise CatalogueError(f"{file}, {where}: a table was expected, not {row!r}")
    _check_keys(file, f"{where}.", row, _FACTOR_KEYS)
    _expect(file, f"{where}.year", row["year"], int, "a whole number")
    _expect(file, f"{where}.kg_per_kwh", row["kg_per_kwh"], float, "a number with a point")
    _expect(file, f"{where}.source", row["source"], str, "text")
    try:
        return EmissionFactor(
            version=table["version"],
            year=row["year"],
            scope=table["scope"],
            kg_per_kwh=row["kg_per_kwh"],
            source=row["source"],
        )
    except CatalogueError as error:
        raise CatalogueError(f"{file}, {where}: {error}") from error


def _check_keys(file: str, where: str, row: dict[str, Any], wanted: tuple[str, ...]) -> None:
    for key in wanted:
        if key not in row:
            raise CatalogueError(f"{file}, {where}{key}: this key is missing")
    for key in row:
        if key not in wanted:
            raise CatalogueError(f"{file}, {where}{key}: no such key; known are {wanted}")


def _expect(file: str, key: str, value: object, kind: type, words: str) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise CatalogueError(f"{file}, {key}: {words} was expected, not {value!r}")


def _name(file: Traversable) -> str:
    return file.name
