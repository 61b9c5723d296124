"""Commands about meters: their secrets, what the broker knows of them, the languages they speak."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commonwatt.cli.addresses import database_url, settings
from commonwatt.errors import RegistryError

app = typer.Typer()

Serial = Annotated[str, typer.Argument(help="The meter's serial.")]


class SecretAct(StrEnum):
    """What can be done with a meter's secret."""

    RENEW = "renew"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"


@app.command()
def credentials(
    folder: Annotated[Path, typer.Argument(help="Where mosquitto reads its passwords and ACL.")],
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and write again whatever changes.")
    ] = False,
    pid_file: Annotated[
        Path | None, typer.Option(help="Where the broker wrote its number: it is told to reload.")
    ] = None,
) -> None:
    """Write the broker's password and ACL files from the database."""
    import signal
    import threading

    from commonwatt.servers.broker import reload_by_pid_file
    from commonwatt.storage.pool import connect
    from ingest.keeper import CredentialKeeper

    def reload_broker() -> None:
        if pid_file:
            reload_by_pid_file(pid_file)

    keeper = CredentialKeeper(folder, settings().broker_password, reload_broker)
    if watch:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        keeper.watch(database_url(), stopping)
        return
    with connect(database_url()) as connection:
        count = keeper.keep(connection)
    told = "" if pid_file else "; reload the broker (SIGHUP) to make it so"
    print(f"{count} meters may speak{told}")


@app.command()
def secret(
    act: Annotated[SecretAct, typer.Argument(help="What to do with it.")],
    serial: Serial,
    *,
    reason: Annotated[str, typer.Option(help="Why, for who looks later.")] = "by hand",
) -> None:
    """Give a meter a secret, which is shown this once, or let its secret open nothing."""
    from commonwatt.servers.credentials import new_secret
    from commonwatt.storage import credentials
    from commonwatt.storage.meters import registered_meter
    from commonwatt.storage.pool import connect

    now_utc = datetime.now(UTC)
    with connect(database_url()) as connection:
        meter = registered_meter(connection, serial)
        match act:
            case SecretAct.RENEW:
                fresh = new_secret()
                credentials.set_secret(connection, meter.meter_id, fresh, now_utc)
                print(f"{meter.serial} {fresh}")
            case SecretAct.SUSPEND:
                credentials.suspend(connection, meter.meter_id, reason, now_utc)
            case SecretAct.RESUME:
                credentials.resume(connection, meter.meter_id, now_utc)
            case SecretAct.REVOKE:
                credentials.revoke(connection, meter.meter_id, reason, now_utc)
        standing = credentials.find_credential(connection, meter.meter_id)
    if standing:
        print(
            f"{meter.serial}: {standing.state} since {standing.changed_utc:%Y-%m-%d %H:%M:%S} UTC"
        )


@app.command()
def mount(
    serial: Serial,
    language: Annotated[str, typer.Argument(help="What it speaks, such as shelly_gen2.")],
    prefix: Annotated[str, typer.Argument(help="The topics below this are the meter's.")],
) -> None:
    """Give a meter that speaks another language its place among the topics."""
    from commonwatt.storage.meters import registered_meter
    from commonwatt.storage.mounts import add_mount
    from commonwatt.storage.pool import connect
    from ingest.adapters import LANGUAGES

    if language not in LANGUAGES:
        raise RegistryError(f"{language!r} is none of {', '.join(sorted(LANGUAGES))}")
    with connect(database_url()) as connection:
        meter = registered_meter(connection, serial)
        add_mount(connection, meter.meter_id, prefix, language)
    print(f"{prefix}/# is {serial}'s")


@app.command()
def announce(
    occupancy_id: Annotated[int, typer.Argument(help="The household's occupancy.")],
    *,
    off: Annotated[bool, typer.Option("--off", help="Announce its values no more.")] = False,
) -> None:
    """Let a household's own Home Assistant hear its power and energy; the name and secret are shown this once."""
    from commonwatt.access import HouseholdMember
    from commonwatt.storage.announcements import begin_announcing, end_announcing
    from commonwatt.storage.pool import connect

    viewer, now_utc = HouseholdMember(occupancy_id), datetime.now(UTC)
    with connect(database_url()) as connection:
        if off:
            end_announcing(connection, viewer, now_utc)
            print(f"household {occupancy_id} is announced no more")
            return
        listener = begin_announcing(connection, viewer, now_utc)
    print(f"user name {listener.name}\npassword {listener.secret}")
