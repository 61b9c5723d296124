"""Breaks the running service again and again under load, and says what it cost."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from commonwatt.demo.registration import register_home
from commonwatt.errors import ServerStartError
from commonwatt.faults.crash_points import Point
from commonwatt.faults.disk import clear, fill, small_disk
from commonwatt.faults.flaky import FlakyMeter, Load
from commonwatt.faults.invariants import Violation, check
from commonwatt.faults.kinds import Kind
from commonwatt.faults.plant import Plant
from commonwatt.faults.wire import Wire
from commonwatt.registry.serials import derived_serial
from commonwatt.servers.accounts import make_open_folder
from commonwatt.storage import buildings
from commonwatt.storage.pool import connect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from commonwatt.demo.outbox import Tally

METERS = 8
PAUSE_S = 0.03
BACK_DAYS = 400
GAP_S = (0.3, 1.5)
FROZEN_S = (1.0, 6.0)
DOWN_S = (1.0, 6.0)
FULL_S = (2.0, 6.0)
HEAL_WITHIN_S = 180.0
SERVERS = ("ingest", "postgres", "broker")
_LOOK_AGAIN_S = 0.02


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a campaign did, and what it found."""

    kind: Kind
    seed: int
    faults: Counter[str]
    tally: Tally
    stored: int
    put_aside: int
    violations: tuple[Violation, ...]
    all_receipted: bool
    load_s: float
    heal_s: float
    most_ingest_mb: float

    @property
    def is_clean(self) -> bool:
        return self.all_receipted and not self.violations


@dataclass(frozen=True, slots=True)
class _Site:
    """The plant, and the wires from meters and from ingest to its broker, where there are some."""

    plant: Plant
    wires: tuple[Wire, ...]

    @property
    def way_of_meters(self) -> tuple[str, int]:
        host, port = self.plant.address
        return host, self.wires[0].port if self.wires else port


def run_campaign(kind: Kind, seed: int, count: int, programs: Path | None = None) -> Outcome:
    """Start the service on free ports, load it, break it `count` times, let it heal, and check."""
    with ExitStack() as stack:
        folder = make_open_folder("commonwatt-faults-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if kind is Kind.DISK:
            stack.enter_context(small_disk(folder))
        plant = Plant(folder, programs)
        wires: tuple[Wire, ...] = ()
        if kind is Kind.NETWORK:
            wires = tuple(stack.enter_context(Wire(plant.broker.port)) for _ in range(2))
            plant.let_ingest_speak_through(wires[1].port)
        stack.enter_context(plant)
        return _run(_Site(plant, wires), kind, Random(f"{seed}/faults"), seed, count)


def _run(site: _Site, kind: Kind, random: Random, seed: int, count: int) -> Outcome:
    plant = site.plant
    load = Load(_register(plant, seed), site.way_of_meters, PAUSE_S)
    load.start()
    started_s, faults, most_mb = time.monotonic(), Counter[str](), 0.0
    for number in range(count):
        _await_progress(load, kind)
        time.sleep(1.0 if kind is Kind.OUTAGE else random.uniform(*GAP_S))
        faults[_break(site, kind, random, number)] += 1
        most_mb = max(most_mb, plant.memory_mb("ingest"))
    plant.release("postgres")
    stopped_s = time.monotonic()
    done = load.finish(HEAL_WITHIN_S)
    heal_s = time.monotonic() - stopped_s
    while not all(plant.is_running(name) for name in SERVERS):
        time.sleep(_LOOK_AGAIN_S)
    with connect(plant.postgres.url) as connection:
        violations = check(connection, load.meters)
    return Outcome(
        kind=kind,
        seed=seed,
        faults=faults,
        tally=load.tally,
        stored=sum(len(meter.truth) for meter in load.meters),
        put_aside=sum(meter.refused for meter in load.meters),
        violations=violations,
        all_receipted=done,
        load_s=stopped_s - started_s,
        heal_s=heal_s,
        most_ingest_mb=most_mb,
    )


def _await_progress(load: Load, kind: Kind) -> None:
    """Wait until the service is at work again: what is idle loses nothing when it is killed."""
    receipted, deadline_s = load.tally.receipted, time.monotonic() + HEAL_WITHIN_S
    while kind is not Kind.OUTAGE and load.tally.receipted == receipted:
        if time.monotonic() > deadline_s:
            raise ServerStartError(f"nothing was receipted for {HEAL_WITHIN_S:.0f} s")
        time.sleep(_LOOK_AGAIN_S)


def _register(plant: Plant, seed: int) -> list[FlakyMeter]:
    start_utc = datetime.now(UTC).replace(microsecond=0) - timedelta(days=BACK_DAYS)
    meters = []
    with connect(plant.postgres.url) as connection:
        building = buildings.add_building(connection, "Faults")
        for number in range(METERS):
            home = register_home(
                connection,
                building,
                stairwell="A",
                label=str(number),
                serial=derived_serial("faults", seed, number),
                start_utc=start_utc,
                backlog_days=None,
            )
            random = Random(f"{seed}/{number}")
            meters.append(FlakyMeter(home, random, int(start_utc.timestamp())))
    return meters


def _break(site: _Site, kind: Kind, random: Random, number: int) -> str:  # noqa: PLR0911 - one a kind
    """Break what is whole; return the name of what was broken."""
    plant = site.plant
    match kind:
        case Kind.NETWORK:
            return _disturb(site.wires, random)
        case Kind.DISK:
            return _fill_disk(plant, random)
        case Kind.OUTAGE:
            plant.hold("postgres")
            return "seconds without postgres"
        case Kind.POINTS:
            return _crash(plant, tuple(Point)[number % len(Point)])
        case Kind.HUNG:
            return _hang(plant, random)
        case Kind.COMBO:
            return _combine(plant, random)
        case _:
            return _kill(plant, kind, random)


def _kill(plant: Plant, kind: Kind, random: Random) -> str:
    victim = random.choice(SERVERS) if kind is Kind.MIXED else kind.value
    while not plant.is_running(victim):
        time.sleep(_LOOK_AGAIN_S)
    plant.kill(victim)
    return victim


def _combine(plant: Plant, random: Random) -> str:
    plant.hold("postgres")
    time.sleep(random.uniform(*DOWN_S))
    plant.kill("broker")
    time.sleep(random.uniform(*GAP_S))
    plant.release("postgres")
    return "postgres, then broker"


def _fill_disk(plant: Plant, random: Random) -> str:
    fill(plant.folder)
    time.sleep(random.uniform(*FULL_S))
    clear(plant.folder)
    return "disk"


def _crash(plant: Plant, point: Point) -> str:
    """Wait until ingest has died at the point and runs again, without it."""
    plant.crash_at(point)
    doomed, deadline_s = plant.pid("ingest"), time.monotonic() + HEAL_WITHIN_S
    while plant.pid("ingest") == doomed:
        if time.monotonic() > deadline_s:
            raise ServerStartError(f"ingest never came to the point {point.value}")
        time.sleep(_LOOK_AGAIN_S)
    return point.value


def _disturb(wires: Sequence[Wire], random: Random) -> str:
    """Cut a line or hold it, that of the meters or that of ingest, and mend it later."""
    victim = random.randrange(len(wires))
    is_cut = random.random() < 0.5
    if is_cut:
        wires[victim].cut()
    else:
        wires[victim].hold()
    time.sleep(random.uniform(*DOWN_S))
    wires[victim].mend()
    return f"{('meters', 'ingest')[victim]} {'cut' if is_cut else 'held'}"


def _hang(plant: Plant, random: Random) -> str:
    plant.freeze("ingest")
    time.sleep(random.uniform(*FROZEN_S))
    plant.freeze("ingest", thaw=True)
    return "ingest"
