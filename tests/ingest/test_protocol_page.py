"""What the protocol page shows is what the adapter understands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ingest.adapters import parse
from ingest.adapters.v1 import MAX_PAYLOAD_BYTES, MAX_RECORDS
from ingest.validate import MAX_REGISTER_WH

PROTOCOL = Path(__file__).parents[2] / "firmware_docs" / "protocol"
PAGE = (PROTOCOL / "v1.md").read_text("utf-8")
BLOCKS = re.findall(r"`(cw/v1/[^`]+)`\n+```json\n(.*?)```", PAGE, re.DOTALL)
UPWARD = [(topic, block) for topic, block in BLOCKS if not topic.endswith(("/ack", "/cmd"))]
SCHEMA: dict[str, Any] = json.loads(
    (PROTOCOL / "schemas" / "readings.schema.json").read_text("utf-8")
)
RECORD: dict[str, Any] = SCHEMA["properties"]["r"]["items"]
GOOD: dict[str, Any] = json.loads(
    next(block for topic, block in BLOCKS if topic.endswith("/readings"))
)


@pytest.mark.parametrize(("topic", "block"), UPWARD)
def test_every_example_is_understood(topic: str, block: str) -> None:
    message = parse(topic, block.encode())
    assert message.serial == topic.split("/")[2]
    assert message.faulty == ()
    if topic.endswith("/readings"):
        assert len(message.readings) == len(json.loads(block)["r"])


def test_limits_are_the_same_in_schema_and_code() -> None:
    assert SCHEMA["properties"]["r"]["maxItems"] == MAX_RECORDS
    assert RECORD["properties"]["e_wh"]["maximum"] == MAX_REGISTER_WH
    assert f"{MAX_PAYLOAD_BYTES:,} bytes" in PAGE


@pytest.mark.parametrize("field", sorted(RECORD["properties"]))
@pytest.mark.parametrize("value", ["text", True, [], {}, -1, 1.5, None, 2**70])
def test_schema_and_adapter_refuse_the_same_records(field: str, value: object) -> None:
    """A field at a time; what only the judge refuses (range of register and power) aside."""
    changed = json.loads(json.dumps(GOOD))
    changed["r"][0][field] = value
    in_schema = Draft202012Validator(SCHEMA).is_valid(changed)
    message = parse(f"cw/v1/{GOOD['id']}/readings", json.dumps(changed).encode())
    understood = not message.faulty
    judged_later = field in {"e_wh", "p_w", "s_va"} and value in (-1, 2**70)
    beyond_any_clock = field == "t" and value == 2**70
    assert understood == in_schema or judged_later or beyond_any_clock
