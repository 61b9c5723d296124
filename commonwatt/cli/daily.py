"""Commands to be run once a day: what is found for households."""

from __future__ import annotations

from datetime import UTC, datetime

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
