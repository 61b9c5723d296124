"""A PostgreSQL server of our own, from the wheel or from any folder of programs, on 127.0.0.1."""

from __future__ import annotations

import fcntl
import functools
import os
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from commonwatt.errors import MissingServerError, ServerStartError
from commonwatt.servers.accounts import choose_account, find_closed_folder, give
from commonwatt.servers.ports import LOOPBACK, free_port, require_free
from commonwatt.servers.processes import Child, default_guard
from commonwatt.servers.programs import find_embedded, find_timescale, open_programs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import TextIOWrapper

    from commonwatt.servers.accounts import Account
    from commonwatt.servers.processes import Guard

__all__ = ["PostgresServer", "find_embedded", "find_timescale"]

SUPERUSER = "commonwatt"
ACCOUNT = "postgres"
FIRST_WITH_BUILTIN_LOCALES = 17
LONGEST_SOCKET_PATH = 100
ANSWERING = ("ready", "standby")
"""What a server says of itself when it lets clients in; one that replays a log lets them read."""
START_WITHIN_S = 600.0
"""Crash recovery of a large database takes minutes; a server that gives up is noticed at once."""
GHOSTS_WITHIN_S = 20.0
STOP_WITHIN_S = 60.0
POLL_S = 0.02
GHOST_WORDS = ("pre-existing shared memory block", "lock file", "Address already in use")
"""What a new server says while processes of a killed one are still there."""


class PostgresServer:
    """One cluster in `directory`, made on the first start and kept between starts."""

    def __init__(
        self,
        directory: Path,
        programs: Path | None = None,
        port: int | None = None,
        *,
        guard: Guard | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory.resolve()
        self.port = port or free_port()
        self._programs = (programs or find_embedded()).resolve()
        self._guard = guard
        self._options = dict(options or {})
        self._child: Child | None = None
        self._claim: TextIOWrapper | None = None

    @property
    def url(self) -> str:
        return self.url_for("postgres")

    def url_for(self, database: str) -> str:
        name = quote(database, safe="")
        return f"postgresql://{SUPERUSER}:{self._password}@{LOOPBACK}:{self.port}/{name}"

    @functools.cached_property
    def version(self) -> str:
        """Such as 18.6."""
        command = [str(self._programs / "postgres"), "--version"]
        try:
            said = subprocess.run(  # noqa: S603 - a program we were told to run
                command, check=True, capture_output=True, text=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise MissingServerError(f"PostgreSQL cannot be run: {error}") from error
        return said.stdout.split()[2]

    @property
    def has_timescale(self) -> bool:
        return (self._programs.parent / "lib" / "timescaledb.so").exists()

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def log(self) -> Path:
        return self.directory / "postgres.log"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Return once it accepts connections, which after a crash may take a while."""
        account = choose_account(ACCOUNT)
        self._make_directory(account)
        self._claim_directory()
        try:
            programs = open_programs(self._programs, self.directory / "programs", account)
            self._make_cluster(programs, account)
            self._stop_orphan()
            require_free(self.port)
            self._start_until_ready(programs, account)
        except BaseException:
            self._release_directory()
            raise

    def stop(self) -> None:
        """Disconnect everybody and end cleanly."""
        if self._child:
            self._child.stop(STOP_WITHIN_S)
            self._forget_child()

    def kill(self) -> None:
        """SIGKILL, for fault tests."""
        if self._child:
            self._child.kill()
            self._forget_child()

    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _password_file(self) -> Path:
        return self.directory / "password"

    @property
    def _password(self) -> str:
        try:
            return self._password_file.read_text(encoding="ascii")
        except FileNotFoundError:
            raise ServerStartError(
                f"no file password in {self.directory}: start the server first, or, if its folder "
                "data is there, set another folder"
            ) from None

    def _forget_child(self) -> None:
        self._child = None
        self._release_directory()

    def _make_directory(self, account: Account | None) -> None:
        if not self.directory.exists():
            self.directory.mkdir(parents=True)
            self.directory.chmod(0o711 if account else 0o700)
        closed = find_closed_folder(self.directory, account) if account else None
        if account and closed:
            raise ServerStartError(
                f"root may not run PostgreSQL, and the account {account.name} cannot enter "
                f"{closed}: set another folder for the database"
            )

    def _claim_directory(self) -> None:
        claim = (self.directory / "lock").open("w", encoding="ascii")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            claim.close()
            raise ServerStartError(
                f"another running program uses the database in {self.directory}: "
                "stop it or set another folder"
            ) from None
        self._claim = claim

    def _release_directory(self) -> None:
        if self._claim:
            self._claim.close()
            self._claim = None

    def _make_cluster(self, programs: Path, account: Account | None) -> None:
        major = self.version.partition(".")[0]
        if self.data.exists():
            made_by = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
            if made_by != major:
                raise ServerStartError(
                    f"the database in {self.directory} was made by PostgreSQL {made_by} and this "
                    f"is {self.version}: set another folder or use the older programs"
                )
            return
        fresh = self.directory / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        give(fresh, account)
        self._run_initdb(programs, fresh, account)
        fresh.rename(self.data)

    def _run_initdb(self, programs: Path, data: Path, account: Account | None) -> None:
        _write_private(self._password_file, secrets.token_urlsafe(24), None)
        pwfile = self.directory / "password.initdb"
        _write_private(pwfile, self._password, account)
        builtin = int(self.version.partition(".")[0]) >= FIRST_WITH_BUILTIN_LOCALES
        command = [str(programs / "initdb"), "-D", str(data), "-U", SUPERUSER, "-E", "UTF8"]
        command += ["-A", "scram-sha-256", f"--pwfile={pwfile}", "--locale=C"]
        if builtin:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        child = Child.start(
            command, log=self.log, guard=self._guard or default_guard(), account=account
        )
        ended = child.wait(START_WITHIN_S)
        child.kill()
        pwfile.unlink()
        if not ended or child.poll() != 0:
            raise ServerStartError(f"initdb failed: {child.read_words()}")

    def _stop_orphan(self) -> None:
        """End a server that a dead parent left on our data; forget a lock that names a stranger."""
        lock = self.data / "postmaster.pid"
        pid = _read_lock(lock)[0]
        if pid is None:
            return
        if str(self.data) not in _read_command(int(pid)):
            lock.unlink(missing_ok=True)
            return
        for number in (signal.SIGINT, signal.SIGKILL):
            if _end_stranger(int(pid), str(self.data), number):
                return
        raise ServerStartError(f"an old PostgreSQL, process {pid}, does not end: end it by hand")

    def _start_until_ready(self, programs: Path, account: Account | None) -> None:
        ghosts_deadline_s = time.monotonic() + GHOSTS_WITHIN_S
        while True:
            child = Child.start(
                self._command(programs),
                log=self.log,
                guard=self._guard or default_guard(),
                stop_signal=signal.SIGINT,
                account=account,
            )
            if self._await_ready(child):
                self._child = child
                return
            child.kill()
            words = child.read_words()
            haunted = any(ghost in words for ghost in GHOST_WORDS)
            if not haunted or time.monotonic() > ghosts_deadline_s:
                raise ServerStartError(f"PostgreSQL did not start: {words}")
            time.sleep(POLL_S)

    def _await_ready(self, child: Child) -> bool:
        deadline_s = time.monotonic() + START_WITHIN_S
        while child.poll() is None and time.monotonic() < deadline_s:
            pid, state = _read_lock(self.data / "postmaster.pid")
            if pid == str(child.pid) and state in ANSWERING:
                return True
            time.sleep(POLL_S)
        return False

    def _command(self, programs: Path) -> list[str]:
        socket_path = f"{self.data}/.s.PGSQL.{self.port}"
        sockets = str(self.data) if len(socket_path) <= LONGEST_SOCKET_PATH else ""
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": sockets,
            "synchronous_commit": "on",
            "wal_recycle": "off",
        }
        if self.has_timescale:
            settings["shared_preload_libraries"] = "timescaledb"
            settings["timescaledb.telemetry_level"] = "off"
        command = [str(programs / "postgres"), "-D", str(self.data)]
        for name, value in (settings | self._options).items():
            command += ["-c", f"{name}={value}"]
        return command


def _write_private(path: Path, text: str, account: Account | None) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    give(path, account)


def _read_lock(lock: Path) -> tuple[str | None, str | None]:
    """The server's process id and state, as it keeps them in its lock file."""
    try:
        lines = lock.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None, None
    pid = lines[0].strip() if lines else ""
    return (pid if pid.isdigit() else None), (lines[7].strip() if len(lines) > 7 else None)


def _read_command(pid: int) -> str:
    """The command line of a process, empty when there is none such."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return ""
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    said = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - fixed
    return said.stdout


def _end_stranger(pid: int, words: str, number: signal.Signals) -> bool:
    """Whether a process that is not our child and has `words` in its command has gone in time."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
    deadline_s = time.monotonic() + GHOSTS_WITHIN_S
    while words in _read_command(pid):
        if time.monotonic() > deadline_s:
            return False
        time.sleep(POLL_S)
    return True
