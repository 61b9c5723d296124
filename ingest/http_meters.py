"""Finds whose key a request bears, and keeps what is remembered of each meter's rows."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.servers.credentials import verify_secret
from commonwatt.storage.meters import find_meter, meter_secrets
from commonwatt.storage.mounts import load_mounts
from commonwatt.storage.readings import load_series
from ingest.adapters.named_rows import Stream, remember, stream_of
from ingest.validate import MAX_FUTURE_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection
    from ingest.adapters.message import Memory

_KEPT_S = 30.0
_MOST_STRANGERS = 1000
_KEY_LENGTHS = range(16, 129)


@dataclass(frozen=True, slots=True)
class LastReading:
    """The newest reading of a meter."""

    end_s: int
    boot: int
    register_wh: float | None
    power_w: float | None


@dataclass(slots=True)
class HttpMeters:
    """Every meter's secret and settings, looked up again every half minute.

    Secrets are salted: a new key is compared with all of them, and remembered by its own hash for as
    long as the meter has that secret. A stranger's key is remembered until the next look-up.
    """

    _hashes: dict[str, str] = field(default_factory=dict)
    _settings: dict[tuple[int, str], Mapping[str, object]] = field(default_factory=dict)
    _until_s: float = 0.0
    _owners: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    _strangers: set[bytes] = field(default_factory=set)
    _memories: dict[tuple[int, str], Memory] = field(default_factory=dict)

    def find(self, connection: Connection, key: str, now_s: float) -> Meter | None:
        """The meter whose secret this is; None if it is nobody's."""
        self._refresh(connection, now_s)
        if len(key) not in _KEY_LENGTHS:
            return None
        digest = hashlib.sha256(key.encode("utf-8", "replace")).digest()
        serial, hashed = self._owners.get(digest, ("", ""))
        if serial and self._hashes.get(serial) == hashed:
            return find_meter(connection, serial)
        if digest in self._strangers:
            return None
        return self._search(connection, key, digest)

    def memory_of(
        self, connection: Connection, meter: Meter, language: str, now_s: float
    ) -> Memory:
        """A copy of what is remembered of a meter's rows; it begins with what the database knows."""
        place = (meter.meter_id, language)
        memory = deepcopy(self._memories.get(place, dict(self._settings.get(place, {}))))
        if stream_of(memory) is None:
            last = last_reading(connection, meter, now_s)
            begun = Stream(last.end_s, last.boot, last.register_wh) if last else Stream()
            remember(memory, begun)
        return memory

    def keep(self, meter: Meter, language: str, memory: Memory) -> None:
        """Remember what rows told: they are in the database now."""
        self._memories[meter.meter_id, language] = memory

    def _refresh(self, connection: Connection, now_s: float) -> None:
        """Look secrets and settings up again if it is time; changed settings begin anew."""
        if self._until_s - _KEPT_S <= now_s < self._until_s:
            return
        mounts = load_mounts(connection)
        settings = {(mount.meter.meter_id, mount.language): mount.settings for mount in mounts}
        self._memories = {
            place: memory
            for place, memory in list(self._memories.items())
            if settings.get(place) == self._settings.get(place)
        }
        self._hashes, self._settings = meter_secrets(connection), settings
        self._strangers = set()
        self._until_s = now_s + _KEPT_S

    def _search(self, connection: Connection, key: str, digest: bytes) -> Meter | None:
        """Compare a key with every secret; all of them, so that time tells nothing."""
        owners = [each for each in self._hashes.items() if verify_secret(key, each[1])]
        if not owners:
            if len(self._strangers) < _MOST_STRANGERS:
                self._strangers.add(digest)
            return None
        self._owners[digest] = owners[0]
        return find_meter(connection, owners[0][0])


def last_reading(connection: Connection, meter: Meter, now_s: float) -> LastReading | None:
    """The newest reading that is stored of a meter."""
    beyond_s = now_s + 2 * MAX_FUTURE_S
    series = load_series(connection, meter.meter_id, beyond_s, beyond_s, neighbours=1)
    if not len(series.end_s):
        return None
    register_wh, power_w = float(series.register_wh[-1]), float(series.power_w[-1])
    return LastReading(
        int(series.end_s[-1]),
        int(series.boot[-1]),
        None if np.isnan(register_wh) else register_wh,
        None if np.isnan(power_w) else power_w,
    )
