"""Finds whose key a request bears, and keeps what is remembered of each meter's rows."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.storage.credentials import find_owner
from commonwatt.storage.mounts import load_mounts
from commonwatt.storage.readings import instant, load_series
from ingest.adapters.named_rows import Stream, remember, stream_of
from ingest.validate import MAX_FUTURE_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection
    from ingest.adapters.message import Memory

_KEPT_S = 30.0
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
    """The meter of each key, and each meter's settings, looked up again every half minute."""

    _settings: dict[tuple[int, str], Mapping[str, object]] = field(default_factory=dict)
    _until_s: float = 0.0
    _memories: dict[tuple[int, str], Memory] = field(default_factory=dict)

    def find(self, connection: Connection, key: str, now_s: float) -> Meter | None:
        """The meter whose secret this is; None if it is nobody's, or opens nothing now."""
        self._refresh(connection, now_s)
        if len(key) not in _KEY_LENGTHS:
            return None
        return find_owner(connection, key, instant(now_s))

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
        """Look settings up again if it is time; changed ones begin anew."""
        if self._until_s - _KEPT_S <= now_s < self._until_s:
            return
        mounts = load_mounts(connection)
        settings = {(mount.meter.meter_id, mount.language): mount.settings for mount in mounts}
        self._memories = {
            place: memory
            for place, memory in list(self._memories.items())
            if settings.get(place) == self._settings.get(place)
        }
        self._settings = settings
        self._until_s = now_s + _KEPT_S


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
