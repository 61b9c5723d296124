"""Claim codes: allotted, counted, used once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from commonwatt.errors import StorageError
from commonwatt.registry.claims import (
    FRESH,
    LIFETIME,
    ClaimVerdict,
    KeptCode,
    Outcome,
    judge_claim,
    new_code,
)
from commonwatt.registry.kits import Stage
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from commonwatt.registry.claims import ClaimCode
    from commonwatt.storage.pool import Connection

_SQL = queries("claims")
_CLOCK_AHEAD = timedelta(minutes=10)
_ATTEMPTS = 20


def allot_code(
    connection: Connection, meter_id: int, now_utc: datetime, lifetime: timedelta = LIFETIME
) -> ClaimCode:
    """Give a meter a new code and take its open one back; the code is shown this once."""
    with database_errors(), connection.transaction():
        withdraw_codes(connection, meter_id, now_utc)
        for _ in range(_ATTEMPTS):
            code = new_code()
            row = {
                "locator": code.locator,
                "meter_id": meter_id,
                "verifier_hash": code.verifier_hash,
                "now_utc": now_utc,
                "expires_utc": now_utc + lifetime,
            }
            if connection.execute(_SQL["add_code"], row).rowcount:
                return code
    raise StorageError("no free locator for a claim code was found")


def withdraw_codes(connection: Connection, meter_id: int, now_utc: datetime) -> None:
    with database_errors():
        row = {"meter_id": meter_id, "now_utc": now_utc}
        connection.execute(_SQL["withdraw_codes"], row)


def open_codes(connection: Connection, meter_ids: Iterable[int]) -> dict[int, datetime]:
    """Until when the code of each of these meters holds; a meter without an open one is left out."""
    with database_errors():
        return dict(connection.execute(_SQL["open_codes"], (list(meter_ids),)).fetchall())


def use_claim_code(
    connection: Connection, code: ClaimCode, now_utc: datetime
) -> tuple[ClaimVerdict, int | None]:
    """Judge a code; count a failed try, or use the code up and give its meter's id.

    Never raises for a code that is refused, so that a caller's own transaction keeps the count.
    """
    with database_errors(), connection.transaction():
        held = connection.execute(_SQL["hold_meter"], (code.locator,)).fetchone()
        row = connection.execute(_SQL["find_code"], (code.locator,)).fetchone()
        if row is None or held is None:
            return ClaimVerdict(Outcome.UNKNOWN, 0), None
        (state,) = held
        meter_id, *facts = row
        proof_utc = _last_proof(connection, meter_id, now_utc)
        kept = KeptCode(*(*facts, Stage(state), proof_utc))
        verdict = judge_claim(code, kept, now_utc)
        if verdict.is_counted:
            connection.execute(_SQL["count_try"], (code.locator,))
        if verdict.outcome is not Outcome.GRANTED:
            return verdict, None
        connection.execute(_SQL["use_code"], {"locator": code.locator, "now_utc": now_utc})
        if state == Stage.TESTED:
            stage = {"meter_id": meter_id, "stage": Stage.CLAIMED.value}
            connection.execute(queries("kits")["set_stage"], stage)
        return verdict, meter_id


def _last_proof(connection: Connection, meter_id: int, now_utc: datetime) -> datetime | None:
    asked = {
        "meter_id": meter_id,
        "fresh_from_utc": now_utc - FRESH,
        "ahead_utc": now_utc + _CLOCK_AHEAD,
    }
    row = connection.execute(_SQL["last_proof"], asked).fetchone()
    return row[0] if row else None
