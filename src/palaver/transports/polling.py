"""Knows the HTTP requests of Engine.IO clients that poll: those that fetch, those that bring, and what both are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from palaver.codecs import engineio as wire
from palaver.codecs.engineio import EngineIoError, Packet
from palaver.transports.connection import HttpRefusal, PeerInfo
from palaver.transports.engineio import EngineSession, Overlap
from palaver.transports.socketio import BAD_METHOD, BAD_REQUEST, OLDEST, REVISIONS, UNKNOWN_REVISION, SocketIo, refused

READ_WITHIN_S = 60.0
TEXT = "text/plain; charset=UTF-8"
BYTES = "application/octet-stream"
METHODS = "GET, POST, OPTIONS"


@dataclass(frozen=True)
class Answer:
    """What a request is answered."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Polling:
    """The ASGI application at the addresses of one dialect's Socket.IO."""

    def __init__(self, socketio: SocketIo) -> None:
        self._socketio = socketio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        peer = PeerInfo.from_scope(scope)
        answer = await self._answer(scope["method"], peer, receive)
        if isinstance(answer, HttpRefusal):
            answer = Answer(answer.status, answer.body, answer.headers)
        if answer is None:
            return
        headers = [
            *answer.headers,
            *_cors(peer),
            ("Cache-Control", "no-store"),
            ("Content-Length", str(len(answer.body))),
        ]
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, method: str, peer: PeerInfo, receive: Receive) -> Answer | HttpRefusal | None:
        """Return the answer; None where nobody waits for it any more."""
        said = peer.parameters()
        address = self._socketio.judge(peer, said)
        if method == "OPTIONS" and not (isinstance(address, HttpRefusal) and address.status == 403):
            return _preflight(peer)
        if isinstance(address, HttpRefusal):
            return address
        if "j" in said:
            return refused(BAD_REQUEST, why="Bad request: JSONP polling is not offered")
        if said["transport"] != "polling":
            return refused(BAD_REQUEST, why="Bad request: this transport is a WebSocket")
        if "sid" not in said:
            return self._handshake(method, said, peer, address)
        session = self._socketio.find(said, address)
        if isinstance(session, HttpRefusal):
            return session
        if session.on_websocket:
            return refused(BAD_REQUEST, why="Bad request: the session has another transport")
        if method == "GET":
            return await self._fetch(session, receive)
        if method == "POST":
            return await self._bring(session, peer, receive)
        return HttpRefusal(405, refused(BAD_REQUEST).body, (("Allow", METHODS), ("Content-Type", "application/json")))

    def _handshake(self, method: str, said: dict[str, str], peer: PeerInfo, address: str) -> Answer | HttpRefusal:
        if method != "GET":
            return refused(BAD_METHOD)
        revision = REVISIONS.get(said.get("EIO", OLDEST))
        if revision is None:
            return refused(UNKNOWN_REVISION)
        session = self._socketio.begin_polling(revision, peer, address)
        return session if isinstance(session, HttpRefusal) else _payload(session, session.fetched())

    async def _fetch(self, session: EngineSession, receive: Receive) -> Answer | HttpRefusal | None:
        try:
            packets = await _unless_gone(session.poll, receive)
        except Overlap:
            return refused(BAD_REQUEST, why="Bad request: another one waits already")
        if packets is None:
            session.gave_up()
            return None
        return _payload(session, packets)

    async def _bring(self, session: EngineSession, peer: PeerInfo, receive: Receive) -> Answer | HttpRefusal | None:
        limit = session.max_body_bytes
        try:
            body = await _read(peer, receive, limit)
        except TimeoutError:
            session.violated("its body did not come in time")
            return refused(BAD_REQUEST, 408, why="Bad request: its body did not come in time")
        if body is None:
            session.gave_up()
            return None
        if len(body) > limit:
            session.violated(f"a body is larger than {limit} bytes")
            return refused(BAD_REQUEST, 413, why=f"Bad request: a body may have {limit} bytes")
        try:
            await session.bring(_packets(session, peer, body))
        except EngineIoError as problem:
            session.violated(str(problem))
            return refused(BAD_REQUEST, why=f"Bad request: {problem}")
        except Overlap:
            return refused(BAD_REQUEST, why="Bad request: another one is brought already")
        if session.broken:
            return refused(BAD_REQUEST, why=f"Bad request: {session.broken}")
        return Answer(200, b"ok", (("Content-Type", "text/html"),))


def _preflight(peer: PeerInfo) -> Answer:
    """Let pages of an origin that was judged send what their client wants to."""
    asked = peer.header("access-control-request-headers") or "Content-Type"
    headers = (("Access-Control-Allow-Methods", METHODS), ("Access-Control-Allow-Headers", asked))
    return Answer(204, headers=(*headers, ("Access-Control-Max-Age", "600")))


def _payload(session: EngineSession, packets: list[Packet]) -> Answer:
    if session.revision >= 4:
        return Answer(200, wire.encode_payload(packets), (("Content-Type", TEXT),))
    if session.base64 or not any(each.binary for each in packets):
        return Answer(200, wire.encode_text_payload(packets), (("Content-Type", TEXT),))
    return Answer(200, wire.encode_binary_payload(packets), (("Content-Type", BYTES),))


def _packets(session: EngineSession, peer: PeerInfo, body: bytes) -> list[Packet]:
    if session.revision >= 4:
        return wire.decode_payload(body)
    if (peer.header("content-type") or "").partition(";")[0].strip().lower() == BYTES:
        return wire.decode_binary_payload(body)
    return wire.decode_text_payload(body)


def _cors(peer: PeerInfo) -> list[tuple[str, str]]:
    """Return what lets a page of an origin that was judged read the answer; clients of 2.x always send credentials."""
    origin = peer.header("origin")
    if origin is None:
        return []
    return [("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true"), ("Vary", "Origin")]


async def _read(peer: PeerInfo, receive: Receive, limit: int) -> bytes | None:
    """Return the body, or the beginning of one that is too long; None where the client went away."""
    declared = peer.header("content-length") or ""
    if declared.isdecimal() and (len(declared) > 19 or int(declared) > limit):
        return bytes(limit + 1)
    parts: list[bytes] = []
    size = 0
    async with asyncio.timeout(READ_WITHIN_S):
        while size <= limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            part = message.get("body", b"")
            parts.append(part)
            size += len(part)
            if not message.get("more_body"):
                break
    return b"".join(parts)


async def _unless_gone(work: Callable[[], Awaitable[list[Packet]]], receive: Receive) -> list[Packet] | None:
    """Return what the work returns; None where the client goes away before."""
    working: asyncio.Future[list[Packet]] = asyncio.ensure_future(work())
    leaving = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _gone(receive: Receive) -> Any:
    while (await receive())["type"] != "http.disconnect":
        pass
