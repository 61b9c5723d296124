"""Which meters measure a household that has paused: what they say is receipted and not kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.storage.consents import paused_meters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonwatt.storage.pool import Connection
    from commonwatt.storage.readings import Refused, Sign
    from commonwatt.storage.rows import ReadingRows

_KNOWN_FOR_S = 5.0


class Pauses:
    """The paused meters, looked up again every few seconds."""

    def __init__(self) -> None:
        self._meter_ids: frozenset[int] = frozenset()
        self._until_s: float | None = None

    def look(self, connection: Connection, now_s: float) -> None:
        until_s = self._until_s
        if until_s is None or not until_s - _KNOWN_FOR_S <= now_s < until_s:
            self._meter_ids = frozenset(paused_meters(connection))
            self._until_s = now_s + _KNOWN_FOR_S

    def kept(self, rows: ReadingRows) -> ReadingRows:
        """The readings that may be stored."""
        if not self._meter_ids:
            return rows
        return rows.where(~np.isin(rows.meter_id, list(self._meter_ids)))

    def kept_samples(self, refused: Sequence[Refused]) -> list[Refused]:
        """The refused messages of which a sample may be stored."""
        return [each for each in refused if each.meter_id not in self._meter_ids]

    def without_power(self, signs: Sequence[Sign]) -> list[Sign]:
        """Signs of life, which tell of a paused meter only that it lives."""
        return [
            replace(sign, power_w=None, power_s=None) if sign.meter_id in self._meter_ids else sign
            for sign in signs
        ]
