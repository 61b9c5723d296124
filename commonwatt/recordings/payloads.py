"""Recordings as protocol v1 says them: logs, numbered records, messages of at most thirty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from commonwatt.model import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonwatt.recordings.recording import Recording

RECORDS_PER_MESSAGE = 30
CLOCK_FROM_NETWORK = 2
SOURCE = "sim"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message of readings; `up_s` and `end_s` are those of its last record."""

    log: str
    boot: int
    first_n: int
    last_n: int
    up_s: int
    end_s: int
    payload: bytes

    @property
    def records(self) -> int:
        return self.last_n - self.first_n + 1


def log_ids_of(recording: Recording, serial: str, seed: int = 0) -> tuple[str, ...]:
    """Name each log by meter, beginning and seed: the same file gives the same names again."""
    starts_s = recording.start_s[recording.log_first].tolist()
    return tuple(_log_id(serial, start_s, seed) for start_s in starts_s)


def _log_id(serial: str, start_s: int, seed: int) -> str:
    return blake2b(f"{serial}/{start_s}/{seed}".encode(), digest_size=4).hexdigest()


def readings_of(recording: Recording, log_ids: Sequence[str]) -> Iterator[Reading]:
    """Give the records as a meter says them: numbered from 1 in each log, power in whole watts."""
    for log in _logs_of(recording, log_ids):
        yield from log


def messages_of(
    recording: Recording, meter_serial: str, log_ids: Sequence[str]
) -> Iterator[Outgoing]:
    """Pack the records into messages, oldest first, one log a message."""
    for log in _logs_of(recording, log_ids):
        for first in range(0, len(log), RECORDS_PER_MESSAGE):
            yield message_of(meter_serial, log[first : first + RECORDS_PER_MESSAGE])


def _logs_of(recording: Recording, log_ids: Sequence[str]) -> Iterator[list[Reading]]:
    """Give each log whole: a boot of its own, with a clock that starts where the log does."""
    firsts = recording.log_first.tolist()
    for boot, first in enumerate(firsts, start=1):
        last = firsts[boot] if boot < len(firsts) else recording.end_s.size
        log, booted_s = int(log_ids[boot - 1], 16), int(recording.start_s[first])
        rows = zip(
            recording.end_s[first:last].tolist(),
            recording.duration_s[first:last].tolist(),
            recording.register_wh[first:last].tolist(),
            recording.power_w[first:last].tolist(),
            strict=True,
        )
        yield [
            Reading(
                end_s=end_s,
                duration_s=duration_s,
                log=log,
                n=n,
                boot=boot,
                up_s=end_s - booted_s,
                register_wh=register_wh,
                power_w=None if math.isnan(power_w) else float(round(power_w)),
                flags=recording.flags,
            )
            for n, (end_s, duration_s, register_wh, power_w) in enumerate(rows, start=1)
        ]


def message_of(serial: str, readings: Sequence[Reading]) -> Outgoing:
    """Pack at most thirty dated readings of one log and one boot."""
    first, last = readings[0], readings[-1]
    log = f"{first.log:08x}"
    body = {
        "v": 1,
        "id": serial,
        "log": log,
        "boot": first.boot,
        "src": SOURCE,
        "r": [_record(reading) for reading in readings],
    }
    return Outgoing(
        log=log,
        boot=first.boot,
        first_n=first.n,
        last_n=last.n,
        up_s=last.up_s or 0,
        end_s=last.end_s or 0,
        payload=msgspec.json.encode(body),
    )


def _record(reading: Reading) -> dict[str, Any]:
    record: dict[str, Any] = {
        "n": reading.n,
        "t": reading.end_s,
        "tq": CLOCK_FROM_NETWORK,
        "up_s": reading.up_s,
        "d_s": reading.duration_s,
        "e_wh": reading.register_wh,
    }
    if reading.power_w is not None:
        record["p_w"] = round(reading.power_w)
    if reading.flags:
        record["f"] = reading.flags
    return record
