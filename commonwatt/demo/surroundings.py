"""What a demo building needs besides meters: weather, and what its homes pay."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.access import HouseholdMember
from commonwatt.core.similar import EnergySource
from commonwatt.core.tariff import Contract, Option
from commonwatt.demo.homes import Heating, outdoor_c
from commonwatt.model import ZONE
from commonwatt.storage.alerts import AlertKind, choose_alert
from commonwatt.storage.consents import Purpose, give_consent
from commonwatt.storage.contracts import enter_contract
from commonwatt.storage.similar_homes import HomeProfile, tell_profile
from commonwatt.storage.weather import choose_station, replace_days
from commonwatt.weather.days import DayKind, Station, StationDays

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

STATION = Station("tilleuls", "Résidence des Tilleuls (simulation)")
SUBSCRIBED_KVA = 6
SURFACE_M2 = 54.0
MUCH_A_DAY_KWH = 8.0

_DAY_S = 86_400
_QUARTERS_S = np.arange(450, _DAY_S, 900.0)


def simulate_weather(first: date, last: date) -> StationDays:
    """The days from the first to the last, of the temperatures that the demo's homes live in."""
    epoch = date(1970, 1, 1)
    day = np.arange((first - epoch).days, (last - epoch).days + 1)
    quarters_c = outdoor_c((day[:, None] * float(_DAY_S) + _QUARTERS_S).ravel())
    by_day_c = quarters_c.reshape(len(day), -1)
    return StationDays(
        station=STATION,
        kind=DayKind.LOCAL_DAY,
        day=day,
        mean_c=by_day_c.mean(axis=1),
        low_c=by_day_c.min(axis=1),
        high_c=by_day_c.max(axis=1),
        coverage=np.ones(len(day)),
    )


def give_weather(
    connection: Connection, building_id: int, start_utc: datetime, end_utc: datetime
) -> None:
    first, last = (at_utc.astimezone(ZoneInfo(ZONE)).date() for at_utc in (start_utc, end_utc))
    replace_days(connection, [simulate_weather(first, last)])
    choose_station(connection, building_id, STATION.key)


def give_contract(connection: Connection, occupancy_id: int, start_utc: datetime) -> None:
    """The most common contract: one price at any time."""
    first = start_utc.astimezone(ZoneInfo(ZONE)).date()
    contract = Contract(first, Option.BASE, SUBSCRIBED_KVA)
    enter_contract(connection, occupancy_id, contract, datetime.now(UTC))


def describe_home(
    connection: Connection, occupancy_id: int, heating: Heating, start_utc: datetime
) -> None:
    """A flat of two that agrees to be compared and wants to be told of a day of much energy."""
    member = HouseholdMember(occupancy_id)
    source = EnergySource.ELECTRICITY if heating is Heating.ELECTRIC else EnergySource.COLLECTIVE
    profile = HomeProfile(source, EnergySource.ELECTRICITY, SURFACE_M2, people=2)
    tell_profile(connection, member, profile, start_utc)
    give_consent(connection, occupancy_id, start_utc, Purpose.SIMILAR_HOMES)
    choose_alert(connection, member, AlertKind.DAY, MUCH_A_DAY_KWH, start_utc)
