"""Reads a client's frame: what it asks of the core, by the word that it begins with (§3.2, §3.5).

What cannot be read is passed over without an answer, as the original does; a request whose payload is missing is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from palaver.core import calls, errors
from palaver.core.base import Command
from palaver.core.calls import FetchIceServers, GatherCall, JoinCall, SendSignal
from palaver.core.errors import Malformed
from palaver.core.ids import SessionId
from palaver.core.one_room import EnterRoom, ListParticipants
from palaver.core.participants import BySession
from palaver.core.presentation import LookUp, Present
from palaver.core.rooms import LeaveRoom, UpdateRoom
from palaver.core.sessions import Keepalive, LogIn
from palaver.dialects.base import Payload, Request, decoded, heard
from palaver.dialects.spreed import signals, wire
from palaver.dialects.spreed.chats import chat
from palaver.dialects.spreed.documents import Voice
from palaver.dialects.spreed.memory import Memory
from palaver.dialects.spreed.refusals import ContactsOff, DefaultRoomDisabled, UserNeeded
from palaver.dialects.spreed.seals import NotProved
from palaver.dialects.spreed.statuses import presented
from palaver.dialects.spreed.tokens import InvalidNonce
from palaver.dialects.spreed.users import user_of
from palaver.dialects.spreed.wire import CONFERENCE_ROOM, MAX_TEXT_CHARS, NULL

T = TypeVar("T")

_BRACE = ord("{")


class Asked(Request, frozen=True):
    """A request of this wire.

    Attributes:
        word: what the frame was.
        doc: its document, where the answer depends on it.
        refusal: what is answered whatever becomes of the command: the wire refuses, and something happens all the same.
    """

    word: str = ""
    doc: Any = None
    refusal: errors.Refusal | None = None


class Frame(msgspec.Struct, frozen=True):
    """A client's frame, read as far as all have it in common."""

    word: str
    iid: str
    payload: msgspec.Raw | None


class Reader:
    """Reads the frames of one connection."""

    __slots__ = ("memory", "picture", "voice")

    def __init__(self, voice: Voice, memory: Memory, picture: wire.Picture) -> None:
        self.voice = voice
        self.memory = memory
        self.picture = picture

    def session_of(self, id: str | None) -> SessionId | None:  # noqa: A002 - the wire's word
        """Return the session of an Id; None for a text that is none."""
        try:
            return self.voice.proofs.ids.session_of(id or "")
        except NotProved:
            return None


def framed(payload: Payload) -> Frame | None:
    """Return a frame that could be one of this wire; None for what is to be passed over."""
    try:
        read = heard(_OUTER, payload)
    except Malformed:
        return None
    if read.Type is None:
        return None
    held = getattr(read, read.Type, msgspec.UNSET) if read.Type in _READINGS else msgspec.UNSET
    return Frame(read.Type, (read.Iid or "")[:MAX_TEXT_CHARS], None if held is msgspec.UNSET else held)


def is_own(payload: Payload) -> bool:
    """Tell of a first frame whether a client of this wire sent it."""
    return framed(payload) is not None


def interpret(reader: Reader, frame: Frame) -> list[Request]:
    """Return what a frame asks for. Raises a Refusal that the wire has a word for."""
    read = _READINGS.get(frame.word)
    return read(reader, frame) if read is not None else []


def _asked(frame: Frame, command: Command, doc: Any = None, refusal: errors.Refusal | None = None) -> Asked:
    return Asked(command, frame.iid, frame.word, doc, refusal)


def _read(decoder: msgspec.json.Decoder[T], frame: Frame) -> T | None:
    """Return the document of a frame; None for one with a wrong type somewhere, or without what it is about."""
    if frame.payload is None:
        return None
    try:
        return decoded(decoder, frame.payload)
    except Malformed:
        return None


def _required(decoder: msgspec.json.Decoder[T], frame: Frame) -> T | None:
    """Return the document of a request. Raises Malformed for one without what it is about."""
    if frame.payload is None or frame.payload == NULL:
        raise Malformed(problem=f"{frame.word} is missing")
    found = _read(decoder, frame)
    if found is None and decoder is not _HELLO and decoder is not _ROOM:
        inner = _read(_FRAME_OF_RAW, frame)
        if inner is not None and inner.get(frame.word, NULL) == NULL:
            raise Malformed(problem=f"the inner {frame.word} is missing")
    return found


# -- readings, in the order of the reference --------------------------------------------------------------------------


def _self(reader: Reader, frame: Frame) -> list[Request]:
    return [_asked(frame, FetchIceServers())]


def _hello(reader: Reader, frame: Frame) -> list[Request]:
    doc = _required(_HELLO, frame)
    if doc is None:
        return []
    memory, voice = reader.memory, reader.voice
    options = voice.options
    memory.ua = (doc.Ua or "")[:MAX_TEXT_CHARS]
    memory.rev += 1
    name = doc.Name or doc.Id or ""
    room = memory.room_of(name)
    # The type that a client names counts for nothing: whoever chose one could have another room of the same name.
    conference = voice.type_of(name) == CONFERENCE_ROOM
    refusal: errors.Refusal | None = None
    if not name and not options.default_room_enabled:
        refusal = DefaultRoomDisabled()
    elif options.users and options.authorize_room_join and memory.user is None:
        refusal = UserNeeded()
    if refusal is not None:
        # Even so the room before is left (§3.6).
        return [_asked(frame, LeaveRoom(memory.room or room), doc, refusal)]
    given = doc.Credentials
    enter = EnterRoom(
        room,
        pin=(given.PIN or "") if given is not None else "",
        create=not (options.users and options.authorize_room_creation) or memory.user is not None,
        pin_given=given is not None,
        camera=True,
        in_call=conference,
        details=memory.details(),
    )
    found: list[Request] = [_asked(frame, enter, doc)]
    if conference:
        found.append(Asked(JoinCall(room), word="call"))
    return found


def _leave(reader: Reader, frame: Frame) -> list[Request]:
    room = reader.memory.room
    return [] if room is None else [_asked(frame, LeaveRoom(room))]


def _room(reader: Reader, frame: Frame) -> list[Request]:
    doc = _required(_ROOM, frame)
    if doc is None:
        return []
    memory, voice = reader.memory, reader.voice
    name = doc.Name or ""
    room = memory.room_of(name)
    kind = voice.type_of(name)
    if memory.room is None or room != memory.room or (doc.Type or kind) != kind:
        raise errors.NotInRoom(room=name)
    pin = msgspec.UNSET if doc.Credentials is None else doc.Credentials.PIN or ""
    found: list[Request] = [_asked(frame, UpdateRoom(room, pin=pin), doc)]
    if kind == CONFERENCE_ROOM:
        found.append(Asked(JoinCall(room), word="call"))
    return found


def _users(reader: Reader, frame: Frame) -> list[Request]:
    room = reader.memory.room
    if room is None:
        raise errors.NotInRoom(room="a room")
    return [_asked(frame, ListParticipants(room))]


def _status(reader: Reader, frame: Frame) -> list[Request]:
    doc = _read(_STATUS, frame)
    if doc is None:
        return []
    memory = reader.memory
    found = presented(doc.Status, memory.session, reader.picture)
    if found is None:
        return []
    memory.rev += 1
    command = Present(found.name, found.text, memory.details(found.status))
    return [_asked(frame, command, found.status)]


def _signal(reader: Reader, frame: Frame) -> list[Request]:
    doc = _read(_SIGNAL, frame)
    to = reader.session_of(doc.To) if doc is not None else None
    part = getattr(doc, frame.word, msgspec.UNSET)
    if to is None or not isinstance(part, msgspec.Raw) or part == NULL:
        return []
    signal = _SIGNALS[frame.word](part)
    if signal is None:
        return []
    about = signals.about(reader.voice, reader.memory, to, frame.word, part)
    return [_asked(frame, SendSignal(BySession(to), signal, about))]


def _description(kind: Callable[[msgspec.Raw], calls.AnySignal]) -> Callable[[msgspec.Raw], calls.AnySignal | None]:
    # An SDP map; anything else is no document of this wire.
    return lambda part: kind(part) if memoryview(part)[0] == _BRACE else None


def _bye(part: msgspec.Raw) -> calls.Hangup:
    try:
        reason = decoded(_REASON, part).Reason or ""
    except Malformed:
        reason = ""
    return calls.Hangup(reason[:MAX_TEXT_CHARS], part)


def _conference(reader: Reader, frame: Frame) -> list[Request]:
    doc, memory = _read(_CONFERENCE, frame), reader.memory
    if doc is None or len(doc.Conference) > calls.MAX_GATHERED or len(doc.Id or "") > MAX_TEXT_CHARS:
        return []
    if memory.room is not None and reader.voice.type_of(memory.name) == CONFERENCE_ROOM:
        return []
    sessions = tuple(found for each in doc.Conference if (found := reader.session_of(each)) is not None)
    return [_asked(frame, GatherCall(doc.Id or "", sessions))]


def _alive(reader: Reader, frame: Frame) -> list[Request]:
    doc = _read(_ALIVE, frame)
    return [] if doc is None else [_asked(frame, Keepalive(), doc.Alive)]


def _authentication(reader: Reader, frame: Frame) -> list[Request]:
    doc = _required(_AUTHENTICATION, frame)
    if doc is None:
        return []
    memory, voice = reader.memory, reader.voice
    if memory.user is not None:
        raise errors.AlreadyIdentified()
    userid, nonce = doc.Authentication.Userid or "", doc.Authentication.Nonce or ""
    try:
        user = user_of(userid, voice.options.mode)
    except NotProved:
        raise InvalidNonce() from None
    voice.proofs.tokens.check_nonce(memory.session, user, nonce, now=voice.now())
    memory.rev += 1
    details = memory.details()
    return [Asked(LogIn(user, details), frame.iid, "login", user), _asked(frame, FetchIceServers(), user)]


def _sessions(reader: Reader, frame: Frame) -> list[Request]:
    doc = _required(_SESSIONS, frame)
    if doc is None:
        return []
    voice, memory, wanted = reader.voice, reader.memory, doc.Sessions
    token = wanted.Token or ""
    if wanted.Type == "contact":
        if "contacts" not in voice.options.modules:
            raise ContactsOff()
        if memory.user is None:
            raise NotProved()
        other = voice.proofs.tokens.contact_of(token, memory.user)
        return [_asked(frame, LookUp(user=other, follow=True), (wanted, other))]
    if wanted.Type == "session":
        session = voice.proofs.attestations.session_of(token, now=voice.now())
        return [_asked(frame, LookUp(session), (wanted, None))]
    raise Malformed(problem="sessions are asked for by contact or by session")


def _chat(reader: Reader, frame: Frame) -> list[Request]:
    doc = _read(_CHAT, frame)
    if doc is None:
        return []
    reader.memory.uncopied = doc
    command = chat(doc, reader.memory, reader.session_of(doc.To) if doc.To else None)
    # What goes nowhere is answered as if it did: who sends it does not learn whether somebody has that Id (§3.9).
    return [_asked(frame, command or Keepalive(), doc)]


class _Reason(msgspec.Struct):
    Reason: str | None = None


_FRAME_OF_RAW = msgspec.json.Decoder(dict[str, msgspec.Raw])
_OUTER = msgspec.json.Decoder(wire.Outer)
_HELLO = msgspec.json.Decoder(wire.Hello)
_ROOM = msgspec.json.Decoder(wire.Room)
_STATUS = msgspec.json.Decoder(wire.Status)
_SIGNAL = msgspec.json.Decoder(wire.Signal)
_CHAT = msgspec.json.Decoder(wire.Chat)
_CONFERENCE = msgspec.json.Decoder(wire.Conference)
_ALIVE = msgspec.json.Decoder(wire.Alive)
_AUTHENTICATION = msgspec.json.Decoder(wire.Authentication)
_SESSIONS = msgspec.json.Decoder(wire.Sessions)
_REASON = msgspec.json.Decoder(_Reason)

_SIGNALS: dict[str, Callable[[msgspec.Raw], calls.AnySignal | None]] = {
    "Offer": _description(calls.Offer),
    "Answer": _description(calls.Answer),
    "Candidate": calls.Candidate,
    "Bye": _bye,
}

_READINGS: dict[str, Callable[[Reader, Frame], list[Request]]] = {
    "Self": _self,
    "Hello": _hello,
    "Leave": _leave,
    "Room": _room,
    "Users": _users,
    "Status": _status,
    "Offer": _signal,
    "Answer": _signal,
    "Candidate": _signal,
    "Bye": _signal,
    "Chat": _chat,
    "Conference": _conference,
    "Alive": _alive,
    "Authentication": _authentication,
    "Sessions": _sessions,
}
"""Every word that a client may begin a frame with (§3.5)."""
