"""BareRTC's polling wire as words: what a poll says, and how the frames that wait for it are handed over (§3.14).

The frames are those of the WebSocket, translated by the same translator; only what carries them is here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from palaver.core.errors import Malformed
from palaver.dialects.barertc.api import CallRefused
from palaver.dialects.base import Answer, Payload, Poll, PollWords, heard

NOT_LOGGED_IN = "Not logged in."
BOTH_NEEDED = "Both username and session_id are required."
UNKNOWN = "Your session is unknown or over. Please log in again."

_ALIKE = (b'{"action":"who"', b'{"action":"ping"')
"""Of these the newest says everything."""


_NULL = msgspec.Raw(b"null")


class _Poll(msgspec.Struct, frozen=True):
    username: str | None = None
    session_id: str | None = None
    msg: msgspec.Raw = msgspec.Raw()


class _Message(msgspec.Struct, frozen=True):
    action: str | None = None


class _Me(msgspec.Struct, frozen=True):
    action: str = ""
    username: str = ""


_poll = msgspec.json.Decoder(_Poll)
_message = msgspec.json.Decoder(_Message)
_me = msgspec.json.Decoder(_Me)


def read(body: bytes) -> Poll:
    """Return what a poll says. Raises CallRefused with the parser's words."""
    if not body.strip():
        raise CallRefused(400, "EOF")
    try:
        found = heard(_poll, body)
        frame = b"" if found.msg == _NULL else bytes(found.msg)
        action = (heard(_message, frame).action or "") if frame else ""
    except Malformed as refusal:
        raise CallRefused(400, str(refusal.params["problem"])) from None
    return Poll(found.username or "", found.session_id or "", frame, opens=action == "login")


def answer(frames: Sequence[Payload], *, username: str = "", session_id: str = "", status: int = 200) -> Answer:
    """Return an answer with the frames that waited; who polls is named where there is a session."""
    who = (("username", username), ("session_id", session_id))
    named = [f'"{key}":{json.dumps(value)},'.encode() for key, value in who if value]
    body = b"{" + b"".join(named) + b'"messages":[' + b",".join(frames) + b"]}\n"
    return Answer(status, body, (("Content-Type", "application/json"), ("Cache-Control", "no-store")))


def refused(sentence: str, *, status: int = 400, over: bool = False) -> Answer:
    """Return the answer to a poll that is refused: a notice, and where the session is `over` the word to stay away."""
    frames = [_encoded({"action": "error", "username": "ChatServer", "message": sentence})]
    if over:
        frames.append(_encoded({"action": "disconnect"}))
    return answer(frames, status=status)


def name_in(frame: Payload) -> str:
    """Return the name that a frame tells its reader to bear; mostly none."""
    return _me.decode(frame).username if frame.startswith(b'{"action":"me"') else ""


def alike(frame: Payload) -> bytes:
    """Return what frames have in common of which only the newest need be kept; empty for all others."""
    return next((prefix for prefix in _ALIKE if frame.startswith(prefix)), b"")


def _encoded(fields: dict[str, Any]) -> Payload:
    return msgspec.json.encode(fields)


WORDS = PollWords(
    answer=answer,
    not_open=lambda: refused(NOT_LOGGED_IN),
    incomplete=lambda: refused(BOTH_NEEDED),
    unknown=lambda: refused(UNKNOWN, over=True),
    busy=lambda: refused("You poll too often. Please wait a moment.", status=429),
    name_in=name_in,
    alike=alike,
)
"""What the transport needs to know of this wire."""
