"""Spoils good messages in the ways that broken devices, bad links and attackers do."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from random import Random

    Spoil = Callable[[Random, bytes], bytes]

MOST_BYTES = 300_000
"""More than the broker lets through, so that the limits behind it are tried as well."""

ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 7, 1e308, -1e308, 10**400, 2**63, float("nan"), float("inf"), "", "7", "NaN",
    "unavailable", "1,5", "0x10", "\u0661\u0662", "\ud800", "\x00", [], [[]], {}, {"value": {}}, "A" * 5000,
)  # fmt: skip

ODD_NUMBERS = (
    b"NaN", b"-Infinity", b"1e999", b"-0", b"00", b"1_000", b"1e-400", b"9" * 500, b".", b"null",
    b"4294967296", b"99999999999999999999", b"-5", b'"5"', b"[5]",
)  # fmt: skip

ODD_TOPICS = (
    "", "/", "cw/v1", "cw/v1/", "cw/v1//readings", "cw/v1/cw-0000000/readings", "cw/v1/\u202e/status",
    "cw/v2/cw-7k3f9qx/readings", "a" * 65_000, "cw/v1/cw-7k3f9qx/readings/more", "\ufffd",
)  # fmt: skip

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_EXAMPLE = re.compile(
    r"on (?:`(?P<subtopic>[^`]+)`|the place itself):\n\n```(?:text|json)\n(?P<payload>.*?)```",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Example:
    """A message as a good device sends it."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Hostile:
    """A message that nobody should send."""

    topic: str
    payload: bytes
    retained: bool


def read_examples(page: Path, place: str) -> list[Example]:
    """Read the samples of a page on payloads, as a meter at a place would send them."""
    found = _EXAMPLE.finditer(page.read_text("utf-8"))
    return [
        Example(
            f"{place}/{each['subtopic']}" if each["subtopic"] else place,
            each["payload"].removesuffix("\n").encode(),
        )
        for each in found
    ]


def spoil_examples(random: Random, examples: Sequence[Example], count: int) -> Iterator[Hostile]:
    """Make hostile messages: one to three faults each, now and then on the wrong topic."""
    for _ in range(count):
        example = random.choice(examples)
        payload = example.payload
        for _ in range(random.randint(1, 3)):
            payload = random.choice(SPOILS)(random, payload)[:MOST_BYTES]
        yield Hostile(_topic(random, example, examples), payload, random.random() < 0.05)


def _topic(random: Random, example: Example, examples: Sequence[Example]) -> str:
    """Mostly the right topic, sometimes another example's or a broken one, seldom none at all."""
    chance = random.random()
    if chance < 0.85:
        return example.topic
    if chance < 0.91:
        return random.choice(examples).topic
    if chance < 0.98:
        return _broken_topic(random, example.topic)
    return random.choice(ODD_TOPICS)


def _broken_topic(random: Random, topic: str) -> str:
    """Take a level away, say it twice, leave it empty, or put another in its stead."""
    levels = topic.split("/")
    level = random.randrange(len(levels))
    instead = [[], [levels[level]] * 2, [""], [random.choice(levels)]]
    return "/".join(levels[:level] + random.choice(instead) + levels[level + 1 :])


def _cut(random: Random, payload: bytes) -> bytes:
    return payload[: random.randint(0, len(payload))]


def _flip(random: Random, payload: bytes) -> bytes:
    if not payload:
        return b"\xff"
    spoilt = bytearray(payload)
    for _ in range(random.randint(1, 4)):
        spoilt[random.randrange(len(spoilt))] ^= 1 << random.randrange(8)
    return bytes(spoilt)


def _insert(random: Random, payload: bytes) -> bytes:
    place = random.randint(0, len(payload))
    return payload[:place] + random.randbytes(random.randint(1, 8)) + payload[place:]


def _repeat(random: Random, payload: bytes) -> bytes:
    start = random.randint(0, len(payload))
    piece = payload[start : start + random.randint(1, 40)]
    return payload[:start] + piece * random.randint(2, 5) + payload[start:]


def _exchange_number(random: Random, payload: bytes) -> bytes:
    numbers = list(_NUMBER.finditer(payload[:20_000]))
    if not numbers:
        return random.choice(ODD_NUMBERS)
    one = random.choice(numbers)
    return payload[: one.start()] + random.choice(ODD_NUMBERS) + payload[one.end() :]


def _exchange_value(random: Random, payload: bytes) -> bytes:
    """Put another value in a random place of a JSON document, or take the place away."""
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        return json.dumps(random.choice(ODD_VALUES)).encode()
    inside = document
    while isinstance(inside, dict | list) and inside:
        key = random.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
        if random.random() < 0.4 or not isinstance(inside[key], dict | list):
            if random.random() < 0.2:
                del inside[key]
            else:
                inside[key] = random.choice(ODD_VALUES)
            break
        inside = inside[key]
    return json.dumps(document).encode()


def _nest(random: Random, payload: bytes) -> bytes:
    depth = random.choice((2, 60, 2000, 60_000))
    left, right = random.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return left * depth + payload + right * depth


def _blow_up(random: Random, payload: bytes) -> bytes:
    return payload + random.choice((b" ", b"0", b"\x00", b"[")) * random.choice((9_000, 70_000))


def _replace(random: Random, payload: bytes) -> bytes:
    return random.randbytes(random.randint(0, max(16, min(len(payload), 400))))


SPOILS: tuple[Spoil, ...] = (
    _cut, _flip, _insert, _repeat, _exchange_number, _exchange_number, _exchange_value, _exchange_value,
    _exchange_value, _nest, _blow_up, _replace,
)  # fmt: skip
