"""What clients send over Spreed's channelling wire, in the order of its reference (docs/dialects/spreed.md §3).

A frame is `{"Type": T, T: …, "Iid"?: …}`; most payloads are documents that repeat Type and T (§3.2). What the server
sends stands in `documents`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec
import re2

from palaver.core.ids import RoomId, SessionId
from palaver.core.participants import Details

API_VERSION = 1.4
PRIO = 100
MAX_FRAME_BYTES = 1 << 20
MAX_TEXT_CHARS = 255
"""Of Ua, Iid and names of conferences."""
MAX_USERS = 5000
"""As many entries as a list of users has at most (§3.6)."""
PLAIN_ROOM, CONFERENCE_ROOM = "Room", "Conference"

Text = str | None
"""Its clients send null for an empty text (§3.1)."""

Opaque = msgspec.Raw
NULL = msgspec.Raw(b"null")
UNSET = msgspec.UNSET


# -- what clients send (§3.2, §3.5) ---------------------------------------------------------------------------------


class Outer(msgspec.Struct):
    """A frame, read as far as all have it in common: one field for every word that it may begin with."""

    Type: Text = None
    Iid: Text = None
    Self: Opaque | msgspec.UnsetType = UNSET
    Hello: Opaque | msgspec.UnsetType = UNSET
    Leave: Opaque | msgspec.UnsetType = UNSET
    Room: Opaque | msgspec.UnsetType = UNSET
    Users: Opaque | msgspec.UnsetType = UNSET
    Status: Opaque | msgspec.UnsetType = UNSET
    Offer: Opaque | msgspec.UnsetType = UNSET
    Answer: Opaque | msgspec.UnsetType = UNSET
    Candidate: Opaque | msgspec.UnsetType = UNSET
    Bye: Opaque | msgspec.UnsetType = UNSET
    Chat: Opaque | msgspec.UnsetType = UNSET
    Conference: Opaque | msgspec.UnsetType = UNSET
    Alive: Opaque | msgspec.UnsetType = UNSET
    Authentication: Opaque | msgspec.UnsetType = UNSET
    Sessions: Opaque | msgspec.UnsetType = UNSET


class Credentials(msgspec.Struct):
    """What opens a room, or shall open it."""

    PIN: Text = None


class Hello(msgspec.Struct):
    """Enter a room (§3.6). `Id` is an older name of `Name`."""

    Version: Text = None
    Ua: Text = None
    Name: Text = None
    Id: Text = None
    Type: Text = None
    Credentials: Credentials | None = None


class Room(msgspec.Struct):
    """Set a room's PIN (§3.7)."""

    Name: Text = None
    Type: Text = None
    Credentials: Credentials | None = None


class Status(msgspec.Struct):
    """Show oneself (§3.8)."""

    Status: Opaque


class FileInfo(msgspec.Struct):
    """A file that is offered from peer to peer."""

    id: Text = None
    chunks: float | int | None = None
    name: Text = None
    size: float | int | None = None
    type: Text = None


class Geolocation(msgspec.Struct):
    """Where somebody is."""

    accuracy: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None
    altitudeAccuracy: float | None = None  # noqa: N815 - the wire's word


class ContactRequest(msgspec.Struct):
    """Ask to be somebody's contact, accept, or reject (§3.10)."""

    Id: Text = None
    Success: bool | None = None
    Userid: Text = None
    Token: Text = None


class AutoCall(msgspec.Struct):
    """Ask to be called back by itself."""

    Id: Text = None
    Type: Text = None


class ChatStatus(msgspec.Struct):
    """What a Chat says beside, or instead of, its text (§3.9)."""

    Typing: Text = None
    State: Text = None
    Mid: Text = None
    SeenMids: list[str] | None = None
    FileInfo: FileInfo | None = None
    Geolocation: Geolocation | None = None
    ContactRequest: ContactRequest | None = None
    AutoCall: AutoCall | None = None


class ChatBody(msgspec.Struct):
    """The inner part of a Chat."""

    Message: Text = None
    Time: Text = None
    NoEcho: bool | None = None
    Mid: Text = None
    Status: ChatStatus | None = None


class Chat(msgspec.Struct):
    """Say something to the room, or to one session (§3.9)."""

    Chat: ChatBody
    To: Text = None


class Signal(msgspec.Struct):
    """Part of setting up or ending a call (§3.17); exactly one part is there."""

    To: Text = None
    Offer: Opaque | msgspec.UnsetType = UNSET
    Answer: Opaque | msgspec.UnsetType = UNSET
    Candidate: Opaque | msgspec.UnsetType = UNSET
    Bye: Opaque | msgspec.UnsetType = UNSET


class Conference(msgspec.Struct):
    """Ask some sessions to call each other (§3.11)."""

    Conference: list[str]
    Id: Text = None


class Alive(msgspec.Struct):
    """A sign of life, to be answered."""

    Alive: int


class UserProof(msgspec.Struct):
    """Who a session is, and the proof of it."""

    Userid: Text = None
    Nonce: Text = None


class Authentication(msgspec.Struct):
    """Log in (§2.7)."""

    Authentication: UserProof


class Wanted(msgspec.Struct):
    """By which proof sessions are asked for."""

    Type: Text = None
    Token: Text = None


class Sessions(msgspec.Struct):
    """Ask after sessions by an attestation or a contact token (§3.12)."""

    Sessions: Wanted


# -- what a Chat and a seat keep for clients of this wire -------------------------------------------------------------


class ChatDetails(msgspec.Struct, omit_defaults=True):
    """What of a Chat is no text, kept with the message: `Message.details` (§3.9).

    Authors on other wires may write anything there, so that it can take a text away and never bring one that no filter read.
    """

    Mid: str = ""
    NoEcho: bool = False
    Message: Literal[""] | msgspec.UnsetType = UNSET
    """Where the text stands for a Status, and is for the readers of other wires."""
    Status: Any = None


class SeatDetails(msgspec.Struct, omit_defaults=True):
    """What of a session is kept with its seat: `Participant.details` (§3.4)."""

    Ua: str = ""
    Rev: int = 0
    Status: Opaque | msgspec.UnsetType = UNSET


# -- what a site decides --------------------------------------------------------------------------------------------

Picture = Callable[[SessionId, str], str | None]
"""Keeps a picture that came as a `data:` URL, and returns the `img:` address of it; None where it is none (§3.8)."""


def type_of(name: str, types: tuple[tuple[str, str], ...]) -> str:
    """Return the type of the rooms of a name: that of the first pattern found in it (§3.6)."""
    for pattern, kind in types:
        # Names are the clients', and patterns were written for RE2: in another engine one could take for ever.
        if re2.search(pattern, name):
            return kind
    return PLAIN_ROOM


def conference_of(room: RoomId | str) -> str:
    """Return the id of the conference that a room of that type is (§3.11)."""
    return f"{CONFERENCE_ROOM}:{room}"


def seat_details(details: Details) -> SeatDetails:
    """Return what a seat holds for this wire; nothing where another wire put something there."""
    if details is UNSET:
        return _NO_SEAT
    try:
        return _SEAT.decode(details)
    except (msgspec.DecodeError, RecursionError):
        return _NO_SEAT


def chat_details(details: Details) -> ChatDetails:
    """Return what a message holds for this wire."""
    if details is UNSET:
        return _NO_CHAT
    try:
        return _CHAT.decode(details)
    except (msgspec.DecodeError, RecursionError):
        return _NO_CHAT


_SEAT, _NO_SEAT = msgspec.json.Decoder(SeatDetails), SeatDetails()
_CHAT, _NO_CHAT = msgspec.json.Decoder(ChatDetails), ChatDetails()
