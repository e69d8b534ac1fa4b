"""BareRTC's addresses, asked as its sites and its pages ask; see `tests/web/conftest.py`."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from tests.fakes import NOW, World
from tests.web.conftest import KEY, Desk

from palaver.core.ids import RoomId
from palaver.core.rooms import Life, Room
from palaver.hub.admission import Admission
from palaver.integrations.jwt import TokenVerifier, mint, shared_key
from palaver.integrations.site_tokens import SiteTokens

SECRET = "k" * 32


def token(subject: str, **claims: Any) -> str:
    return mint({"sub": subject, **claims}, SECRET, ttl_s=300, now=NOW)


class BareDesk(Desk):
    """A desk that honours real tokens and keeps direct messages."""

    def __init__(self, **world: Any) -> None:
        tokens = SiteTokens(TokenVerifier([shared_key(SECRET)]))
        rooms = (Room(RoomId("lobby"), life=Life.PERMANENT), Room(RoomId("other"), life=Life.PERMANENT))
        super().__init__(World(tokens=tokens, admission=Admission(keep_direct=True), rooms=rooms, **world))

    async def calls(self, path: str, body: Any, **options: Any) -> httpx.Response:
        """Make one call as the original's clients do: no header but the type."""
        headers = {"Content-Type": "application/json", **options.pop("headers", {})}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.asks("POST", path, bearer="", content=content, headers=headers, **options)

    async def site(self, path: str, **fields: Any) -> httpx.Response:
        """Make one call with the site's key."""
        return await self.calls(path, {"APIKey": KEY, **fields})

    async def user(self, name: str, path: str, **fields: Any) -> httpx.Response:
        """Make one call with the token of a user."""
        return await self.calls(path, {"JWTToken": token(name), **fields})


@pytest.fixture
def desk() -> BareDesk:
    return BareDesk()


def answered(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    """Return the object of an answer, which must have the form of every answer of the API (§1.3)."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json"), answer.text
    assert answer.text.endswith("\n")
    found: dict[str, Any] = answer.json()
    assert answer.text == json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    return found
