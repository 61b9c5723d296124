"""A certificate authority of the service's own, for the one listener that meters reach from outside."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from commonwatt.errors import InputError, SetupError
from commonwatt.servers.accounts import choose_account, give
from commonwatt.servers.credentials import BROKER_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AUTHORITY, BROKER = "authority", "broker"
AUTHORITY_LIFE = timedelta(days=3650)
BROKER_LIFE = timedelta(days=397)
_BEFORE = timedelta(hours=1)
"""Valid from a little before now, for clocks that are slow."""
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def make_authority(folder: Path, now_utc: datetime) -> None:
    """Make the authority that meters are to trust; its key stays in the folder and nowhere else."""
    if (folder / f"{AUTHORITY}.key").exists():
        raise SetupError(f"{folder} has an authority: meters trust it, so it is not replaced")
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("commonwatt meters")
    built = _begin(name, name, key.public_key(), now_utc, AUTHORITY_LIFE)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    built = built.add_extension(_usage(signs_others=True), critical=True)
    _write(folder / f"{AUTHORITY}.key", _pem(key), 0o600)
    certificate = built.sign(key, hashes.SHA256())
    _write(folder / f"{AUTHORITY}.crt", certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def issue_broker(folder: Path, names: Sequence[str], now_utc: datetime) -> None:
    """Give the broker a new key and a certificate for these host names and addresses."""
    try:
        own_key = (folder / f"{AUTHORITY}.key").read_bytes()
        own = x509.load_pem_x509_certificate((folder / f"{AUTHORITY}.crt").read_bytes())
    except FileNotFoundError:
        raise SetupError(f"{folder} has no authority: run `commonwatt ca make` first") from None
    signer = serialization.load_pem_private_key(own_key, None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise SetupError(f"the key in {folder} was not made by this program")
    key = ec.generate_private_key(ec.SECP256R1())
    built = _begin(_name(names[0]), own.subject, key.public_key(), now_utc, BROKER_LIFE)
    built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    built = built.add_extension(_usage(signs_others=False), critical=True)
    purposes = [ExtendedKeyUsageOID.SERVER_AUTH]
    built = built.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    built = built.add_extension(x509.SubjectAlternativeName([*map(_place, names)]), critical=False)
    certificate = built.sign(signer, hashes.SHA256())
    _write(folder / f"{BROKER}.key", _pem(key), 0o600, for_broker=True)
    _write(folder / f"{BROKER}.crt", certificate.public_bytes(serialization.Encoding.PEM), 0o644)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the authority's key stays, what the broker alone reads, and what everybody may."""

    authority: Path
    broker: Path
    trust: Path


def make_what_is_missing(places: Places, names: Sequence[str], now_utc: datetime) -> None:
    """Make the authority and the broker's certificate, unless they are there; hand out what is needed."""
    home = places.authority
    if not (home / f"{AUTHORITY}.key").exists():
        make_authority(home, now_utc)
    if not (home / f"{BROKER}.crt").exists():
        issue_broker(home, names, now_utc)
    for folder in (places.broker, places.trust):
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    key = (home / f"{BROKER}.key").read_bytes()
    _write(places.broker / f"{BROKER}.key", key, 0o600, for_broker=True)
    for folder, name in (
        (places.broker, BROKER),
        (places.trust, BROKER),
        (places.trust, AUTHORITY),
    ):
        _write(folder / f"{name}.crt", (home / f"{name}.crt").read_bytes(), 0o644)


def expiries(folder: Path) -> dict[str, datetime]:
    """When each certificate that is there ends."""
    found = {name: folder / f"{name}.crt" for name in (AUTHORITY, BROKER)}
    return {
        name: x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
        for name, path in found.items()
        if path.exists()
    }


def _begin(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now_utc: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    built = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key)
    built = built.serial_number(x509.random_serial_number())
    built = built.not_valid_before(now_utc - _BEFORE).not_valid_after(now_utc + life)
    return built.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, signs_others: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_others,
        key_cert_sign=signs_others,
        crl_sign=signs_others,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _place(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    if not _HOST.fullmatch(name):
        raise InputError(f"neither a host name in small letters nor an address: {name!r}")
    return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, mode: int, *, for_broker: bool = False) -> None:
    fresh = path.with_name(f".{path.name}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if for_broker:
        give(fresh, choose_account(BROKER_ACCOUNT))
    fresh.replace(path)
