"""Reads a Chat: a message, or one of the small facts that this wire says in the same document (§3.9, §3.10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from palaver.core import chat as core
from palaver.core.base import Command
from palaver.core.chat import Destination, InChannel, MarkMessages, PostMessage, ReceiptState, SetTyping, ToPerson
from palaver.core.ids import SessionId
from palaver.core.participants import NO_DETAILS, BySession, Details
from palaver.dialects.spreed.memory import Memory
from palaver.dialects.spreed.statuses import one_line
from palaver.dialects.spreed.wire import MAX_TEXT_CHARS, UNSET, Chat, ChatBody, ChatDetails, ChatStatus, chat_details

_encoder = msgspec.json.Encoder()


def chat(doc: Chat, memory: Memory, to: SessionId | None) -> Command | None:
    """Return what a Chat asks for; None for one that goes nowhere."""
    place = _place(doc, memory, to)
    body, status = doc.Chat, doc.Chat.Status
    if place is None:
        return None
    if status is not None and not body.Message and not _is_news(status):
        if status.Typing:
            return SetTyping(place, status.Typing == "start") if status.Typing in ("start", "stop") else None
        if status.SeenMids:
            return _marked(memory, to, status.SeenMids, ReceiptState.SEEN)
        if status.State:
            mids = [status.Mid] if status.Mid and status.State == "delivered" else []
            return _marked(memory, to, mids, ReceiptState.DELIVERED)
    if status is not None and status.ContactRequest is not None:
        if isinstance(place, InChannel):
            # Two people become contacts, between themselves (§3.10); a room would take the words of one for a server's.
            status.ContactRequest = None
        else:
            status.ContactRequest.Userid = None  # the server says whose it is
    text = body.Message or _words_for(status)
    return PostMessage(place, text, details=_details(body, text)) if text else None


def _is_news(status: ChatStatus) -> bool:
    """Whether a Status says something by itself, and not about messages."""
    return any((status.FileInfo, status.Geolocation, status.ContactRequest, status.AutoCall))


def _place(doc: Chat, memory: Memory, to: SessionId | None) -> Destination | None:
    if doc.To:
        return ToPerson(BySession(to)) if to is not None else None
    return InChannel(memory.room) if memory.room is not None else None


def _marked(memory: Memory, to: SessionId | None, mids: list[str], state: ReceiptState) -> Command | None:
    """Return a receipt for messages of somebody; None where none of the Mids is known."""
    if to is None:
        return None
    found = tuple(
        message for mid in mids[: core.MAX_MARKED] if (message := memory.mids.received.get((to, mid))) is not None
    )
    return MarkMessages(found, state) if found else None


def _details(body: ChatBody, text: str) -> Details:
    """Return what of a Chat is no text, for others of this wire."""
    status = survivors(body.Status)
    if not (body.Mid or body.NoEcho or status):
        return NO_DETAILS
    held = ChatDetails(
        (body.Mid or "")[:MAX_TEXT_CHARS],
        bool(body.NoEcho),
        UNSET if body.Message == text else "",
        status,
    )
    return msgspec.Raw(_encoder.encode(held))


def kept_status(held: ChatDetails, *, in_room: bool) -> dict[str, Any] | None:
    """Return the Status that is kept with a message as its readers are told it, whoever wrote it (§3.5)."""
    if held.Status is None:
        return None
    try:
        status = msgspec.convert(held.Status, ChatStatus)
    except (msgspec.ValidationError, RecursionError):
        return None
    if in_room:
        status.ContactRequest = None
    return survivors(status)


def reworded(details: Details, reword: Callable[[str], str]) -> Details:
    """Return what is kept with a message, whoever wrote it, with the name of a file as `reword` puts it."""
    held = chat_details(details)
    status: Any = held.Status
    file = status.get("FileInfo") if isinstance(status, dict) else None
    name = file.get("name") if isinstance(file, dict) else None
    if not isinstance(name, str) or (said := reword(name)) == name:
        return details
    held.Status = {**status, "FileInfo": {**(file or {}), "name": said}}
    return msgspec.Raw(_encoder.encode(held))


def survivors(status: ChatStatus | None) -> dict[str, Any] | None:
    """Return the parts of a Status that others are told: known ones, and none that is zero (§3.5)."""
    if status is None:
        return None
    found: dict[str, Any] = {}
    for name in ("Typing", "State", "Mid", "SeenMids"):
        if value := getattr(status, name):
            found[name] = value
    if status.FileInfo is not None:
        found["FileInfo"] = _whole(status.FileInfo, numbers=("chunks", "size"))
        found["FileInfo"]["name"] = one_line(found["FileInfo"]["name"], MAX_TEXT_CHARS)
    if status.Geolocation is not None:
        found["Geolocation"] = {
            key: value for key, value in msgspec.structs.asdict(status.Geolocation).items() if value
        }
    if (asked := status.ContactRequest) is not None:
        found["ContactRequest"] = {"Id": asked.Id or "", "Success": bool(asked.Success)}
        named = {"Userid": asked.Userid, "Token": asked.Token}
        found["ContactRequest"].update({key: value for key, value in named.items() if value})
    if status.AutoCall is not None:
        found["AutoCall"] = _whole(status.AutoCall)
    return found


def _whole(part: msgspec.Struct, numbers: tuple[str, ...] = ()) -> dict[str, Any]:
    empty = dict.fromkeys(numbers, 0)
    return {key: empty.get(key, "") if value is None else value for key, value in msgspec.structs.asdict(part).items()}


def _words_for(status: ChatStatus | None) -> str:
    """Return what others read of a Chat that says something without a text."""
    if status is None:
        return ""
    if status.FileInfo is not None:
        return f"File: {one_line(status.FileInfo.name or '', MAX_TEXT_CHARS) or 'without a name'}"
    if status.Geolocation is not None:
        return f"Location: {status.Geolocation.latitude or 0}, {status.Geolocation.longitude or 0}"
    if (asked := status.ContactRequest) is not None:
        return "Contact request" if not asked.Token else "Contact request answered"
    return "Please call me back." if status.AutoCall is not None else ""
