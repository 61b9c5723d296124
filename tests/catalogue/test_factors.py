"""The emission factors that ship, and every way a file of them can be wrong."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from commonwatt.catalogue.factors import read_factors, shipped_factors
from commonwatt.core.carbon import CONSUMPTION_MIX, PRODUCTION_INTENSITY, choose_factor
from commonwatt.errors import CatalogueError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
version = "a-1"
scope = "average_consumption_mix"
unit = "kg CO2e/kWh"
publisher = "somebody"
read_on = 2026-01-31

[[factor]]
year = 2022
kg_per_kwh = 0.05
source = "a page"

[[factor]]
year = 2023
kg_per_kwh = 0.06
source = "another page"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "set.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_factors() -> None:
    by_year = {f.year: f.kg_per_kwh for f in shipped_factors() if f.scope == CONSUMPTION_MIX}
    assert by_year == {2021: 0.0569, 2022: 0.0520, 2023: 0.0580, 2024: 0.0519}
    production = [f for f in shipped_factors() if f.scope == PRODUCTION_INTENSITY]
    assert [(f.year, f.kg_per_kwh) for f in production] == [(2023, 0.032), (2024, 0.0217)]
    assert choose_factor(shipped_factors(), 2030, CONSUMPTION_MIX).year == 2024


def test_every_shipped_factor_says_where_it_is_from() -> None:
    assert all(factor.source.startswith("https://") for factor in shipped_factors())
    folder = files("commonwatt.catalogue") / "factors"
    sets = [tomllib.loads(file.read_text("utf-8")) for file in folder.iterdir()]
    assert len({each["version"] for each in sets}) == len(sets) > 1


def test_a_set_is_read_in_order(tmp_path: Path) -> None:
    first, second = read_factors(write(tmp_path, GOOD))
    assert (first.version, first.year, first.kg_per_kwh, first.source) == (
        "a-1",
        2022,
        0.05,
        "a page",
    )
    assert second.year == 2023


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('version = "a-1"\n', "", "set.toml, version: this key is missing"),
        ('version = "a-1"', "version = 1", "set.toml, version: text was expected, not 1"),
        ('version = "a-1"', 'version = ""', r"set.toml, factor\[0\]: .*the name of its set"),
        ("kg CO2e/kWh", "g CO2e/kWh", "set.toml, unit: .*not 'g CO2e/kWh'"),
        ("average_consumption_mix", "heating", r"set.toml, factor\[0\]: a scope"),
        ("year = 2023", "year = 2022", r"set.toml, factor: years in order .*\[2022, 2022\]"),
        ("year = 2023", 'year = "2023"', r"factor\[1\].year: a whole number .*'2023'"),
        ("0.06", "6", r"factor\[1\].kg_per_kwh: a number with a point was expected, not 6"),
        ("0.06", "60.0", r"factor\[1\]: more than 0 and at most 2 kg/kWh was expected, not 60"),
        ("0.06", "nan", r"factor\[1\]: .* not nan"),
        ('source = "another page"\n', "", r"factor\[1\].source: this key is missing"),
        ('"another page"', '"another page"\nscope = 2', r"factor\[1\].scope: no such key"),
        ('publisher = "somebody"', "", "set.toml, publisher: this key is missing"),
        ("[[factor]]", "[[factor", "set.toml: this is not TOML"),
    ],
)
def test_a_wrong_file_names_its_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(CatalogueError, match=message):
        read_factors(write(tmp_path, GOOD.replace(old, new)))


def test_a_set_without_factors_is_refused(tmp_path: Path) -> None:
    head = GOOD.split("[[factor]]", maxsplit=1)[0]
    with pytest.raises(CatalogueError, match="factor: this key is missing"):
        read_factors(write(tmp_path, head))
    with pytest.raises(CatalogueError, match="one \\[\\[factor\\]\\] or more"):
        read_factors(write(tmp_path, head + "factor = []"))
    with pytest.raises(CatalogueError, match=r"factor\[0\]: a table was expected, not 3"):
        read_factors(write(tmp_path, head + "factor = [3]"))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "set.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogueError, match=r"set.toml: this is not TOML"):
        read_factors(path)
