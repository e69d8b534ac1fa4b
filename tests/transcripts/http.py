"""The lines of a transcript that are said over HTTP, on the same two stages: without a socket, and against a real server."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute
from tests.fakes import World
from tests.transcripts.calls import PureCalls, call_routes
from tests.transcripts.values import Mismatch

from palaver.codecs.sse import comment
from palaver.dialects.base import Answer, Dialect
from palaver.dialects.beep import surface as beep
from palaver.dialects.beep.wire import Options as BeepOptions
from palaver.dialects.conference import surface as conference
from palaver.dialects.conference.wire import Options as ConferenceOptions
from palaver.dialects.spreed import surface as spreed
from palaver.dialects.spreed.options import Options as SpreedOptions
from palaver.dialects.spreed.site import Site as SpreedSite
from palaver.dialects.spreed.site import plain_site
from palaver.transports.access import Access
from palaver.transports.connection import Listener, PeerInfo
from palaver.transports.paths import Paths
from palaver.transports.sse import EventStreams
from palaver.transports.visits import Visits
from palaver.web.visits import visit_routes

CONFERENCE = ConferenceOptions(secret="a secret of the tests")
PATIENCE_S = 10.0
PROXY = "127.0.0.1"
_MARK = comment("the transcript ends here")


@dataclass
class Asked:
    """One request, as a line says it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Asked:
        """Read a line: `claim` stands for its header, `token` for a bearer's, `json`, `form` and `text` for a body."""
        headers = list(line.get("headers", {}).items())
        if "claim" in line:
            headers.append(("X-User-Claim", json.dumps(line["claim"], separators=(",", ":"))))
        if "token" in line:
            headers.append(("Authorization", f"Bearer {line['token']}"))
        body, kind = b"", line.get("type", "")
        if "json" in line:
            body, kind = json.dumps(line["json"], ensure_ascii=False).encode(), kind or "application/json"
        elif "form" in line:
            body, kind = line["form"].encode(), kind or "application/x-www-form-urlencoded"
        elif "text" in line:
            body = line["text"].encode()
        if kind:
            headers.append(("Content-Type", kind))
        target = line["path"] + (f"?token={line['query_token']}" if "query_token" in line else "")
        return cls(line.get("method", "GET"), target, headers, body)


@dataclass
class Answered:
    """The answer's status, headers in lower case, and body; a stream has no body."""

    status: int
    headers: dict[str, str]
    body: bytes


def dialects_of(world: World, given: Mapping[str, Any], site: SpreedSite | None = None) -> list[Dialect]:
    """Return the dialects that are spoken over HTTP, as a transcript wants them."""
    options = msgspec.convert(given.get("beep", {}), BeepOptions)
    told = conference.dialect(lambda: CONFERENCE, now=world.clock.now, new_label=lambda: secrets.token_hex(12))
    return [beep.dialect(lambda: options), spreed.dialect(site or spreed_site(world, given)), told]


def spreed_site(world: World, given: Mapping[str, Any]) -> SpreedSite:
    """Return what Spreed's wire has around it: `spreed` of what is given, with `access_codes` that visitors are asked for.

    A world has one, so that what a session shows over HTTP is the session that is on a WebSocket.
    """
    if world.spreed_site is None:
        held = dict(given.get("spreed", {}))
        codes = held.pop("access_codes", None)
        made = plain_site(msgspec.convert(held, SpreedOptions), "a secret", now=world.clock.now)
        world.spreed_site = replace(made, codes=None if codes is None else _Codes(codes))
    site: SpreedSite = world.spreed_site
    return site


@dataclass
class _Codes:
    codes: list[str]

    def holds(self, code: str) -> bool:
        return code in self.codes


def access_of(given: Mapping[str, Any]) -> Access:
    trusted = [ip_network(each) for each in given.get("trusted", [PROXY])]
    return Access(trusted=trusted, origins=given.get("origins", ()))


class _PureStream(Response):
    """A stream without a socket; `unread` is what its client could read."""

    framing = "sse"
    max_message_bytes = 0

    def __init__(self, listener: Listener, headers: Mapping[str, str]) -> None:
        self.listener = listener
        self.sent = {name.lower(): value for name, value in headers.items()}
        self.unread = b""
        self.over = False

    def write(self, data: bytes) -> None:
        if not self.over:
            self.unread += data

    def close(self, code: int = 1000, reason: str = "") -> None:
        self.over = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    abort = close


class _PureStreams:
    def response(self, listener: Listener, headers: Mapping[str, str]) -> _PureStream:
        return _PureStream(listener, headers)


class PureHttp:
    """Asks the dialects' visits directly."""

    def __init__(self, world: World, given: Mapping[str, Any], site: SpreedSite | None = None) -> None:
        self._world = world
        streams: Any = _PureStreams()
        dialects = dialects_of(world, given, site)
        self._visits = [Visits(world.hub, each, streams, lambda: access_of(given)) for each in dialects]
        self._streams: dict[str, _PureStream] = {}
        self._calls = PureCalls(world, given)

    async def ask(self, who: str, asked: Asked) -> Answered:
        called = await self._calls.ask(asked.method, asked.target, asked.headers, asked.body)
        self._world.clock.settle()
        if called is not None:
            return Answered(called.status, {name.lower(): value for name, value in called.headers}, called.body)
        raw_headers = [(name.lower().encode(), value.encode()) for name, value in asked.headers]
        peer = PeerInfo.from_request(asked.target.encode(), raw_headers, PROXY, secure=False)

        async def body(limit: int) -> bytes | None:
            return asked.body if len(asked.body) <= limit else None

        for visits in self._visits:
            found = Paths(visits.prefixes, visits.endpoints, all_below=visits.surface.all_below).find(
                asked.target.partition("?")[0]
            )
            if found is None:
                continue
            answer = await visits.answer(asked.method, found, peer, body)
            self._world.clock.settle()
            if isinstance(answer, Answer):
                headers = {name.lower(): value for name, value in answer.headers}
                return Answered(answer.status, headers, b"" if asked.method == "HEAD" else answer.body)
            assert isinstance(answer, _PureStream)
            self._streams[who] = answer
            stream: Any = answer
            answer.listener.opened(stream)
            return Answered(200, answer.sent, b"")
        raise Mismatch(f"nobody answers {asked.target}")

    async def read(self, who: str) -> bytes:
        self._world.clock.settle()
        stream = self._streams[who]
        block, end, stream.unread = stream.unread.partition(b"\n\n")
        if not end:
            raise Mismatch(f"{who} reads nothing" + (", and the stream is over" if stream.over else ""))
        return block + end

    async def ended(self, who: str) -> None:
        self._world.clock.settle()
        stream = self._streams.pop(who)
        if not stream.over or stream.unread:
            raise Mismatch(f"the stream of {who} goes on: {stream.unread!r}")
        stream.listener.closed(1000, "", True)

    async def hang_up(self, who: str) -> None:
        await self._check_read(who)
        self._streams.pop(who).listener.closed(1006, "", False)
        self._world.clock.settle()

    async def check_all_read(self) -> None:
        for who in self._streams:
            await self._check_read(who)

    async def _check_read(self, who: str) -> None:
        self._world.clock.settle()
        if self._streams[who].unread or self._streams[who].over:
            raise Mismatch(f"the stream of {who} has more: {self._streams[who].unread!r}")


@dataclass
class _SocketStream:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    unread: bytes = b""
    over: bool = False


class SocketHttp:
    """Asks a server that listens on `port()`, one connection per request."""

    def __init__(self, world: World, given: Mapping[str, Any], port: Callable[[], int]) -> None:
        self._world = world
        self._port = port
        self._open = EventStreams(keepalive_s=0)
        dialects = dialects_of(world, given)
        self._visits = [Visits(world.hub, each, self._open, lambda: access_of(given)) for each in dialects]
        self._calls = call_routes(world, given)
        self._streams: dict[str, _SocketStream] = {}

    @property
    def routes(self) -> list[BaseRoute]:
        return [*visit_routes(self._visits), *self._calls]

    async def ask(self, who: str, asked: Asked) -> Answered:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port())
        lines = [f"{asked.method} {asked.target} HTTP/1.1", "Host: palaver.test"]
        lines += [f"{name}: {value}" for name, value in asked.headers]
        lines += [f"Content-Length: {len(asked.body)}", "", ""]
        writer.write("\r\n".join(lines).encode() + asked.body)
        async with asyncio.timeout(PATIENCE_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:])}
            stream = _SocketStream(reader, writer)
            if headers.get("transfer-encoding") == "chunked":
                before, self._streams[who] = self._streams.get(who), stream
                if before is not None:
                    self._streams[f"{who} before {len(self._streams)}"] = before
                body = b""
            else:
                size = 0 if asked.method == "HEAD" else int(headers["content-length"])
                body = await reader.readexactly(size)
                writer.close()
        return Answered(int(head[0].split()[1]), headers, body)

    async def read(self, who: str) -> bytes:
        stream = self._streams[who]
        while b"\n\n" not in stream.unread:
            await self._chunk(who, stream)
            if stream.over:
                raise Mismatch(f"{who} reads nothing, and the stream is over")
        block, end, stream.unread = stream.unread.partition(b"\n\n")
        return block + end

    async def ended(self, who: str) -> None:
        stream = self._streams.pop(who)
        await self._chunk(who, stream)
        if not stream.over or stream.unread:
            raise Mismatch(f"the stream of {who} goes on: {stream.unread!r}")
        stream.writer.close()

    async def hang_up(self, who: str) -> None:
        await self._check_read(who)
        held = len(self._open.open)
        self._streams.pop(who).writer.transport.abort()
        async with asyncio.timeout(PATIENCE_S):
            while len(self._open.open) == held:  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    async def check_all_read(self) -> None:
        for who in list(self._streams):
            await self._check_read(who)

    async def close(self) -> None:
        for stream in self._streams.values():
            stream.writer.transport.abort()
        async with asyncio.timeout(PATIENCE_S):
            while len(self._open.open):  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    async def _check_read(self, who: str) -> None:
        for stream in self._open.open:
            stream.write(_MARK)
        read = await self.read(who)
        if read != _MARK:
            raise Mismatch(f"the stream of {who} has more: {read!r}")
        for other, stream in self._streams.items():
            if other != who:
                await self._until_mark(other, stream)

    async def _until_mark(self, who: str, stream: _SocketStream) -> None:
        while not stream.unread.endswith(_MARK):
            await self._chunk(who, stream)
            if stream.over:
                return
        stream.unread = stream.unread.removesuffix(_MARK)

    async def _chunk(self, who: str, stream: _SocketStream) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                size = int(await stream.reader.readline() or b"0", 16)
                stream.unread += (await stream.reader.readexactly(size + 2))[:-2]
                stream.over = size == 0
        except TimeoutError:
            raise Mismatch(f"{who} reads nothing") from None
        except asyncio.IncompleteReadError:
            stream.over = True
