"""Signing users' certificates for keys that a browser made, and reading whom one names."""

from __future__ import annotations

import base64
import datetime
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st
from tests.needs import do_without

from palaver.integrations.certificates import CertificateAuthority, certified_name, key_of_spkac

NOW = 1_800_000_000.0

# Made by `openssl spkac` with an RSA key of 2048 bits and the challenge "hello".
OPENSSL = shutil.which("openssl")


@pytest.fixture(scope="module")
def spkac(tmp_path_factory: pytest.TempPathFactory) -> str:
    if OPENSSL is None:
        do_without("openssl makes the key")
    key = tmp_path_factory.mktemp("spkac") / "key.pem"
    subprocess.run([OPENSSL, "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    made = subprocess.run(
        [OPENSSL, "spkac", "-key", key, "-challenge", "hello", "-digest", "sha256"],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        made = subprocess.run(
            [OPENSSL, "spkac", "-key", key, "-challenge", "hello"], check=True, capture_output=True, text=True
        )
    return made.stdout.strip().removeprefix("SPKAC=")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("authority")
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The authority")])
    begun = datetime.datetime.fromtimestamp(NOW, datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(begun)
        .not_valid_after(begun + datetime.timedelta(days=900))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    cert_path, key_path = folder / "ca.crt", folder / "ca.key"
    cert_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert_path, key_path


def test_a_users_certificate_is_what_section_2_6_says(spkac: str, files: tuple[Path, Path]) -> None:
    authority = CertificateAuthority(*files, valid_days=365, organization="Ours", now=lambda: NOW)
    made = x509.load_der_x509_certificate(authority.signed(spkac, "ana@local"))
    made.verify_directly_issued_by(x509.load_pem_x509_certificate(files[0].read_bytes()))
    assert certified_name(made.public_bytes(serialization.Encoding.PEM).decode()) == "ana@local"
    assert made.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "Ours"
    assert made.not_valid_after_utc.timestamp() == NOW + 365 * 86_400
    assert made.public_key() == key_of_spkac(spkac)
    usage = made.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_encipherment, usage.key_cert_sign) == (True, True, False)
    extended = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(extended) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_a_key_that_its_sender_does_not_have_is_not_signed(spkac: str) -> None:
    raw = bytearray(base64.b64decode(spkac))
    raw[-1] ^= 1
    with pytest.raises(ValueError, match="not signed by its owner"):
        key_of_spkac(base64.b64encode(raw).decode())


@given(raw=st.binary(max_size=200))
def test_what_is_no_key_is_refused(raw: bytes) -> None:
    for text in (base64.b64encode(raw).decode(), raw.decode("latin-1")):
        with pytest.raises(ValueError):  # noqa: PT011
            key_of_spkac(text)


@given(at=st.integers(0, 1000), other=st.integers(0, 255))
def test_no_changed_byte_passes(spkac: str, at: int, other: int) -> None:
    raw = bytearray(base64.b64decode(spkac))
    at %= len(raw)
    # The parameters of the signature's algorithm, NULL, are neither signed nor of any meaning.
    if raw[at] == other or at in (322, 323):
        return
    raw[at] = other
    with pytest.raises(ValueError):  # noqa: PT011
        key_of_spkac(base64.b64encode(raw).decode())


@pytest.mark.parametrize(
    "text", ["", "x" * 20_000, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "ü"]
)
def test_what_is_no_certificate_names_nobody(text: str) -> None:
    assert certified_name(text) == ""


def test_a_certificate_of_no_known_version_names_nobody(files: tuple[Path, Path]) -> None:
    certificate = x509.load_pem_x509_certificate(files[0].read_bytes()).public_bytes(serialization.Encoding.DER)
    version, other = b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07"
    assert version in certificate
    body = base64.encodebytes(certificate.replace(version, other, 1)).decode()
    assert certified_name(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n") == ""
