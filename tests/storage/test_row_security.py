"""The second wall: what the web role reads is who looks, by the database's own policies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest

from commonwatt import rollups
from commonwatt.access import (
    Audience,
    Guest,
    HouseholdMember,
    Landlord,
    Maker,
    Operator,
    Staff,
    Viewer,
)
from commonwatt.core.similar import EnergySource
from commonwatt.core.tariff import Contract, Option
from commonwatt.errors import RegistryError
from commonwatt.storage import (
    alerts,
    audit,
    budgets,
    consents,
    contracts,
    households,
    listing,
    readings,
    similar_homes,
    typed_indices,
)
from commonwatt.storage.alerts import Alert, AlertKind
from commonwatt.storage.consents import Purpose
from commonwatt.storage.links import make_link
from commonwatt.storage.pool import borrow, borrow_as, borrow_briefly, open_pool
from commonwatt.storage.readings import Refused, Sign
from commonwatt.storage.similar_homes import HomeProfile, SimilarPlace
from commonwatt.storage.typed_indices import TypedIndex
from tests.simulated import START_S, START_UTC, Home, move_in, rows_of, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.storage.pool import Connection

MINUTES = 60 * 48
OPEN = {
    "weather_stations": "public measurements of public stations",
    "weather_days": "public measurements of public stations",
    "tempo_colours": "published by the grid operator",
}
"""What the web role reads without a policy, each with its reason: nothing in it is anybody's."""

READABLE = """
SELECT c.relname, c.relrowsecurity OR 'security_invoker=true' = ANY (c.reloptions), c.relkind
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_schema_privilege('commonwatt_web', n.oid, 'USAGE')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'timescaledb%' AND n.nspname NOT LIKE '\\_timescaledb%'
  AND has_any_column_privilege('commonwatt_web', c.oid, 'SELECT')
ORDER BY 1
"""
KEYS = {
    "buildings": "building_id",
    "dwellings": "dwelling_id",
    "occupancies": "occupancy_id",
    "consents": "occupancy_id",
    "consent_events": "person",
    "typed_indices": "occupancy_id",
    "budgets": "occupancy_id",
    "alert_choices": "occupancy_id",
    "alerts": "occupancy_id",
    "home_profiles": "occupancy_id",
    "similar_places": "occupancy_id",
    "access_links": "subject_id",
    "contracts": "occupancy_id",
    "meters": "meter_id",
    "installations": "meter_id",
    "boots": "meter_id",
    "readings": "meter_id",
    "meter_signs": "meter_id",
    "half_hours": "meter_id",
    "days": "meter_id",
    "quarantine": "meter_id",
    "released_months": "building_id",
    "building_stations": "building_id",
    "audit_log": "occupancy_id",
    "withheld_months": "building_id",
    "actions": "building_id",
    "building_savings": "building_id",
    "open_buildings": "building_id",
}
"""Every relation with a policy, and the column that says whose a row is."""

HOME = {
    *("buildings", "dwellings", "occupancies", "consents", "contracts", "meters", "installations"),
    *("boots", "readings", "meter_signs", "half_hours", "days", "building_stations", "audit_log"),
    *("consent_events", "typed_indices", "access_links", "budgets"),
    *("alert_choices", "alerts", "home_profiles", "similar_places"),
}
GUEST = HOME - {
    *("audit_log", "consents", "consent_events", "typed_indices", "access_links"),
    *("alert_choices", "alerts", "home_profiles", "similar_places"),
}
MAKER = {"meters", "boots", "readings", "meter_signs", "quarantine"}
LANDLORD = {
    *("buildings", "dwellings", "occupancies", "consents", "meters", "installations", "boots"),
    *("readings", "meter_signs", "half_hours", "days", "released_months", "building_stations"),
    *("withheld_months", "actions", "consent_events", "building_savings", "open_buildings"),
}
OPERATOR = {"meters", "quarantine", "audit_log"}


def tell_of_alikes(connection: Connection, home: Home) -> None:
    """Alerts, what the household says of its home, and its place among others."""
    month = START_UTC.date().replace(day=1)
    alerts.choose_alert(connection, home.viewer, AlertKind.DAY, 5.0, START_UTC)
    found = Alert(AlertKind.DAY, START_UTC.date(), 6.0, 5.0, START_UTC)
    alerts.raise_alert(connection, home.viewer.occupancy_id, found)
    flat = HomeProfile(EnergySource.GAS, EnergySource.GAS, 50, 2)
    similar_homes.tell_profile(connection, home.viewer, flat, START_UTC)
    with connection.transaction():
        if similar_homes.begin_comparison(connection, month):
            similar_homes.close_month(connection, month, START_UTC)
    place = SimilarPlace(month, 90.0, 100.0, 80.0, 40.0, 11)
    similar_homes.keep_place(connection, home.viewer.occupancy_id, place)


def fill(connection: Connection, home: Home) -> None:
    """Give a home a row in every table."""
    meter_id, occupancy_id = home.meter.meter_id, home.viewer.occupancy_id
    minutes = np.arange(1, MINUTES + 1)
    write(connection, rows_of(home.meter, START_S + 60 * minutes, 1.0 * minutes))
    rollups.refresh(connection)
    at_s = START_S + 3600.0
    readings.see_meters(connection, [Sign(meter_id, at_s, power_w=100, power_s=at_s)])
    readings.put_aside(connection, [Refused(at_s, meter_id, "t", "future_time", "", b"")])
    consents.give_consent(connection, occupancy_id, START_UTC)
    listing.lend_pass(connection, home.viewer, START_UTC)
    typed_indices.type_index(connection, home.viewer, TypedIndex(START_UTC, 1.0), START_UTC)
    budgets.set_budget(connection, home.viewer, 50.0, START_UTC)
    tell_of_alikes(connection, home)
    contract = Contract(START_UTC.date(), Option.BASE, 6)
    contracts.enter_contract(connection, occupancy_id, contract, START_UTC)
    audit.note(connection, Operator(), "test", now_utc=START_UTC, occupancy_id=occupancy_id)
    connection.execute("INSERT INTO boots VALUES (%s, 99, now())", (meter_id,))
    building = (home.building_id,)
    connection.execute(
        "INSERT INTO released_months VALUES (%s, '2026-01-01', 11, 1, 1, now())", building
    )
    connection.execute(
        "INSERT INTO withheld_months VALUES (%s, '2026-02-01', 'too_few', now())", building
    )
    connection.execute(
        "INSERT INTO actions (building_id, kind, start_day, note) VALUES (%s, 'works', '2026-01-01', '')",
        building,
    )
    connection.execute(
        "INSERT INTO building_savings (action_id, building_id, start_day, end_day, verdict, reason,"
        " decided_utc) SELECT action_id, building_id, start_day, start_day + 30, 'not_enough_data',"
        " 'too_few_homes', now() FROM actions WHERE building_id = %s",
        building,
    )
    connection.execute(
        "INSERT INTO open_buildings VALUES (%s, %s, 'n', now(), now())",
        (home.building_id, f"closed-{home.building_id}"),
    )
    connection.execute(
        "INSERT INTO building_stations SELECT %s, station_id FROM weather_stations", building
    )


@pytest.fixture
def homes(connection: Connection) -> tuple[Home, Home]:
    """Two homes of two buildings of two landlords, each with a row in every table."""
    connection.execute("INSERT INTO weather_stations (key, name) VALUES ('k', 'n')")
    connection.execute("INSERT INTO landlords (name) VALUES ('one'), ('two')")
    mine = move_in(connection)
    theirs = move_in(connection, building="Chênes", serial="cw-2222222")
    for number, home in enumerate((mine, theirs), 1):
        fill(connection, home)
        connection.execute(
            "UPDATE buildings SET landlord_id = %s WHERE building_id = %s",
            (number, home.building_id),
        )
    return mine, theirs


@contextmanager
def looking(database: str, viewer: Viewer | None) -> Iterator[Connection]:
    with open_pool(database, size=1) as pool, borrow_as(pool, viewer) as connection:
        yield connection


def owners(connection: Connection, table: str) -> set[Any]:
    query = f"SELECT DISTINCT {KEYS[table]} FROM {table}"
    return {row[0] for row in connection.execute(query.encode())}


def key_of(home: Home, table: str, connection: Connection) -> Any:
    dwelling_id, person = connection.execute(
        "SELECT dwelling_id, person FROM occupancies WHERE occupancy_id = %s",
        (home.viewer.occupancy_id,),
    ).fetchone() or (0, None)
    keys = {
        "building_id": home.building_id,
        "dwelling_id": dwelling_id,
        "person": person,
        "subject_id": home.viewer.occupancy_id,
        "occupancy_id": home.viewer.occupancy_id,
        "meter_id": home.meter.meter_id,
    }
    return keys[KEYS[table]]


def test_whatever_the_web_role_reads_has_a_policy(connection: Connection) -> None:
    found = connection.execute(READABLE).fetchall()
    assert {name for name, protected, _ in found if not protected} == set(OPEN)
    assert {name for name, protected, _ in found if protected} == set(KEYS)
    assert {name for name, _, kind in found if kind != "r"} == {"consents"}


def test_every_policy_is_for_the_web_role(connection: Connection) -> None:
    rows = connection.execute("SELECT DISTINCT roles::text FROM pg_policies").fetchall()
    assert rows == [("{commonwatt_web}",)]


def test_the_web_role_has_no_power_of_its_own(connection: Connection) -> None:
    row = connection.execute(
        "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb FROM pg_roles "
        "WHERE rolname = 'commonwatt_web'"
    ).fetchone()
    assert row == (False,) * 5


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("household", HOME),
        ("guest", GUEST),
        ("maker", MAKER),
        ("landlord", LANDLORD),
        ("staff", LANDLORD),
        ("operator", OPERATOR),
        ("nobody", set()),
    ],
)
def test_each_viewer_reads_its_own_rows_and_no_other(
    database: str, connection: Connection, homes: tuple[Home, Home], kind: str, seen: set[str]
) -> None:
    mine, theirs = homes
    viewers: dict[str, Viewer | None] = {
        "household": mine.viewer,
        "guest": Guest(mine.viewer.occupancy_id),
        "maker": Maker(mine.meter.meter_id),
        "landlord": Landlord(mine.building_id),
        "staff": Staff(1, may_change=True),
        "operator": Operator(),
        "nobody": None,
    }
    with looking(database, viewers[kind]) as web:
        for table in KEYS:
            expected = {key_of(mine, table, connection)} if table in seen else set()
            if kind == "operator" and table in seen:
                expected.add(key_of(theirs, table, connection))
            assert owners(web, table) == expected, table


def test_the_tables_are_full_enough_to_tell(
    connection: Connection, homes: tuple[Home, Home]
) -> None:
    for table in KEYS:
        expected = {key_of(home, table, connection) for home in homes}
        assert owners(connection, table) == expected, table


def test_the_next_tenant_starts_empty(
    database: str, connection: Connection, homes: tuple[Home, Home]
) -> None:
    home = homes[0]
    moved_utc = START_UTC.replace(day=2, hour=12)
    households.move_out(connection, home.viewer.occupancy_id, moved_utc)
    dwelling_id = key_of(home, "dwellings", connection)
    next_id = households.move_in(connection, dwelling_id, moved_utc)
    stretch = "SELECT min(start_utc), max(start_utc) FROM half_hours"
    with looking(database, home.viewer) as web:
        assert web.execute(stretch).fetchone() == (
            START_UTC,
            moved_utc.replace(hour=11, minute=30),
        )
        assert web.execute("SELECT max(end_utc) FROM readings").fetchone() == (moved_utc,)
        assert web.execute("SELECT count(*) FROM days").fetchone() == (0,)
    with looking(database, HouseholdMember(next_id)) as web:
        assert web.execute(stretch).fetchone() == (
            moved_utc,
            START_UTC.replace(day=2, hour=23, minute=30),
        )
        assert web.execute("SELECT min(end_utc) FROM readings").fetchone() == (moved_utc,)
        assert web.execute("SELECT count(*) FROM meter_signs").fetchone() == (0,)
        assert web.execute("SELECT count(*) FROM contracts").fetchone() == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT broker_hash FROM credentials",
        "SELECT * FROM access_links",
        "SELECT * FROM sessions",
        "SELECT * FROM accounts",
        "SELECT * FROM tries",
        "UPDATE audit_log SET what = 'nothing'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "UPDATE consent_events SET event = 'given'",
        "DELETE FROM consent_events",
        "TRUNCATE consent_events",
        "SELECT token_hash FROM access_links",
        "SELECT * FROM open_links",
        "SELECT * FROM erasures",
        "UPDATE access_links SET subject_id = 1",
        "DELETE FROM readings",
        "CREATE TABLE mine (x integer)",
        "INSERT INTO released_months VALUES (2, '2026-02-01', 11, 1, 1, now())",
        "UPDATE building_savings SET verdict = 'proven_drop'",
        "DELETE FROM building_savings",
        "SELECT * FROM release_cells",
        "SELECT * FROM release_members",
    ],
)
def test_what_the_web_role_may_not_do(
    database: str, homes: tuple[Home, Home], statement: str
) -> None:
    with (
        looking(database, Landlord(homes[0].building_id)) as web,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        web.execute(statement.encode())


@pytest.mark.usefixtures("homes")
def test_no_chunk_is_a_way_around(database: str, connection: Connection) -> None:
    chunks = connection.execute(
        "SELECT i.inhrelid::regclass::text FROM pg_inherits i "
        "WHERE i.inhparent = 'readings'::regclass"
    ).fetchall()
    with looking(database, Operator()) as web:
        for (chunk,) in chunks:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                web.execute(f"SELECT * FROM {chunk}".encode())


@pytest.mark.usefixtures("homes")
def test_a_returned_connection_remembers_nobody(database: str) -> None:
    told = "SELECT current_user = session_user, current_setting('app.subject', true)"
    with open_pool(database, size=1) as pool:
        with borrow_as(pool, HouseholdMember(1)) as web:
            assert web.execute(told).fetchone() == (False, "1")
        with borrow(pool) as plain:
            assert plain.execute(told).fetchone() == (True, "")
            assert plain.execute("SHOW statement_timeout").fetchone() == ("0",)


def test_a_failed_page_remembers_nobody_either(database: str) -> None:
    with open_pool(database, size=1) as pool:
        with pytest.raises(psycopg.errors.UndefinedTable), borrow_as(pool, Operator()) as web:
            web.execute("SELECT * FROM nothing")
        with borrow(pool) as plain:
            assert plain.execute("SELECT current_user = session_user").fetchone() == (True,)


def test_a_page_may_not_wait_for_ever(database: str) -> None:
    with looking(database, Operator()) as web:
        assert web.execute("SHOW statement_timeout").fetchone() == ("10s",)


@pytest.mark.parametrize("kind", ["guest", "neighbour", "landlord"])
def test_nobody_agrees_for_another(database: str, homes: tuple[Home, Home], kind: str) -> None:
    mine, theirs = homes
    viewers: dict[str, Viewer] = {
        "guest": Guest(mine.viewer.occupancy_id),
        "neighbour": theirs.viewer,
        "landlord": Landlord(mine.building_id),
    }
    with looking(database, viewers[kind]) as web, pytest.raises((RegistryError, psycopg.Error)):
        consents.give_consent(web, mine.viewer.occupancy_id, START_UTC, Purpose.OPEN_DATA)


@pytest.mark.parametrize(("audience", "subject"), [("household", 1), ("operator", 0), ("guest", 2)])
def test_a_household_lets_in_its_own_guests_alone(
    database: str, homes: tuple[Home, Home], audience: str, subject: int
) -> None:
    with (
        looking(database, homes[0].viewer) as web,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        make_link(web, Audience(audience), subject, START_UTC)


def test_what_has_no_second_wall_may_not_wait_for_ever_either(database: str) -> None:
    with open_pool(database, size=1) as pool:
        with borrow_briefly(pool) as plain:
            assert plain.execute("SHOW statement_timeout").fetchone() == ("10s",)
        with borrow(pool) as plain:
            assert plain.execute("SHOW statement_timeout").fetchone() == ("0",)
