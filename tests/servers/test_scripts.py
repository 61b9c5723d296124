"""The scripts that fetch programs read the machine right and say what is missing."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commonwatt.servers.postgres import find_timescale

if TYPE_CHECKING:
    from types import ModuleType

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def timescale() -> Any:
    return load("timescale")


@pytest.fixture(scope="module")
def packages() -> Any:
    return load("system_packages")


def write_sources(folder: Path, name: str, text: str) -> Path:
    (folder / "sources.list.d").mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder


def test_mirror_from_one_line_sources(timescale: Any, tmp_path: Path) -> None:
    text = (
        "# deb http://old.example/debian bookworm main\n"
        "deb [arch=amd64] http://other.example/node nodistro main\n"
        "deb-src http://source.example/debian bookworm main\n"
        "deb http://safe.example/debian-security bookworm-security main\n"
        "deb [signed-by=/k.gpg] http://here.example/debian bookworm main\n"
    )
    sources = write_sources(tmp_path, "sources.list", text)
    assert timescale.find_mirror(sources) == "http://here.example/debian"


def test_mirror_from_deb822_sources(timescale: Any, tmp_path: Path) -> None:
    text = (
        "Types: deb\nURIs: http://off.example/debian\nSuites: trixie\nEnabled: no\n\n"
        "Types: deb deb-src\n# a comment\nURIs:\n http://here.example/debian\n"
        "Suites: trixie trixie-updates\nComponents: main\n"
    )
    sources = write_sources(tmp_path, "sources.list.d/debian.sources", text)
    assert timescale.find_mirror(sources) == "http://here.example/debian"


def test_ubuntu_is_told_to_name_a_mirror(timescale: Any, tmp_path: Path) -> None:
    text = "deb http://ubuntu.example/ubuntu noble main universe\n"
    sources = write_sources(tmp_path, "sources.list", text)
    with pytest.raises(timescale.UnpackError, match="knows no Debian archive: name one"):
        timescale.find_mirror(sources)


def test_only_libraries_and_programs_are_taken(timescale: Any, tmp_path: Path) -> None:
    class PlanningApt:
        def run(self, *arguments: str) -> str:
            names = ("libc6", "perl", "libllvm19", "libpq5", "postgresql-common", "postgresql-17")
            return "".join(f"Inst {name} (1 Debian:13/stable [amd64])\n" for name in names)

    assert timescale.choose_packages(PlanningApt()) == ["libc6", "libpq5", "postgresql-17"]


def test_marker_leads_to_the_programs(timescale: Any, tmp_path: Path) -> None:
    assert find_timescale(tmp_path) is None
    assert not timescale.is_made(tmp_path / ".timescale")
    timescale.write_marker(tmp_path / ".timescale", "root/bin", {"postgresql": "17.11"})
    programs = tmp_path / ".timescale" / "root" / "bin"
    assert find_timescale(tmp_path) == programs
    assert find_timescale(tmp_path / ".timescale") == programs
    kept = json.loads((tmp_path / ".timescale" / "versions.json").read_text())
    assert kept == {"programs": "root/bin", "postgresql": "17.11"}


def test_what_is_there_is_not_installed(packages: Any) -> None:
    command = [sys.executable, str(SCRIPTS / "system_packages.py"), "mosquitto"]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    assert said.stdout.startswith("mosquitto: ")
    assert said.stdout.strip().endswith("/mosquitto")


def test_what_is_missing_is_named_with_its_command(
    packages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = packages.Package(("no-such-program",), apt="absent-apt", brew="absent-brew")
    monkeypatch.setitem(packages.PACKAGES, "absent", absent)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(packages.InstallError, match=r"absent; type: .*install absent-"):
        packages.ensure(["absent"])


@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 0\n"])
def test_the_service_policy_is_put_back(
    packages: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    policy = tmp_path / "policy-rc.d"
    if before:
        policy.write_text(before)
        policy.chmod(0o700)
    monkeypatch.setattr(packages, "POLICY", policy)
    with packages.services_kept_stopped():
        assert "exit 101" in policy.read_text()
        assert policy.stat().st_mode & 0o111
    assert (policy.read_text() if policy.exists() else None) == before
    assert before is None or policy.stat().st_mode & 0o777 == 0o700
