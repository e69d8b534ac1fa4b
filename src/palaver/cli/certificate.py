"""Knows how to make a certificate that signs itself, for trying the server from a phone on the same network."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import os
import socket
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = datetime.timedelta(days=90)
RENEW_BEFORE = datetime.timedelta(days=7)


def self_signed(folder: Path, host: str) -> tuple[Path, Path]:
    """Return the files of a certificate and its key (mode 0600) for this machine's names and addresses.

    A certificate made earlier is used again, so that a browser's exception for it lasts, while it has a week to go and
    names every address.
    """
    certificate, key = folder / "self-signed.crt", folder / "self-signed.key"
    wanted = _addresses(host)
    now = datetime.datetime.now(datetime.UTC)
    if not (key.exists() and certificate.exists() and _is_good(certificate, wanted, now)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = ec.generate_private_key(ec.SECP256R1())
        _write(key, _pem(private))
        _write(certificate, _signed(private, wanted, now).public_bytes(serialization.Encoding.PEM))
    return certificate.absolute(), key.absolute()


def _addresses(host: str) -> set[str]:
    """Return the names and addresses by which a browser may come."""
    found = {"localhost", "127.0.0.1", "::1", socket.gethostname().lower()}
    if host and not _is_everywhere(host):
        found.add(host.lower())
    for family, somewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        # Connecting a datagram socket sends nothing; it tells which of our addresses leads outside.
        # A system without IPv6 has no such sockets at all.
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((somewhere, 9))
            found.add(probe.getsockname()[0])
    return found


def _is_everywhere(host: str) -> bool:
    return host in {"0.0.0.0", "::"}  # noqa: S104


def _is_good(path: Path, wanted: set[str], now: datetime.datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return certificate.not_valid_after_utc - now > RENEW_BEFORE and all(_name(one) in names for one in wanted)


def _name(address: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def _signed(private: ec.EllipticCurvePrivateKey, wanted: set[str], now: datetime.datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Palaver, self-signed")])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in sorted(wanted)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )


def _pem(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
