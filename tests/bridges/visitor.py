"""What a visitor of any wire can do in a meeting, and the mailbox behind it."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

PATIENCE_S = 20
ROOM = "lobby"

Frame = dict[str, Any]


class Visitor(ABC):
    """A client of one wire, as much of it as a meeting needs. Every `hears_…` waits until it has come, or fails."""

    wire: str

    def __init__(self, name: str) -> None:
        self.name = name
        self.inbox: list[Any] = []
        self._arrived = asyncio.Event()

    # -- what every wire can --------------------------------------------------------------------------------------

    @abstractmethod
    async def come(self, url: str) -> None:
        """Enter the default room under one's name."""

    @abstractmethod
    async def leave(self) -> None:
        """Go, with a goodbye."""

    @abstractmethod
    async def say(self, text: str) -> None:
        """Speak to the room."""

    @abstractmethod
    async def hears_said(self, text: str, by: str) -> None:
        """Wait for what somebody says to the room."""

    @abstractmethod
    async def write_to(self, other: str, text: str) -> None:
        """Write to one other."""

    @abstractmethod
    async def hears_written(self, text: str, by: str) -> None:
        """Wait for what somebody writes to oneself."""

    @abstractmethod
    async def sees(self, other: str) -> None:
        """Wait until somebody is known to be here."""

    @abstractmethod
    async def misses(self, other: str) -> None:
        """Wait until it is told that somebody left."""

    async def show_camera(self) -> None:  # noqa: B027 - not every wire has a word for it
        """Be there to be called."""

    async def approach(self, other: str) -> None:  # noqa: B027 - not every wire has a word for it
        """Do what goes before an offer."""

    @abstractmethod
    async def signal(self, other: str, kind: str, text: str) -> None:
        """Send an `offer`, `answer` or `candidate` with a text in it."""

    @abstractmethod
    async def hears_signal(self, kind: str, text: str, by: str) -> None:
        """Wait for a signal of somebody."""

    # -- the mailbox ----------------------------------------------------------------------------------------------

    def arrive(self, frame: Any) -> None:
        self.inbox.append(frame)
        self._arrived.set()

    async def find(self, what: str, fits: Callable[[Any], Any]) -> Any:
        """Return the first frame, heard before or later, of which this is true."""
        at = 0
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    while at < len(self.inbox):
                        if fits(self.inbox[at]):
                            return self.inbox[at]
                        at += 1
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            heard = "\n".join(json.dumps(frame)[:300] for frame in self.inbox)
            raise AssertionError(f"{self.name} ({self.wire}) did not hear {what}, but:\n{heard}") from None


class OnWebSocket(Visitor):
    """A client whose wire is one JSON object a frame."""

    path: str
    subprotocol: str | None = None

    async def come(self, url: str) -> None:
        offered = [Subprotocol(self.subprotocol)] if self.subprotocol else None
        self._socket: ClientConnection = await connect(f"ws{url[4:]}{self.path}", subprotocols=offered)
        self._listening = asyncio.create_task(self._listen())

    async def leave(self) -> None:
        await self._socket.close()
        await self._listening

    async def _listen(self) -> None:
        async for payload in self._socket:
            self.arrive(json.loads(payload))

    async def send(self, frame: Frame) -> None:
        await self._socket.send(json.dumps(frame))
