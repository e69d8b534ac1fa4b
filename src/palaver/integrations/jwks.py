"""Knows a site's published signing keys (RFC 7517) and how to fetch them; checking tokens with them `jwt` does."""

import asyncio
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx
import jwt

from palaver.integrations.jwt import MAX_KEYS, VerificationKey, pinned_key

MAX_DOCUMENT_BYTES: Final = 65_536
TIMEOUT_S: Final = 5.0
_ALGORITHMS: Final = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}


class KeysUnavailable(Exception):  # noqa: N818
    """A site's keys could not be fetched or read; the message says why, for the log."""


def read_keys(document: str | bytes | Mapping[str, object]) -> tuple[VerificationKey, ...]:
    """The usable signature keys of a JWK set. Kinds, uses and algorithms unknown here are passed over (RFC 7517 §5).

    Symmetric keys never count: whoever can read the document could sign with them. Raises ValueError for a document
    that is no key set, that publishes a private key, or that has no usable key or more than 32.
    """
    entries = _entries(document)
    if any("d" in entry for entry in entries):
        raise ValueError("the key set publishes a private key; it must be replaced at the site")
    keys = tuple(key for key in map(_read_key, entries) if key is not None)
    if not keys:
        raise ValueError("the key set has no key for RS256, ES256 or EdDSA")
    return keys


def may_be_believed(url: str) -> bool:
    """Tell whether keys from an address are the site's: it is https, or plain http to this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


async def fetch_keys(
    client: httpx.AsyncClient, url: str, *, timeout_s: float = TIMEOUT_S, max_bytes: int = MAX_DOCUMENT_BYTES
) -> tuple[VerificationKey, ...]:
    """Return the keys that are published at an address; no redirect is followed.

    Raises KeysUnavailable where there are none, where they are longer than `max_bytes`, and where not all of them came
    within `timeout_s` seconds.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s), client.stream("GET", url, follow_redirects=False) as reply:
            if reply.status_code != httpx.codes.OK:
                raise KeysUnavailable(f"the site answered {reply.status_code} when asked for its keys")
            async for piece in reply.aiter_bytes():
                body += piece
                if len(body) > max_bytes:
                    raise KeysUnavailable(f"the site's key set is longer than {max_bytes} bytes")
        return read_keys(bytes(body))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise KeysUnavailable(f"the site's keys could not be fetched: {type(error).__name__}") from error
    except ValueError as error:
        raise KeysUnavailable(str(error)) from error


def _entries(document: str | bytes | Mapping[str, object]) -> list[dict[str, object]]:
    try:
        parsed = document if isinstance(document, Mapping) else json.loads(document)
    except (ValueError, RecursionError):
        raise ValueError("the key set is not JSON") from None
    entries = parsed.get("keys") if isinstance(parsed, Mapping) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError('the key set has no list called "keys"')
    if len(entries) > MAX_KEYS:
        raise ValueError(f"the key set has more than {MAX_KEYS} keys")
    return entries


def _read_key(entry: dict[str, object]) -> VerificationKey | None:
    algorithm = _ALGORITHMS.get(str(entry.get("kty")))
    kid = entry.get("kid")
    if algorithm is None or entry.get("use", "sig") != "sig" or entry.get("alg", algorithm) != algorithm:
        return None
    try:
        material = jwt.PyJWK(entry, algorithm=algorithm).key
        return pinned_key(material, kid=kid if isinstance(kid, str) else None)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
