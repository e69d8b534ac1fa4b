"""Signs certificates of users for the keys that their browsers made, and reads whom a certificate names (Spreed §2.6)."""

from __future__ import annotations

import base64
import binascii
import datetime
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MAX_KEY_CHARS = 16 * 1024
MIN_RSA_BITS = 2048

_SEQUENCE, _BIT_STRING, _OBJECT_ID = 0x30, 0x03, 0x06
_PARTS = 3
_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    bytes.fromhex("2a864886f70d010105"): hashes.SHA1(),  # noqa: S303 - a proof of possession, the browsers' choice
    bytes.fromhex("2a864886f70d01010b"): hashes.SHA256(),
    bytes.fromhex("2a864886f70d01010d"): hashes.SHA512(),
    bytes.fromhex("2a8648ce3d040302"): hashes.SHA256(),
}
"""Signature algorithms of a key's proof: RSA with SHA-1, SHA-256, SHA-512; ECDSA with SHA-256."""


def certified_name(pem: str) -> str:
    """Return the common name of the first certificate in a PEM text; empty where there is none."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode("ascii"))
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else ""
    except (ValueError, x509.InvalidVersion):
        return ""


class CertificateAuthority:
    """Who signs: a certificate with its key, from PEM files."""

    def __init__(
        self, certificate: Path, key: Path, *, valid_days: int, organization: str, now: Callable[[], float]
    ) -> None:
        """Raise OSError or ValueError for files that cannot be used."""
        self._issuer = x509.load_pem_x509_certificate(certificate.read_bytes()).subject
        private = serialization.load_pem_private_key(key.read_bytes(), None)
        if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise ValueError("the authority's key must be RSA or ECDSA")  # noqa: TRY004 - of a file
        self._private = private
        self._life = datetime.timedelta(days=valid_days)
        self._organization = organization
        self._now = now

    def signed(self, public_key: str, userid: str) -> bytes:
        """Return a client's certificate in DER for the key of a base64 SPKAC. Raises ValueError for what is none."""
        now = datetime.datetime.fromtimestamp(self._now(), datetime.UTC)
        subject = [x509.NameAttribute(NameOID.COMMON_NAME, userid)]
        if self._organization:
            subject.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, self._organization))
        usage = dict.fromkeys(
            ("content_commitment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name(subject))
            .issuer_name(self._issuer)
            .public_key(key_of_spkac(public_key))
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + self._life)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True, key_encipherment=True, encipher_only=False, decipher_only=False, **usage
                ),
                critical=True,
            )
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(self._private, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.DER)


def key_of_spkac(text: str) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """Return the key of a base64 SPKAC, whose sender has signed it with the private half. Raises ValueError.

    It is `SEQUENCE { SEQUENCE { key, challenge }, algorithm, signature }`, as a browser's keygen element made it.
    """
    if len(text) > MAX_KEY_CHARS:
        raise ValueError("the key is too long")
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as problem:
        raise ValueError("the key is not base64") from problem
    parts = _parts(_only(raw, _SEQUENCE))
    if len(parts) != _PARTS:
        raise ValueError("the key is not an SPKAC")
    signed, algorithm, signature = parts
    key_and_challenge = _only(signed, _SEQUENCE)
    try:
        key = serialization.load_der_public_key(_parts(key_and_challenge)[0])
        _check(key, _only(_parts(_only(algorithm, _SEQUENCE))[0], _OBJECT_ID), _only(signature, _BIT_STRING), signed)
    except (InvalidSignature, UnsupportedAlgorithm, IndexError) as problem:
        raise ValueError("the key is not signed by its owner") from problem
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    return key


def _check(key: object, algorithm: bytes, signature: bytes, signed: bytes) -> None:
    algorithm_hash = _HASHES.get(algorithm)
    if algorithm_hash is None or not signature or signature[0] != 0:
        raise ValueError("this kind of signature is not known")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
        key.verify(signature[1:], signed, padding.PKCS1v15(), algorithm_hash)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature[1:], signed, ec.ECDSA(algorithm_hash))
    else:
        raise ValueError(f"only RSA keys of {MIN_RSA_BITS} bits or more and ECDSA keys are signed")


def _only(raw: bytes, tag: int) -> bytes:
    """Return what one DER element holds."""
    start, end = _bounds(raw, 0)
    if raw[0] != tag or end != len(raw):
        raise ValueError("the key is not an SPKAC")
    return raw[start:end]


def _parts(raw: bytes) -> list[bytes]:
    """Return the DER elements that stand one after the other."""
    found, at = [], 0
    while at < len(raw):
        _, end = _bounds(raw, at)
        found.append(raw[at:end])
        at = end
    return found


def _bounds(raw: bytes, at: int) -> tuple[int, int]:
    """Return where the content of the element at a place begins and ends (X.690 §8.1.3)."""
    if len(raw) < at + 2:
        raise ValueError("the key is cut short")
    length, start = raw[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4:
            raise ValueError("the key is not DER")
        length, start = int.from_bytes(raw[start : start + size], "big"), start + size
    if start + length > len(raw):
        raise ValueError("the key is cut short")
    return start, start + length
