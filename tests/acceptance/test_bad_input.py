"""What is wrong gets a reason that a person can read, and never costs what is right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.access import Audience
from commonwatt.demo.registration import RegisteredHome, register_home
from commonwatt.servers.ports import free_port
from commonwatt.storage import buildings
from commonwatt.storage.links import make_link
from commonwatt.storage.pool import connect
from commonwatt.storage.readings import last_refused
from tests.acceptance.conftest import await_true

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.conftest import Service

SERIAL = "cw-7k3f9qy"
OTHER = "cw-2222222"


@pytest.fixture(scope="module")
def home(service: Service) -> RegisteredHome:
    with connect(service.postgres.url) as connection:
        return register_home(
            connection,
            buildings.add_building(connection, "Tilleuls"),
            stairwell="A",
            label="A01",
            serial=SERIAL,
            start_utc=datetime.now(UTC),
        )


@pytest.fixture
def meter(service: Service, home: RegisteredHome) -> Iterator[mqtt.Client]:
    """The home's meter, connected by its own name and secret as soon as the broker knows it."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=SERIAL)
    client.username_pw_set(SERIAL, home.secret)
    client.reconnect_delay_set(1, 1)
    client.connect(*service.address)
    client.loop_start()
    await_true(client.is_connected)
    yield client
    client.disconnect()
    client.loop_stop()


def say(client: mqtt.Client, payload: bytes, serial: str = SERIAL) -> None:
    client.publish(f"cw/v1/{serial}/readings", payload, qos=1).wait_for_publish(10)


def batch(n: int, **changes: Any) -> bytes:
    now_s = int(time.time())
    record = {"n": n, "t": now_s, "tq": 2, "up_s": 60, "d_s": 60, "e_wh": 10.0 * n} | changes
    body = {"v": 1, "id": SERIAL, "log": "9f3a61c2", "boot": 1, "src": "led", "r": [record]}
    return json.dumps(body).encode()


def test_every_bad_message_has_a_reason_and_good_ones_go_on(
    service: Service, home: RegisteredHome, meter: mqtt.Client
) -> None:
    say(meter, batch(1))
    say(meter, batch(2)[:-20])
    say(meter, batch(3, e_wh=float("nan")))
    say(meter, batch(4, t=int(time.time()) + 86_400))
    say(meter, batch(5, e_wh=5e9))
    say(meter, batch(6, p_w="many"))
    say(meter, batch(7).replace(SERIAL.encode(), OTHER.encode()))
    say(meter, batch(8), serial=OTHER)
    say(meter, batch(9))

    def stored() -> list[int]:
        with connect(service.postgres.url) as connection:
            rows = connection.execute(
                "SELECT n FROM readings WHERE meter_id = %s ORDER BY n", (home.meter.meter_id,)
            )
            return [n for (n,) in rows]

    await_true(lambda: 9 in stored())
    assert stored() == [1, 9]
    with connect(service.postgres.url) as connection:
        codes = {entry.code for entry in last_refused(connection, meter_id=home.meter.meter_id)}
        token = make_link(connection, Audience.MAKER, home.meter.meter_id, datetime.now(UTC))
    assert codes == {
        "malformed_json",
        "not_finite",
        "future_time",
        "register_absurd",
        "wrong_shape",
        "wrong_meter",
    }
    page = service.ask(token, "/meter", lang="en").text
    assert "The message speaks of another meter" in page


def run(service: Service | None, *words: str) -> subprocess.CompletedProcess[str]:
    """One command as a person types it."""
    settings = {"COMMONWATT_BROKER_PORT": str(free_port())}
    if service:
        settings["COMMONWATT_DATABASE_URL"] = service.postgres.url
        settings["COMMONWATT_BROKER_PORT"] = str(service.broker.port)
    return subprocess.run(
        [sys.executable, "-m", "commonwatt", *words],
        env={**os.environ, "COMMONWATT_DEMO_DIR": "/nonexistent", **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_operator_reads_reasons_in_words(service: Service, home: RegisteredHome) -> None:
    shown = run(service, "quarantine")
    assert shown.returncode == 0
    assert "The register is impossible for a home." in shown.stdout
    assert f"cw/v1/{home.meter.serial}/readings" in shown.stdout


@pytest.mark.parametrize("command", ["replay", "import"])
def test_a_malformed_file_changes_nothing(
    service: Service, folder_of_files: Path, command: str
) -> None:
    with connect(service.postgres.url) as connection:
        before = connection.execute("SELECT count(*) FROM readings").fetchone()
    outcome = run(service, command, str(folder_of_files / "broken.csv"))
    assert outcome.returncode == 1
    assert "broken.csv, line 4: expected" in outcome.stderr
    assert len(outcome.stderr.strip().splitlines()) == 1
    with connect(service.postgres.url) as connection:
        assert connection.execute("SELECT count(*) FROM readings").fetchone() == before


def test_a_good_file_is_imported_and_its_link_opens(
    service: Service, folder_of_files: Path
) -> None:
    outcome = run(service, "import", str(folder_of_files / "good.csv"))
    assert outcome.returncode == 0, outcome.stderr
    token = outcome.stdout.strip().rpartition("/l/")[2]
    day = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}
    energy = service.ask(token, "/api/v1/household/energy", **day).json()
    assert energy["total"]["kwh"] == pytest.approx(0.006)


def test_an_import_again_writes_nothing_and_says_so(
    service: Service, folder_of_files: Path
) -> None:
    assert run(service, "import", str(folder_of_files / "good.csv")).returncode == 0
    again = run(service, "import", str(folder_of_files / "good.csv"))
    assert "0 records written" in again.stdout


def test_one_home_that_cannot_be_stored_keeps_the_others_out(
    service: Service, folder_of_files: Path
) -> None:
    """The second home's clock is two days ahead: neither home is registered, nothing is written."""

    def everything() -> list[tuple[Any, ...]]:
        with connect(service.postgres.url) as connection:
            counts = "SELECT (SELECT count(*) FROM readings), (SELECT count(*) FROM meters)"
            return connection.execute(counts).fetchall()

    before = everything()
    outcome = run(service, "import", str(folder_of_files / "ahead.csv"))
    assert outcome.returncode == 1
    assert "future_time" in outcome.stderr
    assert everything() == before


@pytest.mark.parametrize("command", ["migrate", "ingest", "serve", "quarantine", "link operator"])
def test_a_missing_database_is_one_sentence(command: str) -> None:
    outcome = run(None, *command.split())
    assert outcome.returncode == 1
    (line,) = outcome.stderr.strip().splitlines()
    assert "COMMONWATT_DATABASE_URL" in line


def test_a_taken_port_is_one_sentence(service: Service) -> None:
    environment = {
        **os.environ,
        "COMMONWATT_DATABASE_URL": service.postgres.url,
        "COMMONWATT_WEB_PORT": str(service.web_port),
    }
    outcome = subprocess.run(
        [sys.executable, "-m", "commonwatt", "serve"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert outcome.returncode == 1
    (line,) = outcome.stderr.strip().splitlines()
    assert str(service.web_port) in line


@pytest.fixture
def folder_of_files(tmp_path: Path) -> Path:
    minutes = [f"2026-01-01T00:{minute:02}:00Z,60,120" for minute in range(1, 4)]
    head = "end_utc,duration_s,power_w"
    (tmp_path / "good.csv").write_text("\n".join([head, *minutes]) + "\n", "utf-8")
    broken = [head, *minutes[:2], "yesterday,60,120", minutes[2]]
    (tmp_path / "broken.csv").write_text("\n".join(broken) + "\n", "utf-8")
    ahead_utc = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    ahead = ["first,2026-01-01T00:01:00Z,60,120", f"second,{ahead_utc.isoformat()},60,120"]
    (tmp_path / "ahead.csv").write_text("\n".join([f"meter,{head}", *ahead]) + "\n", "utf-8")
    return tmp_path
