"""Running the server from inside a room: settings read anew, a restart. How that is done is the business of the process."""

from __future__ import annotations

from palaver.core.audience import Publication, ToEverybody
from palaver.core.base import Command, Event


class ReloadSettings(Command, frozen=True):
    """Read the settings anew, as one who runs the site."""


class Restart(Command, frozen=True):
    """Stop the server so that its supervisor starts it again, as one who runs the site; everybody is told first."""


class RestartAnnounced(Event, frozen=True):
    """The server is about to start anew; sessions end, connections may come back in a moment."""


def restart_announced() -> Publication:
    """Tell everybody that the server is about to start anew."""
    return Publication(RestartAnnounced(), ToEverybody())
