"""Opens a workshop: serials, secrets, codes and labels allotted at once, and handed over once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from commonwatt.access import Audience
from commonwatt.errors import KitError, RegistryError
from commonwatt.registry.badges import make_issuer
from commonwatt.registry.base32 import in_groups, random_symbols
from commonwatt.registry.claims import LIFETIME
from commonwatt.registry.kits import Stage
from commonwatt.registry.serials import new_serial
from commonwatt.servers.credentials import new_secret
from commonwatt.storage import credentials, meters
from commonwatt.storage.claims import allot_code
from commonwatt.storage.links import make_link
from commonwatt.storage.named_sql import queries
from commonwatt.storage.pool import database_errors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonwatt.storage.pool import Connection

_SQL = queries("kits")
VARIANTS = ("led", "tic_h", "tic_s", "ct", "sim")
MOST_KITS = 99
_LONGEST_REVISION = 40
_PASSWORD_SYMBOLS, _PASSWORD_GROUP = 12, 4
_LONGEST_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class WorkshopOrder:
    """What a facilitator asks for."""

    place: str
    held_on: date
    kits: int
    variant: str
    facilitator: str
    parts_revision: str

    def __post_init__(self) -> None:
        told = (self.place, self.facilitator, self.parts_revision)
        if not all(1 <= len(text.strip()) <= 80 and text.isprintable() for text in told):
            raise KitError("order_texts", "a place and a facilitator have 1 to 80 letters")
        if len(self.parts_revision) > _LONGEST_REVISION:
            raise KitError("order_texts", f"a revision has at most {_LONGEST_REVISION} letters")
        if not 1 <= self.kits <= MOST_KITS:
            raise KitError("order_kits", f"1 to {MOST_KITS} kits, not {self.kits}")
        if self.variant not in VARIANTS:
            raise KitError("order_variant", f"one of {', '.join(VARIANTS)}, not {self.variant!r}")


@dataclass(frozen=True, slots=True, repr=False)
class AllottedKit:
    """One meter before it exists; all but the serial is told this once and kept nowhere in clear.

    `password` is that of the meter's own network at home, where its Wi-Fi is set.
    """

    number: int
    serial: str
    secret: str
    claim_code: str
    password: str
    maker_token: str


@dataclass(frozen=True, slots=True, repr=False)
class Handover:
    """What the facilitator takes along."""

    workshop_id: int
    order: WorkshopOrder
    facilitator_token: str
    passphrase: str
    kits: Sequence[AllottedKit]


def open_workshop(connection: Connection, order: WorkshopOrder, now_utc: datetime) -> Handover:
    """Allot everything in one transaction; the database keeps only hashes of what is secret."""
    if abs(order.held_on - now_utc.date()) > _LONGEST_AHEAD:
        raise KitError("order_date", f"{order.held_on} is more than a year from now")
    issuer = make_issuer()
    row = {
        "place": order.place.strip(),
        "held_on": order.held_on,
        "variant": order.variant,
        "facilitator": order.facilitator.strip(),
        "issuer_key": issuer.closed_key,
        "now_utc": now_utc,
    }
    with database_errors(), connection.transaction():
        found = connection.execute(_SQL["add_workshop"], row).fetchone()
        if found is None:
            raise RegistryError("the workshop was not added")
        workshop_id = int(found[0])
        kits = tuple(
            _allot(connection, workshop_id, number, order, now_utc)
            for number in range(1, order.kits + 1)
        )
        token = make_link(connection, Audience.FACILITATOR, workshop_id, now_utc)
    return Handover(workshop_id, order, token, issuer.passphrase, kits)


def _allot(
    connection: Connection, workshop_id: int, number: int, order: WorkshopOrder, now_utc: datetime
) -> AllottedKit:
    secret = new_secret()
    serial = _unused_serial(connection)
    meter = meters.add_meter(
        connection,
        serial,
        variant=order.variant,
        state=Stage.PRINTED.value,
    )
    credentials.set_secret(connection, meter.meter_id, secret, now_utc)
    row = {
        "meter_id": meter.meter_id,
        "workshop_id": workshop_id,
        "number": number,
        "parts_revision": order.parts_revision.strip(),
    }
    connection.execute(_SQL["add_kit"], row)
    ahead = max(timedelta(0), order.held_on - now_utc.date())
    return AllottedKit(
        number=number,
        serial=serial,
        secret=secret,
        claim_code=str(allot_code(connection, meter.meter_id, now_utc, LIFETIME + ahead)),
        password=in_groups(random_symbols(_PASSWORD_SYMBOLS), _PASSWORD_GROUP).lower(),
        maker_token=make_link(connection, Audience.MAKER, meter.meter_id, now_utc),
    )


def _unused_serial(connection: Connection) -> str:
    """A serial nobody bears; with a thousand million of them one draw is mostly enough."""
    while True:
        serial = new_serial()
        if meters.find_meter(connection, serial) is None:
            return serial


def provisioning_document(handover: Handover) -> dict[str, Any]:
    """What the laptop that writes names into meters needs, as JSON."""
    return {
        "workshop": handover.workshop_id,
        "variant": handover.order.variant,
        "meters": [
            {
                "number": kit.number,
                "serial": kit.serial,
                "secret": kit.secret,
                "password": kit.password,
            }
            for kit in handover.kits
        ],
    }
