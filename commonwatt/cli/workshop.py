"""The commands of workshops: open one, and look after the meters that came out of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commonwatt.cli.addresses import database_url, web_url
from commonwatt.cli.closed_files import write_closed

_DAY = ["%Y-%m-%d"]

app = typer.Typer()
workshop = typer.Typer(help="Workshops in which meters are built.", no_args_is_help=True)
app.add_typer(workshop, name="workshop")


@workshop.command("open")
def open_one(
    folder: Annotated[Path, typer.Argument(help="A new folder for what is handed over.")],
    *,
    place: Annotated[str, typer.Option(help="Where it is held.")],
    held_local: Annotated[
        datetime, typer.Option("--date", formats=_DAY, help="The day it is held.")
    ],
    kits: Annotated[int, typer.Option(help="How many boxes.")],
    facilitator: Annotated[str, typer.Option(help="Who leads it.")],
    variant: Annotated[str, typer.Option(help="The sensor head.")] = "led",
    parts: Annotated[str, typer.Option(help="Revision of the parts list.")] = "r1",
    language: Annotated[str, typer.Option(help="Of the labels: fr or en.")] = "fr",
) -> None:
    """Open a workshop; labels, secrets and the facilitator's link are written once."""
    from commonwatt.errors import RegistryError
    from commonwatt.storage.openings import WorkshopOrder, open_workshop
    from commonwatt.storage.pool import connect
    from dashboards.sheets import handover_files
    from dashboards.words import Words

    order = WorkshopOrder(place, held_local.date(), kits, variant, facilitator, parts)
    if folder.exists():
        raise RegistryError(f"{folder} is there already: name a new folder")
    folder.mkdir(mode=0o700, parents=True)
    with connect(database_url()) as connection:
        handover = open_workshop(connection, order, datetime.now(UTC))
    for name, content in handover_files(handover, web_url(), Words(language)).items():
        write_closed(folder / name, content)
    print(f"workshop {handover.workshop_id}: {kits} kits, handed over in {folder}")


@app.command()
def tickets() -> None:
    """Open a repair ticket for each silent or implausible meter, close those that are over."""
    from commonwatt.storage.pool import connect
    from commonwatt.storage.tickets import all_open_tickets, look_after_meters
    from dashboards.kits import ticket_words
    from dashboards.words import Words

    words = Words("en")
    with connect(database_url()) as connection:
        told = look_after_meters(connection, datetime.now(UTC))
        for placed in all_open_tickets(connection):
            print(f"{placed.place}, {placed.serial}: {ticket_words(placed.ticket, words)}")
    print(f"{told.opened} tickets opened, {told.closed} closed")
