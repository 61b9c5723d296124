"""Self-tests as meters sent them, and when a meter last showed that it is in somebody's hands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.registry.selftests import GradedTest, ToldTest, grade_tests, is_passed
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from commonwatt.storage.pool import Connection

_SQL = queries("selftests")


@dataclass(frozen=True, slots=True)
class Selftest:
    """One run of a meter's first-light test."""

    run: str
    received_utc: datetime
    firmware: str
    firmware_sha256: str | None
    bench: str | None
    gain: float | None
    lines: tuple[ToldTest, ...]

    def graded(self, variant: str) -> tuple[GradedTest, ...]:
        return grade_tests(variant, self.lines)

    def is_passed(self, variant: str) -> bool:
        return is_passed(self.graded(variant))


def keep_selftest(connection: Connection, meter_id: int, variant: str, tested: Selftest) -> None:
    told = [
        {"key": t.key, "ok": t.ok, "value": t.value, "expected": t.expected} for t in tested.lines
    ]
    row = {
        "meter_id": meter_id,
        "run": tested.run,
        "received_utc": tested.received_utc,
        "firmware": tested.firmware,
        "firmware_sha256": tested.firmware_sha256,
        "bench": tested.bench,
        "gain": tested.gain,
        "tests": json.dumps(told, allow_nan=False),
        "is_passed": tested.is_passed(variant),
    }
    with database_errors():
        connection.execute(_SQL["keep_selftest"], row)


def last_selftests(connection: Connection, meter_ids: Iterable[int]) -> dict[int, Selftest]:
    """The last run of each of these meters that has one."""
    with database_errors():
        rows = connection.execute(_SQL["last_selftests"], (list(meter_ids),)).fetchall()
    return {
        meter_id: Selftest(*(*facts, tuple(ToldTest(**line) for line in tests)))
        for meter_id, *facts, tests in rows
    }


def note_presence(connection: Connection, meter_id: int, at_utc: datetime) -> None:
    with database_errors():
        connection.execute(_SQL["note_presence"], {"meter_id": meter_id, "at_utc": at_utc})
