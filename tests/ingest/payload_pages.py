"""Reads the pages on payloads: their blocks are what the adapters of other languages must say."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commonwatt.errors import PayloadError
from commonwatt.model import NO_LOG
from ingest.adapters.message import Telegram

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.adapters.message import Memory, Message
    from ingest.adapters.message import Telegram as Told

    Parse = Callable[[Told, Memory], Message]

PAYLOADS = Path(__file__).parents[2] / "firmware_docs" / "payloads"
START_S = 1_790_000_000

_SETTINGS = re.compile(r"^Settings of the mount: `(?P<settings>[^`]*)`", re.MULTILINE)
_STEP = re.compile(
    r"^At \+(?P<at>\d+) s(?P<retained>, retained)?, on (?:`(?P<subtopic>[^`]+)`|the place itself):\n\n"
    r"```(?:text|json)\n(?P<payload>.*?)```\n\n"
    r"is understood as\n\n"
    r"```json\n(?P<understood>.*?)```",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A message of a page, and what the page says of it."""

    telegram: Telegram
    understood: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages of one meter in order; its memory begins with the settings."""

    settings: dict[str, Any]
    steps: tuple[Step, ...]


def read_conversations(language: str) -> list[Conversation]:
    """Every conversation of a page: it begins with the settings of the mount."""
    text = (PAYLOADS / f"{language}.md").read_text("utf-8")
    pieces = _SETTINGS.split(text)[1:]
    found = [
        Conversation(json.loads(settings), tuple(_step(each) for each in _STEP.finditer(piece)))
        for settings, piece in zip(pieces[::2], pieces[1::2], strict=True)
    ]
    steps = sum(len(each.steps) for each in found)
    assert steps == text.count("is understood as\n\n```"), f"{language}: a block is not read"
    assert steps == text.count("\nAt +"), f"{language}: a block is not read"
    return found


def _step(found: re.Match[str]) -> Step:
    payload = found["payload"].removesuffix("\n").encode()
    telegram = Telegram(
        found["subtopic"] or "", payload, START_S + int(found["at"]), bool(found["retained"])
    )
    return Step(telegram, json.loads(found["understood"]))


def understood(parse: Parse, telegram: Telegram, memory: Memory) -> dict[str, Any]:
    """What an adapter makes of a message, as the pages write it; times count from their start."""
    try:
        message = parse(telegram, memory)
    except PayloadError as error:
        return {"refused": error.code}
    told: dict[str, Any] = {}
    for reading in message.readings:
        assert (reading.log, reading.n, reading.up_s, reading.flags) == (NO_LOG, 0, None, 0)
        assert reading.end_s is not None
        told["reading"] = _known(
            end_s=reading.end_s - START_S,
            duration_s=reading.duration_s,
            boot=reading.boot if reading.boot > 1 else None,
            register_wh=reading.register_wh,
            power_w=reading.power_w,
            apparent_va=reading.apparent_va,
        )
    if message.live:
        assert message.live.at_s >= START_S
        told["live_w"] = message.live.power_w
    if not message.online:
        told["online"] = False
    assert (message.serial, message.faulty, message.extent, message.anchors) == ("", (), None, ())
    assert len(message.readings) <= 1
    return told


def _known(**values: float | None) -> dict[str, float]:
    rounded = {key: None if v is None else round(v, 6) for key, v in values.items()}
    return {key: value for key, value in rounded.items() if value is not None}


def check_page(language: str, parse: Parse) -> None:
    """Say every conversation of a page to the adapter and compare."""
    conversations = read_conversations(language)
    assert conversations
    for conversation in conversations:
        memory: Memory = dict(conversation.settings)
        for step in conversation.steps:
            found = understood(parse, step.telegram, memory)
            where = f"{language} at +{step.telegram.received_s - START_S:.0f} s"
            assert found == step.understood, f"{where}, {step.telegram.subtopic}: {found}"


def say(
    parse: Parse, memory: Memory, at_s: float, subtopic: str, payload: object, **rest: bool
) -> dict[str, Any]:
    """Say one thing to an adapter; what is neither text nor bytes goes as JSON."""
    if isinstance(payload, str):
        payload = payload.encode()
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return understood(parse, Telegram(subtopic, raw, START_S + at_s, **rest), memory)
