"""What the website needs of its chat: tokens for its users, calls with its key, and a way to know the chat's own calls."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any

import httpx
import jwt

TOKEN_S = 300
FRESH_S = 300
"""A call of the chat that is older may be an old one that somebody sends again."""


class ChatRefused(Exception):  # noqa: N818 - an answer, not a fault
    """The chat did not do what it was asked for; the text says why."""


class Chat:
    """One chat server, as its website sees it.

    Args:
        url: where browsers find it.
        token_key: `[JWT] SecretKey` of its settings.
        site_key: `AdminAPIKey` of its settings; neither of the two ever goes into a page.
    """

    def __init__(self, url: str, token_key: str, site_key: str) -> None:
        self.url = url.rstrip("/")
        self._token_key = token_key
        self._site_key = site_key
        self._client = httpx.AsyncClient(base_url=self.url, timeout=10)

    def token(self, user: str, **claims: object) -> str:
        """Return what lets a user in: `nick`, `op`, `img` and other claims beside the name."""
        now = int(time.time())
        return jwt.encode({"sub": user, **claims, "iat": now, "exp": now + TOKEN_S}, self._token_key, algorithm="HS256")

    async def ask(self, call: str, **fields: object) -> dict[str, Any]:
        """Make a call with the site's key: `ask("blocklist", Username=…, Blocklist=[…])`. Raises ChatRefused."""
        body = {"APIKey": self._site_key, **fields}
        try:
            answer = await self._client.post(f"/api/{call}", json=body, headers={"Content-Type": "application/json"})
            found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as problem:
            raise ChatRefused(f"the chat does not answer: {type(problem).__name__}") from None
        if not found.get("OK"):
            raise ChatRefused(found.get("Error", "no reason was given"))
        return found

    def is_its_call(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Return whether a webhook was called by the chat, a moment ago, with this body."""
        call, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > FRESH_S:
            return False
        signed = hmac.new(self._site_key.encode(), f"{call}.{stamp}.".encode() + body, hashlib.sha256).digest()
        expected = f"v1,{base64.b64encode(signed).decode()}"
        given = headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(each.encode(), expected.encode()) for each in given)

    async def close(self) -> None:
        """End; nothing is asked after that."""
        await self._client.aclose()
