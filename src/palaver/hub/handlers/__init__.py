"""What each command does: resolve, decide, record, tell. One short function per command, one module per noun."""

from __future__ import annotations

from palaver.hub.handlers import calls, chat, devices, media, moderation, people, rooms
from palaver.hub.handlers.handler import Handlers

HANDLERS: Handlers = {
    **rooms.HANDLERS,
    **people.HANDLERS,
    **chat.HANDLERS,
    **calls.HANDLERS,
    **media.HANDLERS,
    **moderation.HANDLERS,
    **devices.HANDLERS,
}
"""The one handler of every command; a command without one is unknown."""
