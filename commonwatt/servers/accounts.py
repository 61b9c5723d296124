"""Under which account of the machine a server runs when this program is root, and where it may go."""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account of the operating system."""

    name: str
    uid: int
    gid: int


def choose_account(preferred: str) -> Account | None:
    """None unless we are root; then `preferred` if the machine has it, else nobody."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get(preferred) or known["nobody"]
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def find_closed_folder(path: Path, account: Account) -> Path | None:
    """The first folder on the way to and including `path` that this account cannot enter."""
    absolute = path.resolve()
    return next((folder for folder in _way_to(absolute) if not _may_enter(folder, account)), None)


def make_open_folder(prefix: str) -> Path:
    """A fresh temporary folder that every account can enter; the caller removes it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    return folder


def give(path: Path, account: Account | None) -> None:
    """Make `account` the owner of this one file or folder; without account, leave it."""
    if account:
        os.chown(path, account.uid, account.gid)


def _way_to(path: Path) -> list[Path]:
    return [folder for folder in (*reversed(path.parents), path) if folder.is_dir()]


def _may_enter(folder: Path, account: Account) -> bool:
    status = folder.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
