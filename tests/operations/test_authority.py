"""Meters trust the service's own authority and no other; what ends is told before it does."""

from __future__ import annotations

import shutil
import signal
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.errors import InputError, SetupError
from commonwatt.operations.doctor import judge_certificates
from commonwatt.operations.figures import Collector
from commonwatt.servers.accounts import choose_account, make_open_folder
from commonwatt.servers.authority import BROKER_LIFE, expiries, issue_broker, make_authority
from commonwatt.servers.broker import find_mosquitto, hash_secret, write_credentials
from commonwatt.servers.credentials import BROKER_ACCOUNT
from commonwatt.servers.ports import free_port, is_answered
from commonwatt.servers.processes import Child, default_guard
from tests.operations.scraping import fires, shown
from tests.operations.test_alerts import expression
from tests.operations.test_commands import await_answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERIAL, SECRET = "cw-0000000", "secret"
NOW_UTC = datetime.now(UTC)


class Served(NamedTuple):
    """A broker's port, and its process."""

    port: int
    child: Child


@pytest.fixture
def folder() -> Iterator[Path]:
    made = make_open_folder("commonwatt-authority-")
    yield made
    shutil.rmtree(made)


@pytest.fixture
def broker(folder: Path) -> Iterator[Served]:
    """A mosquitto as docs/operating.md says, that is reached by TLS alone."""
    program = find_mosquitto()
    if program is None:
        pytest.skip("mosquitto is not installed")
    make_authority(folder / "tls", NOW_UTC)
    issue_broker(folder / "tls", ["localhost", "127.0.0.1"], NOW_UTC)
    write_credentials(folder / "credentials", {SERIAL: hash_secret(SECRET)})
    port, conf = free_port(), folder / "mosquitto.conf"
    conf.write_text(
        f"listener {port} 127.0.0.1\nuse_username_as_clientid true\n"
        f"certfile {folder}/tls/broker.crt\nkeyfile {folder}/tls/broker.key\n"
        f"allow_anonymous false\npassword_file {folder}/credentials/passwords\n"
    )
    child = Child.start(
        [str(program), "-c", str(conf)],
        log=folder / "broker.log",
        guard=default_guard(),
        account=choose_account(BROKER_ACCOUNT),
    )
    await_answer(port)
    yield Served(port, child)
    child.stop(10)
    assert not is_answered(port)


def is_let_in(port: int, authority: Path, host: str = "127.0.0.1") -> bool:
    """Whether a meter that trusts this authority comes through, with its name and secret."""
    answers: list[bool] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, SERIAL)
    client.username_pw_set(SERIAL, SECRET)
    client.tls_set(ca_certs=str(authority / "authority.crt"))
    client.on_connect = lambda *given: answers.append(not given[3].is_failure)
    client.connect(host, port)
    while not answers:
        client.loop(0.1)
    client.disconnect()
    return answers[0]


def shake_hands(port: int, authority: Path) -> None:
    """What a meter does before it says who it is."""
    context = ssl.create_default_context(cafile=str(authority / "authority.crt"))
    with (
        socket.create_connection(("127.0.0.1", port), 5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1"),
    ):
        pass


def test_who_trusts_the_authority_comes_through(broker: Served, folder: Path) -> None:
    assert is_let_in(broker.port, folder / "tls")
    assert is_let_in(broker.port, folder / "tls", "localhost")
    shake_hands(broker.port, folder / "tls")


def test_who_trusts_another_authority_turns_away(broker: Served, folder: Path) -> None:
    make_authority(folder / "other", NOW_UTC)
    with pytest.raises(ssl.SSLCertVerificationError, match="verify failed"):
        shake_hands(broker.port, folder / "other")


def test_the_broker_reads_a_renewed_certificate_when_told(broker: Served, folder: Path) -> None:
    """One for another name is not trusted; one for the right name is again."""
    issue_broker(folder / "tls", ["elsewhere.example"], NOW_UTC)
    shake_hands(broker.port, folder / "tls")
    broker.child.send(signal.SIGHUP)
    time.sleep(1)
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        shake_hands(broker.port, folder / "tls")
    issue_broker(folder / "tls", ["127.0.0.1"], NOW_UTC)
    broker.child.send(signal.SIGHUP)
    time.sleep(1)
    shake_hands(broker.port, folder / "tls")


def test_a_renewed_certificate_is_of_the_same_authority(folder: Path) -> None:
    make_authority(folder / "tls", NOW_UTC)
    issue_broker(folder / "tls", ["localhost"], NOW_UTC - timedelta(days=300))
    before, kept = expiries(folder / "tls"), (folder / "tls" / "authority.crt").read_bytes()
    issue_broker(folder / "tls", ["localhost"], NOW_UTC)
    after = expiries(folder / "tls")
    assert after["broker"] - before["broker"] == timedelta(days=300)
    assert after["authority"] == before["authority"]
    assert (folder / "tls" / "authority.crt").read_bytes() == kept


def test_keys_are_private_and_never_replaced(folder: Path) -> None:
    make_authority(folder / "tls", NOW_UTC)
    issue_broker(folder / "tls", ["localhost"], NOW_UTC)
    keys = sorted((folder / "tls").glob("*.key"))
    assert [(key.name, key.stat().st_mode & 0o777) for key in keys] == [
        ("authority.key", 0o600),
        ("broker.key", 0o600),
    ]
    with pytest.raises(SetupError, match="meters trust it"):
        make_authority(folder / "tls", NOW_UTC)
    with pytest.raises(SetupError, match="no authority"):
        issue_broker(folder / "none", ["localhost"], NOW_UTC)
    with pytest.raises(InputError, match="host name"):
        issue_broker(folder / "tls", ["not a host"], NOW_UTC)


@pytest.mark.parametrize(("days_left", "ends"), [(29, True), (31, False)])
def test_what_ends_is_told_a_month_before(
    folder: Path, tmp_path: Path, days_left: int, *, ends: bool
) -> None:
    make_authority(folder / "tls", NOW_UTC)
    issue_broker(folder / "tls", ["localhost"], NOW_UTC - BROKER_LIFE + timedelta(days=days_left))
    found = [
        finding.facts["name"] for finding in judge_certificates(expiries(folder / "tls"), NOW_UTC)
    ]
    assert found == (["broker"] if ends else [])
    nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    told = shown(Collector(nowhere, tmp_path / "none", folder / "tls").figures())
    assert fires(expression("CertificateEnds"), told) is ends
