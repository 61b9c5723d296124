"""The figures of the whole service, as its database tells them; never of a home, a meter or a dwelling."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from commonwatt.erasure import count_standing
from commonwatt.errors import MigrationError, StorageError
from commonwatt.operations.exposition import Metric, gauge
from commonwatt.registry.kits import Stage
from commonwatt.registry.tickets import Cause
from commonwatt.servers.authority import expiries
from commonwatt.storage import operations, rollups
from commonwatt.storage.meter_logs import last_seen_utc
from commonwatt.storage.migrate import require_current
from commonwatt.storage.pool import connect
from commonwatt.storage.readings import refused_since

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from commonwatt.storage.pool import Connection


class MarkWatch:
    """Since when the mark that is the oldest now has been seen waiting."""

    def __init__(self) -> None:
        self._oldest: int | None = None
        self._seen_s = 0.0

    def age_s(self, oldest: int | None, now_s: float) -> float:
        """How long it has waited at least; 0 when nothing waits."""
        if oldest != self._oldest:
            self._oldest, self._seen_s = oldest, now_s
        return now_s - self._seen_s if oldest is not None else 0.0


class Collector:
    """Asks the database each time it is asked; with the database away it says just that."""

    def __init__(
        self, database_url: str, erasure_list: Path, authority_folder: Path | None = None
    ) -> None:
        self._authority_folder = authority_folder
        self._database_url = database_url
        self._erasure_list = erasure_list
        self._watch = MarkWatch()

    def figures(self) -> list[Metric]:
        try:
            with connect(self._database_url) as connection:
                is_current = _is_current(connection)
                told = self._collect(connection) if is_current else []
        except StorageError:
            return [_up(is_up=False), self._certificates()]
        current = gauge(
            "commonwatt_schema_current", "Whether the schema is this program's.", is_current
        )
        return [_up(is_up=True), self._certificates(), current, *told]

    def _certificates(self) -> Metric:
        """How long meters will still trust the broker; nothing where no authority is watched."""
        ends = expiries(self._authority_folder) if self._authority_folder else {}
        now_utc = datetime.now(UTC)
        left: dict[tuple[str, ...], float]
        left = {(name,): (end - now_utc).total_seconds() for name, end in ends.items()}
        meaning = "Until a certificate ends."
        name = "commonwatt_certificate_left_seconds"
        return Metric(name, "gauge", meaning, left, ("name",))

    def _collect(self, connection: Connection) -> list[Metric]:
        now_utc = datetime.now(UTC)
        standing = count_standing(connection, self._erasure_list)
        return [
            *_of_meters(connection, now_utc),
            gauge(
                "commonwatt_rollup_marks",
                "Stretches whose rollups wait to be added up again.",
                rollups.count_dirty(connection),
            ),
            gauge(
                "commonwatt_rollup_age_seconds",
                "For how long the oldest of them has been seen waiting.",
                self._watch.age_s(operations.oldest_mark(connection), time.monotonic()),
            ),
            gauge(
                "commonwatt_erasures_standing",
                "Households on the list of erasures that this database still holds.",
                standing,
            ),
        ]


def _up(*, is_up: bool) -> Metric:
    return gauge("commonwatt_database_up", "Whether the database answers.", is_up)


def _is_current(connection: Connection) -> bool:
    try:
        require_current(connection)
    except MigrationError:
        return False
    return True


def _of_meters(connection: Connection, now_utc: datetime) -> list[Metric]:
    heard_utc = last_seen_utc(connection)
    heard_s: dict[tuple[str, ...], float]
    heard_s = {(): (now_utc - heard_utc).total_seconds()} if heard_utc else {}
    states = dict.fromkeys(Stage, 0) | operations.meter_states(connection)
    causes = dict.fromkeys(Cause, 0) | operations.open_ticket_causes(connection)
    refused = refused_since(connection, now_utc.date())
    return [
        _by("commonwatt_meters", "Meters by the stage of their life.", "state", states),
        _by("commonwatt_tickets_open", "Open repair tickets by cause.", "cause", causes),
        _by(
            "commonwatt_refused_today", "Refused since midnight UTC, by reason.", "reason", refused
        ),
        Metric(
            "commonwatt_last_heard_age_seconds",
            "gauge",
            "How long ago any meter was heard; nothing before the first.",
            heard_s,
        ),
    ]


def _by(name: str, meaning: str, label: str, counts: Mapping[str, int]) -> Metric:
    values: dict[tuple[str, ...], float] = {(str(told),): count for told, count in counts.items()}
    return Metric(name, "gauge", meaning, values, (label,))
