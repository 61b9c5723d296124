"""Commands about where meters hang and who lives where."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from commonwatt.cli.addresses import database_url
from commonwatt.errors import RegistryError
from commonwatt.model import ZONE, whole_half_hour

app = typer.Typer()
move = typer.Typer(help="Note that a household left, or that a meter hangs elsewhere.")
correct = typer.Typer(help="Put a date right that was noted wrongly; the energy follows.")
app.add_typer(move, name="move")
app.add_typer(correct, name="correct")

_MINUTE = ["%Y-%m-%dT%H:%M"]
Serial = Annotated[str, typer.Argument(help="The meter's serial.")]
At = Annotated[
    datetime | None,
    typer.Option(
        "--at", formats=_MINUTE, help="Local time, counted in half-hours; now if it is not told."
    ),
]
Dwelling = Annotated[int, typer.Argument(help="The dwelling.")]


@move.command("out")
def move_out(
    occupancy_id: Annotated[int, typer.Argument(help="The household's occupancy.")],
    at_local: At = None,
) -> None:
    """End a household's stay; its data stay its own, and the next one starts empty."""
    from commonwatt.storage import households
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection:
        households.move_out(connection, occupancy_id, _utc(at_local))
    print(f"household {occupancy_id} has moved out")


@move.command("meter")
def move_meter(serial: Serial, dwelling_id: Dwelling, at_local: At = None) -> None:
    """Hang a meter in another dwelling."""
    from commonwatt.storage import moves
    from commonwatt.storage.meters import registered_meter
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection:
        meter = registered_meter(connection, serial)
        moves.move_meter(connection, meter.meter_id, dwelling_id, _utc(at_local))
    print(f"{serial} hangs in dwelling {dwelling_id} now")


@move.command("swap")
def swap_meter(dwelling_id: Dwelling, serial: Serial, at_local: At = None) -> None:
    """Hang another meter in the place of the one that hangs in a dwelling."""
    from commonwatt.storage import moves
    from commonwatt.storage.meters import registered_meter
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection:
        meter = registered_meter(connection, serial)
        moves.swap_meter(connection, dwelling_id, meter.meter_id, _utc(at_local))
    print(f"{serial} hangs in dwelling {dwelling_id} now")


@correct.command("stay")
def correct_stay(
    occupancy_id: Annotated[int, typer.Argument(help="The household's occupancy.")],
    start_local: Annotated[
        datetime, typer.Argument(metavar="START", formats=_MINUTE, help="When it really began.")
    ],
    end_local: Annotated[
        datetime | None,
        typer.Argument(metavar="END", formats=_MINUTE, help="When it really ended, if it did."),
    ] = None,
) -> None:
    """Say when a household really lived where it lived; the energy follows."""
    from commonwatt.storage import moves
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection:
        end_utc = _utc(end_local) if end_local else None
        moves.correct_occupancy(connection, occupancy_id, _utc(start_local), end_utc)
    print(f"household {occupancy_id} is corrected")


@correct.command("installation")
def correct_installation(
    serial: Serial,
    believed_local: Annotated[
        datetime,
        typer.Argument(metavar="BELIEVED", formats=_MINUTE, help="When it was said to begin."),
    ],
    start_local: Annotated[
        datetime, typer.Argument(metavar="START", formats=_MINUTE, help="When it really began.")
    ],
    end_local: Annotated[
        datetime | None,
        typer.Argument(metavar="END", formats=_MINUTE, help="When it really ended, if it did."),
    ] = None,
) -> None:
    """Say when a meter really hung where it was said to hang; the energy follows."""
    from commonwatt.storage import moves
    from commonwatt.storage.meters import registered_meter
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection:
        meter = registered_meter(connection, serial)
        ends = (_utc(start_local), _utc(end_local) if end_local else None)
        moves.correct_installation(connection, meter.meter_id, _utc(believed_local), *ends)
    print(f"{serial} is corrected")


@app.command()
def letters(
    building: Annotated[str, typer.Argument(help="The building's name.")],
) -> None:
    """Print new letters for each dwelling of a building as CSV; who claims a meter says with them where it hangs."""
    from commonwatt.storage.dwelling_letters import hand_letters
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection:
        handed = hand_letters(connection, building, datetime.now(UTC))
    if not handed:
        raise RegistryError(f"there is no dwelling in a building {building}")
    table = csv.writer(sys.stdout)
    table.writerow(("building", "stairwell", "dwelling", "letters"))
    table.writerows((each.building, each.stairwell, each.dwelling, code) for each, code in handed)


def _utc(at_local: datetime | None) -> datetime:
    """The start of the half-hour that a local time lies in."""
    if at_local is None:
        return whole_half_hour(datetime.now(UTC))
    return whole_half_hour(at_local.replace(tzinfo=ZoneInfo(ZONE)))
