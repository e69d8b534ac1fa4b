"""Identifiers on the conference wire, as pure functions of ours: participants, messages, groups, keys, reactions (§A1)."""

from __future__ import annotations

import hashlib
import hmac
import re

from palaver.core.errors import NoSuchMessage, NoSuchParticipant
from palaver.core.ids import MessageId, SessionId

EVERYONE = "everyone"

REACTIONS = ("👍", "👎", "😂", "😕", "🎉", "💯", "❓", "👏")
"""By the seed's ordinals (§A4): thumbs up, thumbs down, laugh, confused, celebrate, one hundred, question mark, clap."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LOW_BITS, _LOW_AT, _HIGH_AT = 5, 71, 80
_LOW = (1 << _LOW_BITS) - 1
_TAKEN = ((1 << 48) - 1) << _HIGH_AT | _LOW << _LOW_AT | 0xF << 76 | 0b11 << 62
_MARKS = 4 << 76 | 0b10 << 62


def participant_id(session: SessionId) -> str:
    """Return the UUID by which clients know a participant: the session's, with hyphens."""
    return f"{session[:8]}-{session[8:12]}-{session[12:16]}-{session[16:20]}-{session[20:]}"


def session_of(participant: str) -> SessionId:
    """Return whose UUID this is. Raises NoSuchParticipant for what is none."""
    if not _UUID.fullmatch(participant):
        raise NoSuchParticipant(name="That participant")
    return SessionId(participant.replace("-", ""))


def message_id(message: MessageId) -> str:
    """Return the UUID of a message, which carries our number in 53 of its bits; the rest of them follow from it."""
    filling = int.from_bytes(hashlib.sha256(b"message %d" % message).digest()[:16])
    number = (message >> _LOW_BITS) << _HIGH_AT | (message & _LOW) << _LOW_AT
    return _uuid(filling & ~_TAKEN | number | _MARKS)


def message_of(uuid: str) -> MessageId:
    """Return whose UUID this is. Raises NoSuchMessage for what is none of ours."""
    if _UUID.fullmatch(uuid):
        number = int(uuid.replace("-", ""), 16)
        found = MessageId(number >> _HIGH_AT << _LOW_BITS | number >> _LOW_AT & _LOW)
        if message_id(found) == uuid:
            return found
    raise NoSuchMessage()


def notice_id(*facts: object) -> str:
    """Return the UUID of a line that the server says, the same for everybody who is told the same facts."""
    filling = int.from_bytes(hashlib.sha256(repr(facts).encode()).digest()[:16])
    return _uuid(filling & ~(0xF << 76 | 0b11 << 62) | _MARKS)


def key_of(secret: str, session: SessionId) -> str:
    """Return the key by which a participant acts over HTTP: 32 hexadecimal digits under the server's secret."""
    return hmac.new(secret.encode(), b"conference key:" + session.encode(), "sha256").hexdigest()[:32]


def is_key_of(secret: str, session: SessionId, key: str) -> bool:
    """Return whether a key is a participant's, in constant time."""
    return hmac.compare_digest(key_of(secret, session).encode(), key.encode(errors="replace"))


def reaction_of(emoji: str) -> int | None:
    """Return the ordinal of a reaction; None for one that the enumeration does not have."""
    return REACTIONS.index(emoji) if emoji in REACTIONS else None


def _uuid(number: int) -> str:
    return participant_id(SessionId(f"{number:032x}"))
