"""Cameras, microphones and screens: what somebody sends, and who watches whose camera.

Whether somebody may watch is decided by `policy.may_watch`, for every dialect alike.
"""

from __future__ import annotations

import msgspec

from palaver.core.audience import Publication, ToSessions
from palaver.core.base import Command, Event
from palaver.core.ids import SessionId
from palaver.core.participants import Author, CameraRules, Target


class SetMedia(Command, frozen=True):
    """Say what one sends, in every room one sits in. A field that is absent stays as it is."""

    camera: bool | msgspec.UnsetType = msgspec.UNSET
    microphone: bool | msgspec.UnsetType = msgspec.UNSET
    screen: bool | msgspec.UnsetType = msgspec.UNSET
    rules: CameraRules | msgspec.UnsetType = msgspec.UNSET


class OpenCamera(Command, frozen=True):
    """Ask to watch a camera. Its owner is told, and signals about `camera` may pass between the two from now on."""

    owner: Target


class Watch(Command, frozen=True):
    """Tell a camera's owner that one sees it now."""

    owner: Target


class Unwatch(Command, frozen=True):
    """Tell a camera's owner that one no longer watches."""

    owner: Target


class CameraOpened(Event, frozen=True):
    """A camera was opened for a viewer; told to both. The viewer makes the offer."""

    owner: Author
    viewer: Author


class WatchStarted(Event, frozen=True):
    """Somebody sees the hearer's camera."""

    viewer: Author


class WatchStopped(Event, frozen=True):
    """Somebody no longer watches the hearer's camera."""

    viewer: Author


class CameraStopped(Event, frozen=True):
    """A moderator ends the hearer's broadcast; the client stops sending."""

    by: Author


class ViewerTurnedAway(Event, frozen=True):
    """The hearer may no longer watch this camera."""

    owner: Author


def camera_opened(owner: Author, viewer: Author) -> list[Publication]:
    """Tell the owner first, so that a client which must be rung knows its viewer before the offer arrives."""
    event = CameraOpened(owner, viewer)
    return [Publication(event, ToSessions((owner.session,))), Publication(event, ToSessions((viewer.session,)))]


def to_owner(event: Event, owner: SessionId) -> Publication:
    """Tell a camera's owner something about a viewer."""
    return Publication(event, ToSessions((owner,)))
