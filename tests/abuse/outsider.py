"""Somebody outside: a socket that sends any bytes it likes, and a WebSocket client that keeps no rule but the framing."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.frames import masked, next_close, next_frame
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE_S = 20.0
Frame = dict[str, Any]


class Outsider:
    """One WebSocket with the native wire. Everything that was ever read stays in `read`."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = itertools.count(1000)
        self._read: list[Frame] = []
        self._stirred = asyncio.Event()
        self._reading = asyncio.create_task(self._keep_reading())
        self.me: Frame = {}

    @classmethod
    async def dial(cls, url: str, path: str = "/native/ws", **options: Any) -> Outsider:
        address = f"ws://{urlsplit(url).netloc}{path}"
        options = {"max_size": None, "compression": None, "max_queue": None, "ping_interval": None, **options}
        return cls(await connect(address, **options))

    async def _keep_reading(self) -> None:
        try:
            async for message in self._connection:
                self._read.append(json.loads(message))
                self._stirred.set()
        except ConnectionClosed:
            pass
        finally:
            self._stirred.set()

    @property
    def code(self) -> int | None:
        """Return with what the connection was closed."""
        return self._connection.close_code

    @property
    def read(self) -> list[Frame]:
        return self._read

    @property
    def events(self) -> list[Frame]:
        return [frame["event"] for frame in self._read if "event" in frame]

    @property
    def answers(self) -> list[Frame]:
        """Return every reply and refusal since `identified`."""
        return [frame for frame in self._read if "reply" in frame]

    async def until(self, found: Callable[[], Any]) -> Any:
        """Wait until a condition on what was read holds, and return what it gave."""
        async with asyncio.timeout(PATIENCE_S):
            while not (result := found()):
                assert not self._reading.done(), f"closed with {self.code} while waiting; the last: {self._read[-2:]}"
                self._stirred.clear()
                await self._stirred.wait()
        return result

    async def closed(self) -> int | None:
        """Wait for the end of the connection; return its code."""
        await asyncio.wait_for(asyncio.shield(self._reading), PATIENCE_S)
        return self.code

    async def send(self, frame: str | bytes) -> None:
        await self._connection.send(frame)

    async def say(self, word: str, **fields: Any) -> int:
        """Ask without waiting for the answer; return the id."""
        number = next(self._ids)
        await self.send(json.dumps({"id": number, "ask": {"type": word, **fields}}))
        return number

    async def answer(self, number: int | None) -> Frame:
        """Wait for the answer to an ask: the outcome, or the refusal."""
        found = await self.until(
            lambda: [frame for frame in self._read if "reply" in frame and frame["reply"] == number]
        )
        return found[0].get("outcome") or found[0]["refusal"]

    async def ask(self, word: str, **fields: Any) -> Frame:
        return await self.answer(await self.say(word, **fields))

    async def refusal_of(self, frame: str | bytes) -> Frame:
        """Send any frame, and return the refusal that answers it first."""
        before = len(self._read)
        await self.send(frame)
        return (await self.until(lambda: [each for each in self._read[before:] if "refusal" in each]))[0]

    async def identify(self, name: str = "", **more: Any) -> Outsider:
        self.me = await self.ask("identify", name=name, **more)
        assert self.me["type"] == "identified", self.me
        return self

    async def join(self, room: str, **more: Any) -> Frame:
        joined = await self.ask("join_room", room=room, create=True, **more)
        assert joined.get("type") == "joined", joined
        return joined["snapshot"]

    async def post(self, room: str, text: str, **more: Any) -> Frame:
        return await self.ask("post_message", place={"in": "channel", "room": room}, text=text, **more)

    async def hears(self, text: str) -> Frame:
        """Wait for a message of this text; return its event."""
        return (await self.until(lambda: [e for e in self.events if e.get("message", {}) and _text(e) == text]))[0]

    async def alive(self) -> None:
        """Let the server answer once more, so that everything that was said before is done."""
        assert (await self.ask("keepalive"))["type"] == "done"

    async def leave(self) -> None:
        await self._connection.close()
        await self.closed()

    def cut(self) -> None:
        """Be lost, without a goodbye."""
        self._connection.transport.abort()


def _text(event: Frame) -> str | None:
    message = event["message"]
    return message.get("text") if isinstance(message, dict) else None


class Wire:
    """A TCP connection, on which any bytes can be sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def dial(cls, url: str, *, receive_buffer: int = 0) -> Wire:
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.setblocking(False)
        parts = urlsplit(url)
        await asyncio.get_running_loop().sock_connect(sock, (parts.hostname, parts.port))
        return cls(*await asyncio.open_connection(sock=sock, limit=receive_buffer or 1 << 16))

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def head(self) -> bytes:
        """Read up to the end of a response's head."""
        return await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), PATIENCE_S)

    async def rest(self) -> bytes:
        """Read up to the end of the connection; it must come."""
        try:
            return await asyncio.wait_for(self._reader.read(), PATIENCE_S)
        except ConnectionError:
            return b""

    async def request(self, *lines: str, body: bytes = b"") -> bytes:
        """Send a request with `Connection: close` and return the whole response."""
        head = "\r\n".join([*lines, "Host: palaver.test", "Connection: close", "", ""])
        await self.send(head.encode("latin-1") + body)
        answer = await self.rest()
        self.close()
        return answer

    async def upgraded(self, path: str = "/native/ws", *lines: str) -> Wire:
        """Become a WebSocket."""
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = ["Host: palaver.test", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        head = "\r\n".join([f"GET {path} HTTP/1.1", *upgrade, f"Sec-WebSocket-Key: {key}", *lines, "", ""])
        await self.send(head.encode("latin-1"))
        answer = await self.head()
        assert answer.startswith(b"HTTP/1.1 101"), answer
        return self

    async def say(self, word: str, **fields: Any) -> None:
        await self.send(masked(1, json.dumps({"id": 1, "ask": {"type": word, **fields}}).encode()))

    async def frame(self) -> tuple[int, bytes]:
        return await next_frame(self._reader)

    async def close_code(self) -> int:
        return await next_close(self._reader)

    async def end(self) -> None:
        """Close our half alone."""
        self._writer.write_eof()

    def close(self) -> None:
        self._writer.transport.abort()
