"""The certificate for trying a phone on the LAN."""

import datetime
import socket
from pathlib import Path

import pytest
from cryptography import x509

from palaver.cli import certificate as module
from palaver.cli.certificate import self_signed


def names(path: Path) -> x509.SubjectAlternativeName:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_it_names_this_machine_and_the_host(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path / "tls", "chat.local")
    assert {"localhost", "chat.local"} <= set(names(certificate).get_values_for_type(x509.DNSName))
    assert "127.0.0.1" in map(str, names(certificate).get_values_for_type(x509.IPAddress))
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_system_without_ipv6_has_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Without(socket.socket):
        def __init__(self, family: int, *more: int) -> None:
            if family == socket.AF_INET6:
                raise OSError("Address family not supported by protocol")
            super().__init__(family, *more)

    monkeypatch.setattr(socket, "socket", Without)
    certificate, _ = self_signed(tmp_path, "0.0.0.0")
    assert "localhost" in names(certificate).get_values_for_type(x509.DNSName)


def test_it_is_used_again(tmp_path: Path) -> None:
    certificate, _ = self_signed(tmp_path, "0.0.0.0")
    before = certificate.read_bytes()
    assert self_signed(tmp_path, "0.0.0.0")[0].read_bytes() == before


def test_it_is_made_anew_for_another_name(tmp_path: Path) -> None:
    self_signed(tmp_path, "one.local")
    certificate, _ = self_signed(tmp_path, "two.local")
    assert "two.local" in names(certificate).get_values_for_type(x509.DNSName)


def test_it_is_made_anew_before_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIFE", datetime.timedelta(days=6))
    certificate, _ = self_signed(tmp_path, "localhost")
    before = certificate.read_bytes()
    monkeypatch.undo()
    assert self_signed(tmp_path, "localhost")[0].read_bytes() != before


def test_a_broken_one_is_made_anew(tmp_path: Path) -> None:
    certificate, _ = self_signed(tmp_path, "localhost")
    certificate.write_text("broken")
    self_signed(tmp_path, "localhost")
    assert names(certificate)
