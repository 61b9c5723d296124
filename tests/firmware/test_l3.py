"""The firmware's process before the real broker and the real service: killed, cut off, misled, refused."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from commonwatt import rollups
from commonwatt.faults.firmware import FirmwareMeter, compare, energy_wh, run_firmware
from commonwatt.faults.plant import Plant
from commonwatt.faults.rogues import await_listening, register_homes
from commonwatt.registry.kits import Stage
from commonwatt.registry.selftests import Grade
from commonwatt.servers import broker
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.credentials import ACL, PASSWORDS
from commonwatt.servers.ports import LOOPBACK, free_port
from commonwatt.storage import kits, ledger, passports, selftests
from commonwatt.storage.pool import connect
from tests.conftest import ROOT
from tests.storage.workshops import build, open_one

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from commonwatt.demo.registration import RegisteredHome


FIRMWARE = ROOT / "firmware_docs" / "firmware"
WITHIN_S = 90.0
Authority = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


@pytest.fixture(scope="module")
def tls_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority("ours")


@pytest.fixture(scope="module")
def plant(tls_port: int, authority: Authority) -> Iterator[Plant]:
    """A plant whose mosquitto speaks TLS on a second port."""
    folder = make_open_folder("commonwatt-l3-")
    render = broker.render_mosquitto_conf
    certificate, key = make_server(folder, *authority)
    listener = f"listener {tls_port} {LOOPBACK}\ncertfile {certificate}\nkeyfile {key}\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broker, "render_mosquitto_conf", lambda **given: render(**given) + listener)
        with Plant(folder) as plant:
            await_listening(plant)
            yield plant
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def meter(plant: Plant, request: pytest.FixtureRequest) -> Iterator[FirmwareMeter]:
    """A registered meter that is switched off."""
    [home] = register_homes(plant, request.node.name, 1)
    meter = FirmwareMeter(FIRMWARE, home, 5, plant.folder / home.meter.serial)
    meter.provision(plant.address)
    yield meter
    meter.kill()


def signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now_utc = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now_utc - timedelta(days=1))
        .not_valid_after(now_utc + timedelta(days=1))
        .add_extension(extension, critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def make_authority(name: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    return signed(name, key, subject, key, constraints), key


def make_server(
    folder: Path, authority: x509.Certificate, authority_key: ec.EllipticCurvePrivateKey
) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(LOOPBACK))])
    certificate = signed(LOOPBACK, key, authority.subject, authority_key, names)
    written = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    paths = folder / "server.pem", folder / "server.key"
    for path, content in zip(paths, (as_pem(certificate).encode(), written), strict=True):
        path.write_bytes(content)
        path.chmod(0o644)
    return paths


def as_pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def await_that(happens: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while not happens():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def await_light(meter: FirmwareMeter, fault: str) -> None:
    await_that(lambda: f" {fault}\n" in meter.lights())


def rows(plant: Plant, meter: FirmwareMeter) -> list[ledger.Record]:
    with connect(plant.postgres.url) as connection:
        found = ledger.stored_records(connection, meter.home.meter.meter_id)
    return sorted(found, key=lambda record: record.n)


def settle(plant: Plant, meter: FirmwareMeter) -> Counter[str]:
    """Let it say what it holds and nothing new; return what the database has of it."""
    meter.kill()
    meter.start(interval_s=3600)
    assert meter.await_receipts()
    meter.kill()
    with connect(plant.postgres.url) as connection:
        rollups.settle(connection)
        return compare(connection, meter)


def expect_exact(found: Counter[str]) -> None:
    assert found["records"] > 2
    assert (found["missing"], found["doubled"], found["wrong"]) == (0, 0, 0)
    assert found["stored_mwh"] == found["generated_mwh"]


def test_kills_of_firmware_broker_and_service_lose_and_double_nothing() -> None:
    kills = Counter(firmware=12, broker=2, ingest=2)
    outcome = run_firmware(FIRMWARE, 7, kills)
    assert outcome.is_clean, outcome
    assert outcome.records > 3 * kills.total()
    assert outcome.generated_wh > 0


def test_what_is_lost_doubled_or_changed_is_counted(plant: Plant, meter: FirmwareMeter) -> None:
    meter.start()
    await_that(lambda: len(rows(plant, meter)) > 4)
    expect_exact(settle(plant, meter))
    with connect(plant.postgres.url) as connection:
        meter_id = meter.home.meter.meter_id
        connection.execute("DELETE FROM readings WHERE meter_id = %s AND n = 2", (meter_id,))
        connection.execute(
            "UPDATE readings SET register_wh = register_wh + 1 WHERE meter_id = %s AND n = 3",
            (meter_id,),
        )
        connection.execute(
            "INSERT INTO readings (meter_id, end_utc, log, n, boot, duration_s, flags, register_wh)"
            " SELECT meter_id, end_utc + interval '1 hour', log, n, boot, duration_s, flags,"
            " register_wh FROM readings WHERE meter_id = %s AND n = 4",
            (meter_id,),
        )
        found = compare(connection, meter)
    assert (found["missing"], found["wrong"], found["doubled"]) == (1, 1, 1)


def test_a_log_that_runs_over_shows_its_gap_and_keeps_the_energy(
    plant: Plant, meter: FirmwareMeter
) -> None:
    capacity = 8
    meter.start(capacity=capacity)
    await_that(lambda: len(rows(plant, meter)) > 2)
    plant.hold("broker")
    before = rows(plant, meter)[-1].n
    await_that(lambda: meter.flash(capacity).newest > before + capacity + 4)
    plant.release("broker")
    await_light(meter, "no_broker")
    meter.kill()
    meter.start(interval_s=3600, capacity=capacity)
    assert meter.await_receipts(capacity=capacity)
    meter.kill()
    stored, generated = rows(plant, meter), meter.generated_mwh(meter.flash(capacity).newest)
    numbers = [row.n for row in stored]
    holes = [a for a, b in pairwise(numbers) if b != a + 1]
    assert len(holes) == 1, "the gap is there to be seen"
    assert [round((row.register_wh or 0) * 1000) for row in stored] == [
        generated[n - 1] for n in numbers
    ]
    with connect(plant.postgres.url) as connection:
        rollups.settle(connection)
        stored_wh = energy_wh(connection, meter.home.meter.meter_id)
    assert stored_wh * 1000 == pytest.approx(generated[-1])


def test_a_wrong_secret_is_refused_shown_and_costs_nothing(
    plant: Plant, meter: FirmwareMeter
) -> None:
    meter.provision(plant.address, secret="0" * 32)
    meter.start()
    await_light(meter, "secret")
    await_that(lambda: meter.flash().newest > 3)
    assert rows(plant, meter) == []
    meter.kill()
    meter.provision(plant.address)
    expect_exact(settle(plant, meter))


def test_topics_that_the_broker_closes_are_shown_and_cost_nothing(
    plant: Plant, meter: FirmwareMeter
) -> None:
    """MQTT 3.1.1 acknowledges what it drops; only the missing receipt tells."""
    folder, serial = plant.broker.credentials_folder, meter.home.meter.serial
    await_that(lambda: serial in (folder / PASSWORDS).read_text("utf-8"))
    acl = folder / ACL
    open_topics = acl.read_text("utf-8")
    acl.write_text(open_topics.replace("pattern write cw/v1/%u/readings\n", ""), "utf-8")
    plant.broker.reload()
    try:
        meter.start()
        await_light(meter, "no_receipt")
        assert rows(plant, meter) == []
        assert meter.flash().receipted == 0
    finally:
        acl.write_text(open_topics, "utf-8")
        plant.broker.reload()
    await_light(meter, "well")
    expect_exact(settle(plant, meter))


@pytest.mark.parametrize(
    ("option", "lights", "refusal"),
    [
        ("--clock-off-s=7200", "light 8 clock", {"future_time": 1}),
        ("--clock-off-s=-7200", "light 8 clock", {}),
        ("--no-clock", "", {"undated": 1}),
    ],
)
def test_a_wrong_clock_is_put_right(
    plant: Plant, meter: FirmwareMeter, option: str, lights: str, refusal: dict[str, int]
) -> None:
    began_s = time.time()
    meter.start(option)
    await_that(lambda: len(rows(plant, meter)) > 4)
    expect_exact(settle(plant, meter))
    assert lights in meter.lights()
    late = [row for row in rows(plant, meter) if not began_s - 60 < row.end_s < time.time() + 60]
    assert [row.n for row in late] == ([1] if option == "--clock-off-s=-7200" else [])
    with connect(plant.postgres.url) as connection:
        assert ledger.refusals(connection, meter.home.meter.meter_id) == refusal


def test_a_broker_that_our_authority_does_not_vouch_for_is_told_nothing(
    plant: Plant,
    meter: FirmwareMeter,
    tls_port: int,
    authority: Authority,
) -> None:
    if plant.broker.kind is not broker.BrokerKind.MOSQUITTO:
        pytest.skip("mosquitto is not installed")
    stranger, _ = make_authority("stranger")
    meter.provision((LOOPBACK, tls_port), ca=as_pem(stranger))
    meter.start()
    await_light(meter, "tls")
    assert rows(plant, meter) == []
    meter.kill()
    meter.provision((LOOPBACK, tls_port), ca=as_pem(authority[0]))
    meter.start()
    await_that(lambda: len(rows(plant, meter)) > 2)
    expect_exact(settle(plant, meter))


@pytest.mark.parametrize("variant", ["tic_h", "tic_s"])
def test_a_port_that_is_read_comes_to_the_database_to_the_watt_hour(
    plant: Plant, meter: FirmwareMeter, variant: str
) -> None:
    meter.start(f"--variant={variant}")
    await_that(lambda: len(rows(plant, meter)) > 4)
    meter.kill()
    meter.start(f"--variant={variant}", "--wiring=inverted")
    await_light(meter, "tic_unreadable")
    meter.kill()
    meter.start(f"--variant={variant}")
    await_that(lambda: len(rows(plant, meter)) > 8)
    expect_exact(settle(plant, meter))
    assert "light 13 tic_unreadable" in meter.lights()


def test_a_meter_of_a_workshop_tests_itself_and_gets_its_passport(plant: Plant) -> None:
    """From the opened workshop to the passport, with nothing between the firmware and the rules."""
    with connect(plant.postgres.url) as connection:
        opened = open_one(connection, variant="tic_h")
        maker = opened.maker(connection)
        build(connection, maker, variant="tic_h")
    serial, secret = opened.kit().serial, opened.kit().secret
    folder = plant.broker.credentials_folder
    await_that(lambda: serial in (folder / PASSWORDS).read_text("utf-8"))
    home = SimpleNamespace(meter=SimpleNamespace(serial=serial), secret=secret)
    meter = FirmwareMeter(FIRMWARE, cast("RegisteredHome", home), 5, plant.folder / serial)
    meter.provision(plant.address)
    try:
        meter.start("--variant=tic_h")
        assert meter.await_receipts()
        meter.kill()
        meter.start("--variant=tic_h", "--selftest=bench-2")
        with connect(plant.postgres.url) as connection:
            await_that(lambda: bool(selftests.last_selftests(connection, [maker.meter_id])))
            [tested] = selftests.last_selftests(connection, [maker.meter_id]).values()
            kit = kits.kit_of_workshop(connection, opened.facilitator, serial)
            kits.move_kit(connection, kit, Stage.TESTED, datetime.now(UTC))
            passport = passports.last_passport(connection, maker.meter_id)
    finally:
        meter.kill()
    assert {test.grade for test in tested.graded("tic_h")} == {Grade.PASSED}
    assert passport is not None
    assert (passport["serial"], passport["selftest"]["run"]) == (serial, tested.run)


def test_a_meter_without_settings_says_so(plant: Plant, meter: FirmwareMeter) -> None:
    meter.provision(plant.address, port=0)
    meter.start()
    await_light(meter, "settings")
    assert "settings: port" in meter.lights()
