"""Knows whether files of keys and certificates can be used; where they are named is known to `contradictions`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from palaver.integrations.jwt import public_keys

T = TypeVar("T")


class Unfit(Exception):  # noqa: N818
    """A file that cannot be served with; the message completes a sentence about it."""


def complaint_about_certificate(file: Path) -> str | None:
    """Complain unless a file holds a certificate, or a chain of them, in PEM form."""
    return _complaint(_certificate, file)


def complaint_about_key(file: Path, certificate: Path) -> str | None:
    """Complain unless a file holds a private key without passphrase, which belongs to the certificate."""
    return _complaint(lambda path: _pair(path, certificate), file)


def complaint_about_public_keys(file: Path) -> str | None:
    """Complain unless a file holds public keys in PEM form with which tokens can be checked."""
    return _complaint(_public_keys, file)


def _public_keys(file: Path) -> None:
    try:
        public_keys(_bytes(file).decode("ascii", "replace"))
    except ValueError as problem:
        raise Unfit(f"cannot be used: {problem}: {file}") from None


def _complaint(read: Callable[[Path], object], file: Path) -> str | None:
    try:
        read(file)
    except Unfit as problem:
        return str(problem)
    return None


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as problem:
        raise Unfit(f"cannot be read: {problem.strerror}: {file}") from None


def _certificate(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(_bytes(file))[0]
    except (ValueError, x509.InvalidVersion):
        raise Unfit(f'holds no certificate in PEM form ("-----BEGIN CERTIFICATE-----"): {file}') from None


def _pair(key: Path, certificate: Path) -> None:
    try:
        private = load_pem_private_key(_bytes(key), None)
    except TypeError:
        raise Unfit(f"has a passphrase, which nobody could type; take it away with `openssl pkey`: {key}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise Unfit(f'holds no private key in PEM form ("-----BEGIN PRIVATE KEY-----"): {key}') from None
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*form) != _certificate(certificate).public_key().public_bytes(*form):
        raise Unfit(f"does not belong to the certificate: {key}")
