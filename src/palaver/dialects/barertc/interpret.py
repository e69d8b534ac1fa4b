"""Reads a frame of BareRTC's wire: a table from the action to what it asks the core for (§3.4)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from palaver.core.base import Command
from palaver.core.calls import NO_MORE, Answer, AnySignal, Candidate, Offer, SendSignal
from palaver.core.chat import InChannel, PostMessage, React, RetractMessage, SharePicture, TakeMissed, ToPerson
from palaver.core.errors import BadText, Conflict, Malformed, NotIdentified, TooLarge, UnknownWord
from palaver.core.ids import ChannelId, MessageId
from palaver.core.media import OpenCamera, SuggestExplicit, Unwatch, Watch
from palaver.core.moderation import (
    MAX_NAME_CHARS,
    Block,
    Ignore,
    InviteToWatch,
    Report,
    TakeBlocklist,
    TurnAway,
)
from palaver.core.participants import ByHandle, BySession, SetStatus
from palaver.core.rooms import JoinRoom
from palaver.core.rosters import ShowRoster
from palaver.core.sessions import Identify
from palaver.dialects.barertc.commands import command_of
from palaver.dialects.barertc.memory import CAMERA, HELD_EARLY, NAMES_HELD_EARLY, Memory
from palaver.dialects.barertc.video import media_of
from palaver.dialects.barertc.wire import MAX_WORDS_BYTES, NAMELESS, NUDGE, Asked, File, encode
from palaver.dialects.base import Payload, Request, decoded, heard

Reading = Callable[[Asked, Memory], list[Request]]
Naming = Ignore | TurnAway | InviteToWatch | TakeBlocklist

MAX_ACTION_CHARS = 64
QUIET = "quiet"
"""Whose refusal nobody reads: what a client sends many of, or to somebody who may be gone already."""
ENTERING = "entering"
"""Belongs to a login: where that failed, nothing more is said."""

_ASKED = msgspec.json.Decoder(Asked)
_FILE = msgspec.json.Decoder(File)
_LOOSE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAW = msgspec.json.Decoder(msgspec.Raw)


class _Described(msgspec.Struct):
    type: str = ""


_DESCRIBED = msgspec.json.Decoder(_Described)


def interpret(payload: Payload, memory: Memory) -> list[Request]:
    """Return what a frame asks for. Raises a Refusal for one that cannot be read or comes before login."""
    frame = _read(payload)
    reading = READINGS.get(frame.action)
    if reading is None:
        raise UnknownWord(word=frame.action[:MAX_ACTION_CHARS])
    if memory.session or frame.action in _BEFORE_LOGIN:
        return reading(frame, memory)
    if frame.action not in _HELD:
        raise NotIdentified()
    # Pages send these before each login, so that nothing is seen in between (§3.5).
    for request in reading(frame, memory):
        _hold(request.command, memory)
    return []


def _hold(command: Command, memory: Memory) -> None:
    """Keep what is asked before login; many of the same kind, each of which names somebody, become one."""
    assert isinstance(command, Naming)
    if any(len(name) > MAX_NAME_CHARS for name in command.names):
        raise TooLarge(limit=MAX_NAME_CHARS, unit="characters of name")
    memory.names_held += len(command.names)
    if memory.names_held > NAMES_HELD_EARLY:
        memory.names_held -= len(command.names)
        raise TooLarge(limit=NAMES_HELD_EARLY, unit="names before login")
    before = memory.held[-1].command if memory.held else None
    if isinstance(before, Naming):
        joined = msgspec.structs.replace(command, names=before.names + command.names)
        if joined == msgspec.structs.replace(before, names=joined.names):
            memory.held[-1] = Request(joined, ENTERING)
            return
    if len(memory.held) >= HELD_EARLY:
        raise TooLarge(limit=HELD_EARLY, unit="frames before login")
    memory.held.append(Request(command, ENTERING))


def _read(payload: Payload) -> Asked:
    if len(payload) > MAX_WORDS_BYTES:
        return _read_file(payload)
    try:
        return heard(_ASKED, payload)
    except Malformed:
        if b"null" not in payload:
            raise
        # For some clients' libraries null is what is absent.
        fields = {name: raw for name, raw in heard(_LOOSE, payload).items() if bytes(raw) != b"null"}
        return decoded(_ASKED, encode(fields))


def _read_file(payload: Payload) -> Asked:
    """Return a large frame, of which nothing is kept but the file that makes it one. Raises TooLarge for any other."""
    file = decoded(_FILE, payload)
    if file.action != "file":
        raise TooLarge(limit=MAX_WORDS_BYTES, unit="bytes")
    return Asked("file", file.channel or "", message=file.message or "", bytes=file.bytes)


def _login(frame: Asked, memory: Memory) -> list[Request]:
    room = memory.room
    requests = [Request(JoinRoom(room, create=True), ENTERING)]
    if not memory.session:
        requests.insert(0, Request(Identify(frame.username or NAMELESS, frame.jwt), "login"))
    elif memory.seat is not None:
        raise AlreadyHere()
    requests[-1:-1] = memory.held
    if frame.dnd:
        requests.append(Request(SetStatus(dnd=True), ENTERING))
    return [*requests, Request(ShowRoster(room), ENTERING), Request(TakeMissed(), ENTERING)]


class AlreadyHere(Conflict):
    """A second login on one connection, which would only take the name away from oneself (§10.2)."""

    code = "already_identified"
    sentence = "You are logged in already."


def _message(frame: Asked, memory: Memory) -> list[Request]:
    asked = command_of(frame.message, memory)
    if asked is not None:
        return asked
    return [Request(PostMessage(_place(frame.channel, memory), frame.message), "message")]


def _place(channel: str, memory: Memory) -> InChannel | ToPerson:
    if not channel:
        raise BadText(problem="it names no channel")
    if channel == "@":
        raise BadText(problem="it names nobody")
    if channel.startswith("@"):
        return ToPerson(ByHandle(channel[1:], memory.room))
    return InChannel(memory.room, ChannelId(channel))


def _file(frame: Asked, memory: Memory) -> list[Request]:
    if not bytes(frame.bytes):
        raise BadText(problem="the file is empty")
    return [Request(SharePicture(_place(frame.channel, memory), frame.message, frame.bytes), "file")]


def _me(frame: Asked, memory: Memory) -> list[Request]:
    # Absent flags are flags that are off, since many clients leave zeroes out; a status is never empty (T26).
    status = SetStatus(status=frame.status, dnd=frame.dnd) if frame.status else SetStatus(dnd=frame.dnd)
    return [Request(media_of(frame.video), "me"), Request(status)]


def _open(frame: Asked, memory: Memory) -> list[Request]:
    return [Request(OpenCamera(ByHandle(frame.username, memory.room)), "open")]


def _watch(frame: Asked, memory: Memory) -> list[Request]:
    return [Request(Watch(ByHandle(frame.username, memory.room)), QUIET)]


def _unwatch(frame: Asked, memory: Memory) -> list[Request]:
    return [Request(Unwatch(ByHandle(frame.username, memory.room)), QUIET)]


def _sdp(frame: Asked, memory: Memory) -> list[Request]:
    description = _opaque(frame.description)
    try:
        kind = decoded(_DESCRIBED, description).type
    except Malformed:
        kind = ""
    signal = Answer(description) if kind in {"answer", "pranswer"} else Offer(description)
    return [_signal(frame.username, signal, memory, reply_to="sdp")]


def _candidate(frame: Asked, memory: Memory) -> list[Request]:
    candidate = NO_MORE if frame.candidate == "null" else _opaque(frame.candidate)
    return [_signal(frame.username, Candidate(candidate), memory, reply_to=QUIET)]


def _signal(handle: str, signal: AnySignal, memory: Memory, *, reply_to: str) -> Request:
    caller = memory.caller(handle)
    if caller is not None:
        return Request(SendSignal(BySession(caller.session), signal, caller.about), reply_to)
    return Request(SendSignal(ByHandle(handle, memory.room), signal, CAMERA), reply_to)


def _opaque(text: str) -> msgspec.Raw:
    """Return the JSON text of an object as that object, byte for byte; any other text as a string."""
    raw = text.encode()
    if raw.startswith(b"{"):
        try:
            return msgspec.Raw(decoded(_RAW, raw))
        except Malformed:
            pass
    return msgspec.Raw(encode(text))


def _mute(frame: Asked, memory: Memory) -> list[Request]:
    return [Request(Ignore(_names(frame), memory.room))]


def _unmute(frame: Asked, memory: Memory) -> list[Request]:
    return [Request(Ignore(_names(frame), memory.room, on=False))]


def _blocklist(frame: Asked, memory: Memory) -> list[Request]:
    # Since 2023 more than the bulk mute it began as: neither side sees the other (T4).
    if not frame.usernames:
        return []
    return [Request(TakeBlocklist(frame.usernames, memory.room))]


def _block(frame: Asked, memory: Memory) -> list[Request]:
    return [Request(Block(_names(frame), memory.room))]


def _boot(frame: Asked, memory: Memory) -> list[Request]:
    return [Request(TurnAway(_names(frame), memory.room))]


def _unboot(frame: Asked, memory: Memory) -> list[Request]:
    return [Request(TurnAway(_names(frame), memory.room, on=False))]


def _invite(frame: Asked, memory: Memory) -> list[Request]:
    return [Request(InviteToWatch(frame.usernames, memory.room))] if frame.usernames else []


def _names(frame: Asked) -> tuple[str, ...]:
    if not frame.username:
        raise BadText(problem="it names nobody")
    return (frame.username,)


def _takeback(frame: Asked, memory: Memory) -> list[Request]:
    return [Request(RetractMessage(_message_id(frame)), "takeback")]


def _react(frame: Asked, memory: Memory) -> list[Request]:
    if frame.message_id == NUDGE:
        return [Request(SuggestExplicit(memory.room, ByHandle(frame.message, memory.room)), QUIET)]
    return [Request(React(_message_id(frame), frame.message, on=None), "react")]


def _message_id(frame: Asked) -> MessageId:
    if not 0 <= frame.message_id < 1 << 53:
        raise Malformed(problem="`msgID` is not the number of a message")
    return MessageId(frame.message_id)


def _report(frame: Asked, memory: Memory) -> list[Request]:
    command = Report(
        memory.room,
        frame.username,
        frame.reason,
        frame.comment,
        excerpt=frame.message,
        channel=frame.channel,
        timestamp=frame.timestamp,
    )
    return [Request(command, "report")]


def _ping(frame: Asked, memory: Memory) -> list[Request]:
    return []


READINGS: dict[str, Reading] = {
    "login": _login,
    "message": _message,
    "file": _file,
    "me": _me,
    "open": _open,
    "watch": _watch,
    "unwatch": _unwatch,
    "candidate": _candidate,
    "sdp": _sdp,
    "boot": _boot,
    "unboot": _unboot,
    "mute": _mute,
    "unmute": _unmute,
    "blocklist": _blocklist,
    "block": _block,
    "takeback": _takeback,
    "react": _react,
    "report": _report,
    "video-invite": _invite,
    "ping": _ping,
}
"""Action → what it asks for."""

_BEFORE_LOGIN = frozenset({"login", "ping"})
_HELD = frozenset({"blocklist", "mute", "unmute", "boot", "unboot", "video-invite"})
