"""Machines without containers: units that systemd reads without complaint, with the commands of the containers."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from commonwatt.settings import Settings
from tests.conftest import ROOT
from tests.operations.test_compose import SERVICES

FOLDER = ROOT / "commonwatt" / "operations" / "systemd"
TEMPLATE, KEEPER = "commonwatt@.service", "commonwatt-credentials.service"
UNITS = (TEMPLATE, KEEPER)
INSTANCES = ("daily", "doors", "ingest", "serve")
PROGRAM = "/opt/commonwatt/.venv/bin/commonwatt"
MOST_EXPOSED = 2.0
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


def settings_of(unit: str) -> dict[str, list[str]]:
    """The lines of a unit's service, each key with all its values."""
    told: dict[str, list[str]] = {}
    for line in (FOLDER / unit).read_text("utf-8").partition("[Service]")[2].splitlines():
        key, sign, value = line.partition("=")
        if sign:
            told.setdefault(key, []).append(value)
    return told


def place(unit: str, folder: Path) -> Path:
    """The unit as it would stand on this machine, where the program lies elsewhere."""
    text = (FOLDER / unit).read_text("utf-8")
    assert PROGRAM in text
    program = Path(sys.executable).with_name("commonwatt")
    out = folder / unit
    out.write_text(text.replace(PROGRAM, str(program)), "utf-8")
    return out


def analyse(*arguments: str) -> str:
    told = subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout + told.stderr


@needs_systemd
@pytest.mark.parametrize("name", [*(f"commonwatt@{each}.service" for each in INSTANCES), KEEPER])
def test_systemd_has_nothing_to_complain_of(name: str, tmp_path: Path) -> None:
    for unit in UNITS:
        place(unit, tmp_path)
    assert analyse("verify", str(tmp_path / name)).strip() == ""


@needs_systemd
def test_a_misspelt_line_would_be_found(tmp_path: Path) -> None:
    unit = place(KEEPER, tmp_path)
    unit.write_text(unit.read_text("utf-8").replace("UMask", "Umaks"), "utf-8")
    assert "Umaks" in analyse("verify", str(unit))


@needs_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_a_process_may_do_little(unit: str, tmp_path: Path) -> None:
    told = analyse("security", "--offline=true", "--no-pager", str(place(unit, tmp_path)))
    found = re.search(r"exposure level for \S+ ([\d.]+)", told)
    assert found
    assert float(found[1]) <= MOST_EXPOSED


def test_the_commands_are_those_of_the_containers() -> None:
    contained = {each["command"][1]: each["command"] for each in SERVICES.values() if is_ours(each)}
    assert settings_of(TEMPLATE)["ExecStart"] == [f"{PROGRAM} %i"]
    [keeper] = settings_of(KEEPER)["ExecStart"]
    assert {*INSTANCES, "credentials", "prepare"} == set(contained)
    assert all(contained[each] == ["commonwatt", each] for each in INSTANCES)
    options = [each for each in contained["credentials"] if not each.startswith("/")]
    assert [each for each in keeper.split() if not each.startswith("/")] == options[1:]


def is_ours(service: dict[str, object]) -> bool:
    return service["image"] == "commonwatt"


@pytest.mark.parametrize("unit", UNITS)
def test_every_variable_is_a_setting(unit: str) -> None:
    known = {f"COMMONWATT_{name.upper()}" for name in Settings.model_fields}
    assert {each.partition("=")[0] for each in settings_of(unit)["Environment"]} <= known


@pytest.mark.parametrize("unit", UNITS)
def test_a_secret_reaches_the_process_as_a_file(unit: str) -> None:
    told = settings_of(unit)
    handed = {each.partition(":")[0] for each in told["LoadCredential"]}
    read = {each.partition("=%d/")[2] for each in told["Environment"] if "=%d/" in each}
    assert handed == read == {"database_password", "broker_password"}


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_a_whole_file(unit: str) -> None:
    parser = RawConfigParser(strict=False)
    parser.read(FOLDER / unit)
    assert parser.sections() == ["Unit", "Service", "Install"]
