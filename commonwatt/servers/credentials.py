"""Who may speak to the broker and about what: one password file and one ACL file for two brokers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from typing import TYPE_CHECKING

from commonwatt.errors import InputError
from commonwatt.servers.accounts import choose_account, give

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PASSWORDS = "passwords"
ACL = "acl"
SERVICE_USER = "ingest"
WORKERS = 8
SERVICE_USERS = (SERVICE_USER, *(f"{SERVICE_USER}-{number}" for number in range(1, WORKERS + 1)))
"""The service, and each of its workers: the broker knows a client by its user name."""
BROKER_ACCOUNT = "mosquitto"
USER_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
LISTENER_PREFIX = "out-"
"""So begins the name of a household's own listener: it may read what is told to it, and nothing else."""
METER_WRITES = ("status", "hello", "readings", "columns", "live", "selftest", "event", "res")
METER_READS = ("ack", "cmd")
LISTENER_READS = ("cw/out/%u/+", "homeassistant/sensor/%u/+/config")
ITERATIONS = 101
"""What mosquitto itself uses: secrets must be random and of 128 bits or more, never chosen."""
SALT_BYTES = 12
SECRET_BYTES = 16


def new_secret() -> str:
    """A meter's secret: 128 random bits, to be shown once."""
    return secrets.token_hex(SECRET_BYTES)


def digest_of(secret: str) -> bytes:
    """What finds a secret without keeping it; safe because secrets are random, never chosen."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def hash_secret(secret: str) -> str:
    """The line mosquitto keeps for a secret, without the user's name."""
    salt = secrets.token_bytes(SALT_BYTES)
    return "$".join(("", "7", str(ITERATIONS), _encode(salt), _encode(_derive(secret, salt))))


def verify_secret(secret: str, hashed: str) -> bool:
    """Whether `hashed` was made from this secret."""
    try:
        _, kind, iterations, salt, expected = hashed.split("$")
        derived = _derive(secret, base64.b64decode(salt), int(iterations))
    except ValueError:
        return False
    return kind == "7" and hmac.compare_digest(derived, base64.b64decode(expected))


def render_passwords(hashes: Mapping[str, str]) -> str:
    for user in hashes:
        if not USER_NAME.fullmatch(user):
            raise InputError(f"a broker's user name has letters, digits, _ . and - only: {user!r}")
    return "".join(f"{user}:{hashed}\n" for user, hashed in sorted(hashes.items()))


def render_acl(places: Mapping[str, str] | None = None) -> str:
    """The same lines for any number of meters: %u stands for the meter's own name.

    `places` maps a topic prefix of another language to the meter that may write below it.
    """
    owned = sorted((places or {}).items(), key=lambda place: (place[1], place[0]))
    rights = ["topic read cw/v1/+/#"]
    rights += [f"topic read {prefix}/#" for prefix, _ in owned]
    rights += [f"topic write cw/v1/+/{leaf}" for leaf in METER_READS]
    rights += [f"topic write {topic.replace('%u', '+')}" for topic in LISTENER_READS]
    service = [line for user in SERVICE_USERS for line in (f"user {user}", *rights, "")][:-1]
    for prefix, user in owned:
        service += ["", f"user {user}", f"topic write {prefix}/#"]
    meters = [f"pattern write cw/v1/%u/{leaf}" for leaf in METER_WRITES]
    meters += [f"pattern read cw/v1/%u/{leaf}" for leaf in METER_READS]
    meters += [f"pattern read {topic}" for topic in LISTENER_READS]
    return "\n".join((*service, "", *meters, ""))


def write_credentials(
    folder: Path, hashes: Mapping[str, str], places: Mapping[str, str] | None = None
) -> None:
    """Replace both files, each whole or not at all; a running broker learns by `Broker.reload`."""
    text = render_passwords(hashes)
    account = choose_account(BROKER_ACCOUNT)
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        give(folder, account)
    for name, content in ((PASSWORDS, text), (ACL, render_acl(places))):
        _replace(folder / name, content)


def _replace(path: Path, content: str) -> None:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    give(fresh, choose_account(BROKER_ACCOUNT))
    fresh.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _derive(secret: str, salt: bytes, iterations: int = ITERATIONS) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, iterations)


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
