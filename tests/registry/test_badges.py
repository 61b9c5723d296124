"""Badges, verified from their text alone by another path than the one that signs."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from commonwatt.errors import KitError
from commonwatt.registry.badges import (
    Achievement,
    BadgeKind,
    Issuer,
    make_issuer,
    open_key,
    sign_badge,
)

NOW_UTC = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
RUN = "6f0c1d1e-5a0b-4a58-9a3e-0d9f5d1f2b11"
ASSEMBLES = Achievement(
    BadgeKind.ASSEMBLES, "J\u2019assemble", "A construit un compteur.", "Critère."
)
ISSUER = make_issuer()
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def sign(achievement: Achievement = ASSEMBLES, run: str | None = RUN) -> str:
    key = open_key(ISSUER.closed_key, ISSUER.passphrase)
    return sign_badge(key, issuer_name="Nadia", achievement=achievement, given_utc=NOW_UTC, run=run)


def decode(part: str) -> bytes:
    assert "=" not in part
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def verify(jws: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """As RFC 7515 and RFC 8037 say, from the text alone; the key also has to be the issuer's name."""
    header, payload, signature = jws.split(".")
    head = json.loads(decode(header))
    assert head["alg"] == "EdDSA"
    assert (head["jwk"]["kty"], head["jwk"]["crv"]) == ("OKP", "Ed25519")
    public = decode(head["jwk"]["x"])
    Ed25519PublicKey.from_public_bytes(public).verify(
        decode(signature), f"{header}.{payload}".encode()
    )
    credential = json.loads(decode(payload))
    assert key_of_did(credential["issuer"]["id"]) == public
    return head, credential


def key_of_did(did: str) -> bytes:
    number = 0
    for letter in did.removeprefix("did:key:z"):
        number = number * 58 + BASE58.index(letter)
    raw = number.to_bytes(34, "big")
    assert raw[:2] == b"\xed\x01"
    return raw[2:]


def test_a_badge_is_an_achievement_credential() -> None:
    head, credential = verify(sign())
    assert head["typ"] == "JWT"
    assert credential["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert credential["@context"][1].startswith("https://purl.imsglobal.org/spec/ob/v3p0/context")
    assert credential["type"] == ["VerifiableCredential", "AchievementCredential"]
    assert credential["validFrom"] == "2026-03-12T14:00:00Z"
    assert credential["credentialSubject"]["type"] == ["AchievementSubject"]
    achievement = credential["credentialSubject"]["achievement"]
    assert achievement["name"] == "J\u2019assemble"
    assert achievement["criteria"] == {"narrative": "Critère."}
    assert credential["evidence"][0]["id"] == f"urn:uuid:{RUN}"


def test_the_registered_claims_say_what_the_credential_says() -> None:
    _, credential = verify(sign())
    assert credential["iss"] == credential["issuer"]["id"]
    assert credential["jti"] == credential["id"]
    assert credential["sub"] == credential["credentialSubject"]["id"]
    assert credential["nbf"] == 1773324000
    assert "vc" not in credential
    assert "iat" not in credential


def test_every_badge_has_a_subject_of_its_own_and_every_kind_a_lasting_name() -> None:
    first, second = verify(sign())[1], verify(sign())[1]
    assert first["sub"] != second["sub"]
    assert first["id"] != second["id"]
    ids = {
        kind: verify(sign(Achievement(kind, "a", "b", "c")))[1]["credentialSubject"]["achievement"]
        for kind in BadgeKind
    }
    assert len({achievement["id"] for achievement in ids.values()}) == len(BadgeKind)
    same = first["credentialSubject"]["achievement"]["id"]
    assert ids[BadgeKind.ASSEMBLES]["id"] == same


def test_without_a_self_test_there_is_no_evidence() -> None:
    assert "evidence" not in verify(sign(run=None))[1]


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_badge_does_not_verify(part: int) -> None:
    parts = sign().split(".")
    raw = bytearray(decode(parts[part]))
    if part < 2:
        changed = json.loads(raw)
        changed["extra"] = 1
        raw = bytearray(json.dumps(changed).encode())
    else:
        raw[0] ^= 1
    parts[part] = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    with pytest.raises(InvalidSignature):
        verify(".".join(parts))


def test_another_key_cannot_pose_as_the_issuer() -> None:
    """A thief signs with a key of his own; the issuer's name in the badge gives him away."""
    other: Issuer = make_issuer()
    _, mine = verify(sign())
    forged = sign_badge(
        open_key(other.closed_key, other.passphrase),
        issuer_name="Nadia",
        achievement=ASSEMBLES,
        given_utc=NOW_UTC,
        run=RUN,
    )
    assert verify(forged)[1]["iss"] != mine["iss"]


def test_a_passphrase_is_forgiven_its_form_and_nothing_else() -> None:
    typed = ISSUER.passphrase.lower().replace("-", " ")
    assert open_key(ISSUER.closed_key, typed).sign(b"x")
    for wrong in ("", "0" * 16, ISSUER.passphrase[:-1]):
        with pytest.raises(KitError, match="wrong_passphrase"):
            open_key(ISSUER.closed_key, wrong)


def test_the_kept_key_is_closed() -> None:
    assert "BEGIN ENCRYPTED PRIVATE KEY" in ISSUER.closed_key
    assert len(ISSUER.passphrase.replace("-", "")) == 16
