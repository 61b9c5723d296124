"""The variants without code: the pins are the board's, and the service understands what they say."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from commonwatt.hardware.folders import DOCUMENTS, HEADS
from ingest.adapters.esphome import parse
from tests.ingest.payload_pages import say

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.adapters.message import Memory

FOLDER = DOCUMENTS / "firmware" / "esphome"
PINS_OF = {"led": {"D1"}, "tic": {"D7"}, "ct": {"D4", "D5"}, "common": {"D10"}}
SECRETS = {
    "wifi_ssid",
    "wifi_password",
    "ota_password",
    "mqtt_broker",
    "mqtt_username",
    "mqtt_password",
}
UNDERSTOOD = {
    "led": {"register_wh": 1234.0, "power_w": 512.0},
    "tic": {"register_wh": 1234.0, "apparent_va": 512.0},
    "ct": {"apparent_va": 512.0},
}
ESPHOME = shutil.which("esphome")


class Loader(yaml.SafeLoader):
    """YAML with ESPHome's own tags, kept as what they name."""


for tag in ("!secret", "!include", "!lambda"):
    Loader.add_constructor(tag, lambda loader, node: f"{node.tag} {node.value}")


def read(name: str) -> Any:
    return yaml.load((FOLDER / f"{name}.yaml").read_text("utf-8"), Loader)


def values_of(told: Any) -> list[str]:
    """Every value of a file, however deep."""
    if isinstance(told, dict):
        return [value for each in told.values() for value in values_of(each)]
    if isinstance(told, list):
        return [value for each in told for value in values_of(each)]
    return [str(told)]


def shown_sensors(head: str) -> list[dict[str, Any]]:
    """What leaves the device: sensors with a name, a meter's total among them."""
    sensors = [
        each for sensor in read(head)["sensor"] for each in (sensor, sensor.get("total", {}))
    ]
    return [each for each in sensors if "name" in each]


def test_each_head_has_its_variant_and_no_other_file_lies_there() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {*HEADS, "common"}


@pytest.mark.parametrize("name", PINS_OF)
def test_the_pins_are_those_of_the_drawing(name: str) -> None:
    gpio = tomllib.loads((DOCUMENTS / "hardware" / "core" / "wiring.toml").read_text("utf-8"))
    used = {value for value in values_of(read(name)) if value.startswith("GPIO")}
    assert used == {f"GPIO{gpio['gpio'][pin]}" for pin in PINS_OF[name]}


def test_no_password_stands_in_a_file() -> None:
    told = [value for head in (*HEADS, "common") for value in values_of(read(head))]
    assert {each.removeprefix("!secret ") for each in told if "!secret" in each} == SECRETS
    common = read("common")
    assert all(common["mqtt"][name].startswith("!secret") for name in ("username", "password"))


@pytest.mark.parametrize("head", HEADS)
def test_the_service_understands_what_it_says(head: str) -> None:
    memory: Memory = {}
    for sensor in shown_sensors(head):
        config = {
            "name": sensor["name"],
            "unit_of_meas": sensor["unit_of_measurement"],
            "dev_cla": sensor["device_class"],
            "stat_cla": sensor["state_class"],
            "stat_t": f"flat12/sensor/{object_id(sensor)}/state",
        }
        subtopic = f"homeassistant/sensor/flat12/{object_id(sensor)}/config"
        assert say(parse, memory, -60, subtopic, config, retained=True) == {}
    by_energy = sorted(shown_sensors(head), key=lambda each: each["device_class"] == "energy")
    for sensor in by_energy:
        value = "1234" if sensor["device_class"] == "energy" else "512"
        told = say(parse, memory, 0, f"sensor/{object_id(sensor)}/state", value)
    reading = told["reading"]
    assert {key: reading[key] for key in UNDERSTOOD[head]} == UNDERSTOOD[head]


def object_id(sensor: dict[str, Any]) -> str:
    return str(sensor["name"]).lower().replace(" ", "_")


@pytest.mark.skipif(ESPHOME is None, reason="ESPHome is not on this machine")
@pytest.mark.parametrize("head", HEADS)
def test_esphome_accepts_it(head: str, tmp_path: Path) -> None:
    for path in FOLDER.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    secrets = dict.fromkeys(SECRETS, "long-enough")
    (tmp_path / "secrets.yaml").write_text(yaml.safe_dump(secrets), "utf-8")
    told = subprocess.run(
        [str(ESPHOME), "config", str(tmp_path / f"{head}.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
