"""A workshop that is open, and kits that are as far as a test needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from commonwatt.access import Facilitator, Maker
from commonwatt.catalogue.steps import shipped_steps
from commonwatt.claiming import refused
from commonwatt.registry.claims import read_code
from commonwatt.registry.kits import Stage
from commonwatt.registry.selftests import BANDS, ToldTest, required_tests
from commonwatt.storage import kits, meters, selftests
from commonwatt.storage.claims import use_claim_code
from commonwatt.storage.openings import WorkshopOrder, open_workshop
from commonwatt.storage.selftests import Selftest

if TYPE_CHECKING:
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.openings import AllottedKit, Handover
    from commonwatt.storage.pool import Connection

NOW_UTC = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OpenWorkshop:
    """What the facilitator was handed, and the facilitator."""

    handover: Handover
    facilitator: Facilitator

    def maker(self, connection: Connection, number: int = 1) -> Maker:
        meter = meters.find_meter(connection, self.kit(number).serial)
        assert meter is not None
        return Maker(meter.meter_id)

    def kit(self, number: int = 1) -> AllottedKit:
        return self.handover.kits[number - 1]


def order(**changes: object) -> WorkshopOrder:
    told: dict[str, object] = {
        "place": "Maison des jeunes",
        "held_on": date(2026, 3, 12),
        "kits": 1,
        "variant": "led",
        "facilitator": "Nadia",
        "parts_revision": "led-r1",
    }
    return WorkshopOrder(**(told | changes))  # type: ignore[arg-type]


def open_one(connection: Connection, **changes: object) -> OpenWorkshop:
    handover = open_workshop(connection, order(**changes), NOW_UTC - timedelta(days=3))
    return OpenWorkshop(handover, Facilitator(handover.workshop_id))


def good_lines(variant: str = "led", **changes: ToldTest) -> tuple[ToldTest, ...]:
    """What a meter tells that passes everything."""
    told = {}
    for key in required_tests(variant):
        band = BANDS.get(key)
        value = None if band is None else max(band.low, min(band.high, band.warn_below + 5, 0))
        if band and band.low > 0:
            value = band.low
        told[key] = ToldTest(key, ok=True, value=value)
    told["wifi"] = ToldTest("wifi", ok=True, value=-60)
    return tuple((told | changes).values())


def selftest(
    lines: tuple[ToldTest, ...] | None = None, at_utc: datetime = NOW_UTC, run: str | None = None
) -> Selftest:
    return Selftest(
        run=run or str(uuid4()),
        received_utc=at_utc,
        firmware="commonwatt-meter 0.1.0",
        firmware_sha256="ab" * 32,
        bench="bench-2",
        gain=None,
        lines=good_lines() if lines is None else lines,
    )


def build(
    connection: Connection, maker: Maker, upto: Stage = Stage.TESTED, variant: str = "led"
) -> None:
    """Tick the steps up to a stage, as a maker does."""
    stages = [Stage.ASSEMBLED, Stage.PROVISIONED, Stage.TESTED]
    wanted = stages[: stages.index(upto) + 1]
    for step in shipped_steps(variant):
        if Stage(step.stage) in wanted:
            kits.tick_step(connection, maker, step.key, NOW_UTC, is_done=True)


def pass_test(connection: Connection, opened: OpenWorkshop, number: int = 1) -> None:
    """Take a kit to tested: build it, let it test itself, let the facilitator agree."""
    maker = opened.maker(connection, number)
    build(connection, maker)
    selftests.keep_selftest(connection, maker.meter_id, "led", selftest())
    kit = kits.kit_of_workshop(connection, opened.facilitator, opened.kit(number).serial)
    kits.move_kit(connection, kit, Stage.TESTED, NOW_UTC)


def redeem(connection: Connection, typed: str, at_utc: datetime = NOW_UTC) -> Meter:
    """Use a code up as claiming does, without a home; the meter it is of."""
    verdict, meter_id = use_claim_code(connection, read_code(typed), at_utc)
    if meter_id is None:
        raise refused(verdict)
    return meters.meter_by_id(connection, meter_id)
