"""BareRTC's calls and polls over HTTP, as transcripts make them: on what answers them, or as routes of a real server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from starlette.routing import BaseRoute
from starlette.types import Message, Scope
from tests.fakes import LOBBY, World

from palaver.dialects.barertc import surface as barertc
from palaver.dialects.barertc.poll import WORDS
from palaver.dialects.barertc.wire import Options as BareRTCOptions
from palaver.dialects.base import Answer
from palaver.integrations.site_tokens import renewed
from palaver.transports.access import Access
from palaver.transports.connection import PeerInfo
from palaver.transports.polled import PollingTransport
from palaver.web.barertc.calls import CallAddress
from palaver.web.barertc.poll import PollAddress
from palaver.web.barertc.routes import CALLS, Statistics, barertc_routes
from palaver.web.barertc.site import BareRTCSite
from palaver.web.callers import SiteKey
from palaver.web.pages import Site
from palaver.web.surroundings import SiteAccess, Surroundings

SECRET = "a secret of the tests, long enough to sign with"
KEY = "the key of the site"


def surroundings_of(world: World, given: Mapping[str, Any]) -> Surroundings:
    """Return a site whose pages may ask from `origins`, and which knows the `profiles` of what is given."""
    profiles: dict[str, dict[str, Any]] = given.get("profiles", {})

    async def ask_profile(name: str) -> tuple[int, dict[str, Any]]:
        return (200, profiles[name]) if name in profiles else (500, {"OK": False, "Error": "Nobody is called so."})

    options = BareRTCOptions(token_for=lambda identity: renewed(identity, SECRET, now=world.clock.now()))
    days = 90 if world.hub.admission.keep_direct else None
    site = BareRTCSite(LOBBY, SECRET, days, ask_profile if "profiles" in given else None)
    return Surroundings(
        hub=world.hub,
        site=Site,
        websocket_paths=(),
        restart=world.operations.restart,
        access=lambda: SiteAccess(admin_key=KEY, token_key=SECRET, origins=given.get("origins", ())),
        barertc=lambda: site,
        polling=PollingTransport(world.hub, barertc.dialect(lambda: options), WORDS, lambda: Access(trusted=())),
    )


def call_routes(world: World, given: Mapping[str, Any]) -> list[BaseRoute]:
    """Return the calls as routes."""
    return barertc_routes(surroundings_of(world, given))


class PureCalls:
    """Makes the calls without a server."""

    def __init__(self, world: World, given: Mapping[str, Any]) -> None:
        surroundings = surroundings_of(world, given)
        assert surroundings.barertc is not None
        key = SiteKey()
        self._calls = {kind.path: CallAddress(kind, surroundings, surroundings.barertc, key) for kind in CALLS}
        self._statistics = Statistics(surroundings, surroundings.barertc)
        self._polling = surroundings.polling

    async def ask(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Answer | None:
        """Return the answer to a request; None where the address is none of these."""
        if path == "/api/statistics":
            return await self._seen(method, path, headers)
        kind = httpx.Headers(headers).get("content-type", "")

        async def read(_limit: int = 0) -> bytes:
            return body

        if path == "/poll":
            assert self._polling is not None
            peer = PeerInfo.from_request(path.encode(), [], "", secure=False)
            return await PollAddress(self._polling).answer(method, kind, read, peer)
        call = self._calls.get(path)
        return None if call is None else await call.answer(method, kind, read, "")

    async def _seen(self, method: str, path: str, headers: list[tuple[str, str]]) -> Answer:
        raw = [(name.lower().encode(), value.encode()) for name, value in headers]
        scope: Scope = {"type": "http", "method": method, "path": path, "headers": raw, "query_string": b""}
        told: list[Message] = []

        async def receive() -> Message:
            raise AssertionError("statistics read no body")

        async def send(message: Message) -> None:
            told.append(message)

        await self._statistics(scope, receive, send)
        start, end = told
        sent = tuple((name.decode(), value.decode()) for name, value in start["headers"])
        return Answer(start["status"], end["body"], sent)
