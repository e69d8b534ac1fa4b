"""Cameras, microphones and screens: what somebody sends, and who watches whose camera.

Whether somebody may watch is decided by `policy.may_watch`, for every dialect alike.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from palaver.core.audience import Publication, ToSessions
from palaver.core.base import Command, Event, Outcome
from palaver.core.errors import NotAllowed, RuleForbids
from palaver.core.ids import RoomId
from palaver.core.participants import NO_CAMERA_RULES, Author, CameraRules, Media, Rule, Target

RULE_TEXTS = {
    Rule.CAMERA_ALWAYS_EXPLICIT: "Your camera is always marked explicit here.",
    Rule.NO_BROADCAST: "You may not share video here.",
    Rule.NO_VIDEO: "You may neither share nor watch video here.",
    Rule.NO_IMAGE: "You may not share pictures here.",
    Rule.NO_DARK_VIDEO: "",
}
"""What somebody is told of a rule where the site has no sentence of its own."""


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


class MarkExplicit(Command, frozen=True):
    """Mark somebody's camera explicit, as one who runs the room."""

    room: RoomId
    target: Target


class SuggestExplicit(Command, frozen=True):
    """Hint to somebody, without a name, that their camera should be marked explicit."""

    room: RoomId
    target: Target


class OpenedAnyway(Outcome, frozen=True):
    """The camera was opened for one who runs the room, though its owner turned them away or ignores them."""

    turned_away: bool = False
    ignored: bool = False


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


class CameraMarked(Event, frozen=True):
    """The hearer's camera is marked explicit now: by one who runs the room, or by a rule of the site.

    Attributes:
        by: absent for a rule, and where the hearer turned that person away.
        text: the site's own sentence about its rule.
    """

    by: Author | None = None
    text: str = ""


class ExplicitSuggested(Event, frozen=True):
    """Somebody thinks that the hearer's camera should be marked explicit."""


class ViewerTurnedAway(Event, frozen=True):
    """The hearer may no longer watch this camera."""

    owner: Author


def camera_opened(owner: Author, viewer: Author) -> list[Publication]:
    """Tell the owner first, so that a client which must be rung knows its viewer before the offer arrives."""
    event = CameraOpened(owner, viewer)
    return [Publication(event, ToSessions((owner.session,))), Publication(event, ToSessions((viewer.session,)))]


def with_changes(
    held: Media,
    command: SetMedia,
    rules: frozenset[Rule],
    texts: Mapping[Rule, str] = {},
    *,
    permit_explicit: bool = True,
) -> Media:
    """Return what somebody sends after a command, as the site's rules for that user allow.

    Under `redcam` a camera is always explicit. Raises RuleForbids, with the site's sentence of `texts`, for a camera or a
    screen under `nobroadcast` or `novideo`, and NotAllowed for a camera that is to become explicit where none may.
    """
    changes = {
        name: value
        for name in ("camera", "microphone", "screen", "rules")
        if (value := getattr(command, name)) is not msgspec.UNSET
    }
    if changes.get("rules") == NO_CAMERA_RULES:
        changes["rules"] = NO_CAMERA_RULES  # this very object, which is left out on the wire
    changed: Media = msgspec.structs.replace(held, **changes)
    if (changed.camera or changed.screen) and may_not_show(rules):
        raise broadcast_forbidden(rules, texts)
    if changed.rules.explicit and not held.rules.explicit and not permit_explicit:
        raise NotAllowed(action="show explicit scenes here")
    if changed.camera and Rule.CAMERA_ALWAYS_EXPLICIT in rules and not changed.rules.explicit:
        return marked_explicit(changed)
    return changed


def held_to(held: Media, rules: frozenset[Rule]) -> Media:
    """Return what somebody may go on sending under rules that hold from now on."""
    if may_not_show(rules):
        return msgspec.structs.replace(held, camera=False, screen=False)
    if held.camera and Rule.CAMERA_ALWAYS_EXPLICIT in rules:
        return marked_explicit(held)
    return held


def forbidden(rule: Rule, texts: Mapping[Rule, str]) -> RuleForbids:
    """Return the refusal that tells somebody of a rule of the site."""
    return RuleForbids(rule=rule.value, text=texts.get(rule) or RULE_TEXTS[rule])


def broadcast_forbidden(rules: frozenset[Rule], texts: Mapping[Rule, str]) -> RuleForbids:
    """Return the refusal of somebody whom one of these rules keeps from sending video."""
    return forbidden(Rule.NO_BROADCAST if Rule.NO_BROADCAST in rules else Rule.NO_VIDEO, texts)


def marked_explicit(media: Media) -> Media:
    """Return what somebody sends with the camera marked explicit."""
    return msgspec.structs.replace(media, rules=msgspec.structs.replace(media.rules, explicit=True))


def may_not_view(rules: frozenset[Rule]) -> bool:
    """Return whether the site's rules keep a user from watching cameras."""
    return Rule.NO_VIDEO in rules


def may_not_show(rules: frozenset[Rule]) -> bool:
    """Return whether the site's rules keep a user from showing a camera."""
    return not rules.isdisjoint({Rule.NO_BROADCAST, Rule.NO_VIDEO})
