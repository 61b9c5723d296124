"""The commands that run the service, and those that look into it; what a command needs is imported by it."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from commonwatt.cli import (
    daily,
    households,
    keeping,
    meters,
    moves,
    operating,
    paper,
    people,
    workshop,
)
from commonwatt.cli.addresses import (
    broker,
    database_url,
    ingest_orders,
    settings,
    web_url,
)
from commonwatt.core.tariff import Option
from commonwatt.errors import CommonwattError
from commonwatt.faults.kinds import Kind
from commonwatt.model import ZONE, Period
from commonwatt.operations.logs import set_up_log
from commonwatt.servers.credentials import WORKERS

_DAY = ["%Y-%m-%d"]
PAYLOADS = Path(__file__).parents[2] / "firmware_docs" / "payloads"


class Number(StrEnum):
    """The numbers that can be explained."""

    ENERGY = "energy"
    COST = "cost"
    SAVING = "saving"


class Study(StrEnum):
    """The studies that can be run."""

    CALIBRATION = "calibration"
    PORTFOLIOS = "portfolios"
    RELEASES = "releases"


app = typer.Typer(
    help="Open electricity meters: what homes use, what it costs, what they saved.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(meters.app)
app.add_typer(workshop.app)
app.add_typer(people.app)
app.add_typer(keeping.app)
app.add_typer(daily.app)
app.add_typer(households.app)
app.add_typer(moves.app)
app.add_typer(paper.app)
app.add_typer(operating.app)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The recorded file.")]
Building = Annotated[str, typer.Option(help="The building the recorded homes are put in.")]
MaxPower = Annotated[float, typer.Option(help="More than this is taken for a fault, not for use.")]


def main() -> None:
    """Run a command; a known fault is one sentence and exit status 1."""
    try:
        app()
    except CommonwattError as error:
        print(f"commonwatt: {error}", file=sys.stderr)
        sys.exit(1)


@app.callback()
def _set_up_log(
    *, verbose: Annotated[bool, typer.Option("--verbose", help="Say more in the log.")] = False
) -> None:
    set_up_log(logging.DEBUG if verbose else logging.INFO, settings().log_style)


@app.command()
def demo(
    *, reset: Annotated[bool, typer.Option("--reset", help="Throw the demo's data away.")] = False
) -> None:
    """Run everything on this machine, with a building of simulated homes; Ctrl-C stops it."""
    from commonwatt.demo.supervisor import reset_demo, run_demo

    chosen = settings()
    if reset:
        reset_demo(chosen.demo_dir)
    else:
        run_demo(chosen.demo_dir, chosen.web_port)


@app.command()
def migrate() -> None:
    """Bring the database schema up to date."""
    from commonwatt.storage.migrate import migrate as apply
    from commonwatt.storage.pool import connect

    with connect(database_url()) as connection:
        for step in apply(connection):
            print(f"applied {step.version:04d}_{step.name}")
    print("the schema is up to date")


@app.command()
def ingest(
    worker: Annotated[
        int, typer.Option(max=WORKERS, min=0, help="Its number, if several share the work; else 0.")
    ] = 0,
) -> None:
    """Take what meters say from the broker into the database."""
    from ingest.__main__ import become_service

    become_service(ingest_orders(worker))


@app.command()
def doors() -> None:
    """Take what devices post over HTTP into the database."""
    from ingest.http_doors import serve_doors

    chosen = settings()
    serve_doors(database_url(), host=chosen.doors_host, port=chosen.doors_port)


@app.command()
def serve() -> None:
    """Serve the pages and the API."""
    from api.server import serve as run

    chosen = settings()
    run(
        database_url(),
        host=chosen.web_host,
        port=chosen.web_port,
        secure_cookies=chosen.secure_cookies,
        erasure_list=chosen.erasure_list,
        authority_folder=chosen.authority_folder,
        metrics=(chosen.metrics_host, chosen.metrics_port),
        log_style=chosen.log_style,
    )


@app.command()
def replay(
    file: File,
    *,
    speed: Annotated[
        float | None,
        typer.Option(help="1 is real time, 60 an hour a minute; as fast as it goes if not given."),
    ] = None,
    building: Building = "Recordings",
    p_max_kw: MaxPower = 12.0,
) -> None:
    """Publish a recorded file through the broker, as protocol v1 meters would."""
    from commonwatt.demo.studies import replay_file

    running = broker()
    outcome = replay_file(
        file,
        database_url=database_url(),
        broker=(running.broker_host, running.broker_port),
        building=building,
        p_max_w=round(1000 * p_max_kw),
        speed=speed,
    )
    for home in outcome:
        print(f"{home.label}: {home.records} records receipted; {web_url()}/l/{home.token}")


@app.command("import")
def import_file(
    file: File, *, building: Building = "Recordings", p_max_kw: MaxPower = 12.0
) -> None:
    """Write a recorded file straight into the database, all of it or nothing."""
    from commonwatt.demo.studies import import_file as run

    outcome = run(
        file, database_url=database_url(), building=building, p_max_w=round(1000 * p_max_kw)
    )
    for home in outcome:
        print(f"{home.label}: {home.records} records written; {web_url()}/l/{home.token}")


@app.command()
def quarantine(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many of the last.")] = 20,
) -> None:
    """Show the last messages that could not be used, and why."""
    from commonwatt.access import Operator
    from commonwatt.storage.audit import note_quarantine
    from commonwatt.storage.pool import connect
    from commonwatt.storage.readings import last_refused, refused_since
    from dashboards.words import Words

    words, yesterday = Words("en"), datetime.now(UTC).date() - timedelta(days=1)
    with connect(database_url()) as connection:
        note_quarantine(connection, Operator(), limit, datetime.now(UTC))
        for code, count in refused_since(connection, yesterday).items():
            print(f"{count} since {yesterday}: {words.text(f'refusal.{code}')}")
        for entry in last_refused(connection, limit=limit):
            reason = words.text(f"refusal.{entry.code}")
            print(
                f"{entry.received_utc:%Y-%m-%d %H:%M:%S} {entry.topic}: {reason} ({entry.detail})"
            )


@app.command()
def study(
    name: Annotated[Study, typer.Argument(help="Which study.")],
    *,
    seed: Annotated[int, typer.Option(help="The same seed gives the same page.")] = 1,
    count: Annotated[
        int,
        typer.Option(min=10, help="Simulated homes, or portfolios, of each kind; or histories."),
    ] = 1000,
) -> None:
    """Run a study on simulated homes of known truth and print its page."""
    from commonwatt.studies.calibration import study_calibration, study_troubles
    from commonwatt.studies.null_portfolios import study_page
    from commonwatt.studies.pages import calibration_page
    from commonwatt.studies.releases import releases_page, study_releases

    if name is Study.PORTFOLIOS:
        print(study_page(seed, count), end="")
    elif name is Study.RELEASES:
        print(releases_page(seed, list(study_releases(seed, count))), end="")
    else:
        scores = list(study_calibration(seed, count))
        print(calibration_page(seed, count, scores, list(study_troubles(seed, count))), end="")


@app.command()
def faults(
    kinds: Annotated[
        list[Kind], typer.Argument(help="What is made to break, one after the other.")
    ],
    *,
    seed: Annotated[int, typer.Option(help="The same seed makes the same plan.")] = 1,
    count: Annotated[
        int, typer.Option(min=1, help="Faults of each kind, or messages, meters, seconds.")
    ] = 20,
) -> None:
    """Break a service of its own under load, and check that nothing was lost or doubled."""
    from commonwatt.faults.backlog import run_backlog
    from commonwatt.faults.campaign import run_campaign
    from commonwatt.faults.pages import (
        describe,
        describe_backlog,
        describe_floods,
        describe_payloads,
        describe_soak,
        describe_spoofing,
    )
    from commonwatt.faults.payloads import run_payloads
    from commonwatt.faults.rogues import run_floods, run_spoofings
    from commonwatt.faults.soak import run_soak

    others = (Kind.PAYLOADS, Kind.FLOOD, Kind.SPOOF, Kind.BACKLOG, Kind.SOAK)
    outcomes = [run_campaign(kind, seed, count) for kind in kinds if kind not in others]
    if outcomes:
        print(describe(outcomes))
    payloads = run_payloads(PAYLOADS, seed, count) if Kind.PAYLOADS in kinds else Counter()
    if payloads:
        print(describe_payloads(payloads))
    floods = run_floods() if Kind.FLOOD in kinds else []
    if floods:
        print(describe_floods(floods))
    spoofings = run_spoofings(count) if Kind.SPOOF in kinds else []
    if spoofings:
        print(describe_spoofing(spoofings))
    clean = [each.is_clean for each in outcomes]
    clean.append(not payloads["adapter_failed"])
    if Kind.BACKLOG in kinds:
        backlog = run_backlog(count)
        print(describe_backlog(backlog))
        clean.append(backlog.is_clean)
    if Kind.SOAK in kinds:
        soak = run_soak(count)
        print(describe_soak(soak))
        clean.append(soak.is_clean)
    clean += [each.is_clean for each in floods] + [each.is_clean for each in spoofings]
    if not all(clean):
        raise typer.Exit(1)


@app.command()
def explain(
    number: Annotated[Number, typer.Argument(help="Which number of the household.")],
    occupancy_id: Annotated[int, typer.Argument(help="The household's occupancy.")],
    start_local: Annotated[
        datetime,
        typer.Argument(
            formats=_DAY,
            metavar="START",
            help="First local day; of a saving, the day something changed.",
        ),
    ],
    end_local: Annotated[
        datetime | None,
        typer.Argument(
            formats=_DAY,
            metavar="[END]",
            help="The day after the last one; of a saving, now if not given.",
        ),
    ] = None,
    *,
    language: Annotated[str, typer.Option(help="fr or en.")] = "en",
) -> None:
    """Say how one number of a household came about: inputs, coverage, method, formula."""
    from commonwatt.access import HouseholdMember, Operator
    from commonwatt.reports import explanation
    from commonwatt.storage.audit import note
    from commonwatt.storage.pool import connect
    from dashboards.explanations import tell_explanation
    from dashboards.words import Words

    viewer, now_utc = HouseholdMember(occupancy_id), datetime.now(UTC)
    first_utc = _midnight(start_local)
    last_utc = _midnight(end_local) if end_local else now_utc
    with connect(database_url()) as connection:
        note(connection, Operator(), "energy", now_utc=now_utc, occupancy_id=occupancy_id)
        if number is Number.SAVING:
            until_utc = min(now_utc, last_utc)
            told = explanation.explain_saving(connection, viewer, start_local.date(), until_utc)
        else:
            load = {
                Number.ENERGY: explanation.explain_energy,
                Number.COST: explanation.explain_cost,
            }
            told = load[number](connection, viewer, Period(first_utc, last_utc), now_utc)
    for line in tell_explanation(Words(language), told, "household"):
        print(line)


@app.command()
def weather(
    file: File,
    building_id: Annotated[int, typer.Option(help="The building the station stands for.")],
    station: Annotated[str, typer.Option(help="The station's name or number in the file.")],
) -> None:
    """Read a file of temperatures and let one of its stations stand for a building."""
    from commonwatt.storage.pool import connect
    from commonwatt.storage.weather import choose_station, replace_days
    from commonwatt.weather.formats import read_weather

    days = read_weather(file, stations=[station])
    with connect(database_url()) as connection, connection.transaction():
        count = replace_days(connection, days)
        choose_station(connection, building_id, station)
    print(f"{station}: {count} days; they now stand for building {building_id}")


@app.command()
def contract(
    occupancy_id: Annotated[int, typer.Argument(help="The household's occupancy.")],
    valid_from_local: Annotated[
        datetime, typer.Argument(formats=_DAY, metavar="FROM", help="The contract's first day.")
    ],
    option: Annotated[Option, typer.Argument(help="How hours are priced.")],
    subscribed_kva: Annotated[int, typer.Argument(help="Subscribed power.")],
    *,
    off_peak: Annotated[
        list[str] | None,
        typer.Option(
            help="A window such as 22:30-06:30; for the option off_peak alone, several times if need be."
        ),
    ] = None,
) -> None:
    """Enter a household's supply contract; one with the same first day is corrected, and with it the past."""
    from commonwatt.core.tariff import Contract, OffPeakWindows
    from commonwatt.registry.windows import read_window
    from commonwatt.storage.contracts import enter_contract
    from commonwatt.storage.pool import connect

    first_day = valid_from_local.date()
    windows = [read_window(told) for told in off_peak or ()]
    hours = (OffPeakWindows.all_year(first_day, *windows),) if windows else ()
    agreed = Contract(first_day, option, subscribed_kva, hours)
    with connect(database_url()) as connection:
        enter_contract(connection, occupancy_id, agreed, datetime.now(UTC))
    print(f"household {occupancy_id}: {option.value}, {subscribed_kva} kVA from {first_day} on")


@app.command()
def colours(file: File) -> None:
    """Read a file of Tempo colours, check the season's rules and keep them."""
    from commonwatt.catalogue.prices import read_colours
    from commonwatt.core.tempo import refuse_broken_seasons
    from commonwatt.storage.contracts import save_colours
    from commonwatt.storage.pool import connect

    known = read_colours(file)
    refuse_broken_seasons(known)
    with connect(database_url()) as connection:
        save_colours(connection, known, file.name)
    print(f"{len(known.by_day)} colours are kept")


def _midnight(day_local: datetime) -> datetime:
    return day_local.replace(tzinfo=ZoneInfo(ZONE))
