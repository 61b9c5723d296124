"""The meter's own firmware in processes, before the real broker and service, killed again and again."""

from __future__ import annotations

import importlib
import io
import json
import shutil
import struct
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Any

from commonwatt import rollups
from commonwatt.errors import ServerStartError
from commonwatt.faults.plant import Plant
from commonwatt.faults.rogues import await_listening, register_homes
from commonwatt.servers.accounts import make_open_folder
from commonwatt.servers.processes import Child, default_guard
from commonwatt.storage import ledger
from commonwatt.storage.pool import connect

if TYPE_CHECKING:
    from pathlib import Path

    from commonwatt.demo.registration import RegisteredHome
    from commonwatt.storage.pool import Connection

METERS = 6
CAPACITY = 4096
HEAL_WITHIN_S = 120.0
GAP_S = (0.3, 1.2)
OFF_S = (0.0, 0.4)
_LIFE_SLOT_BYTES = 64
_LOOK_AGAIN_S = 0.05
_SETTLING_INTERVAL_S = 3600


@dataclass(frozen=True, slots=True)
class Flash:
    """What a meter's flash says of its log: its name, the last record, and the last one receipted."""

    log: int
    receipted: int
    newest: int


class FirmwareMeter:
    """A process that runs the firmware, and the files that are its flash."""

    def __init__(self, firmware: Path, home: RegisteredHome, seed: int, folder: Path) -> None:
        if str(firmware) not in sys.path:
            sys.path.insert(0, str(firmware))
        self.home = home
        self.folder = folder
        self._program = firmware / "main_host.py"
        self._seed = seed
        self._child: Child | None = None

    def provision(self, address: tuple[str, int], **changes: object) -> None:
        """Write down what the process is given when it starts first."""
        host, port = address
        given = {"serial": self.home.meter.serial, "secret": self.home.secret}
        settings = {**given, "host": host, "port": port, "ca": "", **changes}
        self.folder.mkdir(exist_ok=True)
        self._settings.write_text(json.dumps(settings), "utf-8")

    def start(self, *more: str, interval_s: int = 1, capacity: int = CAPACITY) -> None:
        """Switch it on; it waits two seconds at most where a meter in a home may wait ten minutes."""
        numbers = {"seed": self._seed, "interval-s": interval_s, "capacity": capacity}
        options = [f"--{name}={value}" for name, value in numbers.items()]
        command = [sys.executable, str(self._program), str(self.folder / "flash"), *options]
        command += ["--longest-wait-s=2", f"--settings={self._settings}", *more]
        self._child = Child.start(command, log=self.folder / "light.log", guard=default_guard())

    def kill(self) -> None:
        if self._child:
            self._child.kill()
            self._child = None

    def lights(self) -> str:
        """Say every fault its light has shown since it was first switched on."""
        return (self.folder / "light.log").read_text("utf-8")

    def flash(self, capacity: int = CAPACITY) -> Flash:
        """Read the files as they are now, by the firmware's own reader."""
        slots = importlib.import_module("meter.slots")
        ringlog = importlib.import_module("meter.ringlog")
        folder = self.folder / "flash"
        life = io.BytesIO((folder / "life").read_bytes())
        log, _, _ = struct.unpack("<III", slots.Slots(life, _LIFE_SLOT_BYTES, None).read())
        ring: Any = ringlog.RingLog(io.BytesIO((folder / "log").read_bytes()), capacity, log, None)
        return Flash(log, ring.receipted, ring.newest)

    def generated_mwh(self, records: int) -> list[int]:
        """Work the register after each record out from the seed alone; the first is of record 1."""
        flashes_in = importlib.import_module("hal_host").flashes_in
        counts = (flashes_in(self._seed, n) * 1000 for n in range(1, records + 1))
        return list(accumulate(counts))

    def await_receipts(self, within_s: float = HEAL_WITHIN_S, capacity: int = CAPACITY) -> bool:
        """Wait until all that the flash holds is receipted."""
        deadline_s = time.monotonic() + within_s
        while time.monotonic() < deadline_s:
            with suppress(OSError, TypeError):  # not begun yet
                flash = self.flash(capacity)
                if 0 < flash.newest == flash.receipted:
                    return True
            time.sleep(_LOOK_AGAIN_S)
        return False

    @property
    def _settings(self) -> Path:
        return self.folder / "settings.json"


@dataclass(frozen=True, slots=True)
class FirmwareOutcome:
    """What was killed, and what is in the database beside what was generated."""

    kills: Counter[str]
    records: int
    missing: int
    doubled: int
    wrong: int
    refused: int
    generated_wh: float
    stored_wh: float
    all_receipted: bool

    @property
    def is_clean(self) -> bool:
        is_exact = abs(self.stored_wh - self.generated_wh) < 0.001
        breaches = self.missing + self.doubled + self.wrong + self.refused
        return self.all_receipted and is_exact and not breaches


def run_firmware(firmware: Path, seed: int, kills: Counter[str]) -> FirmwareOutcome:
    """Let meters live on a plant of their own, kill what was asked for in any order, and count."""
    with ExitStack() as stack:
        folder = make_open_folder("commonwatt-firmware-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        plant = stack.enter_context(Plant(folder))
        meters = start_meters(plant, firmware, METERS, seed)
        for meter in meters:
            stack.callback(meter.kill)
        await_listening(plant)
        order = sorted(kills.elements())
        random = Random(f"{seed}/firmware")
        random.shuffle(order)
        for victim in order:
            time.sleep(random.uniform(*GAP_S))
            _kill(plant, meters, victim, random)
        return _count(plant, meters, kills)


def start_meters(plant: Plant, firmware: Path, count: int, seed: int) -> list[FirmwareMeter]:
    """Register meters and switch them on."""
    homes = register_homes(plant, f"firmware {seed}", count)
    meters = [
        FirmwareMeter(firmware, home, seed * 1000 + number, plant.folder / f"meter-{number}")
        for number, home in enumerate(homes)
    ]
    for meter in meters:
        meter.provision(plant.address)
        meter.start()
    return meters


def _kill(plant: Plant, meters: list[FirmwareMeter], victim: str, random: Random) -> None:
    if victim == "firmware":
        meter = random.choice(meters)
        meter.kill()
        time.sleep(random.uniform(*OFF_S))
        meter.start()
        return
    deadline_s = time.monotonic() + HEAL_WITHIN_S
    while not plant.is_running(victim):
        if time.monotonic() > deadline_s:
            raise ServerStartError(f"{victim} did not come back")
        time.sleep(_LOOK_AGAIN_S)
    plant.kill(victim)


def _count(plant: Plant, meters: list[FirmwareMeter], kills: Counter[str]) -> FirmwareOutcome:
    """Let the meters record no more but say all they hold; hold the database against the seeds."""
    for meter in meters:
        meter.kill()
        meter.start(interval_s=_SETTLING_INTERVAL_S)
    done = all(meter.await_receipts() for meter in meters)
    found: Counter[str] = Counter()
    with connect(plant.postgres.url) as connection:
        rollups.settle(connection)
        for meter in meters:
            found.update(compare(connection, meter))
    return FirmwareOutcome(
        kills,
        found["records"],
        found["missing"],
        found["doubled"],
        found["wrong"],
        found["refused"],
        found["generated_mwh"] / 1000,
        found["stored_mwh"] / 1000,
        done,
    )


def compare(connection: Connection, meter: FirmwareMeter) -> Counter[str]:
    """Hold a meter's rows against what its flash recorded and its seed generated."""
    flash, meter_id = meter.flash(), meter.home.meter.meter_id
    generated = meter.generated_mwh(flash.newest)
    truth = {(flash.log, n): generated[n - 1] for n in range(1, flash.newest + 1)}
    rows = ledger.stored_records(connection, meter_id)
    keys = Counter((row.log, row.n) for row in rows)
    right = sum(
        truth.get((row.log, row.n)) == round((row.register_wh or 0.0) * 1000) for row in rows
    )
    return Counter(
        records=flash.newest,
        missing=len(truth.keys() - keys.keys()),
        doubled=len(rows) - len(keys),
        wrong=len(rows) - right,
        refused=sum(ledger.refusals(connection, meter_id).values()),
        generated_mwh=generated[-1],
        stored_mwh=round(energy_wh(connection, meter_id) * 1000),
    )


def energy_wh(connection: Connection, meter_id: int) -> float:
    """Add a meter's half-hours up: what was measured, and what the register tells of gaps."""
    half_hours = ledger.half_hours(connection, meter_id)
    return sum(
        (register_wh or 0.0) + (estimated_wh or 0.0)
        for _, register_wh, _, estimated_wh, _ in half_hours
    )
