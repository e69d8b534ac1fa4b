"""Somebody on a pretended connection, for the tests of conversations, and a store that answers when told to."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.fakes import World
from tests.transcripts.connections import Closed, FakeConnection

from palaver.core.chat import Message
from palaver.core.rooms import History
from palaver.dialects.base import Call
from palaver.dialects.native.surface import DIALECT
from palaver.storage.memory import MemoryMessageStore
from palaver.transports.connection import PeerInfo
from palaver.transports.conversation import Conversation
from palaver.transports.views import Views

TEXT = {"in": "channel", "room": "lobby"}
SESSION_FRAME_BYTES = 1_000_000


class SlowAppends(MemoryMessageStore):
    """Keeps a message when `answer` is called."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[asyncio.Future[None], Message, History]] = []

    def append(self, message: Message, keep: History) -> Any:
        future = asyncio.get_running_loop().create_future()
        self.waiting.append((future, message, keep))
        return future

    async def answer(self, problem: Exception | None = None) -> None:
        future, message, keep = self.waiting.pop(0)
        if problem is None:
            super().append(message, keep)
            future.set_result(None)
        else:
            future.set_exception(problem)
        await turns()


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Talk:
    """Somebody on a pretended connection."""

    def __init__(self, world: World, *, address: str = "") -> None:
        self.world = world
        self.connection = FakeConnection(PeerInfo("/native/ws", b"", [], address))
        self.conversation = self.connection.listener = Conversation(
            world.hub,
            Views(),
            Views().view(DIALECT, "websocket"),
            address=address,
            subprotocol=None,
            session_frame_bytes=SESSION_FRAME_BYTES,
            call=lambda: Call(DIALECT.endpoints[0]),
        )
        self.conversation.opened(self.connection)
        self._number = 0

    def ask(self, word: str, **fields: Any) -> int:
        """Ask for something and return the id of the ask."""
        self._number += 1
        frame = {"id": self._number, "ask": {"type": word, **fields}}
        self.connection.take(json.dumps(frame).encode(), False)
        return self._number

    def say(self, text: str) -> int:
        return self.ask("post_message", place=TEXT, text=text)

    def heard(self) -> list[dict[str, Any]]:
        self.world.clock.settle()
        frames = []
        while self.connection.inbox:
            received = self.connection.inbox.popleft()
            frames.append({"closed": received.code} if isinstance(received, Closed) else json.loads(received))
        return frames

    def in_lobby(self, name: str) -> Talk:
        self.ask("identify", name=name)
        self.ask("join_room", room="lobby")
        assert not [frame for frame in self.heard() if "refusal" in frame]
        return self


def kinds(frames: list[dict[str, Any]]) -> list[Any]:
    return [frame.get("reply") or frame.get("closed") or frame["event"]["type"] for frame in frames]
