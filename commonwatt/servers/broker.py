"""The MQTT broker on this machine: mosquitto if it is installed, else the one that pip brings.

The pip one, amqtt, forgets messages that a crashed subscriber had not acknowledged and everything
when it is restarted; meters keep their readings until the receipt, so these come again.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from commonwatt.errors import MissingServerError, ServerStartError
from commonwatt.servers.accounts import choose_account, find_closed_folder, give
from commonwatt.servers.credentials import (
    ACL,
    BROKER_ACCOUNT,
    PASSWORDS,
    hash_secret,
    verify_secret,
    write_credentials,
)
from commonwatt.servers.ports import LOOPBACK, free_port, is_answered, require_free
from commonwatt.servers.processes import Child, default_guard

if TYPE_CHECKING:
    from commonwatt.servers.accounts import Account
    from commonwatt.servers.processes import Guard

__all__ = [
    "Broker",
    "BrokerKind",
    "QueueLimits",
    "find_mosquitto",
    "hash_secret",
    "queue_limits",
    "reload_by_pid_file",
    "render_mosquitto_conf",
    "verify_secret",
    "write_credentials",
]

SERVICE_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
START_WITHIN_S = 15.0
STOP_WITHIN_S = 10.0
POLL_S = 0.02
UNREADABLE_QUEUE = "Couldn't open database"
QUEUE_MEMORY_BYTES = 256 * 1024 * 1024
"""What the broker may need for what the service has not taken yet."""
QUEUED_MESSAGE_BYTES = 400
"""What mosquitto 2.0 needs for a queued message beside its payload; tests/servers measures it."""
PLUGINS = "commonwatt.servers.amqtt_plugins"


class BrokerKind(StrEnum):
    """Which program serves."""

    MOSQUITTO = "mosquitto"
    AMQTT = "amqtt"


def find_mosquitto() -> Path | None:
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *SERVICE_FOLDERS))
    found = shutil.which("mosquitto", path=path)
    return Path(found).resolve() if found else None


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How much may wait for a client that is away; what comes beyond is dropped by the broker."""

    messages: int
    payload_bytes: int


def queue_limits(memory_bytes: int) -> QueueLimits:
    """Limits that keep within a memory budget: half of it for payloads, half for what each costs beside."""
    half_bytes = memory_bytes // 2
    return QueueLimits(half_bytes // QUEUED_MESSAGE_BYTES, half_bytes)


def render_mosquitto_conf(
    *,
    port: int,
    directory: Path,
    credentials_folder: Path,
    queue_memory_bytes: int = QUEUE_MEMORY_BYTES,
) -> str:
    """A configuration that mosquitto 2.0.11 and later 2.0 understand."""
    limits = queue_limits(queue_memory_bytes)
    return "\n".join(
        (
            f"listener {port} {LOOPBACK}",
            "use_username_as_clientid true",
            "allow_anonymous false",
            f"password_file {credentials_folder / PASSWORDS}",
            f"acl_file {credentials_folder / ACL}",
            "persistence true",
            f"persistence_location {directory}/",
            "autosave_interval 5",
            "max_packet_size 8192",
            "max_inflight_messages 10000",
            f"max_queued_messages {limits.messages}",
            f"max_queued_bytes {limits.payload_bytes}",
            "set_tcp_nodelay true",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
            "connection_messages false",
            "",
        )
    )


def render_amqtt_conf(*, port: int, credentials_folder: Path) -> str:
    """What `commonwatt.servers.amqtt_process` reads."""
    files = {
        "passwords": str(credentials_folder / PASSWORDS),
        "acl": str(credentials_folder / ACL),
    }
    conf = {
        "listeners": {"default": {"type": "tcp", "bind": f"{LOOPBACK}:{port}"}},
        "timeout_disconnect_delay": 2,
        "plugins": {f"{PLUGINS}.FilePasswords": files, f"{PLUGINS}.FileTopics": files},
    }
    return json.dumps(conf, indent=2)


class Broker:
    """One broker on 127.0.0.1, with its state in `directory`; write the credentials first."""

    def __init__(
        self,
        directory: Path,
        credentials_folder: Path,
        port: int | None = None,
        *,
        kind: BrokerKind | None = None,
        guard: Guard | None = None,
        queue_memory_bytes: int = QUEUE_MEMORY_BYTES,
    ) -> None:
        self.directory = directory.resolve()
        self.credentials_folder = credentials_folder.resolve()
        self.host = LOOPBACK
        self.port = port or free_port()
        self._program = find_mosquitto()
        self.kind = kind or (BrokerKind.MOSQUITTO if self._program else BrokerKind.AMQTT)
        self._guard = guard
        self._queue_memory_bytes = queue_memory_bytes
        self._child: Child | None = None

    @property
    def log(self) -> Path:
        return self.directory / "broker.log"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Return once it accepts connections."""
        require_free(self.port)
        account = choose_account(BROKER_ACCOUNT) if self.kind is BrokerKind.MOSQUITTO else None
        self._make_directory(account)
        self._check_credentials(account)
        child = self._run(account)
        if child.poll() is not None and self._set_queue_aside(child.read_words()):
            child = self._run(account)
        if not is_answered(self.port):
            child.kill()
            raise ServerStartError(f"{self.kind} did not start: {child.read_words()}")
        self._child = child

    def stop(self) -> None:
        if self._child:
            self._child.stop(STOP_WITHIN_S)
            self._child = None

    def kill(self) -> None:
        """SIGKILL, for fault tests."""
        if self._child:
            self._child.kill()
            self._child = None

    def reload(self) -> None:
        """Make it obey the credential files as they are now; amqtt looks for itself."""
        if self._child and self.kind is BrokerKind.MOSQUITTO:
            self._child.send(signal.SIGHUP)

    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _make_directory(self, account: Account | None) -> None:
        if not self.directory.exists():
            self.directory.mkdir(parents=True, mode=0o700)
            give(self.directory, account)
        closed = find_closed_folder(self.directory, account) if account else None
        if account and closed:
            raise ServerStartError(
                f"the account {account.name}, under which the broker runs, cannot enter {closed}: "
                "set another folder for the broker"
            )

    def _check_credentials(self, account: Account | None) -> None:
        folder = self.credentials_folder
        missing = [name for name in (PASSWORDS, ACL) if not (folder / name).is_file()]
        if missing:
            raise ServerStartError(f"no file {missing[0]} in {folder}: write the credentials first")
        closed = find_closed_folder(folder, account) if account else None
        if account and closed:
            raise ServerStartError(
                f"the account {account.name}, under which the broker runs, cannot enter {closed}: "
                "set another folder for the credentials"
            )

    def _write_command(self) -> list[str]:
        conf = self.directory / f"{self.kind}.conf"
        if self.kind is BrokerKind.AMQTT:
            text = render_amqtt_conf(port=self.port, credentials_folder=self.credentials_folder)
            command = [sys.executable, "-m", "commonwatt.servers.amqtt_process", str(conf)]
        elif self._program:
            text = render_mosquitto_conf(
                port=self.port,
                directory=self.directory,
                credentials_folder=self.credentials_folder,
                queue_memory_bytes=self._queue_memory_bytes,
            )
            command = [str(self._program), "-c", str(conf)]
        else:
            raise MissingServerError(
                "mosquitto is not installed: type `python3 scripts/system_packages.py mosquitto`"
            )
        conf.write_text(text, encoding="utf-8")
        conf.chmod(0o644)
        return command

    def _run(self, account: Account | None) -> Child:
        """The program, once it answers, ends or takes too long."""
        child = Child.start(
            self._write_command(),
            log=self.log,
            guard=self._guard or default_guard(),
            env=_child_environment(),
            account=account,
        )
        deadline_s = time.monotonic() + START_WITHIN_S
        while child.poll() is None and not is_answered(self.port):
            if time.monotonic() > deadline_s:
                break
            time.sleep(POLL_S)
        return child

    def _set_queue_aside(self, words: str) -> bool:
        """Whether mosquitto's saved queue was unreadable and is now out of its way.

        What was in it is in the meters' logs still, which send it again.
        """
        queue = self.directory / "mosquitto.db"
        if UNREADABLE_QUEUE not in words or not queue.exists():
            return False
        queue.replace(queue.with_name("mosquitto.db.unreadable"))
        return True


def reload_by_pid_file(pid_file: Path) -> None:
    """Tell a mosquitto that somebody else runs to read its files again; one that is away will."""
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        os.kill(int(pid_file.read_text("ascii")), signal.SIGHUP)


def _child_environment() -> dict[str, str]:
    """Ours, with this package importable from any folder."""
    here = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": os.pathsep.join((here, known)) if known else here}
