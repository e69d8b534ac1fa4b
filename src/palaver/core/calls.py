"""Calls: ring, offer, answer, candidate and hang-up between two sessions, and the mesh call of a room.

Session descriptions stay opaque: they are passed on in the bytes in which they came, never parsed (JSEP, RFC 9429;
trickled candidates, RFC 8838).
"""

from __future__ import annotations

import msgspec

from palaver.core import opaque
from palaver.core.audience import Publication, ToSessions
from palaver.core.base import Command, Event, Outcome, Query, Value
from palaver.core.ids import RoomId, SessionId
from palaver.core.participants import NO_DETAILS, Author, Details, Target, keys_of, size_of_details

MAX_SIGNAL_BYTES = 256 * 1024
MAX_ABOUT_CHARS = 64
MAX_GATHERED = 100
MAX_CALL_CHARS = 255
NO_MORE = msgspec.Raw(b"null")
"""In the place of a candidate: there are no more."""


class Signal(msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower, omit_defaults=True, gc=False):
    """One step of setting up or ending a peer connection."""

    @property
    def size(self) -> int:
        """Return how many bytes of it are the client's own: its description, candidate, or reason and detail."""
        return 0

    def check(self) -> None:
        """Refuse as `Malformed` what the receiver's client could not read, see `opaque`."""


class Ring(Signal, frozen=True):
    """Announce a wish to connect."""


class Description(Signal, frozen=True):
    """A session description, of either kind."""

    description: msgspec.Raw

    @property
    def size(self) -> int:
        return len(self.description)

    def check(self) -> None:
        opaque.check_object(self.description)


class Offer(Description, frozen=True):
    """A session description that asks for an answer; `description` is the browser's object."""


class Answer(Description, frozen=True):
    """The session description that answers an offer."""


class Candidate(Signal, frozen=True):
    """One ICE route; `null` means that there are no more."""

    candidate: msgspec.Raw

    @property
    def size(self) -> int:
        return len(self.candidate)

    def check(self) -> None:
        if self.candidate != NO_MORE:
            opaque.check_object(self.candidate)


class Hangup(Signal, frozen=True):
    """End a peer connection. `detail` is what clients of one kind tell each other beside the reason; any JSON, unread."""

    reason: str = ""
    detail: Details = NO_DETAILS

    @property
    def size(self) -> int:
        return len(self.reason) + size_of_details(self.detail)

    def check(self) -> None:
        if isinstance(self.detail, msgspec.Raw):
            opaque.check(self.detail)


AnySignal = Ring | Offer | Answer | Candidate | Hangup


class SendSignal(Command, frozen=True):
    """Send a signal to another session.

    Attributes:
        about: what the peer connection is for: `call` (the room's mesh), `camera` (watching one camera, which needs an
            opened camera between the two), or any word the clients agree on.
    """

    to: Target
    signal: AnySignal
    about: str = ""


class JoinCall(Command, frozen=True):
    """Take part in the mesh call of a room one sits in."""

    room: RoomId


class LeaveCall(Command, frozen=True):
    """Leave the mesh call and keep the seat."""

    room: RoomId


class GatherCall(Command, frozen=True):
    """Ask these sessions to call each other, apart from the call of any room.

    Attributes:
        call: names the call among those who take part.
    """

    call: str
    sessions: tuple[SessionId, ...]


class FetchIceServers(Query, frozen=True):
    """Ask for STUN and TURN addresses with fresh credentials (RFC 8656)."""


class SignalSent(Event, frozen=True):
    """A signal from another session.

    Attributes:
        yields: when both sides offered at once, this session takes its own offer back.
        closed: somebody offers who may not watch the camera that the receiver shows: no client may answer with it unasked.
    """

    sender: Author
    signal: AnySignal
    yields: SessionId
    about: str = ""
    closed: bool = False


class CallGathered(Event, frozen=True):
    """These sessions are to call each other: in the call of a room, or in one that somebody asks for.

    Attributes:
        room: whose call it is; otherwise `call` and `by` say so.
    """

    sessions: tuple[SessionId, ...]
    room: RoomId | None = None
    call: str = ""
    by: Author | None = None


class IceServer(Value, frozen=True):
    """One entry of the browser's `iceServers`."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


class IceServers(Outcome, frozen=True):
    """STUN and TURN servers.

    Attributes:
        expires_ms: Unix milliseconds; 0 where the credentials do not end.
        lasts_s: seconds from now until then, for those whose clock is wrong.
    """

    servers: tuple[IceServer, ...]
    expires_ms: int = 0
    lasts_s: int = 0


def yields(one: SessionId, other: SessionId) -> SessionId:
    """Return who gives way in glare: the greater id, since the lower one offers."""
    return max(one, other)


class Route(Value, frozen=True):
    """What all signals from one session to another have in common.

    Attributes:
        yields: see `SignalSent`.
    """

    sender: Author
    yields: SessionId
    audience: ToSessions


def route(sender: Author, receiver: SessionId) -> Route:
    """Return how signals go from one session to another."""
    return Route(sender, yields(sender.session, receiver), ToSessions((receiver,)))


def signal_sent(command: SendSignal, along: Route, *, closed: bool = False) -> Publication:
    """Pass a signal on to the one session it is for; nothing is kept."""
    return Publication(SignalSent(along.sender, command.signal, along.yields, command.about, closed), along.audience)


def room_gathered(room: RoomId, sessions: tuple[SessionId, ...]) -> Publication:
    """Tell everybody in a room's call who takes part in it."""
    return Publication(CallGathered(sessions, room), ToSessions(sessions))


def gathered(command: GatherCall, by: Author) -> Publication:
    """Pass a wish for a call on to the others whom it names."""
    event = CallGathered(command.sessions, call=command.call, by=by)
    others = tuple(session for session in dict.fromkeys(command.sessions) if session != by.session)
    return Publication(event, ToSessions(others, about=keys_of(by.handle, by.user)))
