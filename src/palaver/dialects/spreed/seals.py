"""Seals what this server hands out and gets back: under which key, for which purpose, and in which letters.

Every kind of proof has a key of its own, made of the secrets and the name of its purpose, so that none can be used as
another. What a proof holds is left to the module of its noun.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Generic, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from palaver.core import errors

MAX_CHARS = 4096
"""No proof is longer (§2.1); what is, is not looked at."""

T = TypeVar("T")


class NotProved(errors.Denied):
    """Something was shown that this server did not make, or made for something else."""

    code = "not_proved"
    sentence = "This proves nothing here."


class Secrets(msgspec.Struct, frozen=True):
    """What everything is sealed with.

    Attributes:
        session: `[Spreed.app] sessionSecret`, or what stands in for it.
        encryption: `[Spreed.app] encryptionSecret`; secret ids of users are made with it alone (§2.1).
        realm: `serverRealm.serverToken`, which session tokens and nonces are bound to.
    """

    session: bytes
    encryption: bytes
    realm: str

    @classmethod
    def of_server(cls, server_secret: str, realm: str) -> Secrets:
        """Return the secrets of a site that names none for Spreed."""
        secret = server_secret.encode()
        return cls(derived("spreed session", secret), derived("spreed encryption", secret), realm)


def derived(purpose: str, *secrets: bytes) -> bytes:
    """Return 32 bytes that depend on every secret, and are of no use for another purpose."""
    key = b"".join(len(secret).to_bytes(4, "big") + secret for secret in secrets)
    return hmac.digest(key, b"palaver " + purpose.encode(), "sha256")


def letters(raw: bytes) -> str:
    """Return bytes in letters that may stand in a path or a query as they are."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_letters(text: str) -> bytes:
    """Return the bytes of `letters`. Raises NotProved for anything that `letters` would have written otherwise."""
    try:
        if len(text) > MAX_CHARS:
            raise NotProved()
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise NotProved() from None
    # Python's decoder passes over strange characters and spare bits, so that many texts would be one proof.
    if letters(raw) != text:
        raise NotProved()
    return raw


class Seal(Generic[T]):
    """Makes values of one type into opaque texts that nobody else can read or make (AES-SIV, RFC 5297)."""

    def __init__(self, purpose: str, kind: type[T], *secrets: bytes, bound_to: str = "") -> None:
        """`bound_to` must be the same when a text is opened."""
        self._cipher = AESSIV(derived(purpose, *secrets) + derived(f"{purpose} 2", *secrets))
        self._bound_to = [purpose.encode(), bound_to.encode()]
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(kind)

    def close(self, value: T) -> str:
        """Return a value as text; the same value is always the same text."""
        return letters(self._cipher.encrypt(self._encoder.encode(value), self._bound_to))

    def open(self, text: str) -> T:
        """Return the value. Raises NotProved for a text that this seal did not make."""
        try:
            return self._decoder.decode(self._cipher.decrypt(from_letters(text), self._bound_to))
        except (InvalidTag, ValueError, msgspec.DecodeError):
            raise NotProved() from None
