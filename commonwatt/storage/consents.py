"""The ledger of consents: every yes and every no of a household, entered once and never rewritten."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from commonwatt.access import member_of
from commonwatt.errors import RegistryError
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.storage.pool import Connection

_SQL = queries("consents")


class Purpose(StrEnum):
    """What a household can agree to, each by itself."""

    OWN_VIEW = "own_view"
    BUILDING_FIGURES = "building_figures"
    COACH = "coach"
    OPEN_DATA = "open_data"
    PAPER = "paper"
    SIMILAR_HOMES = "similar_homes"


class Granularity(StrEnum):
    """How finely the recipient may see."""

    HALF_HOUR = "half_hour"
    DAY = "day"
    MONTH = "month"


RECIPIENTS = {
    Purpose.OWN_VIEW: "household",
    Purpose.BUILDING_FIGURES: "landlord",
    Purpose.COACH: "coach",
    Purpose.OPEN_DATA: "public",
    Purpose.PAPER: "association",
    Purpose.SIMILAR_HOMES: "households",
}
FINEST = {
    Purpose.OWN_VIEW: Granularity.HALF_HOUR,
    Purpose.BUILDING_FIGURES: Granularity.MONTH,
    Purpose.COACH: Granularity.HALF_HOUR,
    Purpose.OPEN_DATA: Granularity.DAY,
    Purpose.PAPER: Granularity.DAY,
    Purpose.SIMILAR_HOMES: Granularity.MONTH,
}


@dataclass(frozen=True, slots=True)
class ConsentText:
    """The words a household agreed to: their version and the SHA-256 of the French ones."""

    version: str
    sha256: bytes | None


PAPER = ConsentText("paper", None)
"""An agreement that was signed on paper, of which the service has no words."""


@dataclass(frozen=True, slots=True)
class Consent:
    """A yes to one purpose, and when it was taken back."""

    purpose: Purpose
    recipient: str
    granularity: Granularity
    given_utc: datetime
    withdrawn_utc: datetime | None
    text: ConsentText


def consent_text(version: str, french: str) -> ConsentText:
    return ConsentText(version, hashlib.sha256(french.encode()).digest())


def give_consent(
    connection: Connection,
    occupancy_id: int,
    given_utc: datetime,
    purpose: str = Purpose.BUILDING_FIGURES,
    text: ConsentText = PAPER,
    granularity: Granularity | None = None,
) -> None:
    """Enter a yes; nothing changes if the household agrees to just this already."""
    wanted = granularity or FINEST[Purpose(purpose)]
    if granularity_of(connection, occupancy_id, purpose) != wanted:
        if purpose == Purpose.OWN_VIEW:
            _seal_pause(connection, occupancy_id, given_utc)
        _enter(connection, occupancy_id, given_utc, purpose, ("given", wanted, text))


def withdraw_consent(
    connection: Connection,
    occupancy_id: int,
    withdrawn_utc: datetime,
    purpose: str = Purpose.BUILDING_FIGURES,
) -> None:
    """Enter a no; nothing changes if the household does not agree."""
    standing = granularity_of(connection, occupancy_id, purpose)
    if standing:
        _enter(connection, occupancy_id, withdrawn_utc, purpose, ("withdrawn", standing, PAPER))


def granularity_of(connection: Connection, occupancy_id: int, purpose: str) -> Granularity | None:
    """How finely the household agrees to a purpose now, or None if it does not."""
    asked = {"occupancy_id": occupancy_id, "purpose": purpose}
    with database_errors():
        row = connection.execute(_SQL["standing"], asked).fetchone()
    return Granularity(row[0]) if row else None


def paused_meters(connection: Connection) -> list[int]:
    """The meters that now measure a household which took back its first consent."""
    with database_errors():
        return [meter_id for (meter_id,) in connection.execute(_SQL["paused_meters"])]


def paper_homes(
    connection: Connection, building: str, stairwell: str, before_utc: datetime, now_utc: datetime
) -> list[int]:
    """The households of a stairwell whose sheets may be printed, by flat; whoever left gets none."""
    asked = {
        "building": building,
        "stairwell": stairwell,
        "before_utc": before_utc,
        "now_utc": now_utc,
    }
    with database_errors():
        return [occupancy for (occupancy,) in connection.execute(_SQL["paper_homes"], asked)]


def standing_purposes(connection: Connection, viewer: Viewer | None) -> set[Purpose]:
    """What the viewer's household agrees to now."""
    known = load_consents(connection, viewer)
    return {consent.purpose for consent in known if consent.withdrawn_utc is None}


def load_consents(connection: Connection, viewer: Viewer | None) -> list[Consent]:
    """All the viewer's household ever agreed to, in order."""
    with database_errors():
        rows = connection.execute(_SQL["history"], (member_of(viewer),)).fetchall()
    return [
        Consent(Purpose(purpose), to, Granularity(fine), given, back, ConsentText(version, sha256))
        for purpose, to, fine, given, back, version, sha256 in rows
    ]


def _seal_pause(connection: Connection, occupancy_id: int, until_utc: datetime) -> None:
    """Let nothing be computed of a pause that ends: the register goes on, what it tells is not counted."""
    with database_errors():
        connection.execute(
            _SQL["seal_pause"], {"occupancy_id": occupancy_id, "until_utc": until_utc}
        )


def _enter(
    connection: Connection,
    occupancy_id: int,
    at_utc: datetime,
    purpose: str,
    event: tuple[str, Granularity, ConsentText],
) -> None:
    kind, granularity, text = event
    row = {
        "occupancy_id": occupancy_id,
        "purpose": purpose,
        "recipient": RECIPIENTS[Purpose(purpose)],
        "granularity": granularity,
        "event": kind,
        "at_utc": at_utc,
        "version": text.version,
        "sha256": text.sha256,
    }
    with database_errors():
        if connection.execute(_SQL["add_event"], row).rowcount != 1:
            raise RegistryError(f"there is no household {occupancy_id}")
