"""What each command does: resolve, decide, record, tell. One short function per command, one module per noun."""

from __future__ import annotations

from palaver.core.calls import FetchIceServers, SendSignal
from palaver.core.chat import EditMessage, PostMessage, React, SharePicture, TakeMissed
from palaver.core.devices import PostToDevice
from palaver.core.figures import ShowFigures
from palaver.core.moderation import Block, Ignore, Report, TurnAway
from palaver.core.sessions import LogIn
from palaver.hub.handlers import (
    calls,
    chat,
    devices,
    figures,
    hands,
    media,
    moderation,
    one_room,
    operators,
    people,
    pictures,
    presentation,
    relations,
    rooms,
)
from palaver.hub.handlers.handler import Handlers

HANDLERS: Handlers = {
    **rooms.HANDLERS,
    **one_room.HANDLERS,
    **people.HANDLERS,
    **presentation.HANDLERS,
    **chat.HANDLERS,
    **pictures.HANDLERS,
    **calls.HANDLERS,
    **hands.HANDLERS,
    **media.HANDLERS,
    **moderation.HANDLERS,
    **relations.HANDLERS,
    **operators.HANDLERS,
    **devices.HANDLERS,
    **figures.HANDLERS,
}
"""The one handler of every command; a command without one is unknown."""

OTHERWISE_LIMITED = frozenset(
    {PostMessage, SharePicture, EditMessage, React, Report, SendSignal, PostToDevice, FetchIceServers, ShowFigures}
    | {Ignore, Block, TurnAway, TakeMissed}
)
"""Commands with a limit of their own, or in no need of one. All others are asks: rooms are told of them, stores read."""

FOR_OUTSIDERS = frozenset({LogIn, FetchIceServers})
"""What is open to somebody who is not admitted as a guest and has not logged in yet."""
