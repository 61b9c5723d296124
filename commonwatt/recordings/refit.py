"""The REFIT format: instantaneous power of a house every 6 to 8 seconds, in UTC."""

from __future__ import annotations

import math
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.recordings.lines import amount, describe_time, unix_s
from commonwatt.recordings.recording import Recording, Rows, from_power

if TYPE_CHECKING:
    from commonwatt.recordings.lines import Lines

COLUMNS = frozenset({"Time", "Unix", "Aggregate"})
LONGEST_HOLD_S = 60


def read(lines: Lines) -> list[Recording]:
    """Hold each sample until the next one; too long a wait for the next one is a hole."""
    samples = _samples(lines)
    if len(samples.end_s) < 2:
        raise lines.error("at least two samples", f"{len(samples.end_s)}")
    at_s, power_w = np.array(samples.end_s), np.array(samples.power_w)
    steps_s = np.diff(at_s)
    held = steps_s <= hold_limit_s(float(np.median(steps_s)))
    if not held.any():
        raise lines.error(f"samples at most {LONGEST_HOLD_S} s apart", "none")
    key = PurePath(lines.file).stem
    return [from_power(key, at_s[1:][held], steps_s[held], power_w[:-1][held])]


def hold_limit_s(median_step_s: float) -> float:
    """For how long a sample may stand for what follows it."""
    return min(LONGEST_HOLD_S, 3 * median_step_s)


def _samples(lines: Lines) -> Rows:
    when, power = map(lines.columns.index, ("Unix", "Aggregate"))
    rows = Rows()
    last_s = 0
    for cells in lines:
        at_s, power_w = unix_s(cells[when]), amount(cells[power])
        if at_s is None:
            raise lines.error("a time in seconds since 1970", cells[when])
        if at_s <= last_s:
            raise lines.error(f"a time after {describe_time(last_s)}", cells[when])
        if power_w is None or math.isnan(power_w):
            raise lines.error("a power in W", cells[power])
        rows.add(at_s, 0, power_w)
        last_s = at_s
    return rows
