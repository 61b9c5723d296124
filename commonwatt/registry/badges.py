"""Open Badges 3.0: what a maker did, signed with the facilitator's own Ed25519 key."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4, uuid5

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from commonwatt.errors import KitError
from commonwatt.registry.base32 import in_groups, random_symbols, read_symbols
from commonwatt.registry.kits import Stage

if TYPE_CHECKING:
    from datetime import datetime

_PASSPHRASE_SYMBOLS = 16
_GROUP = 4
_ED25519_KEY = b"\xed\x01"
_BITCOIN = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ACHIEVEMENTS = UUID("6d2a2f0e-8f3c-5c3f-9d0e-3a5d1b7c9e42")
"""The space in which a badge's kind has its own lasting name."""

_CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]


class BadgeKind(StrEnum):
    """What there is a badge for."""

    ASSEMBLES = "assembles"
    MEASURES = "measures"
    INSTALLS = "installs"
    PROTECTS = "protects"


@dataclass(frozen=True, slots=True)
class Issuer:
    """A facilitator's key, closed by a passphrase, and the passphrase, shown once."""

    closed_key: str
    passphrase: str


@dataclass(frozen=True, slots=True)
class Achievement:
    """A badge in a reader's words."""

    kind: BadgeKind
    name: str
    description: str
    criteria: str


def check_earned(kind: BadgeKind, stage: Stage, *, test_passed: bool) -> None:
    """Raise KitError if a badge cannot be earned yet; protecting data is the facilitator's word."""
    is_earned = {
        BadgeKind.ASSEMBLES: stage is not Stage.PRINTED,
        BadgeKind.MEASURES: test_passed,
        BadgeKind.INSTALLS: stage in {Stage.CLAIMED, Stage.LIVE, Stage.SILENT},
        BadgeKind.PROTECTS: True,
    }
    if not is_earned[kind]:
        raise KitError("badge_not_earned")


def make_issuer() -> Issuer:
    """A new key; its passphrase has 80 random bits, so that the closed key may be kept."""
    symbols = random_symbols(_PASSPHRASE_SYMBOLS)
    closed = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(symbols.encode())
    )
    return Issuer(closed.decode("ascii"), in_groups(symbols, _GROUP))


def open_key(closed_key: str, passphrase: str) -> Ed25519PrivateKey:
    """The facilitator's key; raise KitError if the passphrase is another."""
    typed = read_symbols(passphrase).encode()
    try:
        key = load_pem_private_key(closed_key.encode("ascii"), typed)
    except (TypeError, ValueError) as error:
        raise KitError("wrong_passphrase") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KitError("wrong_passphrase")
    return key


def sign_badge(
    key: Ed25519PrivateKey,
    *,
    issuer_name: str,
    achievement: Achievement,
    given_utc: datetime,
    run: str | None,
) -> str:
    """The badge as a compact JWS whose payload is the credential.

    Its subject is a random name: neither nickname nor serial is in it.
    """
    public = key.public_key().public_bytes_raw()
    subject = uuid4().urn
    payload = _credential(_did(public), issuer_name, achievement, given_utc, subject, run)
    payload |= {
        "iss": payload["issuer"]["id"],
        "jti": payload["id"],
        "nbf": int(given_utc.timestamp()),
        "sub": subject,
    }
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": _encode(public)}
    header = {"alg": "EdDSA", "typ": "JWT", "jwk": jwk}
    signed = f"{_encode(_json(header))}.{_encode(_json(payload))}"
    return f"{signed}.{_encode(key.sign(signed.encode('ascii')))}"


def _credential(
    issuer_did: str,
    issuer_name: str,
    achievement: Achievement,
    given_utc: datetime,
    subject: str,
    run: str | None,
) -> dict[str, Any]:
    evidence = {"id": f"urn:uuid:{run}", "type": ["Evidence"], "name": "self-test"}
    return {
        "@context": _CONTEXT,
        "id": uuid4().urn,
        "type": ["VerifiableCredential", "AchievementCredential"],
        "name": achievement.name,
        "issuer": {"id": issuer_did, "type": ["Profile"], "name": issuer_name},
        "validFrom": f"{given_utc:%Y-%m-%dT%H:%M:%SZ}",
        "credentialSubject": {
            "id": subject,
            "type": ["AchievementSubject"],
            "achievement": {
                "id": uuid5(_ACHIEVEMENTS, achievement.kind).urn,
                "type": ["Achievement"],
                "name": achievement.name,
                "description": achievement.description,
                "criteria": {"narrative": achievement.criteria},
            },
        },
        **({"evidence": [evidence]} if run else {}),
    }


def _did(public: bytes) -> str:
    """The key as its own name, did:key, so that nobody has to be asked who signed."""
    number = int.from_bytes(_ED25519_KEY + public, "big")
    letters = ""
    while number:
        number, place = divmod(number, len(_BITCOIN))
        letters = _BITCOIN[place] + letters
    return f"did:key:z{letters}"


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
