"""Secrets of meters: by their hashes alone, and only while they open something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from commonwatt.errors import RegistryError, RowRefusedError
from commonwatt.servers.credentials import new_secret, verify_secret
from commonwatt.storage import credentials, meters
from commonwatt.storage.credentials import CredentialState
from commonwatt.storage.pool import connect

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
SERIAL = "cw-7k3f9qx"


def add(connection: Connection, serial: str = SERIAL, state: str = "live") -> tuple[int, str]:
    meter = meters.add_meter(connection, serial, state=state)
    secret = new_secret()
    credentials.set_secret(connection, meter.meter_id, secret, NOW)
    return meter.meter_id, secret


def test_only_hashes_are_kept(connection: Connection) -> None:
    meter_id, secret = add(connection)
    (row,) = connection.execute("SELECT c::text FROM credentials c").fetchall()
    assert secret not in row[0]
    hashed = credentials.broker_hashes(connection, NOW)[SERIAL]
    assert verify_secret(secret, hashed)
    owner = credentials.find_owner(connection, secret, NOW)
    assert owner
    assert owner.meter_id == meter_id
    assert credentials.find_owner(connection, new_secret(), NOW) is None


@pytest.mark.parametrize("state", ["printed", "assembled", "retired"])
def test_a_meter_without_part_in_the_service_may_not_speak(
    connection: Connection, state: str
) -> None:
    _, secret = add(connection, state=state)
    assert credentials.broker_hashes(connection, NOW) == {}
    assert credentials.find_owner(connection, secret, NOW) is None


def test_a_new_secret_ends_the_old_one(connection: Connection) -> None:
    meter_id, old = add(connection)
    credentials.set_secret(connection, meter_id, "n" * 32, LATER)
    assert credentials.find_owner(connection, old, LATER) is None
    assert credentials.find_owner(connection, "n" * 32, LATER)
    assert not verify_secret(old, credentials.broker_hashes(connection, LATER)[SERIAL])


def test_a_suspension_ends_by_itself(connection: Connection) -> None:
    meter_id, secret = add(connection)
    credentials.suspend(connection, meter_id, "flooding", NOW, LATER)
    just_before = LATER - timedelta(seconds=1)
    assert credentials.broker_hashes(connection, just_before) == {}
    assert credentials.find_owner(connection, secret, just_before) is None
    assert credentials.suspended_meters(connection, just_before) == {SERIAL: LATER}
    assert SERIAL in credentials.broker_hashes(connection, LATER)
    assert credentials.find_owner(connection, secret, LATER)
    assert credentials.suspended_meters(connection, LATER) == {}


def test_a_suspension_without_end_waits_for_somebody(connection: Connection) -> None:
    meter_id, _ = add(connection)
    credentials.suspend(connection, meter_id, "by hand", NOW)
    years = NOW + timedelta(days=3000)
    assert credentials.suspended_meters(connection, years) == {SERIAL: None}
    credentials.resume(connection, meter_id, years)
    assert SERIAL in credentials.broker_hashes(connection, years)


def test_what_is_revoked_comes_back_by_a_new_secret_alone(connection: Connection) -> None:
    meter_id, secret = add(connection)
    credentials.revoke(connection, meter_id, "stolen", NOW)
    with pytest.raises(RegistryError, match="it is revoked"):
        credentials.resume(connection, meter_id, LATER)
    with pytest.raises(RegistryError, match="it is revoked"):
        credentials.suspend(connection, meter_id, "flooding", LATER)
    with pytest.raises(RegistryError, match="it is revoked"):
        credentials.revoke(connection, meter_id, "again", LATER)
    assert credentials.broker_hashes(connection, LATER) == {}
    assert credentials.find_owner(connection, secret, LATER) is None
    standing = credentials.find_credential(connection, meter_id)
    assert standing == credentials.Credential(CredentialState.REVOKED, "stolen", None, NOW)
    credentials.set_secret(connection, meter_id, "n" * 32, LATER)
    assert SERIAL in credentials.broker_hashes(connection, LATER)


def test_an_active_secret_cannot_be_resumed(connection: Connection) -> None:
    meter_id, _ = add(connection)
    with pytest.raises(RegistryError, match="it is active"):
        credentials.resume(connection, meter_id, NOW)
    with pytest.raises(RegistryError, match="does not exist"):
        credentials.revoke(connection, meter_id + 1, "lost", NOW)


def test_two_meters_never_share_a_secret(connection: Connection) -> None:
    _, secret = add(connection)
    other = meters.add_meter(connection, "cw-0000000")
    with pytest.raises(RowRefusedError):
        credentials.set_secret(connection, other.meter_id, secret, NOW)


def test_changes_are_heard_when_they_are_committed(connection: Connection, database: str) -> None:
    meter_id, _ = add(connection)
    with connect(database) as hearing:
        credentials.listen(hearing)
        assert not credentials.await_change(hearing, 0.05)
        with connection.transaction():
            credentials.revoke(connection, meter_id, "lost", NOW)
            assert not credentials.await_change(hearing, 0.05)
        assert credentials.await_change(hearing, 5.0)
