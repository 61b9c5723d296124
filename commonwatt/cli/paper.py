"""The commands that print: the sheets of a stairwell, the build guide."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commonwatt.cli.addresses import database_url, web_url
from commonwatt.cli.closed_files import write_closed
from commonwatt.documents.monthly_sheets import Paper

_MONTH = ["%Y-%m"]

app = typer.Typer()


@app.command()
def sheets(
    out: Annotated[Path, typer.Argument(help="A new PDF; only its owner can read it.")],
    *,
    building: Annotated[str, typer.Option(help="The building's name.")],
    stairwell: Annotated[str, typer.Option(help="The stairwell.")],
    month_local: Annotated[
        datetime, typer.Option("--month", formats=_MONTH, help="The month, such as 2026-10.")
    ],
    paper: Annotated[Paper, typer.Option(help="The size of a sheet.")] = Paper.A4,
    language: Annotated[str, typer.Option(help="fr or en.")] = "fr",
) -> None:
    """Print the month of each home of a stairwell that agreed to it; the homes see that it was."""
    from commonwatt.access import Operator
    from commonwatt.errors import RegistryError
    from commonwatt.reports.monthly_sheet import load_stairwell_sheets
    from commonwatt.storage.pool import connect
    from dashboards.monthly_sheets import print_sheets
    from dashboards.words import Words

    if out.exists():
        raise RegistryError(f"{out} is there already: name a new file")
    started_s, now_utc = time.perf_counter(), datetime.now(UTC)
    with connect(database_url()) as connection:
        homes = load_stairwell_sheets(
            connection, Operator(), building, stairwell, month_local.date(), now_utc
        )
    write_closed(out, print_sheets(homes, web_url(), Words(language), paper))
    print(f"{len(homes)} sheets in {out}, made in {time.perf_counter() - started_s:.1f} s")


@app.command()
def guide(
    out: Annotated[Path, typer.Argument(help="A new PDF.")],
    *,
    head: Annotated[str, typer.Option(help="led, tic or ct.")] = "led",
    language: Annotated[str, typer.Option(help="fr, falc (easy French) or en.")] = "fr",
) -> None:
    """Print the build guide: parts, steps with pictures, wiring and repairs, on A4."""
    from commonwatt.errors import RegistryError
    from dashboards.guide_sheets import print_guide
    from dashboards.words import Words

    if out.exists():
        raise RegistryError(f"{out} is there already: name a new file")
    stamp_s = int(datetime.now(UTC).timestamp())
    (made,) = print_guide(head, Words(language), stamp_s=stamp_s)
    out.write_bytes(made)
    print(f"{out}: the guide of the {head} head")
