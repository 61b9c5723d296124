"""Commands to be run once a day: what is found for households."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from commonwatt.cli.addresses import database_url, settings

app = typer.Typer()


@app.command()
def watch() -> None:
    """Tell households what they chose to be told of; run it every morning."""
    from commonwatt import rollups
    from commonwatt.engines import choose_engine
    from commonwatt.storage.pool import connect
    from commonwatt.watching import watch_on

    engine = choose_engine(settings().engine)
    with connect(database_url()) as connection:
        rollups.settle(connection)
    raised = watch_on(engine, database_url(), datetime.now(UTC))
    print(f"{raised} alerts are new")


@app.command()
def compare() -> None:
    """Compare the homes that resemble each other, once a month is over; run it once a day."""
    from commonwatt import rollups
    from commonwatt.comparing import compare_due
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection:
        rollups.settle(connection)
        homes = compare_due(connection, datetime.now(UTC))
    print(f"{homes} homes found their place")


@app.command()
def daily(
    *,
    once: Annotated[bool, typer.Option("--once", help="Do it now and end.")] = False,
    hour: Annotated[int, typer.Option(min=0, max=23, help="At which hour of the homes.")] = 6,
) -> None:
    """Do every morning what has to be done once a day: release, compare, remove what is old, alert."""
    import logging
    import time

    from commonwatt.chores import do_chores, next_morning
    from commonwatt.engines import choose_engine
    from commonwatt.operations.logs import set_up_log

    set_up_log(logging.INFO, settings().log_style)
    engine = choose_engine(settings().engine)
    while True:
        if not once:
            morning = next_morning(datetime.now(UTC), hour)
            time.sleep(max(0.0, (morning - datetime.now(UTC)).total_seconds()))
        done = do_chores(database_url(), engine, datetime.now(UTC))
        for name, count in done.items():
            print(f"{name}: {'failed' if count is None else count}", flush=True)
        if once:
            raise typer.Exit(1 if None in done.values() else 0)
