"""The command line: the only module that opens doors; what a command needs is imported by it."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from commonwatt.access import AccountAction, Audience, Role
from commonwatt.core.tariff import Option
from commonwatt.errors import CommonwattError, RegistryError, TariffError
from commonwatt.faults.kinds import Kind
from commonwatt.model import ZONE, Period
from commonwatt.servers.credentials import WORKERS

if TYPE_CHECKING:
    from commonwatt.demo.state import RunningDemo
    from commonwatt.settings import Settings


_DAY = ["%Y-%m-%d"]
PAYLOADS = Path(__file__).parents[1] / "firmware_docs" / "payloads"


class Number(StrEnum):
    """The numbers that can be explained."""

    ENERGY = "energy"
    COST = "cost"
    SAVING = "saving"


class Study(StrEnum):
    """The studies that can be run."""

    CALIBRATION = "calibration"
    PORTFOLIOS = "portfolios"


app = typer.Typer(
    help="Open electricity meters: what homes use, what it costs, what they saved.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

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
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )


@app.command()
def demo(
    *, reset: Annotated[bool, typer.Option("--reset", help="Throw the demo's data away.")] = False
) -> None:
    """Run everything on this machine, with a building of simulated homes; Ctrl-C stops it."""
    from commonwatt.demo.supervisor import reset_demo, run_demo

    settings = _settings()
    if reset:
        reset_demo(settings.demo_dir)
    else:
        run_demo(settings.demo_dir, settings.web_port)


@app.command()
def migrate() -> None:
    """Bring the database schema up to date."""
    from commonwatt.storage.migrate import migrate as apply
    from commonwatt.storage.pool import connect

    with connect(_database_url()) as connection:
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
    import signal

    from ingest.receive import Receiver, Source
    from ingest.service import IngestService

    settings = _settings()
    source = Source(
        settings.broker_host,
        settings.broker_port,
        f"{settings.broker_username}-{worker}" if worker else settings.broker_username,
        settings.broker_password,
        worker,
        Receiver(settings.receiver),
    )
    service = IngestService(_database_url(), source)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())
    service.run()


@app.command()
def doors() -> None:
    """Take what devices post over HTTP into the database."""
    from ingest.http_doors import serve_doors

    settings = _settings()
    serve_doors(_database_url(), host=settings.doors_host, port=settings.doors_port)


@app.command()
def serve() -> None:
    """Serve the pages and the API."""
    from api.server import serve as run

    settings = _settings()
    run(
        _database_url(),
        host=settings.web_host,
        port=settings.web_port,
        secure_cookies=settings.secure_cookies,
    )


@app.command()
def link(
    audience: Annotated[Audience, typer.Argument(help="Whom the link is for.")],
    subject_id: Annotated[
        int, typer.Argument(help="Meter, occupancy or building; 0 for an operator.")
    ] = 0,
) -> None:
    """Make a link that lets somebody in; it is shown this once."""
    from commonwatt.storage.links import make_link
    from commonwatt.storage.pool import connect

    with connect(_database_url()) as connection:
        token = make_link(connection, audience, subject_id, datetime.now(UTC))
    print(f"{_web_url()}/l/{token}")


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
    with connect(_database_url()) as connection:
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

    with connect(_database_url()) as connection, connection.transaction():
        give_building(connection, building_id, put_landlord(connection, landlord))
    print(f"building {building_id} belongs to {landlord}")


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

    running = _broker()
    outcome = replay_file(
        file,
        database_url=_database_url(),
        broker=(running.broker_host, running.broker_port),
        building=building,
        p_max_w=round(1000 * p_max_kw),
        speed=speed,
    )
    for home in outcome:
        print(f"{home.label}: {home.records} records receipted; {_web_url()}/l/{home.token}")


@app.command("import")
def import_file(
    file: File, *, building: Building = "Recordings", p_max_kw: MaxPower = 12.0
) -> None:
    """Write a recorded file straight into the database, all of it or nothing."""
    from commonwatt.demo.studies import import_file as run

    outcome = run(
        file, database_url=_database_url(), building=building, p_max_w=round(1000 * p_max_kw)
    )
    for home in outcome:
        print(f"{home.label}: {home.records} records written; {_web_url()}/l/{home.token}")


@app.command()
def quarantine(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many of the last.")] = 20,
) -> None:
    """Show the last messages that could not be used, and why."""
    from commonwatt.storage.pool import connect
    from commonwatt.storage.readings import last_refused
    from dashboards.words import Words

    words = Words("en")
    with connect(_database_url()) as connection:
        for entry in last_refused(connection, limit=limit):
            reason = words.text(f"refusal.{entry.code}")
            print(
                f"{entry.received_utc:%Y-%m-%d %H:%M:%S} {entry.topic}: {reason} ({entry.detail})"
            )


@app.command()
def credentials(
    folder: Annotated[Path, typer.Argument(help="Where mosquitto reads its passwords and ACL.")],
) -> None:
    """Write the broker's password and ACL files from the database."""
    from commonwatt.demo.keeper import render_credentials
    from commonwatt.storage.pool import connect

    with connect(_database_url()) as connection:
        count = render_credentials(connection, folder, _settings().broker_password)
    print(f"{count} meters may speak; reload the broker (SIGHUP) to make it so")


@app.command()
def study(
    name: Annotated[Study, typer.Argument(help="Which study.")],
    *,
    seed: Annotated[int, typer.Option(help="The same seed gives the same page.")] = 1,
    count: Annotated[
        int, typer.Option(min=10, help="Simulated homes, or portfolios, of each kind.")
    ] = 1000,
) -> None:
    """Run a study on simulated homes of known truth and print its page."""
    from commonwatt.studies.calibration import study_calibration, study_troubles
    from commonwatt.studies.null_portfolios import study_page
    from commonwatt.studies.pages import calibration_page

    if name is Study.PORTFOLIOS:
        print(study_page(seed, count), end="")
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
    count: Annotated[int, typer.Option(min=1, help="Faults of each kind, or messages.")] = 20,
) -> None:
    """Break a service of its own under load, and check that nothing was lost or doubled."""
    from commonwatt.faults.campaign import run_campaign
    from commonwatt.faults.pages import describe, describe_payloads
    from commonwatt.faults.payloads import run_payloads

    outcomes = [run_campaign(kind, seed, count) for kind in kinds if kind is not Kind.PAYLOADS]
    if outcomes:
        print(describe(outcomes))
    if Kind.PAYLOADS in kinds:
        print(describe_payloads(run_payloads(PAYLOADS, seed, count)))
    if not all(outcome.is_clean for outcome in outcomes):
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
    from commonwatt.access import HouseholdMember
    from commonwatt.reports import explanation
    from commonwatt.storage.pool import connect
    from dashboards.explanations import tell_explanation
    from dashboards.words import Words

    viewer, now_utc = HouseholdMember(occupancy_id), datetime.now(UTC)
    first_utc = _midnight(start_local)
    last_utc = _midnight(end_local) if end_local else now_utc
    with connect(_database_url()) as connection:
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
    with connect(_database_url()) as connection, connection.transaction():
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
    from commonwatt.storage.contracts import enter_contract
    from commonwatt.storage.pool import connect

    first_day = valid_from_local.date()
    windows = [_window(told) for told in off_peak or ()]
    hours = (OffPeakWindows.all_year(first_day, *windows),) if windows else ()
    agreed = Contract(first_day, option, subscribed_kva, hours)
    with connect(_database_url()) as connection:
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
    with connect(_database_url()) as connection:
        save_colours(connection, known, file.name)
    print(f"{len(known.by_day)} colours are kept")


@app.command()
def mount(
    serial: Annotated[str, typer.Argument(help="The meter's serial.")],
    language: Annotated[str, typer.Argument(help="What it speaks, such as shelly_gen2.")],
    prefix: Annotated[str, typer.Argument(help="The topics below this are the meter's.")],
) -> None:
    """Give a meter that speaks another language its place among the topics."""
    from commonwatt.storage.meters import find_meter
    from commonwatt.storage.mounts import add_mount
    from commonwatt.storage.pool import connect
    from ingest.adapters import LANGUAGES

    if language not in LANGUAGES:
        raise RegistryError(f"{language!r} is none of {', '.join(sorted(LANGUAGES))}")
    with connect(_database_url()) as connection:
        meter = find_meter(connection, serial)
        if meter is None:
            raise RegistryError(f"there is no meter {serial}")
        add_mount(connection, meter.meter_id, prefix, language)
    print(f"{prefix}/# is {serial}'s; write the credentials again, so that it may speak there")


def _midnight(day_local: datetime) -> datetime:
    return day_local.replace(tzinfo=ZoneInfo(ZONE))


def _window(told: str) -> tuple[int, int]:
    """Read a window such as 22:30-06:30 as minutes of the day."""
    found = re.fullmatch(r"(\d\d?):(\d\d)-(\d\d?):(\d\d)", told)
    if not found:
        raise TariffError(f"a window such as 22:30-06:30 was expected, not {told!r}")
    hour, minute, last_hour, last_minute = map(int, found.groups())
    return 60 * hour + minute, 60 * last_hour + last_minute


def _settings() -> Settings:
    from commonwatt.settings import Settings

    return Settings()


def _running() -> RunningDemo | None:
    """The demo that runs on this machine, if nothing else is set."""
    from commonwatt.demo.state import find_running

    settings = _settings()
    return None if settings.database_url else find_running(settings.demo_dir)


def _database_url() -> str:
    running = _running()
    return running.database_url if running else _settings().require_database()


def _broker() -> RunningDemo | Settings:
    return _running() or _settings()


def _web_url() -> str:
    running, settings = _running(), _settings()
    return running.web_url if running else f"http://{settings.web_host}:{settings.web_port}"
