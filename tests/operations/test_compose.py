"""What docker-compose.yml says is run without containers: each command, setting and healthcheck."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
import pytest
import yaml
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.access import Operator
from commonwatt.servers.accounts import choose_account, give, make_open_folder
from commonwatt.servers.broker import QUEUE_MEMORY_BYTES, find_mosquitto, queue_limits
from commonwatt.servers.credentials import BROKER_ACCOUNT, new_secret
from commonwatt.servers.ports import free_port
from commonwatt.servers.processes import Child, default_guard
from commonwatt.settings import Settings
from commonwatt.storage import credentials, meters
from commonwatt.storage.accounts import check_login
from commonwatt.storage.pool import connect
from tests.conftest import ROOT
from tests.operations.test_broker_trust import NOW_UTC, count_rows
from tests.operations.test_ingest_figures import SERIAL, WITHIN_S, await_true, readings_of, record

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
FILE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = FILE["services"]
OURS = {name for name, told in SERVICES.items() if told["image"] == "commonwatt"}
CONF = ROOT / "commonwatt" / "operations" / "compose"
LEFT_ALONE = {  # what a container does not need to be told
    "broker_password",
    "broker_username",
    "database_password",
    "demo_dir",
    "messages_per_s",
    "receiver",
}
PORTS = ("8883", "8000", "8001", "9464", "9470")


def told_variables(text: str) -> set[str]:
    return set(re.findall(r"\$\{(\w+)", text))


def test_every_setting_is_one_and_none_is_forgotten() -> None:
    told = {key for name in OURS for key in SERVICES[name]["environment"]}
    known = {f"COMMONWATT_{name.upper()}" for name in Settings.model_fields}
    assert told == known - {f"COMMONWATT_{name.upper()}" for name in LEFT_ALONE}


def test_the_example_has_what_is_asked_for() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    assert set(re.findall(r"^(\w+)=.+$", example, re.MULTILINE)) == told_variables(TEXT)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_container_may_do_little(name: str) -> None:
    told = SERVICES[name]
    assert told["read_only"]
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert not told["user"].startswith("0")
    assert set(told["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert told["image"] == "commonwatt" or re.search(r":v?\d+\.\d+\.\d+", told["image"])
    assert set(told.get("secrets", [])) <= set(FILE["secrets"])
    assert set(told.get("depends_on", {})) <= set(SERVICES)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_is_mounted_is_there(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        assert source in FILE["volumes"] or (ROOT / source).is_file(), volume


def test_only_meters_and_browsers_come_in_from_outside() -> None:
    ports = [port for told in SERVICES.values() for port in told.get("ports", [])]
    outside = [port for port in ports if not port.startswith("127.0.0.1:")]
    assert outside == ["8883:8883", "80:80", "443:443"]


def test_no_password_is_in_the_file() -> None:
    assert set(re.findall(r"\w*PASSWORD\w*", TEXT)) == {
        "COMMONWATT_BROKER_PASSWORD_FILE",
        "COMMONWATT_DATABASE_PASSWORD_FILE",
        "GF_SECURITY_ADMIN_PASSWORD__FILE",
        "POSTGRES_PASSWORD_FILE",
    }


def test_the_broker_keeps_within_its_memory() -> None:
    limits = queue_limits(QUEUE_MEMORY_BYTES)
    conf = (CONF / "mosquitto.conf").read_text("utf-8")
    assert f"max_queued_messages {limits.messages}\n" in conf
    assert f"max_queued_bytes {limits.payload_bytes}\n" in conf


def test_prometheus_asks_where_figures_are_told() -> None:
    prometheus = yaml.safe_load((CONF / "prometheus.yml").read_text("utf-8"))
    [job] = prometheus["scrape_configs"]
    wanted = {
        f"web:{SERVICES['web']['environment']['COMMONWATT_METRICS_PORT']}",
        f"ingest:{SERVICES['ingest']['environment']['COMMONWATT_INGEST_METRICS_PORT']}",
    }
    assert set(job["static_configs"][0]["targets"]) == wanted
    targets = [volume.split(":")[1] for volume in SERVICES["prometheus"]["volumes"]]
    assert prometheus["rule_files"][0] in targets


@dataclass
class Machine:
    """The file's services as processes; folders, ports and names of containers are put in place."""

    folder: Path
    database_url: str
    ports: dict[str, str] = field(
        default_factory=lambda: {port: str(free_port()) for port in PORTS}
    )
    children: dict[str, Child] = field(default_factory=dict)

    def put(self, text: str) -> str:
        places = {"/mosquitto": "mosquitto", "/var/lib/commonwatt": "lib", "/run": "run"}
        for there, here in places.items():
            text = re.sub(rf"(?<![\w/]){there}/", f"{self.folder}/{here}/", text)
        text = re.sub(r"\b(\d{4})\b", lambda found: self.ports.get(found[1], found[1]), text)
        return re.sub(r"\$\{(\w+)[^}]*\}", "meters.example", text.replace("0.0.0.0", "127.0.0.1"))

    def environment(self, name: str) -> dict[str, str]:
        told = {k: self.put(v) for k, v in SERVICES[name].get("environment", {}).items()}
        if name in OURS:
            parts = urlsplit(self.database_url)
            bare = parts.netloc.replace(f":{parts.password}@", "@")
            told["COMMONWATT_DATABASE_URL"] = parts._replace(netloc=bare).geturl()
            told["COMMONWATT_BROKER_HOST"] = "127.0.0.1"
        return os.environ | told | {"PYTHONPATH": str(ROOT)}

    def argv(self, words: list[str]) -> list[str]:
        ours, broker = [sys.executable, "-m", "commonwatt"], [str(find_mosquitto())]
        known = {"commonwatt": ours, "python": [sys.executable], "mosquitto": broker}
        return [*known.get(words[0], words[:1]), *map(self.put, words[1:])]

    def run(self, name: str) -> Child:
        account = choose_account(BROKER_ACCOUNT) if name == "broker" else None
        child = Child.start(
            self.argv(SERVICES[name]["command"]),
            log=self.folder / f"{name}.log",
            guard=default_guard(),
            env=self.environment(name),
            account=account,
        )
        self.children[name] = child
        return child

    def words_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8")

    def await_health(self, name: str) -> None:
        deadline_s = time.monotonic() + WITHIN_S
        while not self.is_healthy(name):
            assert time.monotonic() < deadline_s, f"{name}: {self.words_of(name)}"
            assert self.children[name].poll() is None, f"{name}: {self.words_of(name)}"

    def is_healthy(self, name: str) -> bool:
        kind, *words = SERVICES[name]["healthcheck"]["test"]
        assert kind == "CMD"
        if words[0] == "nc" and shutil.which("nc") is None:
            words = ["python", "-c", f"import socket; socket.create_connection({(*words[2:],)})"]
        done = subprocess.run(
            self.argv(words), env=self.environment(name), check=False, capture_output=True
        )
        return done.returncode == 0


@pytest.fixture
def machine(empty_database: str) -> Iterator[Machine]:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    folder = make_open_folder("commonwatt-compose-")
    for name in ("lib/state", "run/secrets", "run/commonwatt", "mosquitto/config"):
        (folder / name).mkdir(parents=True)
    (folder / "mosquitto" / "data").mkdir()
    for name in ("run/commonwatt", "mosquitto/data"):
        give(folder / name, choose_account(BROKER_ACCOUNT))
    password = unquote(urlsplit(empty_database).password or "none")
    (folder / "run" / "secrets" / "database_password").write_text(f"{password}\n")
    (folder / "run" / "secrets" / "broker_password").write_text(f"{new_secret()}\n")
    made = Machine(folder, empty_database)
    conf = made.put((CONF / "mosquitto.conf").read_text("utf-8"))
    (folder / "mosquitto" / "config" / "mosquitto.conf").write_text(conf)
    yield made
    for child in reversed(made.children.values()):
        child.stop(10)
    shutil.rmtree(folder)


def speak(machine: Machine, secret: str) -> bool:
    """Whether a meter with this secret is let in; if so, it says a reading."""
    answers: list[bool] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, SERIAL)
    client.username_pw_set(SERIAL, secret)
    client.tls_set(ca_certs=machine.put("/var/lib/commonwatt/trust/authority.crt"))
    client.on_connect = lambda *given: answers.append(not given[3].is_failure)
    client.connect("127.0.0.1", int(machine.ports["8883"]))
    while not answers:
        client.loop(0.1)
    if answers[0]:
        told = client.publish(f"cw/v1/{SERIAL}/readings", readings_of(record(1)), qos=1)
        while not told.is_published():
            client.loop(0.1)
    client.disconnect()
    client.loop(0.1)
    return answers[0]


def prepare(machine: Machine) -> str:
    child = machine.run("prepare")
    assert child.wait(60)
    assert child.poll() == 0, machine.words_of("prepare")
    said = machine.words_of("prepare")
    (machine.folder / "prepare.log").unlink()
    return said


def test_the_services_of_the_file_are_a_service(machine: Machine) -> None:
    first = prepare(machine)
    authority = Path(machine.put("/var/lib/commonwatt/trust/authority.crt"))
    kept = authority.read_bytes()
    [password] = re.findall(r"admin may log in with (\S+):", first)
    assert "admin" not in prepare(machine)
    assert authority.read_bytes() == kept
    with connect(machine.database_url) as connection:
        account = check_login(connection, "admin", password)
    assert account
    assert account.viewer == Operator()
    names = ("broker", "credentials", "ingest", "web", "doors")
    asked = [name for name in names if "healthcheck" in SERVICES[name]]
    assert not any(machine.is_healthy(name) for name in asked)
    for name in names:
        machine.run(name)
        if name in asked:
            machine.await_health(name)
    secret = new_secret()
    with connect(machine.database_url) as connection:
        meter_id = meters.add_meter(connection, SERIAL).meter_id
        credentials.set_secret(connection, meter_id, secret, NOW_UTC)
    await_true(lambda: speak(machine, secret))
    await_true(lambda: count_rows(machine.database_url) == 1)
    assert all(machine.children[name].poll() is None for name in names)
    said = "".join(machine.words_of(name) for name in names)
    assert not any(word in said for word in (password, secret, "Traceback"))
    assert json.loads(machine.words_of("ingest").splitlines()[0])["level"]


def test_the_key_of_the_authority_is_where_nobody_else_looks(machine: Machine) -> None:
    prepare(machine)
    for folder, names in (
        ("authority", {"authority.crt", "authority.key", "broker.crt", "broker.key"}),
        ("tls", {"broker.crt", "broker.key"}),
        ("trust", {"authority.crt", "broker.crt"}),
    ):
        found = Path(machine.put(f"/var/lib/commonwatt/{folder}")).iterdir()
        assert {path.name for path in found} == names
    mounting = [
        name
        for name, service in SERVICES.items()
        if any(str(volume).startswith("authority:") for volume in service.get("volumes", ()))
    ]
    assert mounting == ["prepare"]
