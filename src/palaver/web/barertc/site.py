"""What BareRTC's addresses must know of the site, as plain values that are read anew for every request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from palaver.core.ids import RoomId

Profile = tuple[int, Mapping[str, object]]
"""What the site says of a user: a status, and the object that the asker is given."""

AskProfile = Callable[[str], Awaitable[Profile]]
"""Asks the site about a user by name (§5.3). Raises Unavailable where it cannot be asked, or does not answer sensibly."""


@dataclass(frozen=True)
class BareRTCSite:
    """One site's decisions.

    Attributes:
        room: the one room that BareRTC's clients see.
        sign_key: signs tokens that the site asks for, whether they are honoured here or not.
        history_days: how long direct messages are kept; 0 for ever, None for not at all.
        ask_profile: asks the site about a user; None where it takes no such questions.
    """

    room: RoomId
    sign_key: str = ""
    history_days: int | None = None
    ask_profile: AskProfile | None = field(default=None, compare=False)
