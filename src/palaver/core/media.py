"""Cameras, microphones and screens: what somebody sends, and who watches whose camera.

Whether somebody may watch is decided by `policy.may_watch`, for every dialect alike.
"""

from __future__ import annotations

import msgspec

from palaver.core.audience import Publication, ToSessions
from palaver.core.base import Command, Event
from palaver.core.errors import NotAllowed
from palaver.core.ids import RoomId, SessionId
from palaver.core.participants import Author, CameraRules, Media, Rule, Target


class SetMedia(Command, frozen=True):
    """Say what one sends, in every room one sits in. A field that is absent stays as it is.

    Attributes:
        echo: the asker's session is told, too, and not by the answer alone.
    """

    camera: bool | msgspec.UnsetType = msgspec.UNSET
    microphone: bool | msgspec.UnsetType = msgspec.UNSET
    screen: bool | msgspec.UnsetType = msgspec.UNSET
    rules: CameraRules | msgspec.UnsetType = msgspec.UNSET
    echo: bool = True


class RequestMute(Command, frozen=True):
    """Ask somebody, as one who runs the room, to switch the microphone off. The client asks its user, or does it."""

    room: RoomId
    target: Target


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


class MuteRequested(Event, frozen=True):
    """Somebody who runs the room asks the hearer to switch the microphone off."""

    room: RoomId
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


def with_changes(held: Media, command: SetMedia, rules: frozenset[Rule]) -> Media:
    """Return what somebody sends after a command, as the site's rules for that user allow.

    Raises NotAllowed for a camera or a screen under `nobroadcast` or `novideo`; under `redcam` a camera is always explicit.
    """
    changes = {
        name: value
        for name in ("camera", "microphone", "screen", "rules")
        if (value := getattr(command, name)) is not msgspec.UNSET
    }
    changed: Media = msgspec.structs.replace(held, **changes)
    if (changed.camera or changed.screen) and rules & {Rule.NO_BROADCAST, Rule.NO_VIDEO}:
        raise NotAllowed(action="share video here")
    if changed.camera and Rule.CAMERA_ALWAYS_EXPLICIT in rules and not changed.rules.explicit:
        explicit = msgspec.structs.replace(changed.rules, explicit=True)
        return msgspec.structs.replace(changed, rules=explicit)
    return changed


def may_not_view(rules: frozenset[Rule]) -> bool:
    """Return whether the site's rules keep a user from watching cameras."""
    return Rule.NO_VIDEO in rules
