"""Knows which options, each good by itself, cannot stand together or with the files they name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath

from palaver.config.certificates import (
    complaint_about_certificate,
    complaint_about_key,
    complaint_about_public_keys,
)
from palaver.config.lines import Path
from palaver.config.options import Names, entries, value_at
from palaver.config.settings import Settings

Complaint = tuple[Path, str]

Keys = tuple[str, ...]

_PAIRS: tuple[tuple[Keys, Keys], ...] = (
    (("TLS", "Certificate"), ("TLS", "Key")),
    (("Spreed", "users", "certificate_certificate"), ("Spreed", "users", "certificate_key")),
)
"""Options that name a certificate, each with the option that names its key."""


def contradictions(settings: Settings, folder: FilePath | None) -> Iterator[Complaint]:
    """Yield where each contradiction stands, and a sentence about it; None as folder looks for no files."""
    yield from _channels(settings)
    yield from _tls(settings)
    yield from _files(settings, folder) if folder else ()
    yield from _turn(settings)
    yield from _spreed(settings)


def _channels(settings: Settings) -> Iterator[Complaint]:
    if not settings.public_channels:
        yield ("PublicChannels",), "[[PublicChannels]] is empty; a room needs a channel, and the first is the main one"
    first: dict[str, int] = {}
    for position, channel in enumerate(settings.public_channels):
        if first.setdefault(channel.id, position) != position:
            sentence = f'[[PublicChannels]] ID "{channel.id}" is the ID of an earlier channel; give each its own'
            yield ("PublicChannels", position, "ID"), sentence


def _tls(settings: Settings) -> Iterator[Complaint]:
    given, missing = ("Certificate", "Key") if settings.tls.certificate else ("Key", "Certificate")
    if bool(settings.tls.certificate) != bool(settings.tls.key):
        yield ("TLS", given), f"[TLS] {given} is of no use without [TLS] {missing}"


def _files(settings: Settings, folder: FilePath) -> Iterator[Complaint]:
    named: dict[Keys, str] = {
        entry.keys: value_at(settings, entry.keys) for entry in entries(Settings) if entry.option.names is Names.FILE
    }
    absent = {option for option, file in named.items() if file and not (folder / file).is_file()}
    for option in absent:
        yield option, f"{_name(option)} names no file: {folder / named[option]}"
    if settings.jwt.public_key and ("JWT", "PublicKey") not in absent:
        complaint = complaint_about_public_keys(folder / settings.jwt.public_key)
        if complaint:
            yield ("JWT", "PublicKey"), f"[JWT] PublicKey {complaint}"
    for certificate, key in _PAIRS:
        if named[certificate] and not absent & {certificate, key}:
            yield from _pair(certificate, key, folder / named[certificate], folder / named[key] if named[key] else None)
    root = settings.spreed.http.root
    if root and not (folder / root / "static" / "css" / "main.min.css").is_file():
        sentence = f"[Spreed.http] root names no folder of the client: {folder / root} lacks static/css/main.min.css"
        yield ("Spreed", "http", "root"), sentence


def _pair(certificate: Keys, key: Keys, file: FilePath, key_file: FilePath | None) -> Iterator[Complaint]:
    """Look into the files of a certificate and, where one is named, of its key."""
    if complaint := complaint_about_certificate(file):
        yield certificate, f"{_name(certificate)} {complaint}"
    elif key_file and (complaint := complaint_about_key(key_file, file)):
        yield key, f"{_name(key)} {complaint}"


def _name(option: Keys) -> str:
    return f"[{'.'.join(option[:-1])}] {option[-1]}"


def _spreed(settings: Settings) -> Iterator[Complaint]:
    users = settings.spreed.users
    if users.enabled and users.mode in ("", "sharedsecret") and not users.sharedsecret_secret:
        sentence = "[Spreed.users] mode sharedsecret is of no use without sharedsecret_secret"
        yield ("Spreed", "users", "enabled"), sentence
    if users.certificate_key and not users.certificate_certificate:
        sentence = "[Spreed.users] certificate_key is of no use without certificate_certificate"
        yield ("Spreed", "users", "certificate_key"), sentence


def _turn(settings: Settings) -> Iterator[Complaint]:
    given, missing = ("Username", "Credential") if settings.turn.username else ("Credential", "Username")
    if bool(settings.turn.username) != bool(settings.turn.credential) and not settings.turn.secret:
        yield ("TURN", given), f"[TURN] {given} is of no use without [TURN] {missing}"
