"""The table of languages that meters speak: which parser owns which topics."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

from commonwatt.errors import PayloadError
from ingest.adapters import (
    citizenwatt2014,
    emonhub,
    esphome,
    homie,
    shelly_gen1,
    shelly_gen2,
    tasmota,
    teleinfo2mqtt,
    tic_frames,
    v1,
    v1_columns,
    vzlogger,
    zigbee2mqtt,
    zlinky,
)
from ingest.adapters.secrecy import masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.adapters.message import Memory, Message, Telegram

    Parser = Callable[[Telegram, Memory], Message]


log = logging.getLogger("commonwatt.adapters")

Told = ParamSpec("Told")


@dataclass(frozen=True, slots=True)
class TopicFilter:
    """An MQTT topic filter: `+` stands for one level, a last `#` for any number of levels."""

    pattern: str

    def __post_init__(self) -> None:
        levels = self.pattern.split("/")
        misplaced = "#" in levels[:-1] or any(
            len(level) > 1 and ("+" in level or "#" in level) for level in levels
        )
        if not self.pattern or misplaced:
            raise ValueError(f"{self.pattern!r} is no topic filter")

    def matches(self, topic: str) -> bool:
        wanted, found = self.pattern.split("/"), topic.split("/")
        if wanted[-1] == "#":
            wanted = wanted[:-1]
            found = found[: len(wanted)] if len(found) >= len(wanted) else found
        return len(wanted) == len(found) and all(
            w in {"+", f} for w, f in zip(wanted, found, strict=True)
        )


ADAPTERS: tuple[tuple[TopicFilter, Callable[[str, bytes], Message]], ...] = (
    (TopicFilter("cw/v1/+/columns"), v1_columns.parse),
    (TopicFilter("cw/v1/#"), v1.parse),
)


def parse(topic: str, payload: bytes) -> Message:
    """Hand a message to the adapter that owns its topic; raise PayloadError if it has none."""
    for topics, adapter in ADAPTERS:
        if topics.matches(topic):
            return _ask(adapter, topic, payload)
    raise PayloadError("unknown_topic", topic)


LANGUAGES: dict[str, Parser] = {
    "citizenwatt2014": citizenwatt2014.parse,
    "emonhub": emonhub.parse,
    "esphome": esphome.parse,
    "homie": homie.parse,
    "shelly_gen1": shelly_gen1.parse,
    "shelly_gen2": shelly_gen2.parse,
    "tasmota": tasmota.parse,
    "teleinfo2mqtt": teleinfo2mqtt.parse,
    "tic_frames": tic_frames.parse,
    "vzlogger": vzlogger.parse,
    "zigbee2mqtt": zigbee2mqtt.parse,
    "zlinky": zlinky.parse,
}
"""The languages of other makers: a meter that speaks one is given a place among the topics."""


def parse_telegram(language: str, telegram: Telegram, memory: Memory) -> Message:
    """Hand a message to the adapter of its language; raise PayloadError if there is none."""
    if language not in LANGUAGES:
        raise PayloadError("unknown_topic", f"no adapter for {language}")
    return _ask(LANGUAGES[language], telegram, memory)


def _ask(adapter: Callable[Told, Message], *told: Told.args, **named: Told.kwargs) -> Message:
    """What an adapter makes of a message; its fault costs that message alone, kept in quarantine."""
    try:
        return adapter(*told, **named)
    except PayloadError:
        raise
    except Exception as fault:
        place = traceback.extract_tb(fault.__traceback__)[-1]
        where = f"{type(fault).__name__} in {Path(place.filename).name}, line {place.lineno}"
        log.warning("an adapter failed: %s", where)
        raise PayloadError("adapter_failed", where) from fault


REDACTORS: dict[str, Callable[[bytes], bytes]] = {"tic_frames": tic_frames.redact}
"""Languages of which less may be kept than of the others."""


def redacted(language: str, payload: bytes) -> bytes:
    """What quarantine may keep of a payload: nothing that names a French meter."""
    return masked(REDACTORS.get(language, bytes)(payload))
