"""A passport has the shape its page and its schema promise."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from commonwatt.registry.passports import Passport, passport_document
from commonwatt.registry.selftests import grade_tests
from tests.storage.workshops import good_lines

PROTOCOL = Path(__file__).parents[2] / "firmware_docs" / "protocol"
SCHEMA: dict[str, Any] = json.loads((PROTOCOL / "passport.schema.json").read_text("utf-8"))
PASSPORT = Passport(
    serial="cw-7k3f9qy",
    variant="led",
    parts_revision="led-r1",
    nickname=None,
    place="Maison des jeunes",
    held_on=date(2026, 3, 12),
    facilitator="Nadia",
    issued_utc=datetime(2026, 3, 12, 14, 0, tzinfo=UTC),
    run="6f0c1d1e-5a0b-4a58-9a3e-0d9f5d1f2b11",
    bench=None,
    firmware="commonwatt-meter 0.1.0",
    firmware_sha256=None,
    gain=None,
    tests=grade_tests("led", good_lines()),
)


def complaints_about(document: object) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"nickname": "Zoé", "bench": "bench-2", "firmware_sha256": "ab" * 32},
        {"variant": "ct", "gain": 1.02, "tests": grade_tests("ct", good_lines("ct"))},
    ],
)
def test_a_passport_fits_its_schema(changes: dict[str, Any]) -> None:
    assert complaints_about(passport_document(replace(PASSPORT, **changes))) == []


def test_a_clamp_tells_its_gain_and_a_light_reader_has_none() -> None:
    clamp = passport_document(replace(PASSPORT, variant="ct", gain=1.02))
    assert clamp["calibration"] == {"kind": "gain", "gain": 1.02}
    assert passport_document(PASSPORT)["calibration"]["kind"] == "verified_only"


def test_the_example_on_the_page_fits_and_has_every_field() -> None:
    (block,) = re.findall(
        r"```json\n(.*?)```", (PROTOCOL / "passport.md").read_text("utf-8"), re.DOTALL
    )
    example = json.loads(block)
    assert complaints_about(example) == []
    assert example.keys() == passport_document(PASSPORT).keys()


@pytest.mark.parametrize("field", sorted(SCHEMA["properties"]))
def test_no_field_may_lack(field: str) -> None:
    document = passport_document(PASSPORT)
    del document[field]
    assert complaints_about(document)


def test_a_failed_test_has_no_place_in_a_passport() -> None:
    document = passport_document(PASSPORT)
    document["selftest"]["tests"][0]["grade"] = "failed"
    assert complaints_about(document)
