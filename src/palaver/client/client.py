"""One session of the native dialect: asks, answers, events in order, and the way back after a loss.

What a loss means for asks and seats is told to the caller; what has to be asked again then, only the caller knows.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, overload
from urllib.parse import urlsplit, urlunsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from palaver.client.endings import Ended, Lost, final_word, is_final, refusal_of, wait_s
from palaver.client.tokens import TRY_AGAIN_S, Clock, FreshToken, SystemClock, Tokens
from palaver.core import calls, chat, devices, moderation, rooms, sessions, waiting
from palaver.core.base import Event
from palaver.core.errors import NoSuchSession, Refusal, TokenInvalid
from palaver.core.ids import DeviceId
from palaver.core.sessions import Identified, Identify, Joined, Position, RenewToken, Resume, Resumed
from palaver.dialects.native.wire import SUBPROTOCOL, Answer, Ask, AskFrame, RefusalDetail, Told

GREETING_S = 12.0
MAX_FRAME_BYTES = 64 << 20
MOST_UNREAD = 10_000

_log = logging.getLogger(__name__)
_NOWHERE = Position("", 0)
_encoder = msgspec.json.Encoder()


class Missed(msgspec.Struct, frozen=True):
    """So much news was never read and is gone; the newest `MOST_UNREAD` are kept."""

    count: int


News = Event | Identified | Resumed | Missed
"""What `Client.events` yields: events, and how the session began or went on."""


class _Frame(msgspec.Struct, frozen=True):
    """Any frame of the server; words are read later, so that one from a newer server is no more than unknown."""

    reply: int | None = None
    outcome: msgspec.Raw = msgspec.Raw()
    refusal: RefusalDetail | None = None
    event: msgspec.Raw = msgspec.Raw()
    epoch: str = ""
    seq: int = 0


_FRAME = msgspec.json.Decoder(_Frame)
_EVENT = msgspec.json.Decoder(Told)
_ANSWER = msgspec.json.Decoder(Answer)


class Client:
    """A session that comes back by itself; an async context manager.

    Entering opens the session: it raises the `Refusal` of a server that does not admit one, and keeps trying a server
    that does not answer (bound it with `asyncio.timeout`), of which the logger `palaver.client.client` is told why.
    Leaving ends the session at once.

    Attributes:
        me: what the server said when the session was opened.
        position: the greatest that was heard, from which a lost session is resumed; None before the first.
    """

    me: Identified

    def __init__(
        self,
        url: str,
        *,
        name: str = "",
        token: str = "",
        device: DeviceId | None = None,
        fresh_token: FreshToken | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Name a server (`https://chat.example.org`, `https://www.example.org/chat`, or the address of its socket).

        Args:
            url: of the page, or one that ends in `/ws` or begins with `ws`, which is taken as it is.
            name: as a guest; not needed with a token.
            token: signed by the site. The server is asked to renew it in time, which it does for a day.
            device: stable label by which this session can be addressed.
            fresh_token: returns a token that the site signs now; asked where there is none, or where it has ended and the
                server renews it no more. What it raises is raised on entering; later it is logged and asked again.
            clock: the time, where it is not the machine's.

        Raises:
            ValueError: what is given as an address is none; `https://` is missing, for example.
        """
        self._clock = clock or SystemClock()
        self._tokens = Tokens(token, fresh_token, self._clock)
        self.position: Position | None = None
        self._url = _socket_address(url)
        self._who = Identify(name, device=device)
        self._resume_token = ""
        self._socket: ClientConnection | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._ids = itertools.count(1)
        self._greeting = 0
        self._failures = 0
        self._said = ""
        self._refused: Refusal | None = None
        self._farewell = ""
        self._end = ""
        self._live = asyncio.Event()
        self._news: deque[News] = deque()
        self._missed = 0
        self._stirred = asyncio.Event()
        self._renewal: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Client:
        await self._tokens.begin()
        self._task = asyncio.create_task(self._stay())
        try:
            await self._live.wait()
        except BaseException:
            await self._stop()
            raise
        if self._end:
            await self._stop()
            raise self._refused or Ended(self._end)
        if self._tokens.token:
            self._renewal = asyncio.create_task(self._renew())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        socket = self._socket
        self._finish("left")
        try:
            if socket is not None:
                await socket.close(1000, "left")
        finally:
            # Also for who does not wait for the server's goodbye: the session would else come back by itself.
            await self._stop()

    @overload
    async def ask(self, command: chat.PostMessage, *, timeout_s: float = 15) -> chat.Posted: ...
    @overload
    async def ask(self, command: chat.FetchHistory, *, timeout_s: float = 15) -> chat.HistoryPage: ...
    @overload
    async def ask(self, command: rooms.JoinRoom, *, timeout_s: float = 15) -> Joined | waiting.Waiting: ...
    @overload
    async def ask(self, command: rooms.CreateRoom, *, timeout_s: float = 15) -> rooms.Created: ...
    @overload
    async def ask(self, command: rooms.ListRooms, *, timeout_s: float = 15) -> rooms.Rooms: ...
    @overload
    async def ask(self, command: calls.FetchIceServers, *, timeout_s: float = 15) -> calls.IceServers: ...
    @overload
    async def ask(self, command: sessions.RenewToken, *, timeout_s: float = 15) -> sessions.TokenRenewed: ...
    @overload
    async def ask(self, command: moderation.ListBans, *, timeout_s: float = 15) -> moderation.Bans: ...
    @overload
    async def ask(self, command: devices.ListDevices, *, timeout_s: float = 15) -> devices.Devices: ...
    @overload
    async def ask(self, command: Ask, *, timeout_s: float = 15) -> Answer: ...
    async def ask(self, command: Ask, *, timeout_s: float = 15) -> Answer:
        """Ask for something and return its outcome; while the connection is away, wait for it.

        Raises:
            Refusal: the server said no; the class is the one of the refusal's code.
            Lost: the connection broke before the answer came. A `PostMessage` with a nonce may be asked again: the server
                takes the second for the first.
            Ended: the session is over.
            TimeoutError: no answer in `timeout_s`.
        """
        async with asyncio.timeout(timeout_s):
            await self._live.wait()
            if self._end or self._socket is None:
                raise Ended(self._end)
            answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            number = next(self._ids)
            self._waiting[number] = answer
            try:
                await self._send(self._socket, command, number)
                return await answer
            finally:
                self._waiting.pop(number, None)
                if answer.done() and not answer.cancelled():
                    answer.exception()  # whoever gave up asking in the same moment does not look

    async def events(self) -> AsyncIterator[News]:
        """Yield what is told, in order and each once, until the session is over. One reader at a time.

        Beside events there are `Identified`, whenever a session was opened: seats are to be taken (again); `Resumed`,
        where the session went on with a hole: its `rooms` replace what was known; and `Missed`.
        """
        while True:
            if self._missed:
                missed, self._missed = self._missed, 0
                yield Missed(missed)
            elif self._news:
                yield self._news.popleft()
            elif self._end:
                return
            else:
                self._stirred.clear()
                await self._stirred.wait()

    @property
    def connected(self) -> bool:
        """Whether the session has a live connection at this moment."""
        return self._socket is not None

    @property
    def ended(self) -> str:
        """Why the session is over; empty while it goes on."""
        return self._end

    async def _stay(self) -> None:
        try:
            while not self._end:
                problem: Exception | None = None
                try:
                    await self._converse()
                except (OSError, ConnectionClosed, InvalidHandshake, TimeoutError, Lost) as error:
                    problem = error
                finally:
                    self._drop()
                if not self._end:
                    self._log_problem(problem or self._refused)
                    await self._clock.sleep(wait_s(self._failures, self._refused, self._farewell))
                    self._failures += 1
        finally:
            self._finish("client_fault")

    def _log_problem(self, problem: Exception | None) -> None:
        """Say why there is no connection, once for as long as it is the same."""
        said = f"{problem or ''}" or type(problem or Lost).__name__
        if said != self._said:
            self._said = said
            # What stands behind the path may be a token.
            _log.warning("no connection to %s: %s; it is tried again", self._url.partition("?")[0], said)

    async def _converse(self) -> None:
        """Say hello on a new connection, and read it to its end."""
        self._refused, self._farewell = None, ""
        options: dict[str, Any] = {"max_size": MAX_FRAME_BYTES, "compression": None, "close_timeout": 2}
        async with connect(self._url, subprotocols=[Subprotocol(SUBPROTOCOL)], **options) as socket:
            await self._greet(socket)
            async with asyncio.timeout(GREETING_S) as patience:
                try:
                    async for payload in socket:
                        self._read(socket, payload)
                        if self._socket is not None:
                            patience.reschedule(None)
                        elif self._end or self._refused is not None:
                            return
                        elif not self._greeting:
                            await self._greet(socket)
                finally:
                    self._farewell = socket.close_reason or ""
                    if word := final_word(socket.close_code):
                        self._finish(word)

    async def _greet(self, socket: ClientConnection) -> None:
        hello: Resume | Identify
        if self._resume_token:
            hello = Resume(self._resume_token, self.position or _NOWHERE)
        else:
            hello = msgspec.structs.replace(self._who, token=await self._tokens.for_opening())
        self._greeting = next(self._ids)
        await self._send(socket, hello, self._greeting)

    async def _send(self, socket: ClientConnection, command: Ask, number: int) -> None:
        try:
            await socket.send(_encoder.encode(AskFrame(command, number)), text=True)
        except ConnectionClosed:
            raise Lost("the connection broke") from None

    def _read(self, socket: ClientConnection, payload: str | bytes) -> None:
        frame = _FRAME.decode(payload)
        if frame.event:
            self._hear(frame)
        elif frame.reply is not None and frame.reply == self._greeting:
            self._answered(socket, frame)
        elif (answer := self._waiting.get(frame.reply or 0)) is not None and not answer.done():
            if frame.refusal is not None:
                answer.set_exception(refusal_of(frame.refusal))
                return
            try:
                outcome = _ANSWER.decode(frame.outcome)
            except msgspec.ValidationError as problem:
                answer.set_exception(problem)
                return
            if isinstance(outcome, Joined):
                self._know(outcome.snapshot.position)
            answer.set_result(outcome)

    def _hear(self, frame: _Frame) -> None:
        self._know(Position(frame.epoch, frame.seq))
        try:
            event = _EVENT.decode(frame.event)
        except msgspec.ValidationError:
            return  # a word that this client does not know yet
        self._tell(event)
        if isinstance(event, moderation.SessionEnded):
            self._finish(event.reason)

    def _answered(self, socket: ClientConnection, frame: _Frame) -> None:
        """Take the answer to the greeting."""
        self._greeting = 0
        if frame.refusal is not None:
            self._refused = refusal_of(frame.refusal)
            if self._resume_token and isinstance(self._refused, NoSuchSession):
                self._resume_token, self.position, self._refused = "", None, None
            elif isinstance(self._refused, TokenInvalid) and self._tokens.refused():
                pass  # the next greeting brings another token
            elif is_final(self._refused):
                self._finish(self._refused.code)
            return
        outcome = _ANSWER.decode(frame.outcome)
        if isinstance(outcome, Identified):
            self.me, self._resume_token, self.position = outcome, outcome.resume_token, None
            self._tokens.accepted()
            self._tell(outcome)
        elif isinstance(outcome, Resumed) and not outcome.complete:
            for room in outcome.rooms[:1]:
                self._know(room.position)
            self._tell(outcome)
        self._failures, self._said = 0, ""
        self._socket = socket
        self._live.set()

    def _know(self, position: Position) -> None:
        """Events up to here are known, told one by one or by a snapshot."""
        known = self.position
        if known is None or known.epoch != position.epoch or known.seq < position.seq:
            self.position = position

    def _tell(self, news: News) -> None:
        if len(self._news) >= MOST_UNREAD:
            self._news.popleft()
            self._missed += 1
        self._news.append(news)
        self._stirred.set()

    def _drop(self) -> None:
        self._socket, self._greeting = None, 0
        if not self._end:
            self._live.clear()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(Ended(self._end) if self._end else Lost("the connection broke before the answer"))

    def _finish(self, reason: str) -> None:
        """End for good; the first reason counts."""
        self._end = self._end or reason
        self._live.set()
        self._stirred.set()

    async def _renew(self) -> None:
        """Have the token renewed before it ends, for the way back to a server that was restarted."""
        wait: float | None = 0.0
        while wait is not None:
            await self._clock.sleep(wait)
            try:
                wait = await self._tokens.renewed(await self.ask(RenewToken()))
            except Ended:
                return
            except (Refusal, Lost, TimeoutError):
                wait = TRY_AGAIN_S

    async def _stop(self) -> None:
        """End the tasks that keep the session; a fault of theirs is raised here."""
        tasks = [task for task in (self._task, self._renewal) if task is not None]
        for task in tasks:
            task.cancel()
        for problem in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(problem, Exception):
                raise problem


def _socket_address(url: str) -> str:
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if scheme not in ("ws", "wss") or not parts.hostname:
        raise ValueError(f'"{url}" is not a web address; write it whole, such as "https://chat.example.org"')
    whole = parts.path.endswith("/ws") or (scheme == parts.scheme and parts.path.strip("/"))
    path = parts.path if whole else parts.path.rstrip("/") + "/native/ws"
    return urlunsplit((scheme, parts.netloc, path, parts.query, ""))
