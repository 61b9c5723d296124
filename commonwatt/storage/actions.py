"""What landlords do in their buildings and when: works, displays, advice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from commonwatt.access import building_of
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import date

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("actions")

LONGEST_NOTE = 200


class ActionKind(StrEnum):
    """What was done: it may explain a change of what a building uses."""

    WORKS = "works"
    DISPLAY = "display"
    ADVICE = "advice"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Action:
    """Something done in a building from one day to another, `end_day` None while it lasts."""

    kind: ActionKind
    start_day: date
    end_day: date | None
    note: str


def add_action(connection: Connection, viewer: Viewer | None, action: Action) -> None:
    row = {
        "building_id": building_of(viewer),
        "kind": action.kind,
        "start_day": action.start_day,
        "end_day": action.end_day,
        "note": action.note,
    }
    with database_errors():
        connection.execute(_SQL["add_action"], row)


def load_actions(connection: Connection, viewer: Viewer | None) -> list[Action]:
    with database_errors():
        rows = connection.execute(_SQL["actions"], (building_of(viewer),))
        return [Action(ActionKind(kind), *others) for kind, *others in rows]
