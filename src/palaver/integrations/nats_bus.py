"""A NATS server, as a bus: telling never waits for it, and without it everything else goes on.

One task connects, and connects again for ever; it sends what waits and keeps the subscriptions. What is told while there is
no connection waits, up to a bound, and what comes after that is dropped (docs/decisions).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from functools import partial

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import BadSubjectError, ConnectionClosedError, Error, MaxPayloadError, SecureConnWantedError

log = structlog.get_logger()

Hear = Callable[[bytes], bytes | None]
"""Takes one message; what it returns is sent to whoever wants an answer."""

QUEUED = 1000
QUEUED_BYTES = 1 << 20
RETRY_S = 2.0
CONNECT_S = 5
FAREWELL_S = 2.0
UNREAD = 1000
UNREAD_BYTES = 4 << 20


class _Client(Client):
    """A client that speaks to a `tls://` address in TLS or not at all; the library lets the server decide.

    Without this, whoever sits in between could take away the server's wish for TLS, and read the password.
    """

    def __init__(self, *, secure: bool) -> None:
        super().__init__()
        self._secure = secure

    def _connect_command(self) -> bytes:
        if self._secure and not self._server_info.get("tls_required"):
            raise SecureConnWantedError
        return super()._connect_command()


class NatsBus:
    """One connection to NATS, which comes and goes.

    Attributes:
        dropped: how many messages were told in vain because too many waited.
    """

    def __init__(self, url: str, *, name: str = "", warn_after_s: float = 60.0, retry_s: float = RETRY_S) -> None:
        """`url` may hold a user and a password; the log says once that nobody answers there for `warn_after_s` seconds."""
        self.dropped = 0
        self._url = url
        self._name = name
        self._warn_after_s = warn_after_s
        self._retry_s = retry_s
        self._queue: deque[tuple[str, bytes]] = deque()
        self._queued_bytes = 0
        self._wanted: dict[str, Hear] = {}
        self._held: dict[str, Subscription] = {}
        self._work = asyncio.Event()
        self._client = self._new_client()
        self._came_in = False
        self._subscribing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    # -- the verbs that do not wait ---------------------------------------------------------------------------------

    def tell(self, subject: str, payload: bytes) -> None:
        """Send a message some time soon; it is dropped where too many wait."""
        if len(self._queue) >= QUEUED or self._queued_bytes + len(payload) > QUEUED_BYTES:
            if not self.dropped:
                log.warning("nats_messages_dropped", waiting=len(self._queue))
            self.dropped += 1
            return
        self._queue.append((subject, payload))
        self._queued_bytes += len(payload)
        self._work.set()

    def listen(self, subject: str, hear: Hear) -> None:
        """Hand over every message of a subject from now on."""
        self._wanted[subject] = hear
        self._work.set()

    def ignore(self, subject: str) -> None:
        """Hand over no more messages of a subject."""
        self._wanted.pop(subject, None)
        self._work.set()

    # -- its life ---------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin to connect, in the background."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Send what waits, if that goes fast, and disconnect."""
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._send_waiting()
                await self._disconnect()

    @property
    def is_connected(self) -> bool:
        """Return whether somebody listens at the other end, as far as is known."""
        return self._client.is_connected

    async def _run(self) -> None:
        late = asyncio.get_running_loop().call_later(self._warn_after_s, self._warn)
        try:
            while True:
                try:
                    await self._connect()
                    while True:
                        await self._work.wait()
                        self._work.clear()
                        if self._client.is_closed:
                            raise ConnectionClosedError
                        await self._keep_subscriptions()
                        await self._send_waiting()
                except Error as problem:
                    # The client gave up, for instance because it may not come in; so may a later one not.
                    log.warning("nats_lost", problem=type(problem).__name__)
                    await self._disconnect()
                    await asyncio.sleep(self._retry_s)
        except Exception:
            log.exception("nats_failed")
        finally:
            late.cancel()

    async def _connect(self) -> None:
        await self._client.connect(
            self._url,
            name=self._name or None,
            connect_timeout=CONNECT_S,
            reconnect_time_wait=self._retry_s,  # type: ignore[arg-type]  # seconds, which need not be whole
            max_reconnect_attempts=-1,
            error_cb=self._note_error,
            disconnected_cb=self._note_end,
            closed_cb=self._note_return,
            reconnected_cb=self._note_return,
        )
        self._came_in = True
        await self._note_return()

    def _new_client(self) -> Client:
        return _Client(secure=self._url.startswith("tls://"))

    async def _disconnect(self) -> None:
        """Let go of the client, which can be closed only once it has been connected."""
        client, self._client, came_in, self._came_in = self._client, self._new_client(), self._came_in, False
        self._held.clear()
        if came_in:
            with contextlib.suppress(Error, OSError):
                await client.close()

    async def _keep_subscriptions(self) -> None:
        """Subscribe to what is wanted now; where there is no connection, that waits, too."""
        async with self._subscribing:
            if not self._client.is_connected:
                return
            for subject in [each for each in self._held if each not in self._wanted]:
                await self._held.pop(subject).unsubscribe()
            for subject in [each for each in self._wanted if each not in self._held]:
                self._held[subject] = await self._client.subscribe(
                    subject,
                    cb=partial(self._hear, subject),
                    pending_msgs_limit=UNREAD,
                    pending_bytes_limit=UNREAD_BYTES,
                )

    async def _send_waiting(self) -> None:
        while self._queue and self._client.is_connected:
            subject, payload = self._queue[0]
            try:
                await self._client.publish(subject, payload)
            except (BadSubjectError, MaxPayloadError) as problem:
                log.warning("nats_message_refused", subject=subject, problem=type(problem).__name__)
            except Error:
                return  # it waits for the next connection
            self._queue.popleft()
            self._queued_bytes -= len(payload)

    async def _hear(self, subject: str, message: Msg) -> None:
        hear = self._wanted.get(subject)
        if hear is None:
            return
        try:
            answer = hear(message.data)
        except Exception:
            log.exception("nats_message_failed", subject=subject)
            return
        # What the answer speaks of must be there before it: whoever reads it may write at once.
        await self._keep_subscriptions()
        if answer is not None and message.reply:
            self.tell(message.reply, answer)

    def _warn(self) -> None:
        if not self._client.is_connected:
            log.warning("nats_not_reached", seconds=self._warn_after_s)

    async def _note_error(self, problem: Exception) -> None:
        log.debug("nats_problem", problem=type(problem).__name__)

    async def _note_end(self) -> None:
        log.info("nats_disconnected")

    async def _note_return(self) -> None:
        if self._client.is_connected:
            log.info("nats_connected")
        self._work.set()
