"""Home Assistant's discovery messages: the page's examples, and every rule by its name."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

import pytest

from commonwatt.errors import PayloadError
from ingest.adapters.ha_discovery import Discovered, is_config, read_config
from tests.ingest.payload_pages import PAYLOADS

PAGE = (PAYLOADS / "ha_discovery.md").read_text("utf-8")
BLOCKS = re.findall(
    r"```(?:text|json)\n([^`]*?)\n?```\n\nis read as\n\n```json\n(.*?)```", PAGE, re.DOTALL
)


def read(payload: object) -> Any:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    try:
        return [{k: v for k, v in asdict(each).items() if v} for each in read_config(raw)]
    except PayloadError as error:
        return {"refused": error.code}


@pytest.mark.parametrize(("config", "understood"), BLOCKS)
def test_the_page_is_what_is_read(config: str, understood: str) -> None:
    assert read(config.encode()) == json.loads(understood)


def test_every_block_of_the_page_is_read() -> None:
    assert len(BLOCKS) == PAGE.count("is read as") == 6


def test_short_and_long_forms_may_be_mixed() -> None:
    assert read_config(b'{"stat_t":"a","unit_of_measurement":"W","dev_cla":"power"}') == (
        Discovered("a", "W", "power"),
    )


@pytest.mark.parametrize(
    ("topic", "whole"), [("~/state", "a/b/state"), ("x/~", "x/a/b"), ("~", "a/b"), ("x~y", "x~y")]
)
def test_the_base_topic_stands_at_an_end(topic: str, whole: str) -> None:
    assert read({"~": "a/b", "stat_t": topic}) == [{"state_topic": whole}]


def test_an_empty_message_deletes_and_an_empty_object_describes_nothing() -> None:
    assert read(b"") == read({}) == []


def test_unknown_keys_are_let_pass_and_nulls_are_absent() -> None:
    assert read({"stat_t": "a", "x": [1], "unit_of_meas": None}) == [{"state_topic": "a"}]


def test_components_inherit_the_topic_and_only_sensors_count() -> None:
    components = {
        "one": {"p": "sensor", "unit_of_meas": "W"},
        "two": {"platform": "light", "stat_t": "y"},
        "three": {"p": ["sensor"], "stat_t": "z"},
    }
    found = read({"stat_t": "shared", "components": components})
    assert found == [{"state_topic": "shared", "unit": "W"}]


def test_who_the_device_is_is_not_kept() -> None:
    config = {"stat_t": "a", "uniq_id": "021528603314", "dev": {"ids": ["021528603314"]}}
    assert "021528603314" not in repr(read(config))


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{", "malformed_json"),
        (b"[]", "wrong_shape"),
        ({"stat_t": ["a"]}, "wrong_shape"),
        ({"stat_t": "a/#"}, "wrong_shape"),
        ({"stat_t": "a", "~": 1}, "wrong_shape"),
        ({"cmps": {"x": 1}}, "wrong_shape"),
        ({"cmps": []}, "wrong_shape"),
        (b" " * 16_385, "too_large"),
    ],
)
def test_what_cannot_be_read_has_its_reason(payload: object, code: str) -> None:
    assert read(payload) == {"refused": code}


def test_a_description_may_be_longer_than_a_measurement() -> None:
    assert read({"stat_t": "a", "val_tpl": "x" * 12_000}) == [{"state_topic": "a"}]


@pytest.mark.parametrize(
    ("subtopic", "is_one"),
    [("homeassistant/sensor/a/b/config", True), ("config", True), ("sensor/config/state", False)],
)
def test_which_topics_are_those_of_descriptions(subtopic: str, *, is_one: bool) -> None:
    assert is_config(subtopic) is is_one
