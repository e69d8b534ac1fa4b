"""Names that the server makes for rooms, and ways to find a room by what one knows of its name."""

from __future__ import annotations

import hashlib
import string

from palaver.core.base import Outcome, Query
from palaver.core.ids import RoomId


class FindRoom(Query, frozen=True):
    """Ask whether there is a room, without coming in; who asks for too many that are not there has to wait.

    Attributes:
        room: its name; or empty, and then
        digest: the MD5 of its name in hexadecimal digits, which some wires take for an address. It hides nothing.
        entering: whoever could not come in now is refused as `JoinRoom` would refuse them; `pin` as there.
    """

    room: RoomId = RoomId("")
    digest: str = ""
    entering: bool = False
    pin: str = ""


class FoundRoom(Outcome, frozen=True):
    """There is such a room."""

    room: RoomId


def made_name(secret: str, *, digits: bool) -> RoomId:
    """Return the name that a secret makes for a room: `abcd-efgh-ijkl`, or nine digits."""
    number = int.from_bytes(hashlib.sha256(secret.encode()).digest())
    if digits:
        return RoomId(f"{number % 10**9:09}")
    letters = [string.ascii_lowercase[number // 26**at % 26] for at in range(12)]
    return RoomId("-".join("".join(letters[at : at + 4]) for at in (0, 4, 8)))


def room_digest(room: RoomId) -> str:
    """Return the digest by which `FindRoom` finds a room."""
    return hashlib.md5(room.encode(), usedforsecurity=False).hexdigest()
