"""What buildings saved since their actions: for the program that finds it, and as landlords are told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from commonwatt.access import building_of
from commonwatt.model import ZONE
from commonwatt.storage.actions import Action, ActionKind
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("building_savings")


@dataclass(frozen=True, slots=True)
class DueAction:
    """An action that has begun, and up to which day it was decided about before."""

    action_id: int
    building_id: int
    start_day: date
    end_day: date | None
    decided_to: date | None
    is_frozen: bool


@dataclass(frozen=True, slots=True)
class HomeDays:
    """One consenting home's days on their way into a sum; days are counted from 1970-01-01."""

    day: NDArray[np.int64]
    energy_wh: NDArray[np.float64]
    covered_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavingFigures:
    """What a group of homes saved, in shares of one, and the least that could have been seen."""

    homes: int
    waiting_homes: int
    share: float
    low: float
    high: float
    saved_kwh: int
    expected_kwh: int
    detectable: float
    placebo_low: float
    placebo_high: float
    coverage: float
    weeks_to_go: int | None


@dataclass(frozen=True, slots=True)
class ToldSaving:
    """Figures of an action from one day up to another, or the reason why there are none.

    `frozen_reason` says why figures are not continued, where they are not.
    """

    start_day: date
    end_day: date
    verdict: str
    reason: str | None
    frozen_reason: str | None
    figures: SavingFigures | None


def begun_actions(connection: Connection, today: date) -> list[DueAction]:
    with database_errors():
        return [
            DueAction(*row) for row in connection.execute(_SQL["begun_actions"], {"today": today})
        ]


def waiting_buildings(
    connection: Connection, building_id: int, first: date, last: date
) -> list[int]:
    """The same landlord's other buildings where nothing was done from a day up to another."""
    where = {"building_id": building_id, "first": first, "last": last}
    with database_errors():
        return [row[0] for row in connection.execute(_SQL["waiting_buildings"], where)]


def home_days(
    connection: Connection, occupancies: Sequence[int], first: date, last: date
) -> dict[int, HomeDays]:
    """The days of homes from a local day up to, not including, another."""
    where = {"occupancies": list(occupancies), "first": first, "last": last, "zone": ZONE}
    with database_errors():
        rows = connection.execute(_SQL["home_days"], where).fetchall()
    if not rows:
        return {}
    home, day, energy_wh, covered_s = (np.array(column) for column in zip(*rows, strict=True))
    return {
        int(each): HomeDays(
            day=day[home == each].astype(np.int64),
            energy_wh=energy_wh[home == each].astype(np.float64),
            covered_s=covered_s[home == each].astype(np.float64),
        )
        for each in np.unique(home)
    }


def told_groups(connection: Connection, action_id: int) -> dict[bool, tuple[int, ...]]:
    """The homes an action was told of: those that wait under True, its own under False."""
    with database_errors():
        rows = connection.execute(_SQL["told_groups"], (action_id,))
        return {waits: tuple(homes) for waits, homes in rows}


def extend_groups(connection: Connection, action_id: int, last_month: date) -> None:
    with database_errors():
        connection.execute(
            _SQL["extend_groups"], {"action_id": action_id, "last_month": last_month}
        )


def freeze_saving(connection: Connection, action_id: int, reason: str) -> None:
    with database_errors():
        connection.execute(_SQL["freeze_saving"], {"action_id": action_id, "reason": reason})


def put_saving(
    connection: Connection, action: DueAction, told: ToldSaving, now_utc: datetime
) -> None:
    figures = dict.fromkeys(SavingFigures.__dataclass_fields__)
    row = {
        "action_id": action.action_id,
        "building_id": action.building_id,
        "start_day": told.start_day,
        "end_day": told.end_day,
        "verdict": told.verdict,
        "reason": told.reason,
        "now_utc": now_utc,
    }
    with database_errors():
        connection.execute(
            _SQL["put_saving"], figures | row | (asdict(told.figures) if told.figures else {})
        )


def told_savings(
    connection: Connection, viewer: Viewer | None
) -> list[tuple[Action, ToldSaving | None]]:
    """A building's actions, the latest first, with what is told of each."""
    with database_errors():
        rows = connection.execute(_SQL["told_savings"], (building_of(viewer),)).fetchall()
    return [(Action(ActionKind(row[0]), *row[1:4]), _told(row[4:])) for row in rows]


def _told(row: tuple[Any, ...]) -> ToldSaving | None:
    """A row after its action: who it is of, what was decided, and the figures."""
    action_id, start_day, end_day, verdict, reason, frozen_reason, *figures = row
    if action_id is None:
        return None
    named = dict(zip(SavingFigures.__dataclass_fields__, figures, strict=True))
    told = None if reason else SavingFigures(**named)
    return ToldSaving(start_day, end_day, verdict, reason, frozen_reason, told)
