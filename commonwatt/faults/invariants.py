"""Holds what is stored against what meters know to be true; every fault test ends here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from commonwatt import rollups
from commonwatt.storage import ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonwatt.faults.flaky import FlakyMeter
    from commonwatt.storage.pool import Connection


class Breach(StrEnum):
    """A promise that was not kept.

    LOST: a receipted record is not stored. CHANGED: it is stored with other content. DOUBLED: it is
    stored more than once. FOREIGN: a row that its meter never sent. UNEXPLAINED: a record was
    refused, and no reason is kept. STALE: rollups are not what a recomputation gives.
    """

    LOST = "lost"
    CHANGED = "changed"
    DOUBLED = "doubled"
    FOREIGN = "foreign"
    UNEXPLAINED = "unexplained"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Violation:
    """A breach, and how many records or half-hours of a meter it concerns."""

    breach: Breach
    serial: str
    count: int


def check(connection: Connection, meters: Sequence[FlakyMeter]) -> tuple[Violation, ...]:
    """Find every promise that was not kept to meters whose records are all receipted."""
    rollups.settle(connection)
    return tuple(
        Violation(breach, meter.home.meter.serial, count)
        for meter in meters
        for breach, count in _breaches(connection, meter)
        if count
    )


def _breaches(connection: Connection, meter: FlakyMeter) -> Iterator[tuple[Breach, int]]:
    meter_id = meter.home.meter.meter_id
    stored = Counter(ledger.stored_records(connection, meter_id))
    truth = {(record.log, record.n): record for record in meter.truth}
    rows = Counter((record.log, record.n) for record in stored.elements())
    yield Breach.LOST, len(truth.keys() - rows.keys())
    yield Breach.FOREIGN, len(rows.keys() - truth.keys())
    yield Breach.DOUBLED, sum(count - 1 for count in rows.values())
    changed = {key for key in truth.keys() & rows.keys() if truth[key] not in stored}
    yield Breach.CHANGED, len(changed)
    explained = sum(ledger.refusals(connection, meter_id).values())
    yield Breach.UNEXPLAINED, max(meter.refused - explained, 0)
    before = ledger.half_hours(connection, meter_id)
    rollups.rebuild(connection, meter.home.meter)
    after = ledger.half_hours(connection, meter_id)
    yield Breach.STALE, len(set(before) ^ set(after))
