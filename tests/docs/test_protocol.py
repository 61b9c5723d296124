"""The protocol page, its examples and its schemas say the same."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from commonwatt.registry import serials

ROOT = Path(__file__).parents[2]
PROTOCOL = ROOT / "firmware_docs" / "protocol"
PAGE = (PROTOCOL / "v1.md").read_text("utf-8")
SCHEMAS: dict[str, dict[str, Any]] = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text("utf-8"))
    for path in sorted((PROTOCOL / "schemas").iterdir())
}
TOPIC = re.compile(r"^`cw/v1/(?P<serial>[^/]+)/(?P<kind>[a-z]+)`$")
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LARGEST_PACKET_BYTES = 8192


def list_examples() -> list[tuple[str, str, Any]]:
    """Of each fenced block of JSON: the serial and the kind in the topic above it, and itself."""
    examples = []
    for before, block in re.findall(r"(\S[^\n]*)\n+```json\n(.*?)```", PAGE, re.DOTALL):
        topic = TOPIC.match(before)
        assert topic, f"no topic above {block!r}"
        examples.append((topic["serial"], topic["kind"], json.loads(block)))
    return examples


EXAMPLES = list_examples()
READINGS = next(payload for _, kind, payload in EXAMPLES if kind == "readings")


def complaints_about(kind: str, payload: object) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMAS[kind]).iter_errors(payload)]


def check_character(symbols: str) -> str:
    """The formula of the page, in its own words."""
    total = sum((2 * i + 1) * ALPHABET.index(symbol) for i, symbol in enumerate(symbols, 1))
    return ALPHABET[total % 32]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_schemas_are_valid(kind: str) -> None:
    assert SCHEMAS[kind]["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(SCHEMAS[kind])


@pytest.mark.parametrize(("serial", "kind", "payload"), EXAMPLES)
def test_examples_fit_their_schema(serial: str, kind: str, payload: dict[str, Any]) -> None:
    assert complaints_about(kind, payload) == []
    assert payload.get("id", serial) == serial
    assert len(json.dumps(payload)) < LARGEST_PACKET_BYTES


def test_every_block_and_every_schema_has_its_example() -> None:
    assert len(EXAMPLES) == PAGE.count("```json")
    assert {kind for _, kind, _ in EXAMPLES} == set(SCHEMAS)


def test_every_topic_has_its_schema() -> None:
    topics = re.findall(r"^\| `cw/v1/\{id\}/([a-z]+)`", PAGE, re.MULTILINE)
    assert sorted(topics) == sorted(SCHEMAS)


def break_record(**changes: object) -> dict[str, Any]:
    payload = copy.deepcopy(READINGS)
    payload["r"][0] |= changes
    return dict(payload)


@pytest.mark.parametrize(
    "payload",
    [
        READINGS | {"v": 2},
        READINGS | {"id": "cw-7K3F9QY"},
        READINGS | {"id": "cw-7k3f9ql"},
        READINGS | {"log": "9F3A61C2"},
        READINGS | {"boot": 0},
        READINGS | {"src": "guess"},
        READINGS | {"r": []},
        READINGS | {"r": READINGS["r"] * 16},
        READINGS | {"more": 1},
        {key: value for key, value in READINGS.items() if key != "log"},
        break_record(n=0),
        break_record(n="1229"),
        break_record(t=1790000040.5),
        break_record(tq=3),
        break_record(up_s=-1),
        break_record(d_s=0),
        break_record(d_s=3601),
        break_record(e_wh=-0.001),
        break_record(e_wh=4294967296),
        break_record(p_w=420.5),
        break_record(p_w=100001),
        break_record(tar="x" * 17),
        break_record(watts=1),
    ],
    ids=lambda payload: json.dumps(payload)[:120],
)
def test_what_breaks_a_rule_does_not_fit(payload: dict[str, Any]) -> None:
    assert complaints_about("readings", payload)


def test_thirty_records_fit_into_a_packet() -> None:
    largest = {"n": 2**53, "t": 2**40, "tq": 2, "up_s": 2**40, "d_s": 3600, "e_wh": 4294967294.999}
    largest |= {"p_w": -100000, "s_va": 100000, "i_ma": 100000, "u_dv": 9999, "f": 63}
    payload = READINGS | {"r": [largest | {"tar": "x" * 16}] * 30}
    assert complaints_about("readings", payload) == []
    assert len(json.dumps(payload, separators=(",", ":"))) < LARGEST_PACKET_BYTES - 100


def list_properties(schema: dict[str, Any]) -> set[str]:
    """The names of all fields, down to the records of a batch."""
    own = schema.get("properties", {})
    below = [*own.values(), schema.get("items", {})]
    return set(own).union(*(list_properties(part) for part in below if part))


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_field_is_on_the_page(kind: str) -> None:
    named = set(re.findall(r"`(\w+)`", PAGE)) | set(re.findall(r'"(\w+)":', PAGE))
    assert list_properties(SCHEMAS[kind]) <= named


def test_the_field_table_is_the_readings_schema() -> None:
    table = PAGE.split("| Field | Unit | Meaning |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == list_properties(
        SCHEMAS["readings"]
    )


def test_serials_on_the_page_carry_their_check_character() -> None:
    told = set(re.findall(r"cw-([0-9a-z]{6})([0-9a-z])\b", PAGE))
    assert len(told) >= 2
    for symbols, check in told:
        assert check_character(symbols) == check
        assert serials.check_symbol(symbols) == check


def test_the_alphabet_is_the_one_of_the_page_and_of_the_pattern() -> None:
    assert f"`{ALPHABET}`" in PAGE
    pattern = re.compile(SCHEMAS["readings"]["properties"]["id"]["pattern"])
    written = "0123456789abcdefghijklmnopqrstuvwxyz"
    assert "".join(s for s in written if pattern.match("cw-" + s * 7)) == ALPHABET


def test_one_wrong_symbol_is_always_noticed() -> None:
    for place in range(6):
        changed = {check_character("0" * place + s + "0" * (5 - place)) for s in ALPHABET}
        assert len(changed) == len(ALPHABET)


def test_quarantine_reasons_are_told_with_what_to_do() -> None:
    table = PAGE.split("| Code | What it means | What to do |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE)
    assert {code for code, _, _ in rows} == {
        "malformed_json",
        "wrong_shape",
        "wrong_meter",
        "unknown_topic",
        "unknown_meter",
        "too_large",
        "not_finite",
        "future_time",
        "too_old",
        "undated",
        "register_absurd",
        "power_absurd",
        "other_content",
        "flooding",
        "adapter_failed",
        "database_refused",
    }
    assert len(rows) == 16
