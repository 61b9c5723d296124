"""How far the logs of meters have come, so that what is said again is known before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt.model import NO_LOG
from commonwatt.storage.meter_logs import begin_logs, known_logs

if TYPE_CHECKING:
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
    """

    def __init__(self) -> None:
        self._reached: dict[MeterLog, int] = {}
        self._newest_s: dict[int, int] = {}

    def find_repeats(self, connection: Connection, rows: ReadingRows) -> NDArray[np.bool_]:
        """Which rows may have been said before, by an earlier batch or earlier in this one."""
        keys, log_of = np.unique(_keys(rows), return_inverse=True)
        reached = self._look_up(connection, [_meter_log(key) for key in keys.tolist()])
        order = np.argsort(log_of, kind="stable")
        floor = log_of[order] * _SPAN
        places = _places(rows)[order] + floor
        said = np.maximum(floor + reached[log_of[order]], _running_before(places, floor))
        repeats = np.zeros(len(rows), dtype=np.bool_)
        repeats[order] = places <= said
        return repeats

    def learn(self, rows: ReadingRows) -> None:
        """Note how far rows that are committed have brought their logs."""
        if len(self._reached) > _MOST_LOGS:
            self._reached.clear()
        for meter_log, place in _ends(_keys(rows), _places(rows)).items():
            known = self._reached.get(_meter_log(meter_log), -1)
            self._reached[_meter_log(meter_log)] = max(known, place)
        for meter_id, end_s in _ends(rows.meter_id, rows.end_s).items():
            self._newest_s[meter_id] = max(self._newest_s.get(meter_id, 0), end_s)

    def advance_s(self, meter_id: int, rows: ReadingRows) -> int:
        """How many seconds of a meter's time these rows tell that none had told before."""
        own_s = rows.end_s[rows.meter_id == meter_id]
        if not len(own_s):
            return 0
        return max(0, int(own_s.max()) - self._newest_s.get(meter_id, int(own_s.min())))

    def _look_up(self, connection: Connection, logs: list[MeterLog]) -> NDArray[np.int64]:
        unmet = [each for each in logs if each not in self._reached]
        begun = known_logs(connection, unmet) if unmet else {}
        self._reached |= begun
        if len(begun) < len(unmet):
            begin_logs(connection, [each for each in unmet if each not in begun])
        return np.array([self._reached.get(each, -1) for each in logs], dtype=np.int64)


def _keys(rows: ReadingRows) -> NDArray[np.int64]:
    return rows.meter_id * _LOGS + rows.log - NO_LOG


def _meter_log(key: int) -> MeterLog:
    meter_id, log = divmod(key, _LOGS)
    return meter_id, log + NO_LOG


def _places(rows: ReadingRows) -> NDArray[np.int64]:
    return np.clip(np.where(rows.log == NO_LOG, rows.end_s, rows.n), 0, _SPAN - 1)


def _running_before(places: NDArray[np.int64], floor: NDArray[np.int64]) -> NDArray[np.int64]:
    """The highest place before each row within its log; below the log's floor for its first."""
    before = np.empty_like(places)
    before[:1] = -1
    before[1:] = np.maximum.accumulate(places)[:-1]
    return np.where(before < floor, floor - 1, before)


def _ends(groups: NDArray[np.int64], values: NDArray[np.int64]) -> dict[int, int]:
    """The highest value of each group."""
    distinct, group_of = np.unique(groups, return_inverse=True)
    highest = np.full(len(distinct), -1, dtype=np.int64)
    np.maximum.at(highest, group_of, values)
    return dict(zip(distinct.tolist(), highest.tolist(), strict=True))
