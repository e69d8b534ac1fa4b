"""The shape that all dialects share: frames in, requests out; events and outcomes in, frames out.

A translator is pure. It knows its wire and the words of the core; the connection, the clock and the hub are elsewhere.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

import msgspec

from palaver.core import errors
from palaver.core.base import Command, Event, Outcome
from palaver.core.disconnects import Disconnect
from palaver.core.errors import Malformed, Refusal
from palaver.core.participants import Identity
from palaver.core.rosters import Seen
from palaver.core.sessions import Position

Payload = bytes
"""One frame of a wire without its framing: a JSON text, a Socket.IO packet, the lines of an SSE event."""


class Request(msgspec.Struct, frozen=True):
    """One command that a frame asks for, and how to answer it.

    Attributes:
        reply_to: what the wire uses to match the answer; None where no answer to success is wanted.
    """

    command: Command
    reply_to: int | str | None = None


class Translator(Protocol):
    """One connection's translation, in both directions."""

    def interpret(self, payload: Payload) -> list[Request]:
        """Return what a frame asks for. Raises a Refusal where the frame cannot be read."""
        ...

    def acknowledge(self, request: Request, outcome: Outcome) -> list[Payload]:
        """Return the frames that answer a request which succeeded."""
        ...

    def refuse(self, request: Request | None, refusal: Refusal) -> list[Payload]:
        """Return the frames that answer a request which was refused, or a frame that could not be read."""
        ...


Render = Callable[[Event, Position], Payload | tuple[Payload, ...] | None]
"""Renders an event once for all sessions of a view, as one frame or as several; None where this wire has no word for it."""


@dataclass(frozen=True)
class RosterWords:
    """How a wire without words for changes says who is in a room.

    Attributes:
        row: one person, as a part of the frame.
        whole: the frame with these rows, which come in the order of handles.
    """

    row: Callable[[Seen], bytes]
    whole: Callable[[Sequence[bytes]], Payload]


@runtime_checkable
class Introducing(Protocol):
    """What a translator has beside, for a wire whose clients must know something before they can read an event.

    Where it is missing, an event that goes to one session is said as it is said to a room.
    """

    def introduce(self, event: Event, position: Position) -> list[Payload]:
        """Return the frames for an event that goes to this one session, after whatever the client must know first."""
        ...


@runtime_checkable
class Attending(Protocol):
    """What a translator may have beside, for a wire whose clients need a sign of life, or a word at the end."""

    def ping(self, identity: Identity | None) -> list[Payload]:
        """Return what is sent every `Dialect.ping_s` seconds, before there is an identity, too."""
        ...

    def farewell(self, disconnect: Disconnect) -> list[Payload]:
        """Return the last frames before a connection is closed by the server."""
        ...


class Kind(enum.Enum):
    """What a client gets at an address."""

    WEBSOCKET = enum.auto()
    """A connection with frames in both directions, and a session once it has identified."""
    ANSWER = enum.auto()
    """One answer to one request."""
    STREAM = enum.auto()
    """An event stream, which is a session for as long as it lasts."""
    SOCKETIO = enum.auto()
    """Socket.IO over polling or WebSocket: a connection as with WEBSOCKET, whose payloads are those of `codecs.socketio`."""


@dataclass(frozen=True)
class Endpoint:
    """One address of a dialect, as data from which the routes are built.

    Attributes:
        path: from the root of the server. Over HTTP a segment in braces takes any one segment, and one such as `{rest:path}`
            at the end whatever follows; letter case and a slash at the end do not matter, and the address answers below
            `/name-of-the-dialect`, too.
        subprotocol: where several dialects share the path of a WebSocket, this one is meant when the client offers it,
        query: or when the request has this query parameter,
        first: or when this says so of the first frame,
        silence: or when the client waits for the server to speak first.
        method: of a request over HTTP.
        read_by_people: a link leads there, so that what is refused is said as a plain text and not to a program.
    """

    path: str
    subprotocol: str | None = None
    query: str | None = None
    first: Callable[[Payload], bool] | None = None
    silence: bool = False
    method: str = "GET"
    read_by_people: bool = False
    kind: Kind = Kind.WEBSOCKET

    @property
    def unconditional(self) -> bool:
        """Whether the address alone says which wire is meant."""
        return self.subprotocol is None and self.query is None and self.first is None and not self.silence


class Call(msgspec.Struct, frozen=True):
    """One HTTP request at an endpoint, read but not judged.

    Attributes:
        segments: what stands in the path for the names in braces, percent-decoded.
        headers: by name in lower case; several values as a list with commas.
        query: of several values the first.
        body: None where it is longer than the dialect reads.
        vouched: the peer is a proxy of ours, so that what it says of a client may be believed.
        near: the client itself is on this machine or in a network of ours.
        prefix: what stands before the dialect's own path, without a slash at the end: where we are mounted, and the
            dialect's name where the address was asked for below it.
        certified: whom the certificate names that the client showed to our own TLS, which has verified it; mostly empty.
        secure: the connection to us is encrypted; a proxy that ends it says so in a header.
    """

    endpoint: Endpoint
    segments: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    body: bytes | None = b""
    vouched: bool = False
    near: bool = False
    prefix: str = ""
    secure: bool = False
    certified: str = ""

    @property
    def media_type(self) -> str:
        """Return the type of the body, in lower case and without parameters; empty where none is said."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Answer(msgspec.Struct, frozen=True):
    """What an HTTP request is answered."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Reading = Iterator[Request] | Generator[Request, Outcome | None, None]
"""What a call asks for, one after the other; a generator of the second kind is sent each outcome."""


class Exchange(Protocol):
    """One HTTP request's translation, in both directions; of an event stream, everything that goes out on it."""

    def interpret(self, call: Call) -> Reading:
        """Yield what is asked for, `Identify`, `Vouch` or `ActFor` among it; each is done before the next is asked for.

        So the order of lines is the order in which refusals are found. What a generator is sent is the outcome of what it
        yielded. Raises a Refusal where one cannot go on.
        """
        ...

    def admit(self, identity: Identity) -> None:
        """Judge who has identified. Raises a Refusal for somebody whom this request is not for."""
        ...

    def answer(self, request: Request | None, outcome: Outcome | None) -> Answer:
        """Return the answer to a call whose last request succeeded; for a stream its head, with nothing asked."""
        ...

    def refuse(self, refusal: Refusal) -> Answer:
        """Return the answer to a call that was refused."""
        ...

    def greet(self) -> list[Payload]:
        """Return what stands first on a stream."""
        ...

    def introduce(self, event: Event, position: Position) -> list[Payload]:
        """Return what a stream is told of an event that goes to this one session."""
        ...


@dataclass(frozen=True)
class HttpSurface:
    """A dialect's addresses over HTTP, beside those that its endpoints name.

    Attributes:
        exchange: makes the translation of one request.
        preflight: answers OPTIONS, given the methods of a path.
        nothing: answers a path that is none below the dialect's prefix, and, given the methods that there are, one of
            its own paths by another method.
        everywhere: headers of every answer.
        known_pages: pages of this server's own origin and of those that it knows may ask and read; otherwise it is for
            `everywhere` to say.
        max_body_bytes: the longest body that is read.
        devices_per_user: returns how many streams one user may have; 0 for no limit.
        prefix: another path below which the addresses answer, such as `/webrtc`, besides `/name-of-the-dialect`.
        all_below: whatever else is asked below a prefix is answered by `nothing`; otherwise it is not the dialect's.
    """

    exchange: Callable[[], Exchange]
    preflight: Callable[[tuple[str, ...]], Answer]
    nothing: Callable[[tuple[str, ...]], Answer]
    everywhere: tuple[tuple[str, str], ...] = ()
    known_pages: bool = False
    max_body_bytes: int = 102_400
    devices_per_user: Callable[[], int] = int
    prefix: str = ""
    all_below: bool = True


@dataclass(frozen=True)
class Dialect:
    """What a dialect's package offers to the transports: its name, its addresses, its two directions.

    Attributes:
        translator: of one WebSocket; None for a dialect that has none, or makes it from the request by `opening`.
        opening: makes the translator of one WebSocket from its request, and says what is asked for before its first
            frame: for wires whose request says something, or where the server speaks first.
        http: how it is spoken over HTTP; None for a dialect that is not.
        max_frame_bytes: no frame of this wire has a reason to be larger; 0 where only the settings bound it.
        first_frame_bytes: the largest frame of a stranger, where this wire needs more than the transport gives; 0 for that.
        roster: how whole rosters are said; None for a wire that tells changes.
        ping_s: seconds between the signs of life of an `Attending` translator; 0 for none.
        returns_by_user: who comes back is known as a user and not by a resume token: a user has one session on this wire,
            and a guest's ends with its connection.
        parted: is told of a translator whose connection is over; None for nobody.
        eras: for a wire that grew, how clients of each later era read; `render` is for those of the first.
        era_of: returns of which of these eras a translator's client turned out to be; empty for the first.
        hears_itself: a session is told what it did itself, as everybody in the room is.
        main_channel_alone: the wire knows one channel of a room, which is the first.
        hears_global_room: its clients sit in one room at a time, and see the people of the global room there; what
            `render` says of a room's people and their talk does not name the room.
    """

    name: str
    endpoints: tuple[Endpoint, ...]
    translator: Callable[[], Translator] | None
    render: Render
    max_frame_bytes: int = 0
    first_frame_bytes: int = 0
    hears_itself: bool = True
    main_channel_alone: bool = False
    hears_global_room: bool = False
    http: HttpSurface | None = None
    roster: RosterWords | None = None
    ping_s: float = 0.0
    returns_by_user: bool = False
    parted: Callable[[Any], None] | None = None
    opening: Callable[[Call], tuple[Translator, Sequence[Request]]] | None = None
    eras: Mapping[str, Render] = field(default_factory=dict, hash=False)
    era_of: Callable[[Any], str] | None = None

    def opened(self, call: Callable[[], Call]) -> tuple[Translator, Sequence[Request]]:
        """Return the translator of one WebSocket and what is asked for before its first frame."""
        if self.opening is not None:
            return self.opening(call())
        assert self.translator is not None, "a dialect with the address of a WebSocket translates it"
        return self.translator(), ()


class Poll(msgspec.Struct, frozen=True):
    """One request of a client that polls instead of holding a connection.

    Attributes:
        name, session_id: who polls, as the first answer said; empty for who has no session yet.
        frame: what it says, as on a connection; empty for nothing.
        opens: the frame asks for a session.
    """

    name: str
    session_id: str
    frame: Payload
    opens: bool = False


@dataclass(frozen=True)
class PollWords:
    """A wire's words for what goes wrong with a poll, and what a transport must know of its frames.

    Attributes:
        answer: the frames that waited, with `username` and `session_id` of who polls where there is a session.
        not_open: somebody without a session asks for something.
        incomplete: only half of what names a session is there.
        unknown: there is no such session, or no longer.
        busy: too many polls at once.
        name_in: the name that a frame tells its reader to bear; empty for most.
        alike: what frames have in common of which only the newest need be kept; empty for most.
    """

    answer: Callable[..., Answer]
    not_open: Callable[[], Answer]
    incomplete: Callable[[], Answer]
    unknown: Callable[[], Answer]
    busy: Callable[[], Answer]
    name_in: Callable[[Payload], str]
    alike: Callable[[Payload], bytes]


T = TypeVar("T")


def decoded(decoder: msgspec.json.Decoder[T], payload: Payload) -> T:
    """Decode one JSON frame; whatever is wrong with it, depth included, is the peer's fault and refused as `malformed`."""
    try:
        return decoder.decode(payload)
    except UNREADABLE as error:
        raise malformed(error) from None


def heard(decoder: msgspec.json.Decoder[T], payload: Payload) -> T:
    """Decode one JSON frame of a client as `decoded` does, with a mark in the place of half a character."""
    try:
        return decoder.decode(payload)
    except UNREADABLE as error:
        mended = whole_characters(payload)
        if mended == payload:
            raise malformed(error) from None
    return decoded(decoder, mended)


def whole_characters(payload: Payload) -> Payload:
    """Return JSON with U+FFFD for each half of a surrogate pair that stands alone; the same where none does, or too long.

    JavaScript cuts its texts wherever it is told to, within a character, too, and `JSON.stringify` writes the half that is
    left as an escape, which no UTF-8 can hold. Browsers make the same of it (WebIDL, USVString).
    """
    if len(payload) > MENDED_BYTES or b"\\u" not in payload:
        return payload
    return _ESCAPE.sub(lambda found: b"\\ufffd" if found[1] else found[0], payload)


MENDED_BYTES = 1 << 18
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)
"""Two halves that belong together, one alone, or any other escape: a backslash may itself be escaped."""

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises of JSON that is none, or is of another type."""


def malformed(error: Exception) -> Malformed:
    """Return the refusal of a frame by which a decoder raised one of `UNREADABLE`."""
    return Malformed(problem="it is nested too deeply" if isinstance(error, RecursionError) else str(error))


_HTTP_STATUS: dict[type[Refusal], int] = {
    errors.Invalid: 400,
    errors.TooLarge: 413,
    errors.Denied: 403,
    errors.Missing: 404,
    errors.Conflict: 409,
    errors.Limited: 429,
    errors.Unavailable: 503,
    errors.ServerFault: 500,
}


def http_status(refusal: Refusal, own: Mapping[type[Refusal], int] | None = None) -> int:
    """Return the HTTP status (RFC 9110 §15) of a refusal, by the nearest kind it is of; `own` is where a wire differs."""
    statuses = _HTTP_STATUS if own is None else {**_HTTP_STATUS, **own}
    return next((statuses[kind] for kind in type(refusal).__mro__ if kind in statuses), 400)


def wait_headers(refusal: Refusal) -> tuple[tuple[str, str], ...]:
    """Return the header that says when to ask again (RFC 9110 §10.2.3); none where the refusal does not say."""
    wait_ms = refusal.params.get("wait_ms")
    return (("Retry-After", str(-(-wait_ms // 1000))),) if isinstance(wait_ms, int) else ()
