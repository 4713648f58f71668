"""Certificates made on the spot."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = 24 * 3600.0


@dataclass(frozen=True)
class Pair:
    certificate: Path
    key: Path


def authority(folder: Path, name: str = "ca") -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    rights = x509.BasicConstraints(ca=True, path_length=None)
    unsigned = _unsigned(name, _named(name), key, DAY).add_extension(rights, critical=True)
    return _written(folder, name, unsigned.sign(key, hashes.SHA256()), key)


def signed(folder: Path, name: str, by: Pair, *, names: str = "", seconds: float = DAY) -> Pair:
    """A pair signed by an authority; `names` are what it is valid for: `DNS:a,IP:127.0.0.1`."""
    issuer = x509.load_pem_x509_certificate(by.certificate.read_bytes())
    signer = serialization.load_pem_private_key(by.key.read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    unsigned = _unsigned(name, issuer.subject, key, seconds)
    if names:
        alternatives = x509.SubjectAlternativeName([_alternative(one) for one in names.split(",")])
        unsigned = unsigned.add_extension(alternatives, critical=False)
    return _written(folder, name, unsigned.sign(signer, hashes.SHA256()), key)


def _unsigned(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, seconds: float
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(seconds=seconds))
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(text: str) -> x509.GeneralName:
    kind, _, value = text.partition(":")
    return x509.DNSName(value) if kind == "DNS" else x509.IPAddress(ipaddress.ip_address(value))


def _written(
    folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> Pair:
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pair.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pair
