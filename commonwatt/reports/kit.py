"""How far one kit is: steps, self-test, badges and repair, for its maker and its facilitator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.catalogue.steps import shipped_steps
from commonwatt.errors import AccessError
from commonwatt.registry.badges import BadgeKind
from commonwatt.registry.selftests import grade_tests, is_passed
from commonwatt.storage import badges, kits, meters, passports, selftests, tickets

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from commonwatt.access import Viewer
    from commonwatt.catalogue.steps import Step
    from commonwatt.registry.selftests import GradedTest
    from commonwatt.storage.kits import Kit, Workshop
    from commonwatt.storage.pool import Connection
    from commonwatt.storage.tickets import Ticket


@dataclass(frozen=True, slots=True)
class KitStep:
    """A step of the guide, and whether it is ticked."""

    step: Step
    is_done: bool


@dataclass(frozen=True, slots=True)
class KitReport:
    """One kit as it stands; nothing in it tells what a home uses.

    `tests` are the ones required, each as the last run left it; `tested_utc` is None before any run.
    """

    kit: Kit
    workshop: Workshop
    steps: tuple[KitStep, ...]
    tests: tuple[GradedTest, ...]
    tested_utc: datetime | None
    last_seen_utc: datetime | None
    badges: frozenset[BadgeKind]
    has_passport: bool
    ticket: Ticket | None

    @property
    def steps_done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def test_passed(self) -> bool | None:
        return is_passed(self.tests) if self.tested_utc else None


def load_own_kit(connection: Connection, viewer: Viewer | None) -> KitReport | None:
    """The maker's own kit; None if the meter was built in no workshop."""
    kit = kits.own_kit(connection, viewer)
    return report_kits(connection, [kit])[0] if kit else None


def load_workshop_kit(connection: Connection, viewer: Viewer | None, serial: str) -> KitReport:
    """A kit of the facilitator's workshop."""
    kit = kits.kit_of_workshop(connection, viewer, serial)
    return report_kits(connection, [kit])[0]


def load_passport(connection: Connection, kit: Kit) -> dict[str, Any]:
    """The passport of a kit that the viewer was already given."""
    document = passports.last_passport(connection, kit.meter_id)
    if document is None:
        raise AccessError
    return document


def load_badge(connection: Connection, viewer: Viewer | None, kind: str) -> str:
    """A badge of the maker's own, as it was signed."""
    kit = kits.kit_to_change(connection, viewer)
    given = kind in set(BadgeKind)
    jws = badges.find_badge(connection, kit.meter_id, BadgeKind(kind)) if given else None
    if jws is None:
        raise AccessError
    return jws


def report_kits(connection: Connection, wanted: list[Kit]) -> list[KitReport]:
    """The reports of some kits of one workshop, in the order given."""
    ids = [kit.meter_id for kit in wanted]
    ticked = kits.ticked_steps(connection, ids)
    tested = selftests.last_selftests(connection, ids)
    given = badges.badges_of(connection, ids)
    passed = passports.have_passport(connection, ids)
    repairs = tickets.open_tickets(connection, ids)
    workshops = {
        workshop_id: kits.find_workshop(connection, workshop_id)
        for workshop_id in {kit.workshop_id for kit in wanted}
    }
    reports = []
    for kit in wanted:
        run = tested.get(kit.meter_id)
        sign = meters.last_sign(connection, kit.meter_id)
        done = ticked[kit.meter_id]
        reports.append(
            KitReport(
                kit=kit,
                workshop=workshops[kit.workshop_id],
                steps=tuple(KitStep(s, s.key in done) for s in shipped_steps(kit.variant)),
                tests=grade_tests(kit.variant, run.lines if run else ()),
                tested_utc=run.received_utc if run else None,
                last_seen_utc=sign.last_seen_utc if sign else None,
                badges=given.get(kit.meter_id, frozenset()),
                has_passport=kit.meter_id in passed,
                ticket=repairs.get(kit.meter_id),
            )
        )
    return reports
