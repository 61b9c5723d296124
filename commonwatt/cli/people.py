"""Commands about people: who is let in, and what landlords bring and are told."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commonwatt.access import AccountAction, Audience, Role
from commonwatt.cli.addresses import database_url, web_url

app = typer.Typer()


@app.command()
def link(
    audience: Annotated[Audience, typer.Argument(help="Whom the link is for.")],
    subject_id: Annotated[
        int, typer.Argument(help="Meter, occupancy, building or workshop; 0 for an operator.")
    ] = 0,
) -> None:
    """Make a link that lets somebody in; it is shown this once."""
    from commonwatt.storage.links import make_link
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection:
        token = make_link(connection, audience, subject_id, datetime.now(UTC))
    print(f"{web_url()}/l/{token}")


@app.command()
def account(
    action: Annotated[AccountAction, typer.Argument(help="What to do.")],
    login: Annotated[str, typer.Argument(help="Small letters, digits, dots; such as an address.")],
    *,
    role: Annotated[Role, typer.Option(help="What a new account is for.")] = Role.LANDLORD_READER,
    landlord: Annotated[str | None, typer.Option(help="Whose staff a new account is.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password's line; else one is made.")
    ] = False,
) -> None:
    """Open an account, disable it, or give it a new password; a made one is shown this once."""
    from commonwatt.registry.passwords import make_password
    from commonwatt.storage import accounts
    from commonwatt.storage.pool import connect

    now_utc = datetime.now(UTC)
    with connect(database_url()) as connection:
        if action is AccountAction.DISABLE:
            accounts.disable_account(connection, login, now_utc)
            print(f"{login} is let in no more")
            return
        password = sys.stdin.readline().rstrip("\n") if password_stdin else make_password()
        if action is AccountAction.ADD:
            accounts.add_account(connection, login, password, role, landlord, now_utc)
        else:
            accounts.reset_account(connection, login, password, now_utc)
    print(f"{login} may log in" + ("" if password_stdin else f" with {password}"))


@app.command()
def own(
    building_id: Annotated[int, typer.Argument(help="The building.")],
    landlord: Annotated[str, typer.Argument(help="The landlord's name.")],
) -> None:
    """Say which landlord a building belongs to."""
    from commonwatt.storage.accounts import give_building, put_landlord
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection, connection.transaction():
        give_building(connection, building_id, put_landlord(connection, landlord))
    print(f"building {building_id} belongs to {landlord}")


@app.command()
def release() -> None:
    """Release the buildings' years that are over; run it once a day."""
    from commonwatt.releases import release_due
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection:
        months = release_due(connection, datetime.now(UTC))
    print(f"{months} months are decided: released, or withheld with a reason")


savings = typer.Typer(help="What buildings saved since something was done there.")
app.add_typer(savings, name="savings")


@savings.command()
def refresh() -> None:
    """Find what buildings saved since their actions; run it once a day, after `release`."""
    from commonwatt.building_savings import refresh_savings
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection:
        actions = refresh_savings(connection, datetime.now(UTC))
    print(f"{actions} actions are decided: told, or withheld with a reason")


@app.command()
def dwellings(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The list of homes.")],
    *,
    language: Annotated[str, typer.Option(help="fr or en.")] = "en",
) -> None:
    """Register the buildings, stairwells and dwellings of a CSV file, all of them or none."""
    from commonwatt.storage.dwellings import import_dwellings
    from commonwatt.storage.pool import connect
    from dashboards.words import Words

    words = Words(language)
    with connect(database_url()) as connection:
        outcome = import_dwellings(connection, file.read_bytes())
    for fault in outcome.faults:
        print(words.row_fault(fault), file=sys.stderr)
    if outcome.faults:
        raise typer.Exit(1)
    print(f"{outcome.added} dwellings are registered")
