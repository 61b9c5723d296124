"""The commands of workshops, as they are typed."""

from __future__ import annotations

import json
import re
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from commonwatt import cli
from commonwatt.access import Facilitator
from commonwatt.errors import KitError, RegistryError
from commonwatt.storage import meters, selftests
from commonwatt.storage.links import find_viewer
from tests.documents.pdf_reading import read_pdf
from tests.storage.workshops import open_one, pass_test, redeem

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from commonwatt.storage.pool import Connection

TODAY = datetime.now(UTC).date().isoformat()


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.app, list(words), catch_exceptions=True)


def open_by_command(folder: Path, kits: int = 3, day: str = TODAY) -> Result:
    told = ["--place", "Ormes", "--date", day, "--kits", str(kits), "--facilitator", "Nadia"]
    return run("workshop", "open", str(folder), *told)


@pytest.fixture(autouse=True)
def _settings(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWATT_DATABASE_URL", database)


def test_opening_writes_everything_once_and_closed(connection: Connection, tmp_path: Path) -> None:
    folder = tmp_path / "handover"
    done = open_by_command(folder)
    assert done.exit_code == 0, done.output
    files = sorted(path.name for path in folder.iterdir())
    assert files == ["facilitator.txt", "labels.pdf", "meters.json"]
    for path in (folder, *folder.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    told = json.loads((folder / "meters.json").read_text("utf-8"))["meters"]
    (page,) = read_pdf((folder / "labels.pdf").read_bytes())
    for meter in told:
        assert meters.find_meter(connection, meter["serial"]) is not None
        assert meter["serial"] in page.text
        assert meter["password"] in page.text
        assert meter["secret"] not in page.text
        assert meter["secret"] not in done.output
    note = (folder / "facilitator.txt").read_text("utf-8")
    link = re.search(r"/l/(\S+)", note)
    assert link
    assert find_viewer(connection, link[1]) == Facilitator(1)


def test_a_folder_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    done = open_by_command(tmp_path)
    assert isinstance(done.exception, RegistryError)
    assert list(tmp_path.iterdir()) == []


def test_a_slip_is_one_sentence_and_leaves_no_folder(tmp_path: Path) -> None:
    done = open_by_command(tmp_path / "handover", kits=0)
    assert isinstance(done.exception, KitError)
    assert "1 to 99 kits" in str(done.exception)
    assert not (tmp_path / "handover").exists()


def test_tickets_are_told(connection: Connection) -> None:
    """Claimed two days ago, and not heard since."""
    past_utc = datetime.now(UTC) - timedelta(days=2)
    opened = open_one(connection)
    pass_test(connection, opened)
    meter_id = opened.maker(connection).meter_id
    connection.execute("UPDATE workshops SET opened_utc = %s", (past_utc,))
    connection.execute("UPDATE claim_codes SET expires_utc = %s", (past_utc + timedelta(days=9),))
    connection.execute("UPDATE claim_codes SET created_utc = %s", (past_utc,))
    selftests.note_presence(connection, meter_id, past_utc)
    redeem(connection, opened.kit().claim_code, past_utc)
    done = run("tickets")
    assert done.exit_code == 0, done.output
    assert f"Maison des jeunes, {opened.kit().serial}: The meter is silent." in done.output
    assert "1 tickets opened, 0 closed" in done.output
    assert "0 tickets opened, 0 closed" in run("tickets").output
