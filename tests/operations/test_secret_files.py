"""Secrets may stand in files, which containers and systemd hand over so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonwatt.errors import SetupError
from commonwatt.settings import SECRETS, Settings

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "postgresql://cw@127.0.0.1:5432/homes"


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\nsecond line\n"])
def test_a_secret_is_the_first_line_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, end: str
) -> None:
    (tmp_path / "secret").write_text(f" p@ss/wörd:{end}", newline="")
    monkeypatch.setenv(f"COMMONWATT_{name.upper()}_FILE", str(tmp_path / "secret"))
    assert getattr(Settings(), name) == " p@ss/wörd:"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_in_two_places_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    variable = f"COMMONWATT_{name.upper()}"
    monkeypatch.setenv(f"{variable}_FILE", str(tmp_path / "secret"))
    with pytest.raises(SetupError, match=f"{variable}_FILE cannot be read"):
        Settings()
    (tmp_path / "secret").write_text("\nlate\n")
    with pytest.raises(SetupError, match="empty line"):
        Settings()
    monkeypatch.setenv(variable, "one")
    with pytest.raises(SetupError, match="both set"):
        Settings()


def test_any_password_fits_into_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWATT_DATABASE_URL", ADDRESS)
    assert Settings().require_database() == ADDRESS
    monkeypatch.setenv("COMMONWATT_DATABASE_PASSWORD", "p@ss/wörd: %")
    told = Settings().require_database()
    assert told == "postgresql://cw:p%40ss%2Fw%C3%B6rd%3A%20%25@127.0.0.1:5432/homes"


@pytest.mark.parametrize("address", ["postgresql://127.0.0.1/homes", "postgresql://a:b@h/homes"])
def test_two_passwords_or_no_name_are_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("COMMONWATT_DATABASE_URL", address)
    monkeypatch.setenv("COMMONWATT_DATABASE_PASSWORD", "secret")
    with pytest.raises(SetupError, match="with a name and no password"):
        Settings().require_database()
