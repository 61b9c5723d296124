"""Events as one JSON object a line, without what they were about."""

from __future__ import annotations

import json
import logging

import pytest

from commonwatt.operations.logs import JsonLines


def record(message: str, *arguments: object, error: BaseException | None = None) -> str:
    caught = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord(
        "commonwatt.ingest", logging.WARNING, "", 0, message, arguments, caught
    )
    return JsonLines().format(made)


def test_an_event_is_one_line_of_json() -> None:
    line = record("%d messages\nwait: é", 3)
    assert "\n" not in line
    told = json.loads(line)
    assert told.pop("at_utc").endswith("+00:00")
    assert told == {
        "level": "warning",
        "logger": "commonwatt.ingest",
        "event": "3 messages\nwait: é",
    }


def test_an_error_is_told_without_its_words() -> None:
    with pytest.raises(ValueError, match="4711") as caught:
        float("register_wh 4711.5 of the household")
    line = record("a row could not be stored", error=caught.value)
    told = json.loads(line)
    assert told["error"] == "ValueError"
    assert told["where"].startswith("test_logs.py:")
    assert "4711" not in line
