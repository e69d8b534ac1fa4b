"""Knows what works, but hardly as meant: options that come to nothing as they stand. `palaver config check` tells them."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Iterator
from pathlib import Path

from palaver.config.options import Names, entries, value_at
from palaver.config.settings import Settings
from palaver.dialects.spreed.users import MAX_USERID_CHARS

SHORTEST_KEY = 32
"""Bytes of an HS256 key below which it can be guessed (RFC 7518 §3.2)."""
WEBHOOKS = ("report", "profile")
MAX_NAME_BYTES = 64
"""Of a person's name in a certificate (RFC 5280 appendix A.1, `ub-common-name`)."""


def remarks_on(settings: Settings, folder: Path) -> Iterator[str]:
    """Yield a sentence about each option that hardly does what it is set for; `folder` is the data directory."""
    yield from _key(settings)
    yield from _folders(settings, folder)
    yield from _webhooks(settings)
    yield from _turn(settings)
    yield from _spreed_users(settings)


def _key(settings: Settings) -> Iterator[str]:
    key = settings.jwt.secret_key
    if key.strip() and len(key.encode()) < SHORTEST_KEY:
        yield f"[JWT] SecretKey is shorter than {SHORTEST_KEY} bytes: it can be guessed"


def _folders(settings: Settings, folder: Path) -> Iterator[str]:
    for entry in entries(Settings):
        path = value_at(settings, entry.keys) if entry.option.names is Names.FOLDER else ""
        if path and not (folder / path).is_dir():
            yield f"{entry.name} names no folder: {folder / path}"


def _webhooks(settings: Settings) -> Iterator[str]:
    for hook in settings.webhook_urls:
        if hook.enabled and hook.name not in WEBHOOKS:
            near = difflib.get_close_matches(hook.name.lower(), WEBHOOKS, 1)
            meant = f'; did you mean "{near[0]}"?' if near else "; there are " + " and ".join(WEBHOOKS)
            yield f'[[WebhookURLs]] Name "{hook.name}" is never called{meant}'
        elif hook.enabled and not hook.url:
            yield f'[[WebhookURLs]] "{hook.name}" is never called, since its URL is empty'


def _turn(settings: Settings) -> Iterator[str]:
    turn = settings.turn
    if not (turn.secret or turn.username or settings.spreed.app.turn_secret):
        for url in turn.urls:
            if url.startswith("turn"):
                yield f'[TURN] URLs "{url}" is told to nobody without Secret, or Username and Credential'


def _spreed_users(settings: Settings) -> Iterator[str]:
    users = settings.spreed.users
    by_proxy = users.certificate_verified_header and users.certificate_verified_header_value
    by_tls = users.certificate_certificate and settings.tls.certificate
    if users.enabled and users.mode == "certificate" and not (by_proxy or by_tls):
        yield (
            "[Spreed.users] mode certificate lets nobody log in: [TLS] asks nobody for a certificate without "
            "certificate_certificate, and no proxy says whose it checked without certificate_verifiedHeader and its value"
        )
    if users.enabled and users.allow_registration and users.mode != "httpheader":
        yield from _names_nobody_gets(users.mode, settings.spreed.app.server_realm)


def _names_nobody_gets(mode: str, realm: str) -> Iterator[str]:
    """Yield which names are part of every account of Spreed's that is made, and make none of them possible (§2.6)."""
    failing, number = "nobody can register in [Spreed.users]", len(f"{uuid.UUID(int=0)}@")
    longest = MAX_NAME_BYTES - number
    if ":" in realm or not realm.isprintable() or number + len(realm) > MAX_USERID_CHARS:
        yield f"[Spreed.app] serverRealm has a colon or a control character, or is too long for a user id: {failing}"
    elif mode == "certificate" and len(realm.encode()) > longest:
        yield f"[Spreed.app] serverRealm is longer than the {longest} bytes that a certificate has for it: {failing}"
