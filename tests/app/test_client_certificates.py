"""Users whose certificates our own TLS asks for: made by an authority that signed itself, as the original's was."""

import asyncio
import base64
import datetime
import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from palaver.cli.certificate import self_signed

PATIENCE_S = 30.0
SETTINGS = """
[TLS]
Certificate = "{certificate}"
Key = "{key}"
[Spreed.users]
enabled = true
allowRegistration = true
mode = "certificate"
certificate_certificate = "ca.crt"
certificate_key = "ca.key"
"""


def authority(folder: Path, name: str = "ca") -> ec.EllipticCurvePrivateKey:
    """Write an authority that has signed itself; return its key."""
    private = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The authority")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(pem(private))
    return private


def pem(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def der(tag: int, content: bytes) -> bytes:
    length = len(content)
    head = bytes((length,)) if length < 0x80 else bytes((0x82, length >> 8, length & 0xFF))
    return bytes((tag,)) + head + content


def spkac(private: ec.EllipticCurvePrivateKey) -> str:
    """Return what a browser's keygen element sent: the key with a challenge, signed by its owner."""
    key = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    asked = der(0x30, key + der(0x16, b""))
    algorithm = der(0x30, der(0x06, bytes.fromhex("2a8648ce3d040302")))
    signature = der(0x03, b"\0" + private.sign(asked, ec.ECDSA(hashes.SHA256())))
    return base64.b64encode(der(0x30, asked + algorithm + signature)).decode()


class Site:
    """A server of its own process, with TLS."""

    def __init__(self, certificate: Path, address: str, process: int) -> None:
        self._certificate = certificate
        self._process = process
        self.address = address

    def renew(self) -> x509.Certificate:
        """Put another certificate in the place of the server's, as those who issue them do; tell the server."""
        self._certificate.unlink()
        self_signed(self._certificate.parent, "127.0.0.1")
        os.kill(self._process, signal.SIGHUP)
        return x509.load_pem_x509_certificate(self._certificate.read_bytes())

    def shown(self) -> x509.Certificate:
        """Return the certificate that the server shows to who comes now."""
        host, port = self.address.split(":")
        return x509.load_pem_x509_certificate(ssl.get_server_certificate((host, int(port))).encode())

    def trusting(self, *shown: Path) -> ssl.SSLContext:
        """Return how a client connects that shows a certificate, or none."""
        context = ssl.create_default_context(cafile=str(self._certificate))
        if shown:
            context.load_cert_chain(*map(str, shown))
        return context

    def enter(self, *shown: Path) -> connect:
        return connect(f"wss://{self.address}/spreed/ws", ssl=self.trusting(*shown))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("certified")
    authority(folder)
    certificate, key = self_signed(folder / "tls", "127.0.0.1")
    (folder / "settings.toml").write_text(SETTINGS.format(certificate=certificate, key=key))
    command = [sys.executable, "-P", "-m", "palaver.cli.serve", str(folder), "127.0.0.1", "0"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line.startswith("palaver listening on https://"), line
        yield Site(certificate, line.split("://")[1].strip(), running.pid)
    finally:
        running.terminate()
        running.wait(PATIENCE_S)
        assert running.stdout is not None
        running.stdout.close()


async def myself(socket: ClientConnection) -> dict[str, str]:
    async with asyncio.timeout(PATIENCE_S):
        found: dict[str, str] = json.loads(await socket.recv())["Data"]
    return found


async def test_who_registers_with_a_key_comes_back_by_its_certificate(site: Site, tmp_path: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "user.key").write_bytes(pem(private))
    async with site.enter() as socket:
        me = await myself(socket)
        assert me["Userid"] == ""
        form = {"id": me["Id"], "sid": me["Sid"], "pubkey": spkac(private)}
        async with httpx.AsyncClient(verify=site.trusting()) as client:
            answered = await client.post(f"https://{site.address}/api/v1/users", data=form)
    assert answered.headers["content-type"] == "application/x-x509-user-cert"
    made = x509.load_der_x509_certificate(answered.content)
    (tmp_path / "user.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    userid = made.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value

    async with site.enter(tmp_path / "user.crt", tmp_path / "user.key") as socket:
        assert (await myself(socket))["Userid"] == userid
    async with site.enter() as socket:
        me = await myself(socket)
        address, proof = f"https://{site.address}/api/v1/sessions/{me['Id']}/", {"id": me["Id"], "sid": me["Sid"]}
        async with httpx.AsyncClient(verify=site.trusting()) as client:
            assert (await client.patch(address, json=proof)).status_code == 403
        async with httpx.AsyncClient(verify=site.trusting(tmp_path / "user.crt", tmp_path / "user.key")) as client:
            logged_in = (await client.patch(address, json=proof)).json()
        assert (logged_in["success"], logged_in["userid"]) == (True, userid)


async def test_a_certificate_of_another_authority_does_not_come_in(site: Site, tmp_path: Path) -> None:
    authority(tmp_path, "other")
    with pytest.raises((OSError, EOFError, InvalidHandshake, ConnectionClosed)):
        async with site.enter(tmp_path / "other.crt", tmp_path / "other.key") as socket:
            await socket.recv()


async def test_a_renewed_certificate_is_shown_after_sighup_and_nobody_has_to_go(site: Site) -> None:
    async with site.enter() as socket:
        await myself(socket)
        before, renewed = site.shown(), site.renew()
        async with asyncio.timeout(PATIENCE_S):
            while (shown := await asyncio.to_thread(site.shown)) == before:
                pass
        assert shown == renewed
        assert await (await socket.ping()) >= 0
