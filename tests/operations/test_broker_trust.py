"""Ingest speaks by TLS to the broker it trusts, and ends with a sentence before any other."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.servers.accounts import choose_account, make_open_folder
from commonwatt.servers.authority import BROKER_LIFE, issue_broker, make_authority
from commonwatt.servers.broker import find_mosquitto, hash_secret, write_credentials
from commonwatt.servers.credentials import BROKER_ACCOUNT, SERVICE_USER
from commonwatt.servers.ports import free_port
from commonwatt.servers.processes import Child, default_guard
from commonwatt.storage import meters
from commonwatt.storage.pool import connect
from tests.operations.test_commands import await_answer, start
from tests.operations.test_ingest_figures import SECRET, SERIAL, await_true, readings_of, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW_UTC = datetime.now(UTC)
COUNT = 600


@pytest.fixture
def folder() -> Iterator[Path]:
    made = make_open_folder("commonwatt-trust-")
    make_authority(made / "tls", NOW_UTC)
    users = dict.fromkeys((SERVICE_USER, f"{SERVICE_USER}-1", SERIAL), hash_secret(SECRET))
    write_credentials(made / "credentials", users)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def brokers() -> Iterator[list[Child]]:
    running: list[Child] = []
    yield running
    for each in running:
        each.stop(10)


def listen(folder: Path, brokers: list[Child], issued_utc: datetime = NOW_UTC) -> int:
    """The port of a mosquitto that is reached by TLS alone."""
    program = find_mosquitto()
    if program is None:
        pytest.skip("mosquitto is not installed")
    issue_broker(folder / "tls", ["127.0.0.1"], issued_utc)
    port, conf = free_port(), folder / "mosquitto.conf"
    conf.write_text(
        f"listener {port} 127.0.0.1\nuse_username_as_clientid true\nallow_anonymous false\n"
        f"certfile {folder}/tls/broker.crt\nkeyfile {folder}/tls/broker.key\n"
        f"password_file {folder}/credentials/passwords\nacl_file {folder}/credentials/acl\n"
        "max_inflight_messages 10000\nmax_queued_messages 10000\n"
    )
    command = [str(program), "-c", str(conf)]
    account = choose_account(BROKER_ACCOUNT)
    log = folder / "broker.log"
    brokers.append(Child.start(command, log=log, guard=default_guard(), account=account))
    await_answer(port)
    return port


def say_by_tls(port: int, authority: Path) -> None:
    """Send `COUNT` readings, each in a message of its own."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, SERIAL)
    client.username_pw_set(SERIAL, SECRET)
    client.tls_set(ca_certs=str(authority))
    client.max_inflight_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for n in range(1, COUNT + 1):
        told = client.publish(f"cw/v1/{SERIAL}/readings", readings_of(record(n)), qos=1)
    told.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


def count_rows(database: str) -> int:
    with connect(database) as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM readings").fetchall()
    return int(count)


@pytest.mark.parametrize("receiver", ["buffered", "stock"])
@pytest.mark.parametrize("worker", [0, 1])
def test_every_reading_comes_by_tls(
    database: str, folder: Path, brokers: list[Child], receiver: str, worker: int
) -> None:
    with connect(database) as connection:
        meters.add_meter(connection, SERIAL)
    port, authority = listen(folder, brokers), folder / "tls" / "authority.crt"
    settings = {"broker_port": port, "broker_password": SECRET, "broker_authority": authority}
    settings |= {"receiver": receiver, "messages_per_s": 10_000}
    log = folder / "ingest.log"
    child = start(log, database, "ingest", "--worker", str(worker), **settings)
    try:
        await_true(lambda: "connected to the broker" in log.read_text("utf-8"))
        say_by_tls(port, authority)
        await_true(lambda: count_rows(database) == COUNT)
    finally:
        child.stop(10)


def end_of(database: str, folder: Path, **settings: object) -> str:
    """What ingest says before it ends with exit status 1."""
    log = folder / "ingest.log"
    child = start(log, database, "ingest", **settings)
    await_true(lambda: child.poll() is not None)
    assert child.poll() == 1
    said = log.read_text("utf-8")
    assert "Traceback" not in said
    return said.splitlines()[-1]


def test_another_authority_is_not_trusted(
    database: str, folder: Path, brokers: list[Child]
) -> None:
    port = listen(folder, brokers)
    make_authority(folder / "other", NOW_UTC)
    authority = folder / "other" / "authority.crt"
    said = end_of(database, folder, broker_port=port, broker_authority=authority)
    assert said.startswith(f"commonwatt: the certificate of the broker at 127.0.0.1:{port} is not")
    assert "COMMONWATT_BROKER_AUTHORITY" in said


def test_a_certificate_that_has_ended_is_not_trusted(
    database: str, folder: Path, brokers: list[Child]
) -> None:
    port = listen(folder, brokers, NOW_UTC - BROKER_LIFE - timedelta(days=1))
    authority = folder / "tls" / "authority.crt"
    said = end_of(database, folder, broker_port=port, broker_authority=authority)
    assert "certificate has expired" in said
    assert "`commonwatt ca issue`" in said


def test_a_wrong_password_ends_it(database: str, folder: Path, brokers: list[Child]) -> None:
    port, authority = listen(folder, brokers), folder / "tls" / "authority.crt"
    settings = {"broker_port": port, "broker_authority": authority, "broker_password": "other"}
    said = end_of(database, folder, **settings)
    assert said.startswith(f"commonwatt: the broker refuses the name {SERVICE_USER}")
    assert "other" not in said


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_is_no_authority_ends_it(
    database: str, folder: Path, content: str | None
) -> None:
    path = folder / "nothing.crt"
    if content:
        path.write_text(content)
    said = end_of(database, folder, broker_authority=path)
    assert said.startswith(f"commonwatt: {path} is no certificate of an authority")
