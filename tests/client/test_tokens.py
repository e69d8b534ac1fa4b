"""How a client keeps its token good: by the server as long as it will, by the site after that; on a clock of the test's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import jwt
import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from palaver.client import Client
from palaver.client.endings import Lost
from palaver.client.tokens import SHORTEST_WAIT_S, TRY_AGAIN_S, Tokens, ends_s
from palaver.core.errors import TokenInvalid
from palaver.core.sessions import Identified, TokenRenewed

NOW = 1_767_225_600.0
PATIENCE_S = 30
MINUTES, HOURS = 60.0, 3600.0


def signed(name: str, lives_s: float) -> str:
    return jwt.encode({"sub": name, "exp": int(NOW + lives_s)}, "the key of the site, which nobody knows here", "HS256")


def answer(name: str, lives_s: float) -> TokenRenewed:
    return TokenRenewed(signed(name, lives_s), int(NOW + lives_s) * 1000)


class StoppedClock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self._now = NOW
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._asleep = asyncio.Event()

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        awake = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + seconds, awake))
        self._asleep.set()
        await awake

    async def passes(self, seconds: float) -> None:
        """Let time pass once somebody sleeps no longer than that."""
        async with asyncio.timeout(PATIENCE_S):
            while not any(due <= self._now + seconds for due, _ in self._sleepers):
                self._asleep.clear()
                await self._asleep.wait()
        self._now += seconds
        due = [awake for until, awake in self._sleepers if until <= self._now]
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[0] > self._now]
        for awake in due:
            if not awake.done():
                awake.set_result(None)


class Site:
    """Signs a token at each call, good for an hour from the beginning of the test, or raises."""

    def __init__(self, *, lives_s: float = 1 * HOURS) -> None:
        self.lives_s = lives_s
        self.asked = 0
        self.problem: Exception | None = None

    async def token(self) -> str:
        self.asked += 1
        if self.problem is not None:
            raise self.problem
        return signed(f"fresh {self.asked}", self.lives_s)


def test_a_token_says_when_it_ends() -> None:
    assert ends_s(signed("ana", 300)) == NOW + 300
    for no_token in ("", "nonsense", "a.b.c", "a.e30.c", "a.!!!.c", "ä.ö.ü"):
        assert ends_s(no_token) == 0


async def test_the_token_that_is_good_for_longest_is_kept() -> None:
    tokens = Tokens(signed("ana", 10 * MINUTES), None, StoppedClock())
    assert await tokens.renewed(answer("ana", 5 * MINUTES)) == 6 * MINUTES
    assert tokens.token == signed("ana", 10 * MINUTES)
    assert await tokens.renewed(answer("ana", 15 * MINUTES)) == 9 * MINUTES
    assert tokens.token == signed("ana", 15 * MINUTES)


async def test_no_renewal_is_asked_for_in_a_hurry() -> None:
    """Also where the clocks of the two differ so much that every token seems to have ended."""
    tokens = Tokens(signed("ana", -9 * HOURS), None, StoppedClock())
    assert await tokens.renewed(answer("ana", -8 * HOURS)) == SHORTEST_WAIT_S


async def test_a_client_whose_clock_is_wrong_goes_by_how_long_a_token_lasts() -> None:
    tokens = Tokens("", None, StoppedClock())
    late = answer("ana", 9 * HOURS)
    assert await tokens.renewed(TokenRenewed(late.token, late.expires_ms, lasts_s=300)) == 3 * MINUTES
    assert tokens.token == late.token


async def test_the_site_is_asked_when_the_server_renews_no_more() -> None:
    site = Site()
    tokens = Tokens(signed("ana", 10 * MINUTES), site.token, StoppedClock())
    assert await tokens.renewed(TokenRenewed()) == 36 * MINUTES
    assert tokens.token == signed("fresh 1", 1 * HOURS)
    assert await Tokens(signed("ana", 10 * MINUTES), None, StoppedClock()).renewed(TokenRenewed()) is None


async def test_a_site_that_fails_is_asked_again() -> None:
    site = Site()
    tokens = Tokens(signed("ana", 10 * MINUTES), site.token, StoppedClock())
    site.problem = RuntimeError("503")
    assert await tokens.renewed(TokenRenewed()) == TRY_AGAIN_S
    with pytest.raises(Lost):
        await tokens.for_opening()
    site.problem = None
    assert await tokens.for_opening() == signed("fresh 3", 1 * HOURS)
    assert await tokens.for_opening() == signed("fresh 3", 1 * HOURS), "asked once only"


async def test_a_refused_token_is_replaced_once() -> None:
    site = Site()
    tokens = Tokens(signed("ana", 10 * MINUTES), site.token, StoppedClock())
    assert tokens.refused()
    assert await tokens.for_opening() == signed("fresh 1", 1 * HOURS)
    assert not tokens.refused(), "the site has no better one"
    assert not Tokens(signed("ana", 10 * MINUTES), None, StoppedClock()).refused()


class Pretended:
    """A server of the native wire that knows tokens by their subject, renews them, and forgets every session when told to.

    Attributes:
        heard: what it was asked, and by which token.
    """

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.url = ""
        self.good = {"ana"}
        self.renewals = [answer("renewed", 10 * MINUTES)]
        self._changed = asyncio.Event()
        self._sockets: list[ServerConnection] = []

    async def until_heard(self, *words: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.heard != list(words):
                self._changed.clear()
                await self._changed.wait()
        self.heard.clear()

    async def restarts(self) -> None:
        for socket in self._sockets:
            await socket.close(1012)
        self._sockets.clear()

    async def converse(self, socket: ServerConnection) -> None:
        self._sockets.append(socket)
        async for payload in socket:
            frame = msgspec.json.decode(payload)
            reply = self._reply(frame["ask"])
            self._changed.set()
            if reply is not None:
                await socket.send(msgspec.json.encode({"reply": frame["id"], **reply}), text=True)

    def _reply(self, ask: dict[str, Any]) -> dict[str, Any] | None:
        if ask["type"] == "resume":
            return {"refusal": {"code": "no_such_session", "text": "", "params": {}}}
        if ask["type"] == "renew_token":
            self.heard.append("renew")
            return {"outcome": self.renewals.pop(0)} if self.renewals else {"outcome": TokenRenewed()}
        subject = jwt.decode(ask["token"], options={"verify_signature": False})["sub"]
        self.heard.append(subject)
        if subject not in self.good:
            return {"refusal": {"code": "token_invalid", "text": "", "params": {"problem": "no"}}}
        return {"outcome": Identified("s", "t", 30.0, subject, "lobby")}  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def pretended() -> AsyncIterator[Pretended]:
    server = Pretended()
    async with serve(server.converse, "127.0.0.1", 0, subprotocols=[Subprotocol("palaver.v1")]) as listening:
        server.url = f"ws://127.0.0.1:{next(iter(listening.sockets)).getsockname()[1]}/ws"
        yield server


async def test_a_client_renews_its_token_and_comes_back_with_it_after_a_restart() -> None:
    clock = StoppedClock()
    async with pretended() as server, Client(server.url, token=signed("ana", 5 * MINUTES), clock=clock):
        await clock.passes(0)
        await server.until_heard("ana", "renew")
        await clock.passes(6 * MINUTES)
        await server.until_heard("renew")
        server.good = {"renewed"}
        await server.restarts()
        await clock.passes(1 * MINUTES)
        await server.until_heard("renewed")


async def test_a_client_asks_the_site_for_a_token_in_place_of_one_that_is_refused() -> None:
    clock, site = StoppedClock(), Site()
    async with pretended() as server:
        server.good = {"fresh 1"}
        entering = Client(server.url, token=signed("revoked", 1 * HOURS), fresh_token=site.token, clock=clock)
        entered = asyncio.create_task(entering.__aenter__())
        await server.until_heard("revoked")
        await clock.passes(1)
        client = await entered
        await server.until_heard("fresh 1")
        assert (client.me.name, site.asked) == ("fresh 1", 1)
        await client.__aexit__(None, None, None)


async def test_what_the_site_raises_at_first_is_raised_on_entering() -> None:
    site = Site()
    site.problem = RuntimeError("no key")
    with pytest.raises(RuntimeError, match="no key"):
        async with Client("http://127.0.0.1:9", fresh_token=site.token):
            raise AssertionError("entered without a token")


async def test_a_token_that_cannot_be_replaced_ends_the_session() -> None:
    async with pretended() as server:
        with pytest.raises(TokenInvalid):
            async with Client(server.url, token=signed("revoked", 1 * HOURS), clock=StoppedClock()):
                raise AssertionError("entered by a refused token")
