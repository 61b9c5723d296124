"""Writes a batch of messages in one transaction, so that only what is durable is receipted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from commonwatt.errors import PayloadError, RowRefusedError
from commonwatt.storage import meters, readings, selftests
from commonwatt.storage.pool import database_errors
from commonwatt.storage.readings import Refused, Sign
from commonwatt.storage.rows import ReadingRows
from commonwatt.storage.selftests import Selftest
from ingest import adapters
from ingest.adapters import v1, v1_columns
from ingest.adapters.message import Telegram
from ingest.adapters.secrecy import masked, masked_text
from ingest.columns import take
from ingest.mounts import Mounts
from ingest.validate import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonwatt.model import Reading
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection
    from ingest.adapters.message import Extent, LivePower, Message, ToldSelftest
    from ingest.validate import Verdict

_KEPT_BYTES = 4096
_LONGEST_NAME_BYTES = 64
"""So much of a longer payload is looked at and not kept: a name may be cut in two there."""
_OUTLINES = {"readings": v1.outline_of, "columns": v1_columns.outline_of}
_METER_KEPT_S = 30.0


class Envelope(NamedTuple):
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


@dataclass(slots=True)
class _Sorted:
    """A batch on its way into the database: what is stored, what is put aside, who was heard."""

    plain: ReadingRows = field(default_factory=lambda: rows_of([]))
    readings: list[tuple[int, Reading]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    selftests: list[tuple[Meter, Selftest]] = field(default_factory=list)
    in_hands: dict[int, float] = field(default_factory=dict)


STORED, HEARD = "stored", "heard"

Told = tuple[Envelope, "Message", "Meter"]
"""An envelope that has been understood: what it says, and which meter said it."""


class BatchWriter:
    """Turns envelopes into rows, refusals and receipts; knows the meters it has met.

    `outcomes` counts every message once: as `STORED`, as `HEARD` where there was nothing to store,
    or under the code of the first reason why nothing of it was stored.
    """

    def __init__(self) -> None:
        self.mounts = Mounts()
        self.outcomes: Counter[str] = Counter()
        self._meters: dict[str, tuple[Meter, float]] = {}
        self._outlook = readings.Outlook()

    def write(
        self, connection: Connection, batch: Sequence[Envelope], now_s: float
    ) -> list[Receipt]:
        """Store a batch and return the receipts that are now true.

        A batch that the database refuses is written again in halves, until the message at fault is
        alone; it goes to quarantine and its neighbours into the table.
        """
        try:
            return self._write(connection, batch, now_s)
        except RowRefusedError as error:
            if len(batch) == 1:
                return self._put_aside(connection, batch[0], now_s, error)
            half = len(batch) // 2
            return [
                *self.write(connection, batch[:half], now_s),
                *self.write(connection, batch[half:], now_s),
            ]

    def write_told(self, connection: Connection, told: Sequence[Told], now_s: float) -> None:
        """Store what another door has understood, by the same rules as what comes from the broker."""
        told = [
            (
                envelope._replace(
                    topic=masked_text(envelope.topic), payload=masked(envelope.payload)
                ),
                message,
                meter,
            )
            for envelope, message, meter in told
        ]
        sorted_batch = _Sorted()
        try:
            with database_errors(), connection.transaction():
                _accept_all(connection, told, now_s, sorted_batch)
                self._store(connection, sorted_batch)
            self.outcomes.update(sorted_batch.outcomes)
        except RowRefusedError as error:
            if len(told) > 1:
                for one in told:
                    self.write_told(connection, [one], now_s)
                return
            (envelope, _, meter) = told[0]
            with database_errors(), connection.transaction():
                refused = _refused(envelope, meter, "database_refused", str(error))
                readings.put_aside(connection, [refused])
            self.outcomes[refused.code] += 1

    def _write(
        self, connection: Connection, batch: Sequence[Envelope], now_s: float
    ) -> list[Receipt]:
        self.mounts.forget()
        with database_errors(), connection.transaction():
            sorted_batch = self._sort(connection, batch, now_s)
            self._store(connection, sorted_batch)
        self.mounts.keep()
        self.outcomes.update(sorted_batch.outcomes)
        return sorted_batch.receipts

    def _store(self, connection: Connection, batch: _Sorted) -> None:
        rows = batch.plain.joined_with(rows_of(batch.readings))
        expect_new = self._outlook.expects_new
        written = readings.write_readings(connection, rows, expect_new=expect_new)
        self._outlook.learn(is_new=written == len(rows))
        if written:
            readings.mark_dirty(connection, rows)
        readings.see_meters(connection, batch.signs)
        for meter, tested in batch.selftests:
            selftests.keep_selftest(connection, meter.meter_id, meter.variant, tested)
        for meter_id, seen_s in sorted(batch.in_hands.items()):
            selftests.note_presence(connection, meter_id, readings.instant(seen_s))
        readings.put_aside(connection, batch.refused)

    def _put_aside(
        self, connection: Connection, envelope: Envelope, now_s: float, error: RowRefusedError
    ) -> list[Receipt]:
        refusal = PayloadError("database_refused", str(error))
        sorted_batch = _Sorted()
        self._refuse(connection, envelope, refusal, sorted_batch, now_s)
        with database_errors(), connection.transaction():
            readings.put_aside(connection, sorted_batch.refused)
        self.outcomes.update(sorted_batch.outcomes)
        return sorted_batch.receipts

    def _sort(self, connection: Connection, batch: Sequence[Envelope], now_s: float) -> _Sorted:
        sorted_batch = _Sorted()
        known: list[Told] = []
        self.mounts.refresh(connection, now_s)
        plain, rest = take(batch, lambda topic: self._speaker(connection, topic, now_s), now_s)
        sorted_batch.plain, sorted_batch.signs = plain.rows, plain.signs
        sorted_batch.outcomes = [STORED] * (len(batch) - len(rest))
        sorted_batch.receipts = [Receipt(serial, extent, 0) for serial, extent in plain.extents]
        for envelope in rest:
            try:
                message, meter = self._understand(connection, envelope, now_s)
                known.append((self._kept(envelope), message, meter))
            except PayloadError as error:
                self._refuse(connection, envelope, error, sorted_batch, now_s)
        _accept_all(connection, known, now_s, sorted_batch)
        return sorted_batch

    def _speaker(
        self, connection: Connection, topic: str, now_s: float
    ) -> tuple[str, Meter | None]:
        """Whose a topic is; with the meter, if it may speak protocol v1 there."""
        mount = self.mounts.find(topic)
        if mount:
            return mount.meter.serial, None
        try:
            serial = v1.serial_of(topic, b"") if topic.startswith("cw/v1/") else ""
        except PayloadError:
            serial = ""
        return (serial, self._meter(connection, serial, now_s)) if serial else (topic, None)

    def _understand(
        self, connection: Connection, envelope: Envelope, now_s: float
    ) -> tuple[Message, Meter]:
        """Ask the adapter of our own language, or that of the mount the topic lies below."""
        mount = self.mounts.find(envelope.topic)
        if mount:
            subtopic = envelope.topic[len(mount.topic_prefix) + 1 :]
            telegram = Telegram(subtopic, envelope.payload, envelope.received_s, envelope.retained)
            memory = self.mounts.memory_of(mount)
            return adapters.parse_telegram(mount.language, telegram, memory), mount.meter
        message = adapters.parse(envelope.topic, envelope.payload)
        meter = self._meter(connection, message.serial, now_s)
        if meter is None:
            raise PayloadError("unknown_meter", message.serial)
        return message, meter

    def _kept(self, envelope: Envelope) -> Envelope:
        """The envelope with only what quarantine may keep of it."""
        mount = self.mounts.find(envelope.topic)
        if mount is None and envelope.topic.startswith("cw/v1/"):
            return envelope
        language = mount.language if mount else ""
        looked_at = envelope.payload[: _KEPT_BYTES + _LONGEST_NAME_BYTES]
        kept = adapters.redacted(language, looked_at)
        if len(looked_at) < len(envelope.payload):
            kept = kept[:-_LONGEST_NAME_BYTES]
        return envelope._replace(topic=masked_text(envelope.topic), payload=kept)

    def _refuse(
        self,
        connection: Connection,
        envelope: Envelope,
        error: PayloadError,
        sorted_batch: _Sorted,
        now_s: float,
    ) -> None:
        sorted_batch.outcomes.append(error.code)
        mount = self.mounts.find(envelope.topic)
        levels = envelope.topic.split("/")
        serial = levels[2] if len(levels) == 4 and not mount else ""
        meter = self._meter(connection, serial, now_s) if serial.startswith("cw-") else None
        envelope = self._kept(envelope)
        if mount:
            sorted_batch.refused.append(_refused(envelope, mount.meter, error.code, error.detail))
            return
        sorted_batch.refused.append(_refused(envelope, meter, error.code, error.detail))
        outline = _OUTLINES.get(levels[3]) if meter else None
        extent = outline(envelope.payload) if outline else None
        if extent:
            count = extent.last_n - extent.first_n + 1
            sorted_batch.receipts.append(Receipt(serial, extent, count))

    def _meter(self, connection: Connection, serial: str, now_s: float) -> Meter | None:
        """A registered meter, remembered for a while; a serial nobody registered is not."""
        known = self._meters.get(serial)
        if known and now_s <= known[1]:
            return known[0]
        meter = meters.find_meter(connection, serial)
        if meter:
            self._meters[serial] = (meter, now_s + _METER_KEPT_S)
        return meter


def _accept_all(
    connection: Connection, known: Sequence[Told], now_s: float, sorted_batch: _Sorted
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
    sorted_batch: _Sorted,
) -> None:
    verdict = judge(message, meter, boots, now_s)
    sorted_batch.readings.extend((meter.meter_id, reading) for reading in verdict.accepted)
    sorted_batch.refused.extend(
        _refused(envelope, meter, fault.code, fault.detail) for fault in verdict.refused
    )
    sorted_batch.outcomes.append(STORED if message.selftest else _outcome(verdict))
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


def _refused(envelope: Envelope, meter: Meter | None, code: str, detail: str) -> Refused:
    return Refused(
        received_s=envelope.received_s,
        meter_id=meter.meter_id if meter else None,
        topic=envelope.topic,
        code=code,
        detail=masked_text(detail),
        payload=envelope.payload[:_KEPT_BYTES],
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
