"""Knows connections that are polled: frames wait in a queue, bounded in bytes and number, until the client asks for them.

To the conversation above it is a connection like any other. What a poll says and how it is answered is left to the dialect.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator
from functools import partial

import structlog

from palaver.codecs.websocket import INTERNAL_ERROR, NORMAL, SLOW
from palaver.core.names import fold
from palaver.dialects.base import Answer, Dialect, Endpoint, Payload, Poll, PollWords
from palaver.hub.hub import Hub
from palaver.transports.access import Access
from palaver.transports.connection import BUDGET_BYTES, MESSAGE_END, Listener, PeerInfo
from palaver.transports.conversation import Conversation
from palaver.transports.views import Views

log = structlog.get_logger()

FRAMING = "asgi"
UNSEEN_S = 60.0
"""Somebody who did not poll for so long is gone."""
SWEEP_S = 10.0
QUEUED_FRAMES = 1_000
POLLS_AT_ONCE = 4
"""That wait for each other's end; a client that behaves sends one at a time."""
BYTES_BEFORE_SESSION = 64 * 1024


class PolledConnection:
    """One client that polls, as a `Connection`."""

    framing = FRAMING

    def __init__(
        self,
        peer: PeerInfo,
        listener: Listener,
        words: PollWords,
        soon: Callable[[Callable[[], None]], None],
        budget: int,
    ) -> None:
        """`soon` does something at the end of a turn of the loop, `budget` is what may wait, in bytes; 0 for no limit."""
        self.peer = peer
        self.listener = listener
        self.max_message_bytes = BYTES_BEFORE_SESSION
        self.names: set[str] = set()
        self.name = ""
        self.polls = 0
        self.unseen_s = 0.0
        self.is_open = True
        self.unsent_bytes = 0
        self._words = words
        self._soon = soon
        self._budget = budget
        self._queue: deque[Payload] = deque()
        self._reading = asyncio.Event()
        self._reading.set()
        self._over = False

    def write(self, data: bytes) -> None:
        """Keep frames for the next poll; past the budget the connection is closed as slow, from a later turn."""
        if not self.is_open:
            return
        for frame in data.split(MESSAGE_END)[:-1]:
            self._keep(frame)
        behind = len(self._queue) > QUEUED_FRAMES or (self._budget and self.unsent_bytes > self._budget)
        if behind and not self._over:
            self._over = True
            self._soon(self._close_as_slow)

    def _keep(self, frame: Payload) -> None:
        alike = self._words.alike(frame)
        if alike:
            for held in [held for held in self._queue if self._words.alike(held) == alike]:
                self._queue.remove(held)
                self.unsent_bytes -= len(held)
        self._queue.append(frame)
        self.unsent_bytes += len(frame)
        name = self._words.name_in(frame)
        if name:
            self.name = name
            self.names = {*self.names, fold(name)} if len(self.names) < 8 else {fold(name)}

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Take nothing more; what waits is there for one more poll. The listener is told from a later turn."""
        if self.is_open:
            self.is_open = False
            self._soon(partial(self._tell_closed, code, reason))

    def abort(self) -> None:
        """Close, and hand over nothing more."""
        self._queue.clear()
        self.close(INTERNAL_ERROR, "aborted")

    def pause_reading(self) -> None:
        """Let polls wait."""
        self._reading.clear()

    def resume_reading(self) -> None:
        """Let polls go on."""
        self._reading.set()

    async def settled(self) -> None:
        """Wait until everything that was said is done, and a sender over its rate has waited."""
        while not self._reading.is_set():
            await self._reading.wait()

    def taken(self) -> list[Payload]:
        """Return what waits, which waits no more."""
        found = list(self._queue)
        self._queue.clear()
        self.unsent_bytes = 0
        return found

    def _close_as_slow(self) -> None:
        self._queue.clear()
        self.unsent_bytes = 0
        self.close(SLOW, "reading too slowly")

    def _tell_closed(self, code: int, reason: str) -> None:
        self._reading.set()
        self.listener.closed(code, reason, False)


class PollingTransport:
    """Everybody who polls one dialect."""

    def __init__(
        self,
        hub: Hub,
        dialect: Dialect,
        words: PollWords,
        access: Callable[[], Access],
        *,
        budget_bytes: int = BUDGET_BYTES,
    ) -> None:
        self.words = words
        self.budget_bytes = budget_bytes
        self._hub = hub
        self._dialect = dialect
        self._access = access
        self._views = Views()
        self._open: dict[bytes, tuple[PolledConnection, Conversation]] = {}
        self._addresses: Counter[str] = Counter()
        self._sweeping = False

    def __len__(self) -> int:
        """Return how many sessions poll, those whose last frames wait included."""
        return len(self._open)

    def __iter__(self) -> Iterator[PolledConnection]:
        """Iterate over their connections, as they are now."""
        return iter([connection for connection, _ in self._open.values()])

    def __bool__(self) -> bool:
        """Be there, even where nobody polls."""
        return True

    def body_limit(self, peer: PeerInfo) -> int:
        """Return how long a request may be: a picture only where somebody at the address, or behind our proxies, polls."""
        address = self._address(peer)
        if address in self._addresses:
            return 4096 + (self._access().session_frame_bytes or 1 << 40)
        return BYTES_BEFORE_SESSION

    async def answer(self, poll: Poll, peer: PeerInfo) -> Answer:
        """Do what a poll asks for, and return its answer with everything that waited."""
        address = self._address(peer)
        if address and self._hub.visits.take(f"address:{address}", self._hub.clock.now()):
            return self.words.busy()
        if not poll.name and not poll.session_id:
            return await self._begin(poll, peer, address) if poll.opens else self.words.not_open()
        if not poll.name or not poll.session_id:
            return self.words.incomplete()
        # Found by a digest, so that nobody learns of an id by the time that comparing takes.
        key = _key(poll.session_id)
        connection, conversation = self._open.get(key, (None, None))
        if connection is None or conversation is None or fold(poll.name) not in connection.names:
            return self.words.unknown()
        if address:
            self._hub.visits.give_back(f"address:{address}")
        return await self._go_on(key, connection, conversation, poll)

    async def _begin(self, poll: Poll, peer: PeerInfo, address: str) -> Answer:
        """Open a session, or say why not; who is refused has none, and may try again."""
        if len(poll.frame) > BYTES_BEFORE_SESSION or not self._hub.addresses.enter(address):
            return self.words.busy()
        conversation = self._conversation(peer, address)
        connection = PolledConnection(peer, conversation, self.words, self._hub.clock.call_soon, self.budget_bytes)
        conversation.opened(connection)
        conversation.received(poll.frame)
        await connection.settled()
        self._hub.turn.flush()
        frames = connection.taken()
        if not conversation.identified or not connection.name:
            connection.close()
            return self.words.answer(frames)
        session_id = str(uuid.uuid4())
        self._open[_key(session_id)] = (connection, conversation)
        self._addresses[address] += 1
        self._sweep_later()
        return self.words.answer(frames, username=connection.name, session_id=session_id)

    async def _go_on(self, key: bytes, connection: PolledConnection, conversation: Conversation, poll: Poll) -> Answer:
        if connection.polls >= POLLS_AT_ONCE:
            return self.words.busy()
        connection.unseen_s = 0.0
        connection.polls += 1
        try:
            await connection.settled()
            if connection.is_open and poll.frame:
                if connection.max_message_bytes and len(poll.frame) > connection.max_message_bytes:
                    return self.words.busy()
                conversation.received(poll.frame)
                await connection.settled()
        finally:
            connection.polls -= 1
        self._hub.turn.flush()
        frames, name = connection.taken(), connection.name
        if not connection.is_open:
            self._forget(key)
        return self.words.answer(frames, username=name, session_id=poll.session_id)

    def _forget(self, key: bytes) -> None:
        found = self._open.pop(key, None)
        if found is not None:
            address = found[1].address
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]

    def _conversation(self, peer: PeerInfo, address: str) -> Conversation:
        access = self._access()
        return Conversation(
            self._hub,
            self._views,
            self._views.view(self._dialect, FRAMING),
            address=address,
            subprotocol=None,
            session_frame_bytes=access.session_frame_bytes,
            call=partial(access.call, Endpoint(peer.path), peer),
        )

    def _address(self, peer: PeerInfo) -> str:
        return self._access().address(peer)

    def _sweep_later(self) -> None:
        if not self._sweeping:
            self._sweeping = True
            self._hub.clock.call_later(SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        """End whoever did not poll for too long, which is counted here: a clock that is set says nothing of it."""
        self._sweeping = False
        for key, (connection, conversation) in list(self._open.items()):
            connection.unseen_s += SWEEP_S
            if connection.unseen_s > UNSEEN_S and not connection.polls:
                self._forget(key)
                conversation.time_out()
                connection.close()
        if self._open:
            self._sweep_later()


def _key(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode(errors="replace")).digest()
