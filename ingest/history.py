"""Writes a recording straight into the database, by the same validator as live messages."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from commonwatt.errors import InputError
from commonwatt.recordings.payloads import log_ids_of, readings_of
from commonwatt.storage import readings
from commonwatt.storage.pool import database_errors
from ingest.adapters.message import Message
from ingest.sorting import rows_of
from ingest.validate import judge

if TYPE_CHECKING:
    from commonwatt.recordings.recording import Recording
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Imported:
    """How many records were new, and how many were there already."""

    written: int
    known: int


def import_recording(
    connection: Connection, meter: Meter, recording: Recording, now_s: float
) -> Imported:
    """Write all of a recording or nothing."""
    said = readings_of(recording, log_ids_of(recording, meter.serial))
    written = total = 0
    with database_errors(), connection.transaction():
        while chunk := tuple(islice(said, _AT_ONCE)):
            verdict = judge(Message(meter.serial, chunk), meter, {}, now_s)
            if verdict.refused:
                raise InputError(
                    f"{len(verdict.refused)} records of {recording.meter_key} cannot be stored, "
                    f"the first because of {verdict.refused[0].code}: {verdict.refused[0].detail}"
                )
            rows = rows_of([(meter.meter_id, reading) for reading in verdict.accepted])
            written += readings.write_readings(connection, rows).new
            readings.mark_dirty(connection, rows)
            total += len(rows)
    return Imported(written, total - written)
