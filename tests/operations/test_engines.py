"""The same work here, on several processes and on Dask: equal results, also when a worker is killed."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from distributed import LocalCluster

from commonwatt import rollups
from commonwatt.core.tariff import Contract, Option
from commonwatt.engines import Dask, Engine, Processes, Serial, choose_engine
from commonwatt.errors import SetupError
from commonwatt.servers.ports import free_port
from commonwatt.storage import alerts
from commonwatt.storage.alerts import AlertKind
from commonwatt.storage.contracts import enter_contract
from commonwatt.watching import watch_on
from tests.operations.pieces import always_die, refuse, square, square_or_die
from tests.simulated import START_S, START_UTC, move_in, rows_of, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from commonwatt.storage.pool import Connection

NUMBERS = range(20)
HOMES = 6
DAYS = 4
NOW_UTC = START_UTC + timedelta(days=DAYS)


@pytest.fixture(scope="module")
def dask() -> Iterator[Dask]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        yield Dask(cluster.scheduler_address)


@pytest.fixture(params=["serial", "processes", "dask"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "dask":
        found: Dask = request.getfixturevalue("dask")
        return found
    return Serial() if request.param == "serial" else Processes(2)


def test_answers_come_in_order(engine: Engine) -> None:
    assert engine.run(square, NUMBERS) == [number**2 for number in NUMBERS]
    assert engine.run(square, []) == []


def test_an_error_of_a_piece_is_the_error_of_all(engine: Engine) -> None:
    with pytest.raises(ValueError, match="is refused"):
        engine.run(refuse, [3])


@pytest.mark.parametrize("kind", ["processes", "dask"])
def test_a_worker_that_is_killed_loses_nothing(dask: Dask, kind: str, tmp_path: Path) -> None:
    engine = dask if kind == "dask" else Processes(2)
    told = engine.run(partial(square_or_die, tmp_path), NUMBERS)
    assert (tmp_path / "died").exists()
    assert told == [number**2 for number in NUMBERS]


def test_work_that_always_kills_is_given_up_with_a_sentence() -> None:
    with pytest.raises(SetupError, match="pieces of work died"):
        Processes(1).run(always_die, NUMBERS)


def build(connection: Connection) -> None:
    """Homes of 100, 200 ... W, which want to be told of more than 300 W or 7 kWh a day."""
    for number in range(HOMES):
        home = move_in(connection, f"A{number:02d}", serial=f"cw-{str(number + 2) * 7}")
        minutes = np.arange(0, 1440 * DAYS)
        power_w = 100 * (number + 1)
        write(connection, rows_of(home.meter, START_S + 60 * minutes, power_w / 60 * minutes))
        agreed = Contract(date(2025, 8, 1), Option.BASE, 6)
        enter_contract(connection, home.viewer.occupancy_id, agreed, START_UTC)
        for kind, above in ((AlertKind.DAY, 7), (AlertKind.ALWAYS_ON, 300), (AlertKind.MONTH, 100)):
            alerts.choose_alert(connection, home.viewer, kind, above, START_UTC)
    rollups.settle(connection)


def test_the_daily_work_tells_every_engine_the_same(
    connection: Connection, database: str, dask: Dask
) -> None:
    build(connection)
    told = []
    for engine in (Serial(), Processes(2), dask):
        connection.execute("TRUNCATE alerts")
        counted = watch_on(engine, database, NOW_UTC)
        rows = connection.execute("SELECT * FROM alerts ORDER BY 1, 2, 3").fetchall()
        assert len(rows) == counted
        told.append(rows)
    assert told[0] == told[1] == told[2]
    assert {row[0] for row in told[0]} == {3, 4, 5, 6}
    assert watch_on(Serial(), database, NOW_UTC + timedelta(hours=1)) == 0


@pytest.mark.parametrize(
    ("told", "kind"), [("serial", Serial), ("3", Processes), ("tcp://127.0.0.1:8786", Dask)]
)
def test_an_engine_is_chosen_by_a_word(told: str, kind: Callable[..., Engine]) -> None:
    assert isinstance(choose_engine(told), kind)  # type: ignore[arg-type] # the classes themselves


@pytest.mark.parametrize("told", ["", "0", "-1", "many", "http://127.0.0.1:8786"])
def test_no_other_word_is_an_engine(told: str) -> None:
    with pytest.raises(SetupError, match="an engine is serial, a number"):
        choose_engine(told)


def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commonwatt.engines.CONNECT_WITHIN_S", 1)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(SetupError, match=f"no Dask scheduler answers at {address}"):
        Dask(address).run(square, NUMBERS)
