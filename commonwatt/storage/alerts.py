"""What households want to be told of, and what they were told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from commonwatt.access import member_of
from commonwatt.errors import InputError
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import date, datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("alerts")


class AlertKind(StrEnum):
    """Of what a household can be told: a day, what is always on, or what a month costs."""

    DAY = "day"
    ALWAYS_ON = "always_on"
    MONTH = "month"


LIMITS = {AlertKind.DAY: (0.5, 200.0), AlertKind.ALWAYS_ON: (10, 5000), AlertKind.MONTH: (1, 2000)}
"""The least and the most that can be chosen: kWh, W and euros."""

Choices = dict[AlertKind, float]


@dataclass(frozen=True, slots=True)
class Alert:
    """What was found above what a household chose; `day` is the first of a month, but for a day's."""

    kind: AlertKind
    day: date
    found: float
    above: float
    raised_utc: datetime
    seen_utc: datetime | None = None


def choose_alert(
    connection: Connection,
    viewer: Viewer | None,
    kind: AlertKind,
    above: float | None,
    now_utc: datetime,
) -> None:
    """Keep above what the viewer's household is to be told; None ends that."""
    occupancy_id = member_of(viewer)
    least, most = LIMITS[kind]
    if above is not None and not least <= above <= most:
        raise InputError(f"a number from {least:g} to {most:g} was expected for {kind}")
    row = {"occupancy_id": occupancy_id, "kind": kind, "above": above, "now_utc": now_utc}
    with database_errors():
        connection.execute(_SQL["drop_choice" if above is None else "choose"], row)


def load_choices(connection: Connection, viewer: Viewer | None) -> Choices:
    with database_errors():
        rows = connection.execute(_SQL["choices_of"], (member_of(viewer),))
        return {AlertKind(kind): above for kind, above in rows}


def watched_homes(connection: Connection, now_utc: datetime) -> dict[int, Choices]:
    """What each household that lives in its home now wants to be told of."""
    with database_errors():
        rows = connection.execute(_SQL["watched_homes"], {"now_utc": now_utc}).fetchall()
    return {
        occupancy_id: {AlertKind(kind): above for _, kind, above in of_home}
        for occupancy_id, of_home in groupby(rows, key=itemgetter(0))
    }


def raise_alert(connection: Connection, occupancy_id: int, alert: Alert) -> None:
    """Tell a household, unless it was told of just this before."""
    row = {
        "occupancy_id": occupancy_id,
        "kind": alert.kind,
        "day": alert.day,
        "found": alert.found,
        "above": alert.above,
        "now_utc": alert.raised_utc,
    }
    with database_errors():
        connection.execute(_SQL["raise_alert"], row)


def count_raised(connection: Connection, raised_utc: datetime) -> int:
    """How many alerts were told at an instant."""
    with database_errors():
        row = connection.execute(_SQL["count_raised"], (raised_utc,)).fetchone()
    return int(row[0]) if row else 0


def alerts_since(
    connection: Connection, viewer: Viewer | None, since_utc: datetime
) -> tuple[Alert, ...]:
    asked = {"occupancy_id": member_of(viewer), "since_utc": since_utc}
    with database_errors():
        return tuple(_alert(row) for row in connection.execute(_SQL["raised"], asked))


def unseen_alerts(connection: Connection, viewer: Viewer | None) -> tuple[Alert, ...]:
    with database_errors():
        rows = connection.execute(_SQL["unseen"], (member_of(viewer),))
        return tuple(_alert(row) for row in rows)


def see_alerts(connection: Connection, viewer: Viewer | None, now_utc: datetime) -> None:
    """Note that the viewer's household has seen all that it was told of."""
    seen = {"occupancy_id": member_of(viewer), "now_utc": now_utc}
    with database_errors():
        connection.execute(_SQL["see"], seen)


def _alert(row: tuple[Any, ...]) -> Alert:
    kind, *told = row
    return Alert(AlertKind(kind), *told)
