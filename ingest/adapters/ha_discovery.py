"""Home Assistant's discovery messages: what a sensor's bare value stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from commonwatt.errors import PayloadError
from ingest.adapters.values import MAX_DESCRIPTION_BYTES, member_of, object_of, word_of

ABBREVIATIONS = {
    "stat_t": "state_topic",
    "unit_of_meas": "unit_of_measurement",
    "dev_cla": "device_class",
    "stat_cla": "state_class",
    "cmps": "components",
    "p": "platform",
}
"""The short forms of what is read here; a message may mix both."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """A sensor as its discovery message describes it; what it does not say is empty.

    Who or what the device is, is not kept.
    """

    state_topic: str
    unit: str = ""
    device_class: str = ""
    state_class: str = ""
    name: str = ""


def is_config(subtopic: str) -> bool:
    """Whether a topic is that of a discovery message."""
    return subtopic.rpartition("/")[2] == "config"


def read_config(payload: bytes) -> tuple[Discovered, ...]:
    """Read a discovery message: one sensor, or a device with several; none if it deletes.

    Unknown keys and what is no sensor with a topic of its own are let pass.
    """
    if not payload:
        return ()
    config = _unabbreviated(object_of(payload, MAX_DESCRIPTION_BYTES))
    base = _text(config, "~")
    components = member_of(config, "components")
    parts = [_unabbreviated(member_of(components, key)) for key in components] or [config]
    shared = {"state_topic": _text(config, "state_topic")}
    sensors = (_discovered(shared | part, base) for part in parts if _is_sensor(part))
    return tuple(each for each in sensors if each.state_topic)


def _unabbreviated(config: dict[str, Any]) -> dict[str, Any]:
    return {ABBREVIATIONS.get(key, key): value for key, value in config.items()}


def _is_sensor(part: dict[str, Any]) -> bool:
    return "platform" not in part or word_of(part, "platform") in {"sensor", "mqtt"}


def _discovered(part: dict[str, Any], base: str) -> Discovered:
    topic = _text(part, "state_topic")
    if topic.startswith("~"):
        topic = base + topic[1:]
    elif topic.endswith("~"):
        topic = topic[:-1] + base
    if "#" in topic or "+" in topic:
        raise PayloadError("wrong_shape", "state_topic: a topic was expected, not a filter")
    return Discovered(
        state_topic=topic,
        unit=_text(part, "unit_of_measurement"),
        device_class=_text(part, "device_class"),
        state_class=_text(part, "state_class"),
        name=_text(part, "name"),
    )


def _text(config: dict[str, Any], key: str) -> str:
    value = config.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise PayloadError("wrong_shape", f"{key}: a text was expected")
    return value
