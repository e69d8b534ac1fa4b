"""Knows what an Engine.IO session carries: packets of Socket.IO, and the one namespace that we speak in, the main one.

Connecting, its errors and goodbyes are answered here; events and answers are what the conversation of a dialect gets. A
client of 4.x may come back to a session that was lost: it is given a secret id, and told the position of every event.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import structlog

from palaver.codecs import socketio
from palaver.codecs.socketio import Kind, Packet, SocketIoError
from palaver.codecs.websocket import NORMAL, POLICY, TOO_BIG, text_frame
from palaver.core import disconnects
from palaver.core.errors import Refusal
from palaver.core.participants import Identity
from palaver.core.rooms import LeaveReason
from palaver.core.sessions import Identify, Position
from palaver.dialects.base import Payload, Request, Translator
from palaver.hub import entrance
from palaver.hub.hub import Hub
from palaver.hub.limits import Bucket, Limits
from palaver.hub.ports.clock import Timer
from palaver.hub.sessions import Session
from palaver.transports.connection import NOBODY, Listener, PeerInfo
from palaver.transports.conversation import Conversation
from palaver.transports.engineio import EngineSession

log = structlog.get_logger(__name__)

MAIN = "/"
CONNECT_WITHIN_S = 45.0
FINAL = {each.code for each in (disconnects.LEFT, disconnects.REPLACED, disconnects.KICKED, disconnects.BANNED)}
"""Ends after which a client need not come back: it is told so, or it would by itself."""
OURS = {"EIO", "transport", "sid", "t", "b64", "j"}
"""Parameters of a query that are the engine's own."""


class SocketConversation(Conversation):
    """What is said in the main namespace. A client may be connected and nobody for as long as it likes."""

    identify_within_s = 0.0

    __slots__ = ("_hello", "_known")

    @property
    def session(self) -> Session | None:
        """Return who this is by now."""
        return self._session

    @property
    def translator(self) -> Translator:
        """Return what a later connection continues with."""
        return self._translator

    def share(self, rate: Bucket) -> None:
        """Read frames at a rate that outlives the conversation, so that nobody gets another burst by connecting anew."""
        self._bucket = rate
        self.keep_to(self._hub.limits)

    def keep_to(self, limits: Limits) -> None:
        """Read frames at the rate of these limits; the bucket stays that of the engine's session."""
        if self._bucket is not None:
            self._bucket.change(limits.frames_per_second, limits.frames_burst)

    def hear_out(self, hello: Payload) -> None:
        """Judge what a client says of itself, and the token in it. Raises the Refusal that turns it away."""
        self._hello: list[Request] = self._translator.interpret(hello)
        said, judged = (request.command for request in self._hello), super()._judged
        self._known = {each: judged(each) for each in said if isinstance(each, Identify) and each.token}

    def welcome(self) -> None:
        """Do what the client asked for by its first words."""
        self._run(self._hello)
        self._hello = []

    def _judged(self, command: Identify) -> Identity:
        return self._known.pop(command, None) or super()._judged(command)

    def recover(self, session: Session, position: Position) -> bool:
        """Take a lost session over and write what it missed; False, and nothing happened, where some of it is forgotten."""
        missed = entrance.recover(self._hub, session, position, self)
        if missed is None:
            return False
        self._enter(session)
        for frames in missed:
            self.write(frames)
        return True

    def go_on(self) -> None:
        """Have what follows delivered, after `recover`."""
        if self._session is not None:
            self._hub.deliver_again(self._session, self)

    def _leave_address(self) -> None:
        """The engine's session is what counts for an address."""


@dataclass
class Recoverable:
    """What is known of a connection to which its client may come back.

    Attributes:
        position: the first that the client may come back to.
        session: who it was, once the connection is lost.
    """

    pid: str
    socket_id: str
    conversation: SocketConversation
    position: Position
    session: Session | None = None
    timer: Timer | None = None


class Desk(Protocol):
    """What the namespace needs of the server."""

    @property
    def hub(self) -> Hub:
        """Return whose sessions these are."""
        ...

    def converse(self, peer: PeerInfo, address: str, framing: str, former: Translator | None) -> SocketConversation:
        """Begin a conversation of the dialect."""
        ...

    def new_id(self) -> str:
        """Return an id that cannot be guessed."""
        ...

    def keep(self, connection: Recoverable) -> None:
        """Let a client come back to a connection by its id."""
        ...

    def find_lost(self, pid: str) -> Recoverable | None:
        """Return the connection to which an id leads back, which then leads nowhere."""
        ...

    def lost(self, connection: Recoverable) -> None:
        """Note that a connection is gone, and how long its client may take."""
        ...


class MainNamespace:
    """The main namespace of one engine session: the `Connection` of its conversation."""

    __slots__ = (
        "_conversation",
        "_desk",
        "_engine",
        "_held",
        "_parts",
        "_rate",
        "_recoverable",
        "_resting",
        "_timer",
        "framing",
        "listener",
        "peer",
    )

    def __init__(self, desk: Desk, engine: EngineSession) -> None:
        self.framing = f"socketio-eio{engine.revision}"
        self.peer = engine.peer
        self.listener: Listener = NOBODY
        self._conversation: SocketConversation | None = None
        self._desk = desk
        self._engine = engine
        self._recoverable: Recoverable | None = None
        self._parts: tuple[Packet, int, list[bytes], bytes] | None = None
        self._timer: Timer | None = None
        self._rate = Bucket(desk.hub.limits.frames_per_second, desk.hub.limits.frames_burst)
        self._held = False
        self._resting: Timer | None = None

    def begin(self) -> None:
        """Connect a client of 2.x at once; wait for the word of others."""
        if self._engine.revision < 4:
            self._connect(Packet(Kind.CONNECT))
        else:
            self._wait_for_connect()

    # --- Connection --------------------------------------------------------------------------------------------------

    @property
    def write(self) -> Any:
        """Return what takes frames for this client; it stays the same while the transport changes."""
        return self._engine.write

    @property
    def max_message_bytes(self) -> int:
        """The largest message taken, in bytes, attachments included; 0 is no limit."""
        return self._engine.max_message_bytes

    @max_message_bytes.setter
    def max_message_bytes(self, limit: int) -> None:
        self._engine.max_message_bytes = limit

    @property
    def unsent_bytes(self) -> int:
        """How much was written that the client has not taken."""
        return self._engine.unsent_bytes

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Say whether to come back, flush, and end the engine's session."""
        if code in FINAL and self._engine.is_open:
            self._say(Packet(Kind.DISCONNECT))
        self._engine.close(code, reason)

    def abort(self) -> None:
        """End without a goodbye."""
        self._engine.abort()

    def pause_reading(self) -> None:
        """Deliver no further message until `resume_reading`."""
        self._held = True
        self._engine.pause_reading()

    def resume_reading(self) -> None:
        """Go on delivering."""
        self._held = False
        self._read_on()

    # --- what the engine tells ---------------------------------------------------------------------------------------

    def message(self, content: bytes, binary: bool) -> None:
        """Take one message: the text of a packet, or an attachment of the one before."""
        try:
            if binary:
                self._take_attachment(content)
            elif (
                content[:1] in (b"2", b"3")
                and self._conversation is not None
                and not self._parts
                and content[1:2] != b"/"
            ):
                self._conversation.received(content)
            else:
                self._take(*socketio.decode_text(content), content)
        except SocketIoError as problem:
            self._engine.violated(str(problem))

    def over(self, code: int, reason: str, clean: bool) -> None:
        """The engine's session is over."""
        self._stop_waiting()
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        self._part(code, reason, clean=clean)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _take(self, packet: Packet, awaited: int, text: bytes) -> None:
        """Do what a packet asks for. Raises SocketIoError for one that has no place here."""
        if self._parts is not None:
            raise SocketIoError("attachments are missing")
        if packet.kind in (Kind.CONNECT, Kind.DISCONNECT) or packet.namespace != MAIN:
            self._rest(self._rate.draw(self._desk.hub.clock.now()))
        if packet.namespace.partition("?")[0] != MAIN:
            self._elsewhere(packet)
        elif packet.kind is Kind.CONNECT:
            if self._conversation is None:
                self._connect(packet)
        elif self._conversation is None:
            raise SocketIoError("it is not connected")
        elif packet.kind is Kind.DISCONNECT:
            self._part(NORMAL, "", clean=True)
            self._wait_for_connect()
        elif packet.kind is Kind.ERROR:
            raise SocketIoError("a client has no errors to tell")
        elif awaited:
            self._parts = (packet, awaited, [], text)
        else:
            self._conversation.received(text)

    def _rest(self, wait_s: float) -> None:
        """Read nothing more for a while: what is answered here has its price too."""
        if wait_s > 0 and self._resting is None:
            self._engine.pause_reading()
            self._resting = self._desk.hub.clock.call_later(wait_s, self._rested)

    def _rested(self) -> None:
        self._resting = None
        self._read_on()

    def _read_on(self) -> None:
        if not self._held and self._resting is None:
            self._engine.resume_reading()

    def _take_attachment(self, content: bytes) -> None:
        if self._parts is None:
            raise SocketIoError("nothing announced these bytes")
        packet, awaited, attachments, text = self._parts
        attachments.append(content)
        size = len(text) + sum(map(len, attachments))
        if 0 < self.max_message_bytes < size:
            self._engine.violated(f"a message is larger than {self.max_message_bytes} bytes", TOO_BIG)
        elif len(attachments) == awaited:
            self._parts = None
            socketio.with_attachments(packet, tuple(attachments))
            assert self._conversation is not None
            encoded = (b"b" + base64.b64encode(each) for each in attachments)
            self._conversation.received(socketio.together(text, *encoded))

    def _elsewhere(self, packet: Packet) -> None:
        """Answer what is said in a namespace that does not exist; only a wish to connect has an answer."""
        if packet.kind is Kind.CONNECT:
            self._refuse("Invalid namespace", namespace=packet.namespace)

    def _connect(self, packet: Packet) -> None:
        self._stop_waiting()
        said = _object(packet.data)
        if self._recovered(said):
            return
        revision, hub = self._engine.revision, self._desk.hub
        recoverable = revision >= 4 and hub.admission.resume_s > 0 and _wants_positions(packet.data, self.peer)
        self.framing = f"socketio-eio{revision}" + ("-recoverable" if recoverable else "")
        conversation = self._desk.converse(self.peer, self._engine.address, self.framing, None)
        try:
            conversation.hear_out(socketio.encode(Packet(Kind.CONNECT, _words(said, self.peer))))
        except Refusal as refusal:
            hub.counts.refusals[refusal.code] += 1
            self._refuse(refusal.text, code=refusal.code, params=refusal.params)
            self._wait_for_connect()
            return
        conversation.share(self._rate)
        self._conversation = self.listener = conversation
        if recoverable:
            ids = self._desk.new_id(), self._desk.new_id()
            self._recoverable = Recoverable(*ids, conversation, hub.position)
            self._desk.keep(self._recoverable)
        self._say_connected()
        conversation.opened(self)
        conversation.welcome()

    def _say_connected(self) -> None:
        held = self._recoverable
        if self._engine.revision < 4:
            self._say(Packet(Kind.CONNECT))
        elif held is None:
            self._say(Packet(Kind.CONNECT, msgspec.json.encode({"sid": self._desk.new_id()})))
        else:
            self._say(Packet(Kind.CONNECT, msgspec.json.encode({"sid": held.socket_id, "pid": held.pid})))

    def _recovered(self, said: dict[str, Any]) -> bool:
        """Continue the session to which the client wants to come back; False where it must begin anew."""
        pid, offset = said.get("pid"), said.get("offset")
        former = self._desk.find_lost(pid) if isinstance(pid, str) and self._engine.revision >= 4 else None
        if former is None:
            return False
        session = former.session or former.conversation.session
        if session is None or self._desk.hub.sessions.get(session.session) is not session:
            return False
        self.framing = f"socketio-eio{self._engine.revision}-recoverable"
        conversation = self._desk.converse(
            self.peer, self._engine.address, self.framing, former.conversation.translator
        )
        conversation.share(self._rate)
        position = _position(offset) if isinstance(offset, str) else former.position
        conversation.opened(self)
        if position is None or not conversation.recover(session, position):
            # Nobody comes back to it, and whoever begins anew would meet their own ghost.
            conversation.closed(NORMAL, "", clean=True)
            self._desk.hub.end(session, disconnects.REPLACED, LeaveReason.LOST)
            return False
        self._conversation = self.listener = conversation
        self._recoverable = Recoverable(former.pid, former.socket_id, conversation, position)
        self._desk.keep(self._recoverable)
        self._say_connected()
        conversation.go_on()
        return True

    def _refuse(self, message: str, *, namespace: str = MAIN, **details: Any) -> None:
        if self._engine.revision >= 4:
            error: Any = {"message": message, "data": details} if details else {"message": message}
        else:
            error = message
        where = namespace if self._engine.revision < 4 else namespace.partition("?")[0]
        self._say(Packet(Kind.ERROR, msgspec.json.encode(error), namespace=where))

    def _say(self, packet: Packet) -> None:
        self.write(text_frame(b"4" + socketio.encode(packet)))

    def _part(self, code: int, reason: str, *, clean: bool) -> None:
        """End the conversation; where its session is kept, its client may come back."""
        conversation, self._conversation, self.listener = self._conversation, None, NOBODY
        held, self._recoverable = self._recoverable, None
        self._parts = None
        if conversation is None:
            return
        session = conversation.session
        conversation.closed(code, reason, clean)
        if held is not None:
            held.session = session
            self._desk.lost(held)

    def _wait_for_connect(self) -> None:
        self._timer = self._desk.hub.clock.call_later(CONNECT_WITHIN_S, self._not_connected)

    def _not_connected(self) -> None:
        self._timer = None
        self._engine.close(POLICY, "it did not connect in time")

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _object(data: bytes) -> dict[str, Any]:
    if not data:
        return {}
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise SocketIoError("what it says of itself is no object") from None


def _words(said: dict[str, Any], peer: PeerInfo) -> bytes:
    """Return what a client says of itself, for the dialect: how to recover is between us.

    It may stand in the query of its first request, too: clients of 2.x say it there alone, later ones have their `auth`.
    """
    words = {name: value for name, value in peer.parameters().items() if name not in OURS}
    words |= {name: value for name, value in said.items() if name not in ("pid", "offset")}
    return msgspec.json.encode(words) if words else b""


def _wants_positions(data: bytes, peer: PeerInfo) -> bool:
    """Tell whether a client can do with an argument behind its own in every event, and may come back by it.

    That of Python cannot, since it calls functions with as many arguments as come; it says `{}` of itself where others say
    nothing. Whoever else cannot may say `recovery=0` in the query.
    """
    return data != b"{}" and peer.parameter("recovery") != "0"


def _position(offset: str) -> Position | None:
    epoch, _, seq = offset.rpartition(".")
    return Position(epoch, int(seq)) if seq.isascii() and seq.isdigit() and len(seq) < 17 else None
