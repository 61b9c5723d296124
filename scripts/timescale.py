"""Unpacks Debian 13's PostgreSQL 17 with TimescaleDB into a folder, without root and without Docker.

The packages come from the Debian mirror that this machine's own apt uses, with their signatures
checked; the programs run with the C library that came with them, so an older system will do.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

RELEASE = "trixie"
RELEASE_NUMBER = "13"
WANTED = ("postgresql-17", "postgresql-17-timescaledb", "postgresql-client-17")
SYSTEM_PROGRAMS = Path("/usr/lib/postgresql/17/bin")
PROGRAMS = "root/usr/lib/postgresql/17/bin"
CONTROL = "usr/share/postgresql/17/extension/timescaledb.control"
MARKER = "versions.json"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SOURCES = Path("/etc/apt")
ZONES = Path("/usr/share/zoneinfo/Europe")
DEBIAN_SUITE = re.compile(r"(bookworm|trixie|forky|duke|sid|(old)?stable|testing|unstable)/?")
UNUSED_LIBRARIES = re.compile(r"lib(llvm|z3|perl|.*-perl$|db5|gdbm)")
UNUSED_FILES = (
    "./etc",
    "./usr/share/doc",
    "./usr/share/man",
    "./usr/share/locale",
    "*/gconv",
    "*/bitcode",
    "*/llvmjit*",
)
"""Without the libraries of LLVM its loader must be away too, or a large query would fail on it."""
ELF = b"\x7fELF"


class UnpackError(Exception):
    """What stands in the way and what to do, in one sentence."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """What Debian calls a processor, its folder of libraries and its dynamic loader."""

    name: str
    libraries: str
    loader: str


ARCHITECTURES = {
    "amd64": Architecture("amd64", "usr/lib/x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "arm64": Architecture("arm64", "usr/lib/aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}


@dataclass(frozen=True, slots=True)
class Apt:
    """apt with a state of its own inside `folder`, so that the machine's stays as it is."""

    folder: Path

    @property
    def configuration(self) -> Path:
        return self.folder / "apt.conf"

    def prepare(self, mirror: str, architecture: Architecture) -> None:
        for name in ("lists/partial", "archives/partial", "empty"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").write_text("", encoding="ascii")
        (self.folder / "sources.list").write_text(
            f"deb [signed-by={KEYRING}] {mirror} {RELEASE} main\n", encoding="ascii"
        )
        self.configuration.write_text(self._render(architecture), encoding="utf-8")

    def run(self, *arguments: str) -> str:
        command = ["apt-get", "-q", "-c", str(self.configuration), *arguments]
        environment = os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(
            command,
            check=False,
            env=environment,
            cwd=self.folder / "archives",
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            last_words = " ".join(done.stderr.split())[-400:]
            raise UnpackError(f"apt-get {arguments[0]} failed: {last_words}")
        return done.stdout

    def _render(self, architecture: Architecture) -> str:
        hooks = ("APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success")
        settings = {
            "Dir::State::lists": self.folder / "lists",
            "Dir::State::status": self.folder / "status",
            "Dir::State::extended_states": self.folder / "extended_states",
            "Dir::Cache": self.folder,
            "Dir::Cache::archives": self.folder / "archives",
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": self.folder / "empty",
            "Dir::Etc::preferences": self.folder / "none",
            "Dir::Etc::preferencesparts": self.folder / "empty",
            "Dir::Etc::trusted": self.folder / "none",
            "Dir::Etc::trustedparts": self.folder / "empty",
            "APT::Architecture": architecture.name,
            "APT::Sandbox::User": "root",
            "APT::Install-Recommends": "false",
            "Acquire::Languages": "none",
            "Acquire::AllowInsecureRepositories": "false",
        }
        lines = [
            f"#clear {name};" for name in (*hooks, "APT::Architectures", "APT::Default-Release")
        ]
        lines += [f'{name} "{value}";' for name, value in settings.items()]
        return "\n".join((*lines, ""))


def read_system() -> dict[str, str]:
    """What /etc/os-release says."""
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: value.strip('"') for name, _, value in pairs}


def parse_one_line_sources(text: str) -> list[tuple[str, str]]:
    """(address, suite) of each `deb` line of a .list file."""
    entry = re.compile(r"^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)", re.MULTILINE)
    return entry.findall(text)


def parse_deb822_sources(text: str) -> list[tuple[str, str]]:
    """(address, suite) of each enabled stanza of a .sources file."""
    text = re.sub(r"^#.*\n?", "", text, flags=re.MULTILINE)
    found: list[tuple[str, str]] = []
    for stanza in re.split(r"\n\s*\n", text):
        unfolded = re.sub(r"\n[ \t]+", " ", stanza)
        fields = {
            name.strip().lower(): value.split()
            for name, _, value in (line.partition(":") for line in unfolded.splitlines())
        }
        if "deb" in fields.get("types", []) and fields.get("enabled") != ["no"]:
            found += [(uri, suite) for uri in fields.get("uris", []) for suite in fields["suites"]]
    return found


def find_mirror(sources: Path) -> str:
    """The address of the Debian archive that this machine's apt is told to use."""
    parts = sources / "sources.list.d"
    entries: list[tuple[str, str]] = []
    for path in (sources / "sources.list", *sorted(parts.glob("*.list"))):
        if path.is_file():
            entries += parse_one_line_sources(path.read_text(encoding="utf-8"))
    for path in sorted(parts.glob("*.sources")):
        entries += parse_deb822_sources(path.read_text(encoding="utf-8"))
    found = [uri for uri, suite in entries if DEBIAN_SUITE.fullmatch(suite)]
    if not found:
        raise UnpackError(
            "this machine's apt knows no Debian archive: "
            "name one with --mirror, and install debian-archive-keyring"
        )
    return found[0]


def find_architecture() -> Architecture:
    said = subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
    )
    name = said.stdout.strip()
    if name not in ARCHITECTURES:
        raise UnpackError(f"known for amd64 and arm64 only, and this machine is {name}")
    return ARCHITECTURES[name]


def check_tools() -> None:
    missing = [tool for tool in ("apt-get", "dpkg", "dpkg-deb", "tar") if not shutil.which(tool)]
    if missing:
        raise UnpackError(f"needs a Debian system with {', '.join(missing)}")
    if not KEYRING.is_file():
        raise UnpackError("no keys to check Debian's signatures: install debian-archive-keyring")
    if not ZONES.is_dir():
        raise UnpackError("Debian's PostgreSQL reads the machine's time zones: install tzdata")


def choose_packages(apt: Apt) -> list[str]:
    """What we want and the libraries apt says it needs; scripts and services are left out."""
    plan = apt.run("install", "--simulate", *WANTED)
    names: list[str] = re.findall(r"^Inst (\S+)", plan, flags=re.MULTILINE)
    return [
        name
        for name in names
        if name in WANTED or (name.startswith("lib") and not UNUSED_LIBRARIES.match(name))
    ]


def unpack(archive: Path, root: Path) -> None:
    excluded = [f"--exclude={pattern}" for pattern in UNUSED_FILES]
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE
    ) as source:
        subprocess.run(
            ["tar", "-x", "-C", str(root), "--no-same-owner", *excluded],
            stdin=source.stdout,
            check=True,
        )
    if source.returncode != 0:
        raise UnpackError(f"{archive.name} cannot be unpacked")


def wrap_programs(programs: Path, architecture: Architecture) -> None:
    """Put before each program a script that runs it with the loader it was built for."""
    libraries = f"$here/../../../../../{architecture.libraries}"
    for program in sorted(programs.iterdir()):
        if program.is_symlink() or not program.read_bytes().startswith(ELF):
            continue
        real = program.rename(program.with_name(f"{program.name}.bin"))
        program.write_text(
            "#!/bin/sh\n"
            "here=${0%/*}\n"
            f'lib="{libraries}"\n'
            f'exec "$lib/{architecture.loader}" --inhibit-cache --library-path "$lib" '
            f'--argv0 "$0" "$here/{real.name}" "$@"\n',
            encoding="ascii",
        )
        program.chmod(0o755)


def read_versions(programs: Path, control: Path) -> dict[str, str]:
    said = subprocess.run(
        [programs / "postgres", "--version"], check=True, capture_output=True, text=True
    )
    timescaledb = re.search(r"default_version = '([^']+)'", control.read_text(encoding="utf-8"))
    return {
        "postgresql": said.stdout.split()[2],
        "timescaledb": timescaledb.group(1) if timescaledb else "unknown",
    }


def write_marker(folder: Path, programs: str, versions: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"programs": programs, **versions}, indent=2)
    (folder / MARKER).write_text(text + "\n", encoding="utf-8")


def build(folder: Path, mirror: str | None) -> None:
    """Fill `folder`; what an interrupted run left there is thrown away first."""
    check_tools()
    architecture = find_architecture()
    for name in ("root", "apt"):
        shutil.rmtree(folder / name, ignore_errors=True)
    apt, root = Apt(folder / "apt"), folder / "root"
    apt.prepare(mirror or find_mirror(SOURCES), architecture)
    apt.run("update")
    apt.run("download", *choose_packages(apt))
    root.mkdir()
    for archive in sorted((apt.folder / "archives").glob("*.deb")):
        unpack(archive, root)
    wrap_programs(folder / PROGRAMS, architecture)
    shutil.rmtree(apt.folder)
    write_marker(folder, PROGRAMS, read_versions(folder / PROGRAMS, root / CONTROL))


def is_made(folder: Path) -> bool:
    """Whether an earlier run finished and its programs still run."""
    try:
        known = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        programs = folder / known["programs"]
        said = subprocess.run(
            [programs / "postgres", "--version"], check=False, capture_output=True
        )
    except (OSError, ValueError, KeyError):
        return False
    return said.returncode == 0


def make(folder: Path, mirror: str | None) -> Path:
    """The folder of programs, made unless it is there."""
    installed = (SYSTEM_PROGRAMS.parent / "lib" / "timescaledb.so").exists()
    if not is_made(folder):
        if installed and read_system().get("VERSION_ID") == RELEASE_NUMBER:
            versions = read_versions(SYSTEM_PROGRAMS, Path("/") / CONTROL)
            write_marker(folder, str(SYSTEM_PROGRAMS), versions)
        else:
            build(folder, mirror)
    known: dict[str, str] = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    print(f"PostgreSQL {known['postgresql']}, TimescaleDB {known['timescaledb']}")
    return (folder / known["programs"]).resolve()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to put everything, such as .timescale")
    parser.add_argument("--mirror", help="the address of a Debian archive, if apt knows none")
    arguments = parser.parse_args()
    try:
        print(make(arguments.folder.resolve(), arguments.mirror))
    except (UnpackError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
