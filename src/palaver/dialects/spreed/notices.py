"""What the server, or somebody through it, says to one client, as a line of talk: the wire has no document for it (§3.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from palaver.core.base import Event
from palaver.core.chat import Notice
from palaver.core.ids import UserId
from palaver.core.media import CameraMarked, CameraStopped, MuteRequested
from palaver.core.operations import RestartAnnounced
from palaver.dialects.base import Payload
from palaver.dialects.spreed.documents import Chat, Said, Voice, encoded, time_of

SERVER: Final = UserId("server:")
"""Stands for the server where an Id is made of a user; nobody is called so."""

_TEXTS: Final[dict[type[Event], Callable[[Any], str]]] = {
    Notice: lambda event: event.text,
    RestartAnnounced: lambda event: "The server starts anew in a moment.",
    CameraStopped: lambda event: f"{event.by.handle or 'The site'} ends your camera. Please switch it off.",
    CameraMarked: lambda event: event.text or "Your camera was marked explicit.",
    MuteRequested: lambda event: f"{event.by.handle} asks you to switch your microphone off.",
}

NOTICES: Final = frozenset(_TEXTS)
"""The events that are told so."""


def notice(voice: Voice, event: Event) -> Payload:
    """Return a line in the room's window, from an Id that nobody has."""
    body = Said(f"(server) {_TEXTS[type(event)](event)}", time_of(int(voice.now() * 1000)))
    return encoded(Chat("", body), sender=voice.proofs.ids.stand_in(SERVER))
