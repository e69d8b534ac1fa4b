"""Knows a site's published signing keys (RFC 7517) and how to fetch them; checking tokens with them `jwt` does."""

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx
import jwt

from palaver.integrations.jwt import MAX_KEYS, VerificationKey, pinned_key

MAX_DOCUMENT_BYTES: Final = 65_536
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


class RemoteKeys:
    """The keys behind one URL, fetched when older than `refresh_s` seconds and kept when a later fetch fails.

    Never follows a redirect, never reads more than `max_bytes`, and fetches at most once in `retry_s` seconds, so that
    tokens with invented `kid`s cannot make this server call the site without end.
    """

    def __init__(
        self,
        url: str,
        *,
        refresh_s: float = 600,
        retry_s: float = 30,
        timeout_s: float = 5,
        max_bytes: int = MAX_DOCUMENT_BYTES,
    ) -> None:
        """Raises ValueError unless `url` is https, or plain http to this machine."""
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError("signing keys are fetched over https only")
        self._url = url
        self._refresh_s = refresh_s
        self._retry_s = retry_s
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._keys: tuple[VerificationKey, ...] = ()
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")

    async def fresh(self, client: httpx.AsyncClient, *, now: float, force: bool = False) -> tuple[VerificationKey, ...]:
        """The keys, fetched first when stale, or when `force` asks (an unknown `kid`) and the last try is old enough.

        Raises KeysUnavailable when there are none to give; with older keys in hand a failed fetch is not an error.
        """
        # A clock that was set back must not keep old keys for longer.
        stale = force or not 0 <= now - self._fetched_at < self._refresh_s
        if stale and not 0 <= now - self._tried_at < self._retry_s:
            self._tried_at = now
            try:
                self._keys = await self._fetch(client)
                self._fetched_at = now
            except KeysUnavailable:
                if not self._keys:
                    raise
        if not self._keys:
            raise KeysUnavailable("the site's signing keys have not been fetched yet")
        return self._keys

    async def _fetch(self, client: httpx.AsyncClient) -> tuple[VerificationKey, ...]:
        body = bytearray()
        try:
            async with client.stream("GET", self._url, follow_redirects=False, timeout=self._timeout_s) as reply:
                if reply.status_code != httpx.codes.OK:
                    raise KeysUnavailable(f"the site answered {reply.status_code} when asked for its keys")
                async for piece in reply.aiter_bytes():
                    body += piece
                    if len(body) > self._max_bytes:
                        raise KeysUnavailable(f"the site's key set is longer than {self._max_bytes} bytes")
            return read_keys(bytes(body))
        except httpx.HTTPError as error:
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
