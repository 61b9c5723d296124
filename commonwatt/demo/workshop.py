"""The demo's workshop: six kits on the bench, each as far as its maker got."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from commonwatt.access import Audience, Facilitator, Maker
from commonwatt.catalogue.steps import shipped_steps
from commonwatt.errors import RegistryError
from commonwatt.registry.kits import Stage
from commonwatt.registry.selftests import ToldTest
from commonwatt.storage import kits, meters, selftests
from commonwatt.storage.links import make_link
from commonwatt.storage.openings import WorkshopOrder, open_workshop
from commonwatt.storage.selftests import Selftest

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.storage.openings import AllottedKit
    from commonwatt.storage.pool import Connection

VARIANT: Final = "led"
MAKERS: Final = ("Inès", "Malik", "Zoé", "Sacha", "Awa", None)
STEPS_DONE: Final = (99, 99, 8, 5, 2, 0)
"""Of each maker; 99 is all of them."""
WIFI_DBM: Final = (-58, -91)
"""What those who are done measured: the second one is too far from the access point."""

_VALUES: Final = {
    "supply": 0,
    "flash": None,
    "ram": 118,
    "clock": 0.4,
    "link": 0.9,
    "led_bench": 120,
    "powercut": None,
    "human": None,
}


def make_workshop(connection: Connection, now_utc: datetime) -> dict[str, str]:
    """Open the workshop and let its makers begin; a link for the facilitator and one for a maker."""
    order = WorkshopOrder(
        "Maison de quartier", now_utc.date(), len(MAKERS), VARIANT, "Nadia", "led-r1"
    )
    opened = open_workshop(connection, order, now_utc)
    makers = [_maker_of(connection, kit) for kit in opened.kits]
    for maker, name, steps in zip(makers, MAKERS, STEPS_DONE, strict=True):
        _build(connection, maker, name, steps, now_utc)
    for maker, wifi_dbm in zip(makers, WIFI_DBM, strict=False):
        selftests.keep_selftest(connection, maker.meter_id, VARIANT, _tested(wifi_dbm, now_utc))
    facilitator = Facilitator(opened.workshop_id)
    done = kits.kit_of_workshop(connection, facilitator, opened.kits[0].serial)
    kits.move_kit(connection, done, Stage.TESTED, now_utc)
    return {
        "workshop": make_link(connection, Audience.FACILITATOR, opened.workshop_id, now_utc),
        "kit": make_link(connection, Audience.MAKER, makers[2].meter_id, now_utc),
        "passport": make_link(connection, Audience.MAKER, makers[0].meter_id, now_utc),
    }


def _maker_of(connection: Connection, kit: AllottedKit) -> Maker:
    meter = meters.find_meter(connection, kit.serial)
    if meter is None:
        raise RegistryError(f"the kit {kit.serial} is not registered")
    return Maker(meter.meter_id)


def _build(
    connection: Connection, maker: Maker, name: str | None, steps: int, now_utc: datetime
) -> None:
    kits.name_maker(connection, maker, name or "")
    for step in shipped_steps(VARIANT)[:steps]:
        kits.tick_step(connection, maker, step.key, now_utc, is_done=True)


def _tested(wifi_dbm: int, now_utc: datetime) -> Selftest:
    told = _VALUES | {"wifi": wifi_dbm}
    return Selftest(
        run=str(uuid4()),
        received_utc=now_utc,
        firmware="commonwatt-meter 0.1.0",
        firmware_sha256=None,
        bench="bench-1",
        gain=None,
        lines=tuple(ToldTest(key, ok=True, value=value) for key, value in told.items()),
    )
