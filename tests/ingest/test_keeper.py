"""What the database says of a meter's secret, the broker obeys within seconds."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.registry.serials import derived_serial
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.amqtt_plugins import parse_passwords
from commonwatt.servers.broker import Broker, BrokerKind
from commonwatt.servers.credentials import (
    PASSWORDS,
    hash_secret,
    new_secret,
    write_credentials,
)
from commonwatt.storage import credentials, meters
from commonwatt.storage.pool import connect
from ingest import keeper as keeper_module
from ingest.keeper import CredentialKeeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from commonwatt.storage.pool import Connection

CROWD = 5000
WITHIN_S = 5.0
SERIAL, OTHER = (derived_serial("kept", number) for number in range(2))


@pytest.fixture
def folder() -> Iterator[Path]:
    made = make_open_folder("commonwatt-keeper-")
    yield made
    shutil.rmtree(made)


@contextmanager
def kept(database: str, folder: Path, kind: BrokerKind) -> Iterator[Broker]:
    """A broker whose files are kept equal to the database."""
    broker = Broker(folder / "broker", folder / "credentials", kind=kind)
    keeper = CredentialKeeper(broker.credentials_folder, "service", broker.reload)
    stopping = threading.Event()
    with connect(database) as connection:
        keeper.keep(connection)
    watch = threading.Thread(target=keeper.watch, args=(database, stopping))
    with broker:
        watch.start()
        yield broker
        stopping.set()
        watch.join()


def add(connection: Connection, serial: str) -> tuple[int, str]:
    meter, secret = meters.add_meter(connection, serial, state="live"), new_secret()
    credentials.set_secret(connection, meter.meter_id, secret, datetime.now(UTC))
    return meter.meter_id, secret


def add_crowd(connection: Connection) -> None:
    """Thousands of other meters; one hash serves them all."""
    connection.execute(
        "INSERT INTO meters (serial, variant, state) SELECT serial, 'sim', 'live' FROM unnest(%s::text[]) serial",
        ([derived_serial("crowd", number) for number in range(CROWD)],),
    )
    connection.execute(
        "INSERT INTO credentials (meter_id, broker_hash, changed_utc)"
        " SELECT meter_id, %s, now() FROM meters ON CONFLICT DO NOTHING",
        (hash_secret("crowd"),),
    )


class Speaker:
    """A meter on its line; it does not come back by itself."""

    def __init__(self, broker: Broker, serial: str, secret: str) -> None:
        self.answers: list[bool] = []
        self.lost = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, serial, reconnect_on_failure=False)
        self._client.username_pw_set(serial, secret)
        self._client.on_connect = lambda *given: self.answers.append(not given[3].is_failure)
        self._client.on_disconnect = lambda *_: self.lost.set()
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        assert within(lambda: bool(self.answers))

    @property
    def is_welcome(self) -> bool:
        return self.answers == [True]

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def within(condition: Callable[[], bool], limit_s: float = WITHIN_S) -> bool:
    deadline_s = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(0.02)
    return True


def welcome(broker: Broker, serial: str, secret: str) -> bool:
    speaker = Speaker(broker, serial, secret)
    speaker.leave()
    return speaker.is_welcome


@pytest.mark.parametrize("kind", list(BrokerKind))
def test_a_revoked_meter_is_cut_and_stays_out(
    database: str, connection: Connection, folder: Path, kind: BrokerKind
) -> None:
    """Among 5,000 others, within 5 s; nobody else is disturbed."""
    add_crowd(connection)
    (meter_id, secret), (_, others) = add(connection, SERIAL), add(connection, OTHER)
    with kept(database, folder, kind) as broker:
        revoked, other = Speaker(broker, SERIAL, secret), Speaker(broker, OTHER, others)
        assert revoked.is_welcome
        assert other.is_welcome
        credentials.revoke(connection, meter_id, "stolen", datetime.now(UTC))
        assert revoked.lost.wait(WITHIN_S)
        assert not welcome(broker, SERIAL, secret)
        credentials.set_secret(connection, meter_id, "n" * 32, datetime.now(UTC))
        assert within(lambda: welcome(broker, SERIAL, "n" * 32))
        assert not welcome(broker, SERIAL, secret)
        assert not other.lost.is_set()
        for speaker in (revoked, other):
            speaker.leave()


@pytest.mark.parametrize("kind", list(BrokerKind))
def test_a_suspension_cuts_and_ends_by_itself(
    database: str, connection: Connection, folder: Path, kind: BrokerKind
) -> None:
    meter_id, secret = add(connection, SERIAL)
    with kept(database, folder, kind) as broker:
        speaker = Speaker(broker, SERIAL, secret)
        now_utc = datetime.now(UTC)
        end_utc = now_utc + timedelta(seconds=3)
        credentials.suspend(connection, meter_id, "flooding", now_utc, end_utc)
        assert speaker.lost.wait(WITHIN_S)
        assert not welcome(broker, SERIAL, secret)
        assert within(lambda: welcome(broker, SERIAL, secret), 3 + WITHIN_S)
        assert datetime.now(UTC) >= end_utc
        speaker.leave()


def test_a_new_meter_is_let_in(database: str, connection: Connection, folder: Path) -> None:
    with kept(database, folder, BrokerKind.MOSQUITTO) as broker:
        _, secret = add(connection, SERIAL)
        assert within(lambda: welcome(broker, SERIAL, secret))


def test_lost_or_broken_files_are_made_again(
    database: str, connection: Connection, folder: Path
) -> None:
    """The database alone is enough: the files are gone, or hold nothing."""
    _, secret = add(connection, SERIAL)

    def empty(path: Path) -> None:
        path.write_bytes(b"")

    for spoil in (os.unlink, empty):
        keeper = CredentialKeeper(folder / "credentials", "service", lambda: None)
        keeper.keep(connection)
        for path in (folder / "credentials").iterdir():
            spoil(path)
        with kept(database, folder, BrokerKind.MOSQUITTO) as broker:
            assert welcome(broker, SERIAL, secret)


def test_files_are_written_only_when_something_changed(
    connection: Connection, folder: Path
) -> None:
    told: list[int] = []
    keeper = CredentialKeeper(folder / "credentials", "service", lambda: told.append(1))
    add(connection, SERIAL)
    assert [keeper.keep(connection) for _ in range(3)] == [1, 1, 1]
    assert told == [1]
    add(connection, OTHER)
    assert keeper.keep(connection) == 2
    assert told == [1, 1]
    users = parse_passwords((folder / "credentials" / PASSWORDS).read_text())
    assert {SERIAL, OTHER, "ingest", "ingest-8"} <= users.keys()


def test_the_command_keeps_them_and_tells_a_broker_it_did_not_start(
    database: str, connection: Connection, folder: Path
) -> None:
    """As a service unit would run it: a folder, a pid file, and nothing else."""
    meter_id, secret = add(connection, SERIAL)
    environment = {
        **os.environ,
        "COMMONWATT_DATABASE_URL": database,
        "COMMONWATT_BROKER_PASSWORD": "x",
    }
    pid_file = folder / "broker.pid"
    command = [sys.executable, "-m", "commonwatt", "credentials", str(folder / "credentials")]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("1 meters may speak")
    with Broker(folder / "broker", folder / "credentials", kind=BrokerKind.MOSQUITTO) as broker:
        pid_file.write_text(f"{broker.pid}\n")
        watching = subprocess.Popen(
            [*command, "--watch", "--pid-file", str(pid_file)], env=environment
        )
        try:
            speaker = Speaker(broker, SERIAL, secret)
            credentials.revoke(connection, meter_id, "lost", datetime.now(UTC))
            assert speaker.lost.wait(WITHIN_S)
            speaker.leave()
        finally:
            watching.send_signal(signal.SIGTERM)
            assert watching.wait(WITHIN_S) == 0


def test_a_full_disk_is_waited_for(
    database: str, connection: Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def write_in_the_end(*given: Any) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_credentials(*given)

    monkeypatch.setattr(keeper_module, "write_credentials", write_in_the_end)
    monkeypatch.setattr(keeper_module, "_LOOK_AGAIN_S", 0.05)
    add(connection, SERIAL)
    keeper = CredentialKeeper(folder / "credentials", "service", lambda: None)
    stopping = threading.Event()
    watch = threading.Thread(target=keeper.watch, args=(database, stopping))
    watch.start()
    assert within((folder / "credentials" / PASSWORDS).exists)
    stopping.set()
    watch.join()
    assert len(tries) == 3


def test_killed_while_it_writes_it_leaves_files_that_serve(
    database: str, connection: Connection, folder: Path
) -> None:
    """Each kill comes at another moment of writing; the broker starts from what is there."""
    _, secret = add(connection, SERIAL)
    program = (
        "import sys, pathlib\n"
        "from ingest.keeper import CredentialKeeper\n"
        "from commonwatt.storage.pool import connect\n"
        "with connect(sys.argv[1]) as connection:\n"
        "    while True:\n"
        "        CredentialKeeper(pathlib.Path(sys.argv[2]), 'x', lambda: None).keep(connection)\n"
        "        print('kept', flush=True)\n"
    )
    command = [sys.executable, "-c", program, database, str(folder / "credentials")]
    for number in range(15):
        writing = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert writing.stdout
        assert writing.stdout.readline() == b"kept\n"
        time.sleep(number * 0.0012)
        writing.kill()
        writing.wait()
        writing.stdout.close()
        users = parse_passwords((folder / "credentials" / PASSWORDS).read_text())
        assert SERIAL in users
    with Broker(folder / "broker", folder / "credentials", kind=BrokerKind.MOSQUITTO) as broker:
        assert welcome(broker, SERIAL, secret)
