"""Frames of BareRTC, in the order of its reference (docs/dialects/barertc.md §3), and the texts that its clients match.

One flat object serves all actions, and whatever is empty is left out (§3.2).
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from palaver.core.ids import RoomId
from palaver.core.participants import Identity

SERVER = "ChatServer"
"""The reserved name under which notices of the server are shown."""

NAMELESS = "anonymous"
NUDGE = -451
"""The `msgID` of a reaction that suggests to mark a camera explicit (§3.6.5)."""

MAX_FRAME_BYTES = 40 << 20
MAX_WORDS_BYTES = 1 << 20
"""What a frame without a file may have: forty times as much in short names takes seconds to read, and a gigabyte."""
MAX_EARLY_FRAME_BYTES = 256 * 1024
"""Before the login pages say whom they do not want to meet: up to 5,000 names in one frame (§3.5)."""
PING_S = 30.0

DISCONNECT = b'{"action":"disconnect"}'
"""At this pages leave, and do not come back by themselves (§3.10)."""
STOP_CAMERA = b'{"action":"cut"}'
"""At this pages end their broadcast (§3.12)."""
PING = b'{"action":"ping"}'

JOINED = "has joined the room!"
EXITED = "has exited the room!"
KICKED = "has been kicked from the room!"
BANNED = "has been banned!"
TIMED_OUT = "has timed out!"

BOOTED_YOU = " has booted you off of their camera!"
BOOTED_BEFORE = " had booted you off their camera before, and won't be notified of your watch."
MUTED_BEFORE = " had muted you before, and won't be notified of your watch."


class Asked(msgspec.Struct, frozen=True):
    """Client to server: every field that some action has. Unknown ones are passed over."""

    action: str = ""
    channel: str = ""
    username: str = ""
    message: str = ""
    jwt: str = ""
    video: int = 0
    status: str = ""
    dnd: bool = False
    message_id: int = msgspec.field(default=0, name="msgID")
    bytes: msgspec.Raw = msgspec.Raw()
    usernames: tuple[str, ...] = ()
    timestamp: str = ""
    reason: str = ""
    comment: str = ""
    candidate: str = ""
    description: str = ""


class File(msgspec.Struct, frozen=True):
    """What is read of a frame that is too large for words: where it goes, the file's name, and the file itself."""

    action: str | None = ""
    channel: str | None = ""
    message: str | None = ""
    bytes: msgspec.Raw = msgspec.Raw()


class Told(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """Server to client. The order of fields is that of §3.2."""

    action: str
    channel: str = ""
    username: str = ""
    message: str = ""
    jwt: str = ""
    video: int = 0
    message_id: int = msgspec.field(default=0, name="msgID")
    open_secret: str = msgspec.field(default="", name="openSecret")
    timestamp: str = ""
    candidate: str = ""
    description: str = ""
    messages: tuple[Told, ...] = ()
    jwt_rules: dict[str, bool] | None = msgspec.field(default=None, name="jwtRules")


class Row(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One row of `who` (§3.3). `status`, `video`, `loginAt` and `op` are never left out."""

    username: str
    display_name: str | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="nickname")
    status: str
    video: int
    dnd: bool | msgspec.UnsetType = msgspec.UNSET
    since_s: int = msgspec.field(name="loginAt")
    op: bool
    vip: bool | msgspec.UnsetType = msgspec.UNSET
    avatar: str | msgspec.UnsetType = msgspec.UNSET
    profile_url: str | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="profileURL")
    emoji: str | msgspec.UnsetType = msgspec.UNSET
    gender: str | msgspec.UnsetType = msgspec.UNSET


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the site decides.

    Attributes:
        room: the one room that BareRTC's clients see.
        token_for: signs anew what a site vouched for; returns the empty string where there is nothing to sign with.
        inline_url: returns a picture of this server as a `data:` address, or the empty string.
        landing_url: where people log in who were signed out; empty for nowhere.
        message_id: makes the number of a message that was shown to its author alone; 0 for none.
        preview_px: longest side at which a picture is shown among messages; 0 for its own.
    """

    room: RoomId = RoomId("lobby")
    token_for: Callable[[Identity], str] = lambda identity: ""
    inline_url: Callable[[str], str] = lambda url: ""
    landing_url: str = ""
    message_id: Callable[[], int] = int
    preview_px: int = 360


DEFAULTS = Options()

encode = msgspec.json.Encoder().encode
