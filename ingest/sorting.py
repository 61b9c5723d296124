"""A batch sorted by what is to be done with it: stored, put aside, receipted, noted as a sign of life."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from commonwatt.storage import readings
from commonwatt.storage.readings import Conflict, Refused, Sign
from commonwatt.storage.rows import ReadingRows
from commonwatt.storage.selftests import Selftest
from ingest.adapters.secrecy import masked_text
from ingest.validate import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonwatt.model import Reading
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection
    from ingest.adapters.message import Extent, LivePower, Message, ToldSelftest
    from ingest.columns import Taken
    from ingest.validate import Verdict

STORED, HEARD = "stored", "heard"
KEPT_BYTES = 4096
_SAMPLES = 200
"""So many refusals of one meter in one batch go to quarantine; the others are only counted."""


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """A message as it came: topic, bytes, and when the broker handed it over."""

    topic: str
    payload: bytes
    received_s: float
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """These records of a log are in the database, but for the refused ones, in quarantine."""

    serial: str
    extent: Extent
    refused: int


Told = tuple[Envelope, "Message", "Meter"]
"""An envelope that has been understood: what it says, and which meter said it."""


@dataclass(slots=True)
class SortedBatch:
    """A batch on its way into the database; each of `envelopes` brought so many rows as `sizes` says."""

    plain: ReadingRows = field(default_factory=lambda: rows_of([]))
    readings: list[tuple[int, Reading]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    counts: Counter[tuple[int | None, str]] = field(default_factory=Counter)
    records: Counter[tuple[str, str]] = field(default_factory=Counter)
    envelopes: list[Envelope] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    selftests: list[tuple[Meter, Selftest]] = field(default_factory=list)
    in_hands: dict[int, float] = field(default_factory=dict)

    @classmethod
    def begun_with(cls, taken: Taken) -> SortedBatch:
        """What was well formed."""
        return cls(
            plain=taken.rows,
            signs=taken.signs,
            receipts=[Receipt(serial, extent, 0) for serial, extent in taken.extents],
            outcomes=Counter({STORED: len(taken.envelopes)}),
            envelopes=list(taken.envelopes),
            sizes=taken.sizes.tolist(),
        )

    def rows(self) -> ReadingRows:
        return self.plain.joined_with(rows_of(self.readings))

    def refuse(self, refused: Refused) -> None:
        """Count a refusal, and keep it as a sample unless there are many of that meter."""
        self.counts[refused.meter_id, refused.code] += 1
        kept = sum(1 for each in self.refused if each.meter_id == refused.meter_id)
        if kept < _SAMPLES:
            self.refused.append(refused)

    def records_by_reason(self) -> Counter[tuple[str, str]]:
        """What became of each record, and what was refused under its reason."""
        told = Counter(self.records)
        for (_, code), count in self.counts.items():
            told["refused", code] += count
        return told

    def contradict(self, rows: ReadingRows, conflicts: Sequence[Conflict]) -> None:
        """Put aside the rows that contradict what stands: counted, and receipted as refused."""
        ends = np.cumsum(self.sizes)
        places = _places_of(rows, conflicts)
        found = Counter(np.searchsorted(ends, places, side="right").tolist())
        for message, count in sorted(found.items()):
            envelope, size = self.envelopes[message], self.sizes[message]
            first = int(ends[message]) - size
            detail = f"{count} of {size} records"
            meter_id = int(rows.meter_id[first])
            self.refuse(refused_as("other_content", envelope, meter_id, detail))
            self._mark_receipt(envelope, int(rows.log[first]), int(rows.n[first]), count)
            if count == size:
                self.outcomes[STORED] -= 1
                self.outcomes["other_content"] += 1

    def _mark_receipt(self, envelope: Envelope, log: int, n: int, count: int) -> None:
        serial = envelope.topic.split("/")[2:3]
        for at, receipt in enumerate(self.receipts):
            extent = receipt.extent
            if [receipt.serial] == serial and extent.log == log and extent.covers(n):
                self.receipts[at] = replace(receipt, refused=receipt.refused + count)
                return


def _places_of(rows: ReadingRows, conflicts: Sequence[Conflict]) -> list[int]:
    """Where each conflict stands among the rows: the last one of that key."""
    wanted = set(conflicts)
    columns = (rows.meter_id, rows.end_s, rows.log, rows.n)
    keys = enumerate(map(Conflict, *(column.tolist() for column in columns)))
    found = {key: place for place, key in keys if key in wanted}
    return [found[conflict] for conflict in conflicts]


def accept_all(
    connection: Connection, known: Sequence[Told], now_s: float, sorted_batch: SortedBatch
) -> None:
    boots = _boots(connection, known)
    for envelope, message, meter in known:
        _accept(envelope, message, meter, boots, now_s, sorted_batch)


def _boots(connection: Connection, known: Sequence[Told]) -> dict[tuple[int, int], int]:
    """Look up when boots began, after learning what this batch tells of them."""
    undated = {
        meter.meter_id
        for _, message, meter in known
        if any(reading.end_s is None for reading in message.readings)
    }
    anchors = {
        (meter.meter_id, anchor.boot): anchor.started_s
        for _, message, meter in reversed(known)
        for anchor in message.anchors
        if meter.meter_id in undated or not message.readings
    }
    readings.learn_boots(connection, anchors)
    return readings.boots_of(connection, sorted(undated)) if undated else {}


def _accept(
    envelope: Envelope,
    message: Message,
    meter: Meter,
    boots: dict[tuple[int, int], int],
    now_s: float,
    sorted_batch: SortedBatch,
) -> None:
    verdict = judge(message, meter, boots, now_s)
    sorted_batch.envelopes.append(envelope)
    sorted_batch.sizes.append(len(verdict.accepted))
    sorted_batch.readings.extend((meter.meter_id, reading) for reading in verdict.accepted)
    for fault in verdict.refused:
        sorted_batch.refuse(refused_as(fault.code, envelope, meter.meter_id, fault.detail))
    sorted_batch.outcomes[STORED if message.selftest else _outcome(verdict)] += 1
    if message.selftest:
        sorted_batch.selftests.append((meter, _selftest(message.selftest, envelope.received_s)))
    if not envelope.retained:
        sorted_batch.signs.append(_sign(envelope, message, meter, verdict.live))
        if message.is_in_hands:
            sorted_batch.in_hands[meter.meter_id] = envelope.received_s
    if message.extent:
        sorted_batch.receipts.append(Receipt(message.serial, message.extent, len(verdict.refused)))


def _selftest(told: ToldSelftest, received_s: float) -> Selftest:
    at_utc = readings.instant(received_s)
    firmware, sha256 = told.firmware, told.firmware_sha256
    return Selftest(told.run, at_utc, firmware, sha256, told.bench, told.gain, told.lines)


def _outcome(verdict: Verdict) -> str:
    if verdict.accepted:
        return STORED
    return verdict.refused[0].code if verdict.refused else HEARD


def _sign(envelope: Envelope, message: Message, meter: Meter, live: LivePower | None) -> Sign:
    return Sign(
        meter_id=meter.meter_id,
        seen_s=envelope.received_s,
        online=message.online,
        power_w=live.power_w if live else None,
        power_s=live.at_s if live else None,
    )


def refused_as(code: str, envelope: Envelope, meter_id: int | None, detail: str) -> Refused:
    return Refused(
        received_s=envelope.received_s,
        meter_id=meter_id,
        topic=envelope.topic,
        code=code,
        detail=masked_text(detail),
        payload=envelope.payload[:KEPT_BYTES],
    )


def rows_of(accepted: Sequence[tuple[int, Reading]]) -> ReadingRows:
    """Turn (meter id, dated reading) pairs into columns."""
    whole = [
        (meter_id, r.end_s, r.log, r.n, r.boot, r.duration_s, r.flags) for meter_id, r in accepted
    ]
    measured = [(r.register_wh, r.power_w, r.apparent_va) for _, r in accepted]
    left = np.array(whole, dtype=np.int64).reshape(len(accepted), 7)
    right = np.array(measured, dtype=np.float64).reshape(len(accepted), 3)
    return ReadingRows(*left.T, *right.T)
