"""A whole workshop at a glance: every kit, how far it is, and which need repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import workshop_of
from commonwatt.reports.kit import report_kits
from commonwatt.storage import kits

if TYPE_CHECKING:
    from commonwatt.access import Viewer
    from commonwatt.reports.kit import KitReport
    from commonwatt.storage.kits import Workshop
    from commonwatt.storage.pool import Connection


@dataclass(frozen=True, slots=True)
class WorkshopBoard:
    """What hangs on the wall: the kits in the order of their boxes."""

    workshop: Workshop
    kits: tuple[KitReport, ...]

    @property
    def passed(self) -> int:
        return sum(kit.has_passport for kit in self.kits)


def load_board(connection: Connection, viewer: Viewer | None) -> WorkshopBoard:
    workshop = kits.find_workshop(connection, workshop_of(viewer))
    found = kits.kits_of_workshop(connection, viewer)
    return WorkshopBoard(workshop, tuple(report_kits(connection, found)))
