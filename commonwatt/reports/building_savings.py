"""What a landlord is told a building saved since each action: stored results, and nothing of a home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import building_of
from commonwatt.core.tiers import Verdict
from commonwatt.storage import building_savings, buildings, weather

if TYPE_CHECKING:
    from datetime import date, datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.actions import Action
    from commonwatt.storage.building_savings import SavingFigures, ToldSaving
    from commonwatt.storage.pool import Connection

WAITING = "months_not_over"
"""Why nothing is told of an action yet: twelve weeks since must be over, in closed months."""


@dataclass(frozen=True, slots=True)
class ActionSaving:
    """What is told of one action; `figures` is None where nothing is, and `reason` says why.

    `start_day` and `end_day` are the days compared with the year before, the last not included;
    None before anything was decided. `frozen_reason` says why figures are not continued.
    """

    action: Action
    start_day: date | None
    end_day: date | None
    verdict: Verdict
    reason: str | None
    frozen_reason: str | None
    figures: SavingFigures | None


@dataclass(frozen=True, slots=True)
class BuildingSavings:
    """A building's actions, the latest first, and what is told of each."""

    building_id: int
    building_name: str
    station_name: str | None
    actions: tuple[ActionSaving, ...]


def load_building_savings(
    connection: Connection, viewer: Viewer | None, now_utc: datetime
) -> BuildingSavings:
    building_id = building_of(viewer)
    told = building_savings.told_savings(connection, viewer)
    return BuildingSavings(
        building_id=building_id,
        building_name=buildings.load_building(connection, viewer, now_utc).name,
        station_name=weather.station_name(connection, building_id),
        actions=tuple(_told(action, saving) for action, saving in told),
    )


def _told(action: Action, saving: ToldSaving | None) -> ActionSaving:
    if saving is None:
        return ActionSaving(action, None, None, Verdict.NOT_ENOUGH_DATA, WAITING, None, None)
    return ActionSaving(
        action=action,
        start_day=saving.start_day,
        end_day=saving.end_day,
        verdict=Verdict(saving.verdict),
        reason=saving.reason,
        frozen_reason=saving.frozen_reason,
        figures=saving.figures,
    )
