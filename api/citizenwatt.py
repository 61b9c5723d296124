"""The read routes of the Citizen Watt API of 2014, so that its displays work again.

Each answers a GET with the household's token as Bearer or cookie, and a POST with it as `password`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Path, Request

from api.deps import Database, Now, Reader
from commonwatt.access import occupancy_of
from commonwatt.errors import AccessError
from commonwatt.model import Period
from commonwatt.reports.citizenwatt import energy_by_steps
from commonwatt.reports.household import load_live_power
from commonwatt.storage.links import find_viewer
from commonwatt.storage.pool import borrow

Answer = dict[str, Any]
Route = Callable[..., Answer]
Unit = Literal["watts", "kwatthours"]
Instant = Annotated[float, Path(ge=0, le=7_258_118_400, allow_inf_nan=False)]
"""Seconds since 1970, up to the year 2200."""

_TYPE = {"id": 1, "name": "Électricité"}
_SENSOR = {"id": 1, "name": "CitizenWatt", "type": _TYPE["name"], "type_id": _TYPE["id"]}


def _open_by_form(request: Request, password: Annotated[str, Form(max_length=200)]) -> None:
    with borrow(request.app.state.pool) as connection:
        request.state.viewer = find_viewer(connection, password)


reading = APIRouter(prefix="/api", tags=["citizenwatt2014"])
asking = APIRouter(prefix="/api", include_in_schema=False, dependencies=[Depends(_open_by_form)])


def _both(path: str) -> Callable[[Route], Route]:
    def register(route: Route) -> Route:
        reading.get(path)(route)
        asking.post(path)(route)
        return route

    return register


@_both("/time")
def server_time(viewer: Reader, now_utc: Now) -> Answer:
    """The server's clock, by which displays set theirs."""
    occupancy_of(viewer)
    return {"data": int(now_utc.timestamp())}


@_both("/types")
def types(viewer: Reader) -> Answer:
    """What can be measured."""
    occupancy_of(viewer)
    return {"data": [_TYPE]}


@_both("/sensors")
def sensors(viewer: Reader) -> Answer:
    """The household's one sensor: all its meters together."""
    occupancy_of(viewer)
    return {"data": [_SENSOR]}


@_both("/sensors/{sensor_id}")
def sensor(viewer: Reader, sensor_id: int) -> Answer:
    """The sensor of an id."""
    occupancy_of(viewer)
    return {"data": _SENSOR if sensor_id == _SENSOR["id"] else None}


@_both("/{sensor_id}/get/watts/by_id/-1")
def last_power(viewer: Reader, connection: Database, sensor_id: int) -> Answer:
    """The last power told."""
    _require_sensor(sensor_id)
    live = load_live_power(connection, viewer)
    told = {"value": live.power_w, "timestamp": int(live.at_utc.timestamp())} if live else None
    return {"data": told, "rate": None}


@_both("/{sensor_id}/get/{unit}/by_time/{start_s}/{end_s}")
def total(
    viewer: Reader,
    connection: Database,
    sensor_id: int,
    unit: Unit,
    start_s: Instant,
    end_s: Instant,
) -> Answer:
    """The energy between two instants; of power, its mean."""
    _require_sensor(sensor_id)
    period, whole_s = _period(start_s, end_s), max(1, math.ceil(end_s - start_s))
    [value] = _values(energy_by_steps(connection, viewer, period, whole_s), unit, whole_s)
    return {"data": {"value": value, "day_rate": None, "night_rate": None}, "rate": None}


@_both("/{sensor_id}/get/{unit}/by_time/{start_s}/{end_s}/{step_s}")
def steps(
    viewer: Reader,
    connection: Database,
    sensor_id: int,
    unit: Unit,
    start_s: Instant,
    end_s: Instant,
    step_s: Annotated[int, Path(ge=1, le=2**31)],
) -> Answer:
    """Mean power or energy of each step; null where nothing is known."""
    _require_sensor(sensor_id)
    found_wh = energy_by_steps(connection, viewer, _period(start_s, end_s), step_s)
    values = _values(found_wh, unit, step_s)
    return {"data": [None if value is None else {"value": value} for value in values]}


def _require_sensor(sensor_id: int) -> None:
    if sensor_id != _SENSOR["id"]:
        raise AccessError


def _period(start_s: float, end_s: float) -> Period:
    return Period(datetime.fromtimestamp(start_s, UTC), datetime.fromtimestamp(end_s, UTC))


def _values(found_wh: list[float | None], unit: Unit, step_s: int) -> list[float | None]:
    each = 1 / 1000 if unit == "kwatthours" else 3600 / step_s
    return [None if wh is None else round(wh * each, 6) for wh in found_wh]
