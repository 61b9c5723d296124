"""A household takes a meter over: the code proves it, the dwelling gets it, the consents are written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from commonwatt.errors import InputError
from commonwatt.model import HALF_HOUR_S
from commonwatt.storage import buildings, consents, households, links, meters, moves
from commonwatt.storage.consents import Purpose
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from commonwatt.storage.consents import ConsentText
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

    Redeem = Callable[[Connection, str, datetime], Meter]


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a household gets: its occupancy, and the letters that let it in; they are shown this once."""

    occupancy_id: int
    letters: str


def claim(
    connection: Connection,
    redeem: Redeem,
    typed_code: str,
    dwelling_id: int | None,
    agreed: Mapping[Purpose, ConsentText],
    now_utc: datetime,
) -> Claimed:
    """All of it or nothing; without a dwelling, the home stands for itself."""
    if Purpose.OWN_VIEW not in agreed:
        raise InputError("without the first consent there is nothing the service could show")
    with database_errors(), connection.transaction():
        meter = redeem(connection, typed_code, now_utc)
        start_utc = datetime.fromtimestamp(now_utc.timestamp() // HALF_HOUR_S * HALF_HOUR_S, UTC)
        home = dwelling_id or _home_without_building(connection, meter)
        occupancy_id = households.move_in(connection, home, start_utc)
        if moves.meter_in(connection, home, start_utc) != meter.meter_id:
            meters.install(connection, meter.meter_id, home, start_utc)
        for purpose, text in agreed.items():
            consents.give_consent(connection, occupancy_id, now_utc, purpose, text)
        return Claimed(occupancy_id, links.make_letters(connection, occupancy_id, now_utc))


def _home_without_building(connection: Connection, meter: Meter) -> int:
    building_id = buildings.find_building(connection, meter.serial)
    if building_id is None:
        building_id = buildings.add_building(connection, meter.serial)
    return buildings.add_dwelling(connection, building_id, "", meter.serial)
