"""The demo's buildings: simulated homes, their history, and a link for each audience."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.progress import Progress

from commonwatt import rollups
from commonwatt.access import Audience, Landlord
from commonwatt.building_savings import refresh_savings
from commonwatt.comparing import compare_due
from commonwatt.demo.homes import COARSE_STEP_S, FINE_STEP_S, demo_building, simulate_history
from commonwatt.demo.live import LiveMeter, LogPosition
from commonwatt.demo.registration import RegisteredHome, register_home
from commonwatt.demo.state import write_private
from commonwatt.demo.surroundings import describe_home, give_contract, give_weather
from commonwatt.demo.workshop import make_workshop
from commonwatt.errors import RegistryError, SetupError
from commonwatt.model import ZONE
from commonwatt.registry.serials import derived_serial
from commonwatt.releases import release_due
from commonwatt.storage import buildings, consents, meters, readings
from commonwatt.storage.accounts import give_building, put_landlord
from commonwatt.storage.actions import Action, ActionKind, add_action
from commonwatt.storage.links import make_link
from commonwatt.storage.open_buildings import switch_building
from commonwatt.storage.pool import database_errors
from commonwatt.storage.rollups import count_dirty
from commonwatt.watching import watch
from ingest.history import import_recording

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from commonwatt.demo.homes import DemoHome
    from commonwatt.recordings.recording import Recording
    from commonwatt.storage.pool import Connection

LANDLORD = "Habitat des Érables"
NAME = "Résidence des Tilleuls"
WAITING_NAME = "Résidence des Acacias"
"""Where nothing was done: what the first building saved is told beside it."""

HOMES = 24
WAITING_HOMES = 18
WAITING_SEED = 2
"""Homes that were like those of the first building in the year before: of every draw of homes that is not so."""
HISTORY_DAYS = 530
"""A year before the displays, four whole months since, and the months that are cut into."""
MONTHS_OF_DISPLAYS = 4
FINE_DAYS = 2
"""The last days of the history are in minutes, the others in half-hours."""

SILENT_HOMES = 4
"""How many households keep their consent for themselves: a building where all agree is rare."""

_FILE = "building.json"
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class DemoMeter:
    """A simulated meter: which home it measures and how it proves who it is."""

    serial: str
    secret: str
    home_seed: int
    thrift_from_s: int | None = None


@dataclass(frozen=True, slots=True)
class DemoBuilding:
    """What the demo remembers from one start to the next."""

    meters: tuple[DemoMeter, ...]
    links: dict[str, str]


def find_building(folder: Path) -> DemoBuilding | None:
    """The building made at an earlier start."""
    try:
        kept = json.loads((folder / _FILE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return DemoBuilding(tuple(DemoMeter(**meter) for meter in kept["meters"]), kept["links"])


def make_building(connection: Connection, folder: Path, console: Console) -> DemoBuilding:
    """Register the homes and write seventeen months of history, as if they had been measured.

    All of it or nothing: a demo that was killed while it was made is made anew.
    """
    if buildings.find_building(connection, NAME) is not None:
        raise SetupError("the demo's data are incomplete: run `make demo-reset`")
    now_utc = datetime.now(UTC)
    shown_from = displays_since(now_utc)
    homes = demo_building(HOMES, 0, _begin_s(shown_from))
    others = demo_building(WAITING_HOMES, WAITING_SEED)
    with Progress(console=console) as bars, database_errors(), connection.transaction():
        landlord_id = put_landlord(connection, LANDLORD)
        building_id, moved_in = _fill(connection, NAME, landlord_id, homes, bars)
        _, moved_beside = _fill(connection, WAITING_NAME, landlord_id, others, bars)
        displays = Action(ActionKind.DISPLAY, shown_from, shown_from, "")
        add_action(connection, Landlord(building_id), displays)
        _refresh(connection, bars)
        _decide(connection, datetime.now(UTC))
        switch_building(
            connection, Landlord(building_id), building_id, is_open=True, now_utc=now_utc
        )
        bench = make_workshop(connection, now_utc)
    moved = zip(moved_in + moved_beside, homes + others, strict=True)
    building = DemoBuilding(
        meters=tuple(_meter_of(one, home) for one, home in moved),
        links=_make_links(connection, moved_in[-1], building_id) | bench,
    )
    write_private(folder / _FILE, json.dumps(asdict(building)))
    return building


def displays_since(now_utc: datetime) -> date:
    """The first of the fourth month back: since then the homes of one building see what they use."""
    month = now_utc.date().replace(day=1)
    for _ in range(MONTHS_OF_DISPLAYS):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def _begin_s(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE)).timestamp())


def _meter_of(moved: RegisteredHome, home: DemoHome) -> DemoMeter:
    return DemoMeter(moved.meter.serial, moved.secret, home.seed, home.thrift_from_s)


def _fill(
    connection: Connection, name: str, landlord_id: int, homes: list[DemoHome], bars: Progress
) -> tuple[int, list[RegisteredHome]]:
    building_id = buildings.add_building(connection, name)
    give_building(connection, building_id, landlord_id)
    return building_id, _move_all_in(connection, building_id, name, homes, bars)


def _decide(connection: Connection, now_utc: datetime) -> None:
    """What the service decides each day."""
    release_due(connection, now_utc)
    refresh_savings(connection, now_utc)
    compare_due(connection, now_utc)
    watch(connection, now_utc)


def _move_all_in(
    connection: Connection, building_id: int, name: str, homes: list[DemoHome], bars: Progress
) -> list[RegisteredHome]:
    now_s = int(time.time())
    start_utc = datetime.fromtimestamp(now_s - HISTORY_DAYS * _DAY_S, UTC)
    give_weather(connection, building_id, start_utc, datetime.fromtimestamp(now_s, UTC))
    bar = bars.add_task(f"{name}: {len(homes)} homes, 17 months", total=len(homes))
    moved_in: list[RegisteredHome] = []
    for number, home in enumerate(homes):
        moved = _move_in(connection, building_id, home, start_utc)
        give_contract(connection, moved.occupancy_id, start_utc)
        describe_home(connection, moved.occupancy_id, home.heating, start_utc)
        if number >= SILENT_HOMES:
            consents.give_consent(connection, moved.occupancy_id, start_utc)
        import_recording(connection, moved.meter, _history(home, now_s), now_s)
        moved_in.append(moved)
        bars.advance(bar)
    return moved_in


def live_meters(connection: Connection, building: DemoBuilding) -> list[LiveMeter]:
    """The meters, each where the database last heard of its log, after a power cut."""
    return [
        LiveMeter(
            meter.serial,
            meter.secret,
            meter.home_seed,
            _position(connection, meter.serial),
            meter.thrift_from_s,
        )
        for meter in building.meters
    ]


def _position(connection: Connection, serial: str) -> LogPosition:
    meter = meters.find_meter(connection, serial)
    if meter is None:
        raise RegistryError(f"the demo's meter {serial} is gone: run `make demo-reset`")
    last = readings.load_series(connection, meter.meter_id, time.time(), time.time(), neighbours=1)
    return LogPosition(
        log=int(last.log[-1]),
        boot=int(last.boot[-1]),
        n=int(last.n[-1]),
        end_s=int(last.end_s[-1]),
        register_wh=float(last.register_wh[-1]),
        booted_s=0,
    ).rebooted()


def _history(home: DemoHome, now_s: int) -> Recording:
    end_s = now_s - now_s % FINE_STEP_S
    fine_from_s = (end_s - FINE_DAYS * _DAY_S) // COARSE_STEP_S * COARSE_STEP_S
    start_s = fine_from_s - (HISTORY_DAYS - FINE_DAYS) * _DAY_S
    return simulate_history(home, start_s, fine_from_s, end_s)


def _move_in(
    connection: Connection, building_id: int, home: DemoHome, start_utc: datetime
) -> RegisteredHome:
    return register_home(
        connection,
        building_id,
        stairwell=home.stairwell,
        label=home.flat,
        serial=derived_serial("demo", home.seed),
        start_utc=start_utc,
        backlog_days=None,
    )


def _refresh(connection: Connection, bars: Progress) -> None:
    waiting = count_dirty(connection)
    bar = bars.add_task("adding up half-hours and days", total=waiting)
    while taken := rollups.refresh(connection):
        bars.advance(bar, taken)


def _make_links(connection: Connection, home: RegisteredHome, building_id: int) -> dict[str, str]:
    now_utc = datetime.now(UTC)
    subjects = {
        Audience.MAKER: home.meter.meter_id,
        Audience.HOUSEHOLD: home.occupancy_id,
        Audience.LANDLORD: building_id,
        Audience.OPERATOR: 0,
    }
    return {
        audience.value: make_link(connection, audience, subject, now_utc)
        for audience, subject in subjects.items()
    }
