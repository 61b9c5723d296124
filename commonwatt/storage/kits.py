"""Workshops and their kits: who builds which meter, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.access import meter_of, workshop_of
from commonwatt.catalogue.steps import shipped_steps
from commonwatt.errors import AccessError, KitError
from commonwatt.registry.kits import Evidence, Stage, check_stage
from commonwatt.storage import passports, selftests
from commonwatt.storage.claims import withdraw_codes
from commonwatt.storage.households import occupancy_at
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("kits")
LONGEST_NICKNAME = 24


@dataclass(frozen=True, slots=True)
class Workshop:
    """A day on which meters are built."""

    workshop_id: int
    place: str
    held_on: date
    variant: str
    facilitator: str


@dataclass(frozen=True, slots=True)
class Kit:
    """A meter that is built in a workshop; `number` is that of its box."""

    meter_id: int
    serial: str
    variant: str
    stage: Stage
    workshop_id: int
    number: int
    nickname: str | None
    parts_revision: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "stage", Stage(self.stage))


def find_workshop(connection: Connection, workshop_id: int) -> Workshop:
    with database_errors():
        row = connection.execute(_SQL["workshop"], (workshop_id,)).fetchone()
    if row is None:
        raise AccessError
    return Workshop(*row)


def issuer_key(connection: Connection, workshop_id: int) -> str:
    """The key of the workshop's facilitator, closed by a passphrase that is not here."""
    with database_errors():
        row = connection.execute(_SQL["issuer_key"], (workshop_id,)).fetchone()
    if row is None:
        raise AccessError
    return str(row[0])


def own_kit(connection: Connection, viewer: Viewer | None) -> Kit | None:
    """The kit of the maker who looks; None if the meter comes from no workshop."""
    with database_errors():
        row = connection.execute(_SQL["kit_of_meter"], (meter_of(viewer),)).fetchone()
    return Kit(*row) if row else None


def kit_to_change(connection: Connection, viewer: Viewer | None) -> Kit:
    """The kit of the maker who looks; a meter without one has nothing here."""
    kit = own_kit(connection, viewer)
    if kit is None:
        raise AccessError
    return kit


def kit_of_workshop(connection: Connection, viewer: Viewer | None, serial: str) -> Kit:
    """A kit of the facilitator's own workshop."""
    asked = {"workshop_id": workshop_of(viewer), "serial": serial}
    with database_errors():
        row = connection.execute(_SQL["kit_in_workshop"], asked).fetchone()
    if row is None:
        raise AccessError
    return Kit(*row)


def kits_of_workshop(connection: Connection, viewer: Viewer | None) -> list[Kit]:
    with database_errors():
        rows = connection.execute(_SQL["kits_of_workshop"], (workshop_of(viewer),))
        return [Kit(*row) for row in rows]


def name_maker(connection: Connection, viewer: Viewer | None, nickname: str) -> None:
    """Keep a nickname; none at all is allowed."""
    kit = kit_to_change(connection, viewer)
    name = " ".join("".join(c for c in nickname if c.isprintable()).split())
    if len(name) > LONGEST_NICKNAME:
        raise KitError("nickname_too_long")
    with database_errors():
        row = {"meter_id": kit.meter_id, "nickname": name or None}
        connection.execute(_SQL["name_maker"], row)


def tick_step(
    connection: Connection, viewer: Viewer | None, step: str, now_utc: datetime, *, is_done: bool
) -> None:
    """Tick or untick a step; what is thereby complete takes the kit to its next stage."""
    kit = kit_to_change(connection, viewer)
    if step not in {known.key for known in shipped_steps(kit.variant)}:
        raise AccessError
    row = {"meter_id": kit.meter_id, "step": step, "now_utc": now_utc}
    with database_errors(), connection.transaction():
        connection.execute(_SQL["tick" if is_done else "untick"], row)
        if is_done:
            _advance(connection, kit, now_utc)


def _advance(connection: Connection, kit: Kit, now_utc: datetime) -> None:
    """Go as far as ticked steps alone can take a kit."""
    for wanted in (Stage.ASSEMBLED, Stage.PROVISIONED):
        try:
            move_kit(connection, kit, wanted, now_utc)
        except KitError as error:
            if error.code == "steps_missing":
                return


def ticked_steps(connection: Connection, meter_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    wanted = list(meter_ids)
    found: dict[int, set[str]] = {meter_id: set() for meter_id in wanted}
    with database_errors():
        for meter_id, step in connection.execute(_SQL["ticks"], (wanted,)):
            found[meter_id].add(step)
    return {meter_id: frozenset(steps) for meter_id, steps in found.items()}


def move_kit(connection: Connection, kit: Kit, wanted: Stage, now_utc: datetime) -> None:
    """Take a kit to a stage if the rules allow it; passing the test gives it its passport."""
    with database_errors(), connection.transaction():
        row = connection.execute(_SQL["stage_now"], (kit.meter_id,)).fetchone()
        now = Stage(row[0]) if row else kit.stage
        check_stage(now, wanted, _evidence(connection, kit, wanted))
        change = {"meter_id": kit.meter_id, "stage": wanted.value}
        connection.execute(_SQL["set_stage"], change)
        if wanted is Stage.TESTED and now is Stage.PROVISIONED:
            _issue_passport(connection, kit, now_utc)
        if wanted is Stage.RETIRED:
            withdraw_codes(connection, kit.meter_id, now_utc)


def require_at_workshop(connection: Connection, kit: Kit, now_utc: datetime) -> None:
    """Raise KitError while a kit measures a household: from then on it is the household's."""
    if occupancy_at(connection, kit.meter_id, now_utc) is not None:
        raise KitError("in_a_home")


def _evidence(connection: Connection, kit: Kit, wanted: Stage) -> Evidence:
    order = list(Stage)
    needed = {
        step.key
        for step in shipped_steps(kit.variant)
        if order.index(Stage(step.stage)) <= order.index(wanted)
    }
    ticked = ticked_steps(connection, [kit.meter_id])[kit.meter_id]
    tested = selftests.last_selftests(connection, [kit.meter_id]).get(kit.meter_id)
    return Evidence(
        steps_missing=len(needed - ticked),
        test_passed=tested.is_passed(kit.variant) if tested else None,
        was_claimed=_is(connection, "was_claimed", (kit.meter_id,)),
        was_heard=_is(connection, "heard_since", {"meter_id": kit.meter_id}),
    )


def _is(connection: Connection, query: str, facts: tuple[int] | dict[str, int]) -> bool:
    return connection.execute(_SQL[query], facts).fetchone() == (True,)


def _issue_passport(connection: Connection, kit: Kit, now_utc: datetime) -> None:
    tested = selftests.last_selftests(connection, [kit.meter_id])[kit.meter_id]
    workshop = find_workshop(connection, kit.workshop_id)
    passports.issue_passport(connection, kit, workshop, tested, now_utc)
