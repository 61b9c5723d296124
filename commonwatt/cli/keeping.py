"""Commands that take data away: when its time is over, or when a household wishes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from commonwatt.cli.addresses import database_url, settings

app = typer.Typer()


@app.command()
def retain() -> None:
    """Remove what is older than it is kept; to be run once a day."""
    from commonwatt import rollups
    from commonwatt.storage.pool import connect
    from commonwatt.storage.removal import remove_old

    with connect(database_url()) as connection:
        rollups.settle(connection)
        removed = remove_old(connection, datetime.now(UTC))
    print(
        f"removed {removed.chunks} chunks, {removed.readings} readings, "
        f"{removed.half_hours} half-hours, {removed.days} days"
    )


@app.command()
def erase(
    occupancy_id: Annotated[
        int | None, typer.Argument(help="The household's occupancy; may be left out.")
    ] = None,
    *,
    replay: Annotated[
        bool, typer.Option("--replay", help="Erase again all on the list, after a restore.")
    ] = False,
    rewrite: Annotated[
        bool, typer.Option("--rewrite", help="Write the files anew; the service waits meanwhile.")
    ] = False,
) -> None:
    """Remove all that a household left; its name on the list outlives a restore."""
    from commonwatt import erasure
    from commonwatt.access import HouseholdMember
    from commonwatt.storage.pool import connect
    from commonwatt.storage.removal import rewrite_tables

    list_path = settings().erasure_list
    with connect(database_url()) as connection:
        if occupancy_id is not None:
            erasure.erase(connection, HouseholdMember(occupancy_id), datetime.now(UTC), list_path)
            print(f"household {occupancy_id} is erased")
        if replay:
            print(f"{erasure.replay(connection, list_path)} households were erased again")
        if rewrite:
            rewrite_tables(connection)
            print("the tables are written anew")
