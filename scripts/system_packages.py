"""Makes sure that the programs which pip cannot bring (a broker, a browser) are on this machine."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/opt/homebrew/bin")
POLICY = Path("/usr/sbin/policy-rc.d")
NEVER_START_SERVICES = "#!/bin/sh\nexit 101\n"


@dataclass(frozen=True, slots=True)
class Package:
    """A package to install, and the programs or the library that show that it is there."""

    programs: tuple[str, ...]
    apt: str
    brew: str
    library: str = ""


PACKAGES = {
    "mosquitto": Package(("mosquitto",), apt="mosquitto", brew="mosquitto"),
    "chromium": Package(
        (
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        ),
        apt="chromium",
        brew="--cask chromium",
    ),
    # What drives the browser is a program of its own, and small Debian systems lack its library.
    "libatomic": Package(("otool",), apt="libatomic1", brew="", library="atomic"),
}


class InstallError(Exception):
    """What is missing and what to type, in one sentence."""


def find_program(package: Package) -> str | None:
    if package.library and (found_library := find_library(package.library)):
        return found_library
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *SERVICE_FOLDERS))
    found = (shutil.which(program, path=path) for program in package.programs)
    return next((program for program in found if program), None)


def list_missing(names: list[str]) -> list[str]:
    return [name for name in names if find_program(PACKAGES[name]) is None]


def advise(missing: list[str]) -> str:
    """One sentence: what is missing and the command that brings it."""
    if sys.platform == "darwin":
        command = " && ".join(f"brew install {PACKAGES[name].brew}" for name in missing)
    else:
        command = "sudo apt-get install " + " ".join(PACKAGES[name].apt for name in missing)
    return f"Missing on this machine: {', '.join(missing)}; type: {command}"


@contextmanager
def services_kept_stopped() -> Iterator[None]:
    """While it lasts, packages that bring a service do not start it."""
    before = (POLICY.read_bytes(), POLICY.stat().st_mode) if POLICY.exists() else None
    POLICY.write_text(NEVER_START_SERVICES, encoding="ascii")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            POLICY.unlink()
        else:
            POLICY.write_bytes(before[0])
            POLICY.chmod(before[1] & 0o7777)


def apt_get(*arguments: str) -> None:
    command = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", *arguments]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, check=False, stdout=sys.stderr)
    if done.returncode != 0:
        raise InstallError(f"apt-get failed, see above; type it by hand: {' '.join(command)}")


def install(missing: list[str]) -> None:
    apt_get("update")
    with services_kept_stopped():
        packages = [PACKAGES[name].apt for name in missing]
        apt_get("install", "--yes", "--no-install-recommends", *packages)


def ensure(names: list[str]) -> None:
    """Install what is missing where that is allowed, and raise InstallError otherwise."""
    missing = list_missing(names)
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        install(missing)
        missing = list_missing(names)
    if missing:
        raise InstallError(advise(missing))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=sorted(PACKAGES), metavar="name")
    names: list[str] = parser.parse_args().names
    try:
        ensure(names)
    except InstallError as error:
        print(error, file=sys.stderr)
        return 1
    for name in names:
        print(f"{name}: {find_program(PACKAGES[name])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
