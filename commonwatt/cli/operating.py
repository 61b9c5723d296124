"""Commands for whoever keeps the service alive: how it is, and what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commonwatt.cli.addresses import broker, database_url, settings
from commonwatt.errors import InputError

app = typer.Typer()


class AuthorityAct(StrEnum):
    """What can be done with the authority."""

    MAKE = "make"
    ISSUE = "issue"
    SHOW = "show"


@app.command()
def doctor(
    credentials: Annotated[
        Path | None, typer.Option(help="The folder where mosquitto reads its passwords and ACL.")
    ] = None,
    language: Annotated[str, typer.Option(help="fr or en.")] = "en",
) -> None:
    """Say what is wrong with the service and what to do about it; exit status 1 if anything is."""
    from commonwatt.operations.doctor import Surroundings, examine, is_grave
    from dashboards.words import Words

    chosen, running, words = settings(), broker(), Words(language)
    here = Surroundings(
        database_url(),
        (running.broker_host, running.broker_port),
        chosen.broker_username,
        chosen.broker_password,
        chosen.erasure_list,
        credentials,
        chosen.authority_folder,
    )
    findings = examine(here)
    for finding in findings:
        told = words.text(f"doctor.{finding.code}", **finding.facts)
        print(f"{finding.severity} {finding.code}: {told}")
    if not findings:
        print(words.text("doctor.all_well"))
    if is_grave(findings):
        raise typer.Exit(1)


@app.command()
def prepare(
    names: Annotated[list[str], typer.Argument(help="Names and addresses of the broker.")],
    *,
    authority: Annotated[Path, typer.Option(help="The folder of the authority, for nobody else.")],
    tls: Annotated[Path, typer.Option(help="The folder for the broker's certificate and key.")],
    trust: Annotated[Path, typer.Option(help="The folder for certificates that all may read.")],
    credentials: Annotated[
        Path, typer.Option(help="The folder for mosquitto's passwords and ACL.")
    ],
) -> None:
    """Make what a service needs before it starts, where it is missing; an operator's password is shown once."""
    from commonwatt.registry.passwords import make_password
    from commonwatt.servers.authority import Places, make_what_is_missing
    from commonwatt.storage.accounts import FIRST_LOGIN, open_first_account
    from commonwatt.storage.migrate import migrate
    from commonwatt.storage.pool import connect
    from ingest.keeper import CredentialKeeper

    now_utc, password = datetime.now(UTC), make_password()
    make_what_is_missing(Places(authority, tls, trust), names, now_utc)
    with connect(database_url()) as connection:
        migrate(connection)
        CredentialKeeper(credentials, settings().broker_password, lambda: None).keep(connection)
        if open_first_account(connection, password, now_utc):
            print(f"{FIRST_LOGIN} may log in with {password}: shown this once")
    print("everything is prepared")


@app.command()
def ca(
    act: Annotated[AuthorityAct, typer.Argument(help="What to do.")],
    folder: Annotated[Path, typer.Argument(help="Where keys and certificates are.")],
    names: Annotated[
        list[str] | None, typer.Argument(help="Host names and addresses meters know the broker by.")
    ] = None,
) -> None:
    """Make the authority that meters trust, give the broker its certificate, or show when they end."""
    from commonwatt.servers import authority

    now_utc = datetime.now(UTC)
    if act is AuthorityAct.MAKE:
        authority.make_authority(folder, now_utc)
    elif act is AuthorityAct.ISSUE:
        if not names:
            raise InputError("say by which host names and addresses meters know the broker")
        authority.issue_broker(folder, names, now_utc)
    for name, end_utc in authority.expiries(folder).items():
        print(f"{folder / name}.crt is valid until {end_utc:%Y-%m-%d}")


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder, on another disk or machine.")],
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on, and take along whatever is written since.")
    ] = False,
) -> None:
    """Take a backup while the service runs; what it holds is written beside it and can be verified."""
    import signal
    import threading

    from commonwatt.operations.backup import back_up

    stopping = threading.Event() if follow else None
    for number in (signal.SIGTERM, signal.SIGINT) if stopping else ():
        signal.signal(number, lambda *_: stopping.set() if stopping else None)
    manifest = back_up(database_url(), folder, stopping)
    rows = sum(each.rows for each in manifest.tables.values())
    print(f"{rows} rows of {len(manifest.tables)} tables are backed up in {folder}")


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The backup.")],
    target: Annotated[Path, typer.Argument(help="A new folder for the database.")],
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare every table with what was backed up.")
    ] = False,
) -> None:
    """Bring a backup back into a new folder; erased households are erased again before it is served."""
    from commonwatt.operations.restore import restore as run

    done = run(folder, target, database_url(), settings().erasure_list, verify=verify)
    if verify:
        print(f"{done.checked_tables} tables are what was backed up")
    print(f"{done.erased_again} households were erased again")
    print(f"{done.rows} rows are back after {done.took_s:.1f} s; start PostgreSQL on {target}/data")


@app.command()
def status() -> None:
    """Show how the service is, in a short table."""
    from rich.console import Console
    from rich.table import Table

    from commonwatt.operations.figures import Collector

    table = Table("", "", "", show_header=False, box=None)
    for metric in Collector(database_url(), settings().erasure_list).figures():
        meaning = metric.meaning
        for told, value in sorted(metric.values.items()):
            if value or not told:
                table.add_row(meaning, ", ".join(told), f"{value:,.0f}")
                meaning = ""
    Console(highlight=False).print(table)
