"""Recordings brought in for study: each home of a file gets a dwelling, a meter and a link."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from commonwatt import rollups
from commonwatt.access import Audience
from commonwatt.demo.outbox import BackOff
from commonwatt.demo.publisher import MeterClient, replay
from commonwatt.demo.registration import RegisteredHome, register_home, renew_secret
from commonwatt.errors import RegistryError
from commonwatt.recordings.formats import read_recording
from commonwatt.registry.serials import derived_serial
from commonwatt.storage import buildings, households, meters
from commonwatt.storage.links import make_link
from commonwatt.storage.migrate import require_current
from commonwatt.storage.pool import connect
from ingest.history import import_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from commonwatt.recordings.recording import Recording
    from commonwatt.storage.pool import Connection

STUDY_START_UTC = datetime(2000, 1, 1, tzinfo=UTC)
WINDOW = 64
"""How many messages a replay has under way; a real meter has one."""

_RESEND = BackOff(2, 20)
_RECONNECT = BackOff(0.2, 2)


@dataclass(frozen=True, slots=True)
class StudiedHome:
    """A home of a file, how many of its records are stored, and the token of its link."""

    label: str
    records: int
    occupancy_id: int
    token: str


def replay_file(
    file: Path,
    *,
    database_url: str,
    broker: tuple[str, int],
    building: str,
    p_max_w: int,
    speed: float | None = None,
) -> list[StudiedHome]:
    """Publish every home of a file through the broker, and return when all is receipted."""
    recordings = read_recording(file)
    with connect(database_url) as connection:
        require_current(connection)
        homes = [_enrol(connection, building, r.meter_key, p_max_w) for r in recordings]
        with ExitStack() as stack, _progress("replayed", recordings) as advance_to:
            clients = [stack.enter_context(_client(home, broker)) for home in homes]
            replay(recordings, clients, speed=speed, progress=advance_to)
        return [_studied(connection, *pair) for pair in zip(recordings, homes, strict=True)]


def import_file(file: Path, *, database_url: str, building: str, p_max_w: int) -> list[StudiedHome]:
    """Write every home of a file, and return when its rollups are up to date."""
    recordings = read_recording(file)
    with connect(database_url) as connection:
        require_current(connection)
        homes = [_enrol(connection, building, r.meter_key, p_max_w) for r in recordings]
        with _progress("imported", recordings) as advance_to:
            done = 0
            for recording, home in zip(recordings, homes, strict=True):
                before = done

                def advance(count: int) -> None:
                    nonlocal done
                    done += count
                    advance_to(done, 0)

                import_recording(connection, home.meter, recording, time.time(), advance)
                done = before + recording.end_s.size
        while rollups.refresh(connection):
            pass
        return [_studied(connection, *pair) for pair in zip(recordings, homes, strict=True)]


def _client(home: RegisteredHome, broker: tuple[str, int]) -> MeterClient:
    return MeterClient(
        home.meter.serial,
        home.secret,
        *broker,
        window=WINDOW,
        resend=_RESEND,
        reconnect=_RECONNECT,
    )


def _enrol(connection: Connection, building: str, key: str, p_max_w: int) -> RegisteredHome:
    """Register a recorded home, or find it again and give its meter a new secret."""
    serial = derived_serial("study", building, key)
    meter = meters.find_meter(connection, serial)
    if meter is None:
        building_id = buildings.find_building(connection, building)
        return register_home(
            connection,
            building_id or buildings.add_building(connection, building),
            stairwell="",
            label=key[:40],
            serial=serial,
            start_utc=STUDY_START_UTC,
            backlog_days=None,
            p_max_w=p_max_w,
        )
    occupancy_id = households.occupancy_at(connection, meter.meter_id, datetime.now(UTC))
    if occupancy_id is None:
        raise RegistryError(f"meter {serial} of {key} measures nobody")
    return RegisteredHome(occupancy_id, meter, renew_secret(connection, meter))


def _studied(connection: Connection, recording: Recording, home: RegisteredHome) -> StudiedHome:
    token = make_link(connection, Audience.HOUSEHOLD, home.occupancy_id, datetime.now(UTC))
    return StudiedHome(recording.meter_key, recording.end_s.size, home.occupancy_id, token)


@contextmanager
def _progress(verb: str, recordings: list[Recording]) -> Iterator[Callable[[int, int], None]]:
    total = sum(recording.end_s.size for recording in recordings)
    columns = (
        TextColumn(f"records {verb}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as bars:
        bar = bars.add_task(verb, total=total)
        yield lambda done, _: bars.update(bar, completed=done)
