"""How far the logs of meters have come, so that what is said again is known before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt.model import NO_LOG
from commonwatt.storage.meter_logs import begin_logs, known_logs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from commonwatt.storage.meter_logs import MeterLog
    from commonwatt.storage.pool import Connection
    from commonwatt.storage.rows import ReadingRows

_MOST_LOGS = 200_000
_SPAN = 2**40
"""Logs are this far apart in one array of places; a place beyond it is taken for one said again."""
_LOGS = 2**33


class Progress:
    """The last place of each log: `n`, or the second, where a meter keeps no log.

    What is at or before it may be in the table; what is beyond it is not. It is learned after COMMIT.
    A log that began before this process did is known by its last day: as clocks go back, what is
    earlier than its last second may be in the table under any number.
    """

    def __init__(self) -> None:
        self._reached: dict[int, int] = {}
        self._ended_s: dict[int, int] = {}
        self._newest_s: dict[int, int] = {}
        self._found: tuple[list[int], list[int], list[int]] = ([], [], [])

    def find_repeats(self, connection: Connection, rows: ReadingRows) -> NDArray[np.bool_]:
        """Which rows may have been said before, by an earlier batch or earlier in this one."""
        keys = (rows.meter_id * _LOGS + rows.log) - NO_LOG
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        begins = np.flatnonzero(np.diff(ordered, prepend=-1))
        logs: list[int] = ordered[begins].tolist()
        sizes = np.diff(begins, append=len(order))
        self._look_up(connection, logs)
        reached = np.repeat(_values(self._reached, logs), sizes)
        ended_s = np.repeat(_values(self._ended_s, logs), sizes)
        floor = np.repeat(np.arange(len(logs)) * _SPAN, sizes)
        places = _places(rows)[order] + floor
        running = np.maximum.accumulate(places)
        before = np.concatenate(([-1], running[:-1]))[: len(order)]
        repeats = np.empty(len(rows), dtype=np.bool_)
        repeats[order] = places <= np.maximum(before, floor + reached)
        repeats[order] |= rows.end_s[order] <= ended_s
        last = begins + sizes - 1
        ends_s = rows.end_s[order[last]]
        self._found = (logs, (running - floor)[last].tolist(), ends_s.tolist())
        return repeats

    def learn(self) -> None:
        """Note how far the rows looked at last have brought their logs: they are committed."""
        if len(self._reached) > _MOST_LOGS:
            self._reached.clear()
            self._ended_s.clear()
        for key, place, end_s in zip(*self._found, strict=True):
            self._reached[key] = max(self._reached.get(key, -1), place)
            meter_id = key // _LOGS
            self._newest_s[meter_id] = max(self._newest_s.get(meter_id, 0), end_s)
        self._found = ([], [], [])

    def advance_s(self, meter_id: int, rows: ReadingRows) -> int:
        """How many seconds of a meter's time these rows tell that none had told before."""
        own_s = rows.end_s[rows.meter_id == meter_id]
        if not len(own_s):
            return 0
        return max(0, int(own_s.max()) - self._newest_s.get(meter_id, int(own_s.min())))

    def _look_up(self, connection: Connection, logs: list[int]) -> None:
        unmet = [_meter_log(key) for key in logs if key not in self._reached]
        if not unmet:
            return
        begun = known_logs(connection, unmet)
        self._reached |= {_key(*meter_log): each.place for meter_log, each in begun.items()}
        self._ended_s |= {_key(*meter_log): each.end_s for meter_log, each in begun.items()}
        if len(begun) < len(unmet):
            begin_logs(connection, [each for each in unmet if each not in begun])


def _values(known: Mapping[int, int], logs: list[int]) -> NDArray[np.int64]:
    return np.array([known.get(key, -1) for key in logs], dtype=np.int64)


def _key(meter_id: int, log: int) -> int:
    return meter_id * _LOGS + log - NO_LOG


def _meter_log(key: int) -> MeterLog:
    meter_id, log = divmod(key, _LOGS)
    return meter_id, log + NO_LOG


def _places(rows: ReadingRows) -> NDArray[np.int64]:
    return np.clip(np.where(rows.log == NO_LOG, rows.end_s, rows.n), 0, _SPAN - 1)
