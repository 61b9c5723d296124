"""Every alert and every panel names figures that are told, and each alert's condition is caused."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest
import yaml

from commonwatt import erasure
from commonwatt.operations.figures import Collector
from commonwatt.servers.ports import free_port
from commonwatt.storage import readings
from commonwatt.storage.readings import Sign
from commonwatt.storage.removal import Erasure
from ingest.receive import Source
from ingest.service import IngestService
from tests.operations.scraping import fires, shown
from tests.simulated import START_S, move_in, rows_of, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonwatt.storage.pool import Connection

FOLDER = files("commonwatt.operations")
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
HERE = Path(__file__).parent
_NAME = re.compile(r"\bcommonwatt_[a-z_]+")
_ELSEWHERE = {
    "ProcessAway": "Prometheus' own figure",
    "CertificateEnds": "test_authority.py",
    "DatabaseAway": "test_figures.py",
    "SchemaOld": "test_figures.py",
    "RepairsWait": "test_figures.py",
    "IngestWithoutDatabase": "test_ingest_figures.py",
    "IngestWithoutBroker": "test_ingest_figures.py",
    "QueueFills": "test_ingest_figures.py",
    "IngestLate": "test_ingest_figures.py",
}
"""Where the other conditions are caused."""


def expression(alert: str) -> str:
    rule: str = RULES[alert]["expr"]
    return rule


def told_names(database: str, folder: Path) -> set[str]:
    """All names, also of figures that have no value yet."""
    idle = IngestService(database, Source("127.0.0.1", free_port(), "ingest", ""))
    both = [*Collector(database, folder / "none").figures(), *idle.figures()]
    return {metric.name for metric in both}


def stand_erased(_connection: Connection, listed: Path, _: pytest.MonkeyPatch) -> None:
    erasure.append(listed, Erasure(uuid4(), datetime.now(UTC)))


def leave_marks(connection: Connection, _: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody adds up what was written, and the clock goes on."""
    home = move_in(connection)
    write(connection, rows_of(home.meter, START_S + 60 * np.arange(1, 3), np.arange(2.0)))
    steps_s = iter((1.0, 62.0))
    monkeypatch.setattr("commonwatt.operations.figures.time.monotonic", lambda: next(steps_s))


def be_silent(connection: Connection, _: Path, __: pytest.MonkeyPatch) -> None:
    home = move_in(connection)
    readings.see_meters(connection, [Sign(home.meter.meter_id, time.time() - 901)])


def refuse_many(connection: Connection, _: Path, __: pytest.MonkeyPatch) -> None:
    today = datetime.now(UTC).date()
    readings.count_refused(connection, {(None, "unknown_meter"): 1001}, today)


CAUSES: dict[str, Callable[[Connection, Path, pytest.MonkeyPatch], None]] = {
    "ErasuresStanding": stand_erased,
    "RollupsLate": leave_marks,
    "NobodyHeard": be_silent,
    "ManyRefused": refuse_many,
}


def test_every_alert_has_its_cause() -> None:
    assert set(RULES) == CAUSES.keys() | _ELSEWHERE.keys()
    for alert, place in _ELSEWHERE.items():
        assert not place.endswith(".py") or f'"{alert}"' in (HERE / place).read_text("utf-8")


@pytest.mark.parametrize("alert", CAUSES)
def test_its_condition_and_nothing_else_sets_an_alert_off(
    alert: str,
    database: str,
    connection: Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = tmp_path / "erasures.jsonl"
    collector = Collector(database, listed)
    assert not any(fires(expression(each), shown(collector.figures())) for each in CAUSES)
    CAUSES[alert](connection, listed, monkeypatch)
    collector.figures()
    told = shown(collector.figures())
    assert [each for each in CAUSES if fires(expression(each), told)] == [alert]


def test_rules_and_panels_name_what_is_told(database: str, tmp_path: Path) -> None:
    asked = " ".join(rule["expr"] for rule in RULES.values())
    shown_ones = " ".join(t["expr"] for panel in DASHBOARD["panels"] for t in panel["targets"])
    known = told_names(database, tmp_path)
    assert set(_NAME.findall(asked)) <= known
    assert set(_NAME.findall(shown_ones)) == known


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    for alert, rule in RULES.items():
        assert set(rule["annotations"]) == {"summary", "action"}, alert
        assert all(text.endswith(".") for text in rule["annotations"].values()), alert


def test_panels_do_not_lie_on_each_other() -> None:
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in DASHBOARD["panels"]]
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)


def test_names_keep_the_customs_of_prometheus(database: str, tmp_path: Path) -> None:
    """Counters end in _total, times are in seconds, and nothing else is said of a unit."""
    idle = IngestService(database, Source("127.0.0.1", free_port(), "ingest", ""))
    for metric in [*Collector(database, tmp_path / "none").figures(), *idle.figures()]:
        assert (metric.kind == "counter") == metric.name.endswith("_total")
        assert not re.search(r"_(ms|minutes|hours|s)(_|$)", metric.name)
