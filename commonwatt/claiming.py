"""A household takes a meter over: the code proves it, the dwelling gets it, the consents are written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.errors import ClaimError, RegistryError
from commonwatt.model import whole_half_hour
from commonwatt.registry.claims import Outcome, read_code
from commonwatt.storage import buildings, consents, households, links, meters, moves, pins
from commonwatt.storage.claims import use_claim_code
from commonwatt.storage.consents import Purpose
from commonwatt.storage.dwelling_letters import find_dwelling
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from commonwatt.registry.claims import ClaimVerdict
    from commonwatt.storage.consents import ConsentText
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

REFUSALS = frozenset(Outcome) - {Outcome.GRANTED} | {
    "mistyped",
    "consent_missing",
    "dwelling_unknown",
    "dwelling_taken",
    "pin_unfit",
}
"""Why a claim can fail; the words for each are in the catalogues."""


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """What somebody who stands before a meter types and agrees to.

    Parameters
    ----------
    code : str
        The claim code of the label.
    agreed : mapping of Purpose to ConsentText
        The purposes, with the words that were shown; without `OWN_VIEW` there is nothing to show.
    dwelling_letters : str
        The letters the landlord gave the dwelling; empty for a home that stands for itself.
    pin : str
        A number for the household alone; empty for none.
    """

    code: str
    agreed: Mapping[Purpose, ConsentText]
    dwelling_letters: str = ""
    pin: str = ""

    def __post_init__(self) -> None:
        if Purpose.OWN_VIEW not in self.agreed:
            raise ClaimError("consent_missing")
        if self.pin and not pins.is_fit(self.pin):
            raise ClaimError("pin_unfit")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a household gets: its occupancy, and the letters that let it in; they are shown this once."""

    occupancy_id: int
    letters: str


def claim(connection: Connection, asked: ClaimRequest, now_utc: datetime) -> Claimed:
    """All of it or nothing, but a failed try of a code is counted."""
    code = read_code(asked.code)
    with database_errors(), connection.transaction():
        home = _dwelling_of(connection, asked.dwelling_letters)
        verdict, meter_id = use_claim_code(connection, code, now_utc)
        if meter_id is not None:
            meter = meters.meter_by_id(connection, meter_id)
            return _take_over(connection, asked, meter, home, now_utc)
    raise refused(verdict)


def refused(verdict: ClaimVerdict) -> ClaimError:
    """The error of a code that was not granted."""
    told = verdict.tries_left if verdict.outcome is Outcome.NO_PROOF else None
    return ClaimError(verdict.outcome.value, told)


def _dwelling_of(connection: Connection, letters: str) -> int | None:
    if not letters.strip():
        return None
    found = find_dwelling(connection, links.read_letters(letters))
    if found is None:
        raise ClaimError("dwelling_unknown")
    return found


def _take_over(
    connection: Connection,
    asked: ClaimRequest,
    meter: Meter,
    dwelling_id: int | None,
    now_utc: datetime,
) -> Claimed:
    start_utc = whole_half_hour(now_utc)
    hangs_in = moves.dwelling_of(connection, meter.meter_id, now_utc)
    home = dwelling_id or hangs_in or _home_without_building(connection, meter)
    try:
        occupancy_id = households.move_in(connection, home, start_utc)
        if hangs_in != home:
            meters.install(connection, meter.meter_id, home, start_utc)
    except RegistryError as error:
        raise ClaimError("dwelling_taken") from error
    for purpose, text in asked.agreed.items():
        consents.give_consent(connection, occupancy_id, now_utc, purpose, text)
    if asked.pin:
        pins.set_pin(connection, occupancy_id, asked.pin, now_utc)
    return Claimed(occupancy_id, links.make_letters(connection, occupancy_id, now_utc))


def _home_without_building(connection: Connection, meter: Meter) -> int:
    building_id = buildings.find_building(connection, meter.serial)
    if building_id is None:
        building_id = buildings.add_building(connection, meter.serial)
        return buildings.add_dwelling(connection, building_id, "", meter.serial)
    return buildings.only_dwelling(connection, building_id)
