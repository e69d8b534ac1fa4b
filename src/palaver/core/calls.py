"""Calls: ring, offer, answer, candidate and hang-up between two sessions, and the mesh call of a room.

Session descriptions stay opaque: they are passed on in the bytes in which they came, never parsed (JSEP, RFC 9429;
trickled candidates, RFC 8838).
"""

from __future__ import annotations

import msgspec

from palaver.core.audience import Publication, ToSessions
from palaver.core.base import Command, Event, Outcome, Query, Value
from palaver.core.ids import RoomId, SessionId
from palaver.core.participants import Author, Target

MAX_SIGNAL_BYTES = 256 * 1024
MAX_ABOUT_CHARS = 64


class Signal(msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower, omit_defaults=True, gc=False):
    """One step of setting up or ending a peer connection."""


class Ring(Signal, frozen=True):
    """Announce a wish to connect."""


class Offer(Signal, frozen=True):
    """A session description that asks for an answer; `description` is the browser's object."""

    description: msgspec.Raw


class Answer(Signal, frozen=True):
    """The session description that answers an offer."""

    description: msgspec.Raw


class Candidate(Signal, frozen=True):
    """One ICE route; `null` means that there are no more."""

    candidate: msgspec.Raw


class Hangup(Signal, frozen=True):
    """End a peer connection."""

    reason: str = ""


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


class FetchIceServers(Query, frozen=True):
    """Ask for STUN and TURN addresses with fresh credentials (RFC 8656)."""


class SignalSent(Event, frozen=True):
    """A signal from another session.

    Attributes:
        yields: when both sides offered at once, this session takes its own offer back.
    """

    sender: Author
    signal: AnySignal
    yields: SessionId
    about: str = ""


class IceServer(Value, frozen=True):
    """One entry of the browser's `iceServers`."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


class IceServers(Outcome, frozen=True):
    """STUN and TURN servers; `expires_ms` (Unix) is 0 where the credentials do not end."""

    servers: tuple[IceServer, ...]
    expires_ms: int = 0


def payload_bytes(signal: AnySignal) -> int:
    """Return how large a signal is: its description, candidate or reason."""
    if isinstance(signal, Candidate):
        return len(signal.candidate)
    if isinstance(signal, Ring):
        return 0
    return len(signal.reason) if isinstance(signal, Hangup) else len(signal.description)


def yields(one: SessionId, other: SessionId) -> SessionId:
    """Return who gives way in glare: the greater id, since the lower one offers."""
    return max(one, other)


def signal_sent(command: SendSignal, sender: Author, receiver: SessionId) -> Publication:
    """Pass a signal on to the one session it is for; nothing is kept."""
    event = SignalSent(sender, command.signal, yields(sender.session, receiver), command.about)
    return Publication(event, ToSessions((receiver,)))
