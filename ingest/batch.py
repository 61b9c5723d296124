"""Writes a batch of messages in one transaction, so that only what is durable is receipted."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from commonwatt.errors import PayloadError, RowRefusedError
from commonwatt.storage import credentials, meter_logs, meters, readings, selftests
from commonwatt.storage.credentials import CredentialState
from commonwatt.storage.pool import database_errors
from commonwatt.storage.readings import instant
from ingest import adapters
from ingest.adapters import v1, v1_columns
from ingest.adapters.message import Telegram
from ingest.adapters.secrecy import masked, masked_text
from ingest.columns import Opened, Speaker, open_all, take
from ingest.flow import MESSAGES_PER_S, SHUT_OUT_S, Flow
from ingest.mounts import Mounts
from ingest.pauses import Pauses
from ingest.progress import Progress
from ingest.sorting import (
    KEPT_BYTES,
    Envelope,
    Receipt,
    SortedBatch,
    Told,
    accept_all,
    refused_as,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection
    from ingest.adapters.message import Message

log = logging.getLogger("commonwatt.ingest")

__all__ = ["BatchWriter", "Envelope", "Receipt", "Told"]

_LONGEST_NAME_BYTES = 64
"""So much of a longer payload is looked at and not kept: a name may be cut in two there."""
_OUTLINES = {"readings": v1.outline_of, "columns": v1_columns.outline_of}
_METER_KEPT_S = 30.0
_SUSPENDED_KEPT_S = 5.0


class BatchWriter:
    """Turns envelopes into rows, refusals and receipts; knows the meters it has met.

    `outcomes` counts every message once: as `STORED`, as `HEARD` where there was nothing to store,
    or under the code of the first reason why nothing of it was stored. `records` counts what became of
    each record: stored, repeated, paused, or refused and why.
    """

    def __init__(self, messages_per_s: float = MESSAGES_PER_S) -> None:
        self.mounts = Mounts()
        self.outcomes: Counter[str] = Counter()
        self.records: Counter[tuple[str, str]] = Counter()
        self._meters: dict[str, tuple[Meter, float]] = {}
        self._progress = Progress()
        self._flow = Flow(messages_per_s)
        self._pauses = Pauses()
        self._suspended_until_s: float | None = None

    def write(
        self, connection: Connection, batch: Sequence[Envelope], now_s: float
    ) -> list[Receipt]:
        """Store a batch and return the receipts that are now true."""
        return self.write_opened(connection, open_all(batch), now_s)

    def write_opened(
        self, connection: Connection, batch: Sequence[Opened], now_s: float
    ) -> list[Receipt]:
        """Store a batch that is decoded, and return the receipts that are now true.

        A batch that the database refuses is written again in halves, until the message at fault is
        alone; it goes to quarantine and its neighbours into the table.
        """
        self.look(connection, now_s)
        return self._write_halves(connection, batch, now_s)

    def look(self, connection: Connection, now_s: float) -> None:
        """Note that we are here, and now and then whom somebody has shut out or let in again."""
        known_s = self._suspended_until_s
        if known_s is None:
            seen_utc = meter_logs.last_seen_utc(connection)
            self._flow.look(now_s, seen_utc.timestamp() if seen_utc else None)
        self._flow.look(now_s)
        if known_s is None or not known_s - _SUSPENDED_KEPT_S <= now_s < known_s:
            suspended = credentials.suspended_meters(connection, instant(now_s))
            ends = {serial: end.timestamp() if end else None for serial, end in suspended.items()}
            self._flow.shut_out(ends)
            self._suspended_until_s = now_s + _SUSPENDED_KEPT_S

    def write_told(self, connection: Connection, told: Sequence[Told], now_s: float) -> None:
        """Store what another door has understood, by the same rules as what comes from the broker."""
        masked_told = [(_masked(envelope), message, meter) for envelope, message, meter in told]
        self._write_told(connection, masked_told, now_s)

    def _write_told(self, connection: Connection, told: Sequence[Told], now_s: float) -> None:
        sorted_batch = SortedBatch()
        try:
            with database_errors(), connection.transaction():
                accept_all(connection, told, now_s, sorted_batch)
                self._store(connection, sorted_batch, now_s)
            self._keep(sorted_batch)
        except RowRefusedError as error:
            if len(told) > 1:
                for one in told:
                    self._write_told(connection, [one], now_s)
                return
            ((envelope, _, meter),) = told
            refused = refused_as("database_refused", envelope, meter.meter_id, str(error))
            aside = SortedBatch(outcomes=Counter({refused.code: 1}))
            aside.refuse(refused)
            self._put_aside(connection, aside, now_s)

    def _write_halves(
        self, connection: Connection, batch: Sequence[Opened], now_s: float
    ) -> list[Receipt]:
        try:
            return self._write(connection, batch, now_s)
        except RowRefusedError as error:
            if len(batch) == 1:
                refusal = PayloadError("database_refused", str(error))
                aside = SortedBatch()
                self._refuse(connection, batch[0].envelope, refusal, aside, now_s)
                return self._put_aside(connection, aside, now_s)
            half = len(batch) // 2
            return [
                *self._write_halves(connection, batch[:half], now_s),
                *self._write_halves(connection, batch[half:], now_s),
            ]

    def _write(
        self, connection: Connection, batch: Sequence[Opened], now_s: float
    ) -> list[Receipt]:
        self.mounts.forget()
        with database_errors(), connection.transaction():
            self.mounts.refresh(connection, now_s)
            speakers = self._speakers(connection, batch, now_s)
            heard = self._let_in(batch, speakers, now_s)
            sorted_batch = self._sort(connection, heard, speakers, now_s)
            sorted_batch.outcomes["suspended"] += len(batch) - len(heard)
            self._store(connection, sorted_batch, now_s)
            balances = self._balances(connection, heard, speakers, sorted_batch, now_s)
        self.mounts.keep()
        self._flow.keep(balances, now_s)
        self._keep(sorted_batch)
        return sorted_batch.receipts

    def _store(self, connection: Connection, batch: SortedBatch, now_s: float) -> None:
        self._pauses.look(connection, now_s)
        told = batch.rows()
        rows = self._pauses.kept(told)
        repeats = self._progress.find_repeats(connection, rows)
        written = readings.write_readings(connection, rows, repeats)
        batch.records["stored", ""] = written.new
        batch.records["repeated", ""] = len(rows) - written.new - len(written.conflicts)
        batch.records["paused", ""] = len(told) - len(rows)
        if written.conflicts:
            batch.contradict(told, written.conflicts)
        if written.new:
            readings.mark_dirty(connection, rows)
        readings.see_meters(connection, self._pauses.without_power(batch.signs))
        for meter, tested in batch.selftests:
            selftests.keep_selftest(connection, meter.meter_id, meter.variant, tested)
        for meter_id, seen_s in sorted(batch.in_hands.items()):
            selftests.note_presence(connection, meter_id, instant(seen_s))
        self._note_refusals(connection, batch, now_s)

    def _put_aside(self, connection: Connection, aside: SortedBatch, now_s: float) -> list[Receipt]:
        with database_errors(), connection.transaction():
            self._note_refusals(connection, aside, now_s)
        self._count(aside)
        return aside.receipts

    def _note_refusals(self, connection: Connection, batch: SortedBatch, now_s: float) -> None:
        readings.put_aside(connection, self._pauses.kept_samples(batch.refused))
        readings.count_refused(connection, batch.counts, instant(now_s).date())

    def _keep(self, batch: SortedBatch) -> None:
        """Remember what is committed."""
        self._progress.learn()
        self._count(batch)

    def _count(self, batch: SortedBatch) -> None:
        self.outcomes += batch.outcomes
        self.records += batch.records_by_reason()

    def _balances(
        self,
        connection: Connection,
        heard: Sequence[Opened],
        speakers: Mapping[str, Speaker],
        batch: SortedBatch,
        now_s: float,
    ) -> dict[str, float]:
        """What each meter may still say; whoever says too much is suspended, but no recording."""
        messages = Counter(each.envelope.topic for each in heard)
        counts: Counter[str] = Counter()
        for topic, count in messages.items():
            counts[speakers[topic].serial] += count
        mounted = {each.serial for each in speakers.values() if each.is_mounted}
        balances: dict[str, float] = {}
        for serial, count in counts.items():
            left = self._flow.balance(serial, count, now_s, is_mounted=serial in mounted)
            meter = self._meter(connection, serial, now_s) if left < 0 else None
            if meter and meter.backlog_days is not None:
                left += self._flow.earned(self._progress.advance_s(meter.meter_id, batch.rows()))
                if left < 0:
                    own = (e.envelope for e in heard if speakers[e.envelope.topic].serial == serial)
                    *_, last = own
                    self._suspend(connection, meter, last, count, now_s)
            balances[serial] = left
        return balances

    def _suspend(
        self, connection: Connection, meter: Meter, last: Envelope, count: int, now_s: float
    ) -> None:
        """Shut a meter out for a while; the reason is kept with what it said last."""
        standing = credentials.find_credential(connection, meter.meter_id)
        if standing and standing.state is not CredentialState.REVOKED:
            until_utc = instant(now_s + SHUT_OUT_S)
            credentials.suspend(connection, meter.meter_id, "flooding", instant(now_s), until_utc)
        aside = SortedBatch()
        detail = f"{count} messages at once"
        aside.refuse(refused_as("flooding", self._kept(last), meter.meter_id, detail))
        self._note_refusals(connection, aside, now_s)
        self._suspended_until_s = now_s
        log.warning("%s is suspended: %s", meter.serial, detail)

    def _sort(
        self,
        connection: Connection,
        batch: Sequence[Opened],
        speakers: Mapping[str, Speaker],
        now_s: float,
    ) -> SortedBatch:
        taken, rest = take(batch, speakers, now_s)
        sorted_batch = SortedBatch.begun_with(taken)
        known: list[Told] = []
        for envelope in rest:
            try:
                message, meter = self._understand(connection, envelope, now_s)
                known.append((self._kept(envelope), message, meter))
            except PayloadError as error:
                self._refuse(connection, envelope, error, sorted_batch, now_s)
        accept_all(connection, known, now_s, sorted_batch)
        return sorted_batch

    def _speakers(
        self, connection: Connection, batch: Sequence[Opened], now_s: float
    ) -> dict[str, Speaker]:
        """Whose each topic is; with the meter, if it may speak protocol v1 there."""
        return {
            topic: self._speaker(connection, topic, now_s)
            for topic in {each.envelope.topic for each in batch}
        }

    def _speaker(self, connection: Connection, topic: str, now_s: float) -> Speaker:
        mount = self.mounts.find(topic)
        if mount:
            return Speaker(mount.meter.serial, None, is_mounted=True)
        try:
            serial = v1.serial_of(topic, b"") if topic.startswith("cw/v1/") else ""
        except PayloadError:
            serial = ""
        meter = self._meter(connection, serial, now_s) if serial else None
        return Speaker(serial or topic, meter, is_mounted=False)

    def _let_in(
        self, batch: Sequence[Opened], speakers: Mapping[str, Speaker], now_s: float
    ) -> Sequence[Opened]:
        """What is said by those who are not shut out."""
        if not self._flow.shuts_anybody_out:
            return batch
        out = {t for t, each in speakers.items() if self._flow.is_shut_out(each.serial, now_s)}
        return [each for each in batch if each.envelope.topic not in out]

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
        looked_at = envelope.payload[: KEPT_BYTES + _LONGEST_NAME_BYTES]
        kept = adapters.redacted(language, looked_at)
        if len(looked_at) < len(envelope.payload):
            kept = kept[:-_LONGEST_NAME_BYTES]
        return replace(envelope, topic=masked_text(envelope.topic), payload=kept)

    def _refuse(
        self,
        connection: Connection,
        envelope: Envelope,
        error: PayloadError,
        sorted_batch: SortedBatch,
        now_s: float,
    ) -> None:
        sorted_batch.outcomes[error.code] += 1
        mount = self.mounts.find(envelope.topic)
        levels = envelope.topic.split("/")
        serial = levels[2] if len(levels) == 4 and not mount else ""
        meter = self._meter(connection, serial, now_s) if serial.startswith("cw-") else None
        owner = mount.meter if mount else meter
        meter_id = owner.meter_id if owner else None
        sorted_batch.refuse(refused_as(error.code, self._kept(envelope), meter_id, error.detail))
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


def _masked(envelope: Envelope) -> Envelope:
    return replace(envelope, topic=masked_text(envelope.topic), payload=masked(envelope.payload))
