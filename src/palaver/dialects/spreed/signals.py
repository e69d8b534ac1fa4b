"""Parts of calls as clients of this wire read them, and what each of these is about (§3.11, §3.17).

The wire says nothing of what a call is about: what somebody of another wire said of it is remembered until it ends.
"""

from __future__ import annotations

from typing import Any

import msgspec

from palaver.core.calls import Answer, CallGathered, Candidate, Hangup, Offer, SignalSent
from palaver.core.errors import Malformed
from palaver.core.ids import SessionId
from palaver.core.media import WatchStopped
from palaver.dialects.base import Payload, decoded
from palaver.dialects.spreed.candidates import candidate
from palaver.dialects.spreed.documents import Voice, encoded
from palaver.dialects.spreed.memory import Memory
from palaver.dialects.spreed.wire import CONFERENCE_ROOM, MAX_TEXT_CHARS, UNSET, conference_of

CALL, CAMERA = "call", "camera"

_CALLS = frozenset({"", CALL, CAMERA})


class _File(msgspec.Struct):
    name: str = ""


class _Offered(msgspec.Struct):
    file: _File | None = None


_OFFERED = msgspec.json.Decoder(_Offered)
_MAP = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encoder = msgspec.json.Encoder()


def about(voice: Voice, memory: Memory, to: SessionId, word: str, part: msgspec.Raw) -> str:
    """Return what a client's signal is about: what the other one's was, or the call of the room where it says so."""
    known = memory.abouts.get(to)
    if word == "Bye":
        memory.abouts.drop(to)
    if known and (known != CALL or _in_conference(voice, memory)):
        return known
    if not _in_conference(voice, memory):
        return ""
    return CALL if conference_of(memory.name).encode() in bytes(part) else ""


def sent(voice: Voice, memory: Memory, event: SignalSent) -> list[Payload]:
    """Return the document of a signal that reached this session."""
    sender, signal, own = event.sender.session, event.signal, voice.id_of(memory.session)
    if event.about not in _CALLS:
        return _declined(voice, event, own)
    if event.about:
        memory.abouts.put(sender, event.about)
    elif isinstance(signal, Offer):
        memory.abouts.drop(sender)
    document: dict[str, Any]
    if isinstance(signal, Offer):
        document = {"Type": "Offer", "To": own, "Offer": _offered(voice, memory, signal.description, event.about)}
    elif isinstance(signal, Answer):
        document = {"Type": "Answer", "To": own, "Answer": signal.description}
    elif isinstance(signal, Candidate):
        found = candidate(signal.candidate)
        if found is None:
            return []
        document = {"Type": "Candidate", "To": own, "Candidate": found}
    elif isinstance(signal, Hangup):
        memory.abouts.drop(sender)
        reason = {"Reason": signal.reason} if signal.reason else {}
        document = {"Type": "Bye", "To": own, "Bye": reason if signal.detail is UNSET else signal.detail}
    else:
        return []
    return [voice.from_session(document, sender, to=own)]


def unwatched(voice: Voice, memory: Memory, event: WatchStopped) -> list[Payload]:
    """Return the Bye that ends what was a call here and a camera to its viewer, unless a hang-up said so already."""
    viewer, own = event.viewer.session, voice.id_of(memory.session)
    if memory.abouts.get(viewer) != CAMERA:
        return []
    memory.abouts.drop(viewer)
    return [voice.from_session({"Type": "Bye", "To": own, "Bye": {}}, viewer, to=own)]


def _declined(voice: Voice, event: SignalSent, own: str) -> list[Payload]:
    """Return a line in place of an offer that is no call, such as a page's file: its bytes would not be understood here."""
    if not isinstance(event.signal, Offer):
        return []
    try:
        file = decoded(_OFFERED, event.signal.description).file
    except Malformed:
        file = None
    what = f"the file {file.name[:MAX_TEXT_CHARS]}" if file is not None and file.name else "something"
    text = f"(offers {what}, which needs the page of this server)"
    return [voice.line(event.sender, text, int(voice.now() * 1000), own)]


def gathered(voice: Voice, memory: Memory, event: CallGathered) -> list[Payload]:
    """Return the conference that somebody gathers, or that this session's conference room is."""
    ids = [voice.id_of(each) for each in event.sessions]
    if event.by is not None:
        data = {"Id": event.call, "Type": "Conference", "Conference": ids}
        return [voice.from_session(data, event.by.session, to=voice.id_of(memory.session))]
    if event.room != memory.room or not _in_conference(voice, memory):
        return []
    conference = conference_of(memory.name)
    return [encoded({"Id": conference, "Type": "Conference", "Conference": ids}, to=conference)]


def _offered(voice: Voice, memory: Memory, description: msgspec.Raw, about_what: str) -> msgspec.Raw:
    """Return an offer as clients of this wire take it without a question where it belongs to their conference."""
    if about_what != CALL or not _in_conference(voice, memory):
        return description
    try:
        held = decoded(_MAP, description)
    except Malformed:
        return description
    held.setdefault("_conference", msgspec.Raw(_encoder.encode(conference_of(memory.name))))
    return msgspec.Raw(_encoder.encode(held))


def _in_conference(voice: Voice, memory: Memory) -> bool:
    return memory.room is not None and voice.type_of(memory.name) == CONFERENCE_ROOM
