"""Constants and arguments of the conference wire, in the order of its reference (docs/dialects/conference.md)."""

from __future__ import annotations

import enum
from typing import Any, Literal

import msgspec

from palaver.core import calls

UNTITLED = "Untitled Room"
NAMELESS = "Guest"
BUSY = "Please wait before sending messages"
NOT_YOURS = "You are not authorized to preform this action"
"""The misspelling is the wire's, to the end (§A7)."""

MAX_BODY_BYTES = 100 * 1024
MAX_FRAME_BYTES = 512 * 1024
"""A session description may have 256 KiB, and is written as a JSON text."""

Told = tuple[Any, ...]
"""One event: its name, then its arguments."""


class Era(enum.StrEnum):
    """How a client was seen to speak at its first call (§E1). The empty one is the seed's."""

    SEED = ""
    ACKED = "acked"
    """Positional arguments and an answer: §B2."""
    OBJECT = "object"
    """One object and an answer: §B4."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the site decides.

    Attributes:
        secret: of the server, from which the keys of participants are made.
        transfer: rooms that clients of the last era make pass on when their host leaves, unless the host says otherwise.
        waiting_room: rooms that clients make have a waiting room from the start.
    """

    secret: str = ""
    transfer: bool = True
    waiting_room: bool = False


CAMERA = "camera"
"""What a signal is about that belongs to a camera (§E3)."""


class Argument(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The one object of a call: keys that it does not have are refused, and so is what has another type (§B4)."""


class Nothing(Argument, frozen=True):
    """Of calls that need none; the last era sends `{}`."""


class CreateRoomInput(Argument, frozen=True):
    """The PIN is our own: a room of nine digits is soon found (§D 3)."""

    name: str = ""
    pin: str = ""


class CapabilitiesInput(Argument, frozen=True):
    room_id: str
    pin: str = ""


class JoinRoomInput(Argument, frozen=True):
    room_id: str
    name: str = ""
    rtp_capabilities: Any = None
    pin: str = ""


class ParticipantOnly(Argument, frozen=True):
    participant_id: str


class NewName(Argument, frozen=True):
    new_name: str


class Settings(Argument, frozen=True):
    name: str | msgspec.UnsetType = msgspec.UNSET
    waiting_room: bool | msgspec.UnsetType = msgspec.UNSET
    host_disconnect_action: Literal[0, 1] | msgspec.UnsetType = msgspec.UNSET


class NewSettings(Argument, frozen=True):
    new_settings: Settings


class GroupInput(Argument, frozen=True, tag_field="type", tag=0):
    group: str
    content: str


class DirectInput(Argument, frozen=True, tag_field="type", tag=1):
    to: str
    content: str


class MessageInput(Argument, frozen=True):
    message_input: GroupInput | DirectInput


class EditInput(Argument, frozen=True):
    message_id: str
    new_content: str


class MessageOnly(Argument, frozen=True):
    message_id: str


class Decision(Argument, frozen=True):
    id: str
    decision: str


class TransportInput(Argument, frozen=True):
    type: str
    kind: Literal["sending", "receiving"]


class MediaInput(msgspec.Struct, frozen=True, rename="camel"):
    """What one sends, by either spelling; keys beyond these are not kept (§D 7)."""

    camera_enabled: bool | msgspec.UnsetType = msgspec.UNSET
    microphone_enabled: bool | msgspec.UnsetType = msgspec.UNSET
    camera: bool | msgspec.UnsetType = msgspec.UNSET
    microphone: bool | msgspec.UnsetType = msgspec.UNSET
    screen: bool | msgspec.UnsetType = msgspec.UNSET


class SignalInput(Argument, frozen=True):
    """Our own: a signal to one participant, for a mesh (§E3)."""

    to: str
    signal: calls.AnySignal
    about: str = ""


class ReactionInput(Argument, frozen=True):
    """Our own: the ordinal of the seed's enumeration, or any emoji."""

    message_id: str
    type: int | None = None
    emoji: str = ""
    on: bool = True


class NewGroup(Argument, frozen=True):
    """Our own: a channel for some participants, or for everybody."""

    name: str
    members: tuple[str, ...] | None = None


class NameFor(Argument, frozen=True):
    """Our own: a host names somebody."""

    participant_id: str
    new_name: str
