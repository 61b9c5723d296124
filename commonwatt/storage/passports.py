"""Passports: what is known of a meter the moment it passed, kept as it was issued."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from commonwatt.registry.passports import Passport, passport_document
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from commonwatt.storage.kits import Kit, Workshop
    from commonwatt.storage.pool import Connection
    from commonwatt.storage.selftests import Selftest

_SQL = queries("passports")


def issue_passport(
    connection: Connection, kit: Kit, workshop: Workshop, tested: Selftest, now_utc: datetime
) -> None:
    """Write down what is known of a meter the moment it passed."""
    passport = Passport(
        serial=kit.serial,
        variant=kit.variant,
        parts_revision=kit.parts_revision,
        nickname=kit.nickname,
        place=workshop.place,
        held_on=workshop.held_on,
        facilitator=workshop.facilitator,
        issued_utc=now_utc,
        run=tested.run,
        bench=tested.bench,
        firmware=tested.firmware,
        firmware_sha256=tested.firmware_sha256,
        gain=tested.gain,
        tests=tested.graded(kit.variant),
    )
    document = json.dumps(passport_document(passport), ensure_ascii=False)
    row = {"meter_id": kit.meter_id, "now_utc": now_utc, "document": document}
    with database_errors():
        connection.execute(_SQL["issue"], row)


def last_passport(connection: Connection, meter_id: int) -> dict[str, Any] | None:
    with database_errors():
        row = connection.execute(_SQL["last_passport"], (meter_id,)).fetchone()
    return dict(row[0]) if row else None


def have_passport(connection: Connection, meter_ids: Iterable[int]) -> frozenset[int]:
    with database_errors():
        rows = connection.execute(_SQL["have_passport"], (list(meter_ids),))
        return frozenset(meter_id for (meter_id,) in rows)
