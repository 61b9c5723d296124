"""Reads price lists and Tempo colours from dated files, each with its source, and checks them."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

from commonwatt.core.price_lists import KvaPrices, PriceBook, PriceList
from commonwatt.core.tariff import Option, Rate
from commonwatt.core.tempo import Colour, TempoColours
from commonwatt.errors import CatalogueError, TariffError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

_Kind = TypeVar("_Kind")
_Name = TypeVar("_Name", Option, Rate, Colour)

_LIST_KEYS = {"offer", "option", "valid_from", "valid_to", "source", "read_on", "prices"}
_BLOCK_KEYS = {"price_eur_per_kwh", "yearly_subscription_eur"}
_COLOURS_HEAD = "day,colour"


@cache
def shipped_prices() -> PriceBook:
    """The price lists that ship with the service; a new one is a new file."""
    return read_prices(files("commonwatt.catalogue") / "prices")


def read_prices(folder: Traversable) -> PriceBook:
    """Every `.toml` file of a folder, one price list each."""
    found = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda f: f.name
    )
    lists = tuple(read_price_list(file) for file in found)
    try:
        return PriceBook(lists)
    except TariffError as error:
        raise CatalogueError(f"{folder.name}: {error}") from error


def read_price_list(file: Traversable) -> PriceList:
    """One price list; every error says the file and the key."""
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file.name}: TOML in UTF-8 was expected: {error}") from error
    _check_keys(file.name, table, _LIST_KEYS)
    option = _name(file.name, "option", Option, _take(file.name, table, "option", str))
    offer = _take(file.name, table, "offer", str)
    valid_from = _take(file.name, table, "valid_from", date)
    name = f"{offer}-{option}-{valid_from}"
    if file.name != f"{name}.toml":
        raise CatalogueError(f"{file.name}: a file of this content is called {name}.toml")
    _take(file.name, table, "read_on", date)
    try:
        return PriceList(
            name=name,
            option=option,
            valid_from=valid_from,
            valid_to=_take(file.name, table, "valid_to", date) if "valid_to" in table else None,
            source=_take(file.name, table, "source", str),
            by_kva=_read_blocks(file.name, _take(file.name, table, "prices", list)),
            offer=offer,
        )
    except TariffError as error:
        raise CatalogueError(f"{file.name}: {error}") from error


def _read_blocks(file: str, blocks: list[Any]) -> dict[int, KvaPrices]:
    """The prices of each subscribed power; each block holds powers that share the energy prices."""
    by_kva: dict[int, KvaPrices] = {}
    for number, block in enumerate(blocks, 1):
        where = f"{file}, prices {number}"
        _check_keys(where, block, _BLOCK_KEYS)
        prices = {
            _name(where, "price_eur_per_kwh", Rate, key): value
            for key, value in _numbers(where, block, "price_eur_per_kwh").items()
        }
        for key, yearly_eur in _numbers(where, block, "yearly_subscription_eur").items():
            if not key.isdecimal() or int(key) in by_kva:
                raise CatalogueError(
                    f"{where}, yearly_subscription_eur: a power in kVA that has no price yet was "
                    f"expected, not {key!r}"
                )
            try:
                by_kva[int(key)] = KvaPrices(yearly_eur, prices)
            except TariffError as error:
                raise CatalogueError(f"{where}, {key} kVA: {error}") from error
    return by_kva


def read_colours(file: Traversable) -> TempoColours:
    """Colours of Tempo days, as lines `2025-11-03,blue` below the head `day,colour`.

    Lines that begin with `#` say where the colours are from.
    """
    lines = file.read_text("utf-8").splitlines()
    numbered = [(n, line) for n, line in enumerate(lines, 1) if line and line[0] != "#"]
    if not numbered or numbered[0][1] != _COLOURS_HEAD:
        raise CatalogueError(f"{file.name}: the head {_COLOURS_HEAD!r} was expected")
    by_day: dict[date, Colour] = {}
    for number, line in numbered[1:]:
        where = f"{file.name}, line {number}"
        told, _, colour = line.partition(",")
        try:
            day = date.fromisoformat(told)
        except ValueError as error:
            raise CatalogueError(f"{where}: a day was expected, not {told!r}") from error
        if day in by_day:
            raise CatalogueError(f"{where}: {day} has a colour already")
        by_day[day] = _name(where, "colour", Colour, colour)
    return TempoColours(by_day)


def _check_keys(where: str, table: Any, known: set[str]) -> None:
    if not isinstance(table, dict):
        raise CatalogueError(f"{where}: a table was expected, not {table!r}")
    for key in table:
        if key not in known:
            raise CatalogueError(f"{where}, {key}: one of {', '.join(sorted(known))} was expected")


def _take(where: str, table: Mapping[str, Any], key: str, kind: type[_Kind]) -> _Kind:
    value = table.get(key)
    if type(value) is not kind:
        given = "nothing" if key not in table else repr(value)
        raise CatalogueError(f"{where}, {key}: a {kind.__name__} was expected, not {given}")
    return value


def _numbers(where: str, block: Mapping[str, Any], key: str) -> dict[str, float]:
    table = _take(where, block, key, dict)
    for name, value in table.items():
        if type(value) not in {int, float}:
            raise CatalogueError(f"{where}, {key}.{name}: a number was expected, not {value!r}")
    return {name: float(value) for name, value in table.items()}


def _name(where: str, key: str, names: type[_Name], value: str) -> _Name:
    try:
        return names(value)
    except ValueError as error:
        known = ", ".join(names)
        raise CatalogueError(
            f"{where}, {key}: one of {known} was expected, not {value!r}"
        ) from error
