"""Badges: given by a facilitator with the own key, kept as they were signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.registry.badges import BadgeKind, check_earned, open_key, sign_badge
from commonwatt.storage import kits, selftests
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from commonwatt.access import Viewer
    from commonwatt.registry.badges import Achievement
    from commonwatt.storage.pool import Connection

_SQL = queries("badges")


def give_badge(
    connection: Connection,
    viewer: Viewer | None,
    serial: str,
    achievement: Achievement,
    passphrase: str,
    now_utc: datetime,
) -> None:
    """Sign a badge for who built a kit; the passphrase opens the key for this moment only."""
    kit = kits.kit_of_workshop(connection, viewer, serial)
    tested = selftests.last_selftests(connection, [kit.meter_id]).get(kit.meter_id)
    passed = tested is not None and tested.is_passed(kit.variant)
    check_earned(achievement.kind, kit.stage, test_passed=passed)
    workshop = kits.find_workshop(connection, kit.workshop_id)
    jws = sign_badge(
        open_key(kits.issuer_key(connection, kit.workshop_id), passphrase),
        issuer_name=workshop.facilitator,
        achievement=achievement,
        given_utc=now_utc,
        run=tested.run if tested and achievement.kind is BadgeKind.MEASURES else None,
    )
    row = {
        "meter_id": kit.meter_id,
        "kind": achievement.kind.value,
        "jws": jws,
        "now_utc": now_utc,
    }
    with database_errors():
        connection.execute(_SQL["give_badge"], row)


def badges_of(connection: Connection, meter_ids: Iterable[int]) -> dict[int, frozenset[BadgeKind]]:
    """The badges given with each of these meters, of those that have any."""
    found: dict[int, set[BadgeKind]] = {}
    with database_errors():
        for meter_id, kind in connection.execute(_SQL["badges_of"], (list(meter_ids),)):
            found.setdefault(meter_id, set()).add(BadgeKind(kind))
    return {meter_id: frozenset(kinds) for meter_id, kinds in found.items()}


def find_badge(connection: Connection, meter_id: int, kind: BadgeKind) -> str | None:
    """The badge as it was signed."""
    with database_errors():
        asked = {"meter_id": meter_id, "kind": kind.value}
        row = connection.execute(_SQL["badge"], asked).fetchone()
    return str(row[0]) if row else None
