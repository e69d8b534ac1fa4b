"""Knows which options, each good by itself, cannot stand together or with the files they name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath

from palaver.config.lines import Path
from palaver.config.settings import Settings

Complaint = tuple[Path, str]


def contradictions(settings: Settings, folder: FilePath | None) -> Iterator[Complaint]:
    """Yield where each contradiction stands, and a sentence about it; None as folder looks for no files."""
    yield from _channels(settings)
    yield from _tls(settings)
    yield from _files(settings, folder) if folder else ()
    yield from _turn(settings)


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
    for key, file in (("Certificate", settings.tls.certificate), ("Key", settings.tls.key)):
        if file and not (folder / file).is_file():
            yield ("TLS", key), f"[TLS] {key} names no file: {folder / file}"


def _turn(settings: Settings) -> Iterator[Complaint]:
    given, missing = ("Username", "Credential") if settings.turn.username else ("Credential", "Username")
    if bool(settings.turn.username) != bool(settings.turn.credential) and not settings.turn.secret:
        yield ("TURN", given), f"[TURN] {given} is of no use without [TURN] {missing}"
