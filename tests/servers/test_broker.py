"""Both brokers let in the same people and carry the same topics."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commonwatt.errors import InputError, MissingServerError, PortInUseError, ServerStartError
from commonwatt.servers.broker import (
    Broker,
    BrokerKind,
    find_mosquitto,
    hash_secret,
    queue_limits,
    render_mosquitto_conf,
    verify_secret,
    write_credentials,
)
from commonwatt.servers.credentials import render_acl

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE, TWO = "cw-0000001", "cw-0000002"
SECRETS = {user: f"secret of {user}" for user in ("ingest", ONE, TWO)}
Meet = Any


def hash_all(secrets: dict[str, str]) -> dict[str, str]:
    return {user: hash_secret(secret) for user, secret in secrets.items()}


@pytest.fixture(params=list(BrokerKind))
def broker(request: pytest.FixtureRequest, folder: Path) -> Iterator[Broker]:
    write_credentials(folder / "credentials", hash_all(SECRETS))
    with Broker(folder / "broker", folder / "credentials", kind=request.param) as running:
        yield running


def test_secret_is_known_by_its_hash_only() -> None:
    hashed = hash_secret("one")
    assert hashed.startswith("$7$101$")
    assert hashed != hash_secret("one")
    assert verify_secret("one", hashed)
    assert not verify_secret("two", hashed)
    assert not verify_secret("one", "one")


def test_our_hashes_are_mosquittos(folder: Path) -> None:
    """mosquitto_passwd makes one, and we know it."""
    passwords = folder / "passwords"
    maker = shutil.which("mosquitto_passwd")
    assert maker, "install mosquitto: python3 scripts/system_packages.py mosquitto"
    subprocess.run([maker, "-c", "-b", str(passwords), "ann", "word"], check=True)
    assert verify_secret("word", passwords.read_text().strip().partition(":")[2])


def test_acl_is_the_contract() -> None:
    lines = render_acl().splitlines()
    assert lines[:4] == [
        "user ingest",
        "topic read cw/v1/+/#",
        "topic write cw/v1/+/ack",
        "topic write cw/v1/+/cmd",
    ]
    assert "pattern write cw/v1/%u/readings" in lines
    assert "pattern read cw/v1/%u/ack" in lines
    assert not [line for line in lines if line.startswith("pattern write") and "ack" in line]


def test_mosquitto_conf_is_closed_and_bounded() -> None:
    conf = render_mosquitto_conf(port=1883, directory=Path("/b"), credentials_folder=Path("/c"))
    assert conf.splitlines()[0] == "listener 1883 127.0.0.1"
    for line in (
        "allow_anonymous false",
        "password_file /c/passwords",
        "acl_file /c/acl",
        "persistence_location /b/",
        "autosave_interval 5",
        "max_packet_size 8192",
    ):
        assert line in conf.splitlines()


@pytest.mark.parametrize("user", ["", "a/b", "+", "a:b", "a\nb", "#"])
def test_dangerous_user_names_are_refused(folder: Path, user: str) -> None:
    with pytest.raises(InputError, match="user name"):
        write_credentials(folder / "credentials", {user: hash_secret("x")})


def test_credentials_are_private(folder: Path) -> None:
    write_credentials(folder / "credentials", hash_all(SECRETS))
    files = sorted((folder / "credentials").iterdir())
    assert [file.name for file in files] == ["acl", "passwords"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert SECRETS[ONE] not in files[1].read_text()


def test_mosquitto_is_preferred(folder: Path) -> None:
    assert find_mosquitto()
    assert Broker(folder / "b", folder / "c").kind is BrokerKind.MOSQUITTO


def test_amqtt_stands_in_and_mosquitto_is_missed_aloud(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commonwatt.servers.broker.find_mosquitto", lambda: None)
    write_credentials(folder / "credentials", hash_all(SECRETS))
    assert Broker(folder / "b", folder / "credentials").kind is BrokerKind.AMQTT
    with pytest.raises(MissingServerError, match=r"system_packages\.py mosquitto"):
        Broker(folder / "b", folder / "credentials", kind=BrokerKind.MOSQUITTO).start()


def test_only_the_right_password_enters(broker: Broker, meet: Meet) -> None:
    assert meet(broker.port, ONE, SECRETS[ONE]).is_welcome()
    assert not meet(broker.port, TWO, "wrong").is_welcome()
    assert not meet(broker.port, "cw-0000009", "unknown").is_welcome()


def test_meters_speak_for_themselves_only(broker: Broker, meet: Meet) -> None:
    service, one = (meet(broker.port, user, SECRETS[user]) for user in ("ingest", ONE))
    assert service.subscribe("cw/v1/+/#")
    one.publish(f"cw/v1/{TWO}/readings", b"forged")
    one.publish(f"cw/v1/{ONE}/ack", b"forged")
    one.publish("elsewhere", b"forged")
    one.publish(f"cw/v1/{ONE}/readings", b"true")
    assert service.wait_for(lambda: bool(service.received))
    assert service.received == [(f"cw/v1/{ONE}/readings", b"true")]


def test_meters_hear_their_own_receipts_only(broker: Broker, meet: Meet) -> None:
    service, one, two = (meet(broker.port, user, SECRETS[user]) for user in ("ingest", ONE, TWO))
    for meter, topic in ((one, "cw/v1/+/ack"), (one, f"cw/v1/{ONE}/ack"), (one, "#")):
        meter.subscribe(topic)
    two.subscribe(f"cw/v1/{TWO}/cmd")
    service.publish(f"cw/v1/{TWO}/ack", b"not for one")
    service.publish(f"cw/v1/{TWO}/cmd", b"for two")
    service.publish(f"cw/v1/{ONE}/ack", b"for one")
    assert one.wait_for(lambda: bool(one.received))
    assert two.wait_for(lambda: bool(two.received))
    assert {payload for _, payload in one.received} == {b"for one"}
    assert two.received == [(f"cw/v1/{TWO}/cmd", b"for two")]


def test_retained_words_reach_only_who_may_read_them(broker: Broker, meet: Meet) -> None:
    service, one = (meet(broker.port, user, SECRETS[user]) for user in ("ingest", ONE))
    service.subscribe("cw/v1/+/#")
    one.publish(f"cw/v1/{ONE}/status", b"online", retain=True)
    two = meet(broker.port, TWO, SECRETS[TWO])
    two.subscribe(f"cw/v1/{TWO}/ack")
    two.subscribe(f"cw/v1/{ONE}/status")
    service.publish(f"cw/v1/{TWO}/ack", b"receipt")
    assert two.wait_for(lambda: bool(two.received))
    assert two.received == [(f"cw/v1/{TWO}/ack", b"receipt")]


def test_a_will_cannot_be_forged(broker: Broker, meet: Meet) -> None:
    service = meet(broker.port, "ingest", SECRETS["ingest"])
    service.subscribe("cw/v1/+/#")
    forger = meet(broker.port, ONE, SECRETS[ONE], f"cw/v1/{TWO}/status")
    if forger.is_welcome():
        forger.vanish()
        forger.wait_for(lambda: forger.lost > 0)
    meet(broker.port, TWO, SECRETS[TWO], f"cw/v1/{TWO}/status").vanish()
    assert service.wait_for(lambda: bool(service.received))
    assert service.received == [(f"cw/v1/{TWO}/status", TWO.encode())]


def test_a_borrowed_client_id_gives_nothing(broker: Broker, meet: Meet) -> None:
    """mosquitto calls each client by its user's name; amqtt shows the thief the door."""
    one = meet(broker.port, ONE, SECRETS[ONE])
    thief = meet(broker.port, TWO, SECRETS[TWO], client_id=ONE)
    assert thief.is_welcome() is (broker.kind is BrokerKind.MOSQUITTO)
    if thief.is_welcome():
        one.subscribe(f"cw/v1/{ONE}/ack")
        assert one.lost == 0


def test_reload_adds_and_removes_a_meter(broker: Broker, meet: Meet, folder: Path) -> None:
    service, one = (meet(broker.port, user, SECRETS[user]) for user in ("ingest", ONE))
    service.subscribe("cw/v1/+/#")
    changed = {"ingest": SECRETS["ingest"], "cw-0000003": "new", TWO: "rotated"}
    write_credentials(folder / "credentials", hash_all(changed))
    broker.reload()
    newcomers = (meet(broker.port, "cw-0000003", "new") for _ in range(50))
    newcomer = next(peer for peer in newcomers if peer.is_welcome())
    assert not meet(broker.port, ONE, SECRETS[ONE]).is_welcome()
    assert not meet(broker.port, TWO, SECRETS[TWO]).is_welcome()
    one.client.publish(f"cw/v1/{ONE}/readings", b"from a removed meter", qos=1)
    newcomer.publish("cw/v1/cw-0000003/readings", b"from a new one")
    assert service.wait_for(lambda: bool(service.received))
    assert [payload for _, payload in service.received] == [b"from a new one"]


def test_restart_after_kill(broker: Broker, meet: Meet) -> None:
    broker.kill()
    assert not broker.is_running()
    broker.start()
    assert meet(broker.port, ONE, SECRETS[ONE]).is_welcome()


@pytest.mark.parametrize("content", [b"", b"not what mosquitto writes"])
def test_an_unreadable_queue_is_set_aside(folder: Path, meet: Meet, content: bytes) -> None:
    write_credentials(folder / "credentials", hash_all(SECRETS))
    broker = Broker(folder / "broker", folder / "credentials", kind=BrokerKind.MOSQUITTO)
    with broker:
        pass
    (folder / "broker" / "mosquitto.db").write_bytes(content)
    with broker:
        assert meet(broker.port, ONE, SECRETS[ONE]).is_welcome()
    kept = folder / "broker" / "mosquitto.db.unreadable"
    assert (kept.read_bytes() if kept.exists() else b"") == content


def test_mosquitto_keeps_its_queue_over_a_stop(broker: Broker, meet: Meet) -> None:
    service = meet(broker.port, "ingest", SECRETS["ingest"], clean_session=False)
    service.subscribe("cw/v1/+/#")
    service.leave()
    one = meet(broker.port, ONE, SECRETS[ONE])
    one.publish(f"cw/v1/{ONE}/readings", b"kept")
    broker.stop()
    broker.start()
    service = meet(broker.port, "ingest", SECRETS["ingest"], clean_session=False)
    if broker.kind is BrokerKind.MOSQUITTO:
        assert service.wait_for(lambda: bool(service.received))
        assert service.received == [(f"cw/v1/{ONE}/readings", b"kept")]
    else:
        assert service.subscribe("cw/v1/+/#")
        assert service.received == []


def test_taken_port_is_named(broker: Broker, folder: Path) -> None:
    second = Broker(folder / "second", folder / "credentials", broker.port, kind=broker.kind)
    with pytest.raises(PortInUseError, match=f"port {broker.port} .*choose another port"):
        second.start()


def test_broker_without_credentials_says_so(folder: Path) -> None:
    with pytest.raises(ServerStartError, match="write the credentials first"):
        Broker(folder / "broker", folder / "nowhere").start()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_queues_stay_within_their_memory(folder: Path, meet: Meet) -> None:
    """A client that is away for long: the broker drops what is too much, and does not grow beyond."""
    budget_bytes = 8 * 1024 * 1024
    write_credentials(folder / "credentials", hash_all(SECRETS))
    broker = Broker(
        folder / "broker",
        folder / "credentials",
        kind=BrokerKind.MOSQUITTO,
        queue_memory_bytes=budget_bytes,
    )
    with broker:
        service = meet(broker.port, "ingest", SECRETS["ingest"], clean_session=False)
        service.subscribe("cw/v1/+/#")
        service.leave()
        before_bytes = resident_bytes(broker)
        one = meet(broker.port, ONE, SECRETS[ONE])
        limit = queue_limits(budget_bytes)
        for payload in (b"x" * 60, b"x" * 2000):
            waiting = [
                one.client.publish(f"cw/v1/{ONE}/readings", payload, qos=1)
                for _ in range(2 * limit.messages)
            ]
            waiting[-1].wait_for_publish(30)
            assert resident_bytes(broker) - before_bytes < 1.25 * budget_bytes
        assert resident_bytes(broker) - before_bytes > 0.25 * budget_bytes


def resident_bytes(broker: Broker) -> int:
    status = Path(f"/proc/{broker.pid}/status").read_text("ascii")
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])
