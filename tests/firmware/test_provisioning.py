"""What a meter is given survives a power cut at any byte, and nonsense is not taken."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "firmware_docs" / "firmware"))
from meter import provisioning
from meter.slots import Slots

SETTINGS = {
    "serial": "cw-7k3f9qy",
    "secret": "0123456789abcdef0123456789abcdef",
    "host": "127.0.0.1",
    "port": 8883,
    "ca": "",
}
MOVED = SETTINGS | {"host": "broker.example"}
FLASH_BYTES = 2 * provisioning.SLOT_BYTES


def slots(stored: bytes) -> Slots:
    return Slots(io.BytesIO(stored), provisioning.SLOT_BYTES, lambda: None)


def written(*settings: dict[str, object]) -> bytes:
    file = io.BytesIO(bytes(FLASH_BYTES))
    for each in settings:
        provisioning.write(Slots(file, provisioning.SLOT_BYTES, lambda: None), each)
    return file.getvalue()


def test_the_last_settings_are_read() -> None:
    assert provisioning.read(slots(bytes(FLASH_BYTES))) is None
    assert provisioning.read(slots(written(SETTINGS))) == SETTINGS
    assert provisioning.read(slots(written(SETTINGS, MOVED))) == MOVED
    assert provisioning.read(slots(written(SETTINGS, MOVED, SETTINGS))) == SETTINGS


@pytest.mark.parametrize("before", [[SETTINGS], [MOVED, SETTINGS]])
def test_a_cut_at_any_byte_leaves_the_old_or_the_new(before: list[dict[str, object]]) -> None:
    old, new = written(*before), written(*before, MOVED)
    found = []
    for cut in range(FLASH_BYTES + 1):
        found.append(provisioning.read(slots(new[:cut] + old[cut:])))
        assert found[-1] in (SETTINGS, MOVED)
    assert found[0] == SETTINGS
    assert found[-1] == MOVED


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("serial", "cw-7k3f9qx"),
        ("serial", None),
        ("secret", "short"),
        ("secret", "Z" * 32),
        ("host", ""),
        ("port", 0),
        ("port", "8883"),
        ("ca", "not a certificate"),
    ],
)
def test_nonsense_is_named_and_not_stored(field: str, value: object) -> None:
    file = slots(written(SETTINGS))
    with pytest.raises(ValueError, match=field):
        provisioning.write(file, SETTINGS | {field: value})
    assert provisioning.read(file) == SETTINGS


def test_a_missing_field_is_named() -> None:
    assert provisioning.wrong_field({}) == "serial"


def test_what_is_too_long_for_its_slot_is_refused() -> None:
    ca = "-----BEGIN CERTIFICATE-----" + "A" * provisioning.SLOT_BYTES
    with pytest.raises(ValueError, match="too long"):
        provisioning.write(slots(bytes(FLASH_BYTES)), SETTINGS | {"ca": ca})
