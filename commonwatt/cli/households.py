"""Commands for a household that cannot do it itself: a lost PIN, a consent that was signed on paper."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from commonwatt.cli.addresses import database_url
from commonwatt.storage.consents import Purpose

app = typer.Typer()

Household = Annotated[int, typer.Argument(help="The household's occupancy.")]


@app.command()
def unlock(occupancy_id: Household) -> None:
    """Take a lost PIN off a household's letters; the household sees that it was done."""
    from commonwatt.access import Operator
    from commonwatt.errors import RegistryError
    from commonwatt.storage import audit, pins
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection, connection.transaction():
        if not pins.has_pin(connection, occupancy_id):
            raise RegistryError(f"household {occupancy_id} has no PIN")
        pins.drop_pin(connection, occupancy_id)
        audit.note(
            connection, Operator(), "pin", now_utc=datetime.now(UTC), occupancy_id=occupancy_id
        )
    print(f"household {occupancy_id} opens its letters without a PIN and may choose a new one")


@app.command()
def consent(
    occupancy_id: Household,
    purpose: Annotated[Purpose, typer.Argument(help="What was agreed to.")],
    *,
    withdrawn: Annotated[
        bool, typer.Option("--withdrawn", help="The paper takes the agreement back.")
    ] = False,
) -> None:
    """Enter what a household signed on paper, where it is asked; the household sees that it was done."""
    from commonwatt.access import HouseholdMember, Operator
    from commonwatt.storage import audit, consents, households
    from commonwatt.storage.pool import connect

    now_utc = datetime.now(UTC)
    with connect(database_url()) as connection, connection.transaction():
        households.load_household(connection, HouseholdMember(occupancy_id))
        change = consents.withdraw_consent if withdrawn else consents.give_consent
        change(connection, occupancy_id, now_utc, purpose)
        audit.note(connection, Operator(), "consent", now_utc=now_utc, occupancy_id=occupancy_id)
    print(f"household {occupancy_id}: {purpose} {'taken back' if withdrawn else 'agreed'} on paper")
