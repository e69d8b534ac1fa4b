"""Cameras: what somebody sends, and who watches whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palaver.core import errors, media, policy
from palaver.core.audience import Publication, ToSessions
from palaver.core.base import DONE, Outcome
from palaver.core.participants import CameraRules, Media, Rule, Target, author_of, keys_of
from palaver.hub import seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.handlers.people import change_everywhere, count_rooms
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


async def set_media(hub: Hub, session: Session, command: media.SetMedia) -> Outcome:
    """Say what one sends. Rules of the site hold: some may not broadcast, some only as explicit."""
    count_rooms(hub, session)
    for room in session.rooms:
        seat = seats.seat_of(hub, session, room)
        rules, site = seats.rules_of(hub, session), hub.admission
        changed = media.with_changes(seat.media, command, rules, site.rule_texts, permit_explicit=site.permit_explicit)
        change_everywhere(hub, session, {"media": changed}, echo=command.echo)
        wished = command.rules if isinstance(command.rules, CameraRules) else seat.media.rules
        _tell_if_marked(hub, session, wished, changed)
        break
    return DONE


async def request_mute(hub: Hub, session: Session, command: media.RequestMute) -> Outcome:
    """Ask somebody to switch the microphone off; whether it is done is theirs to say, by `SetMedia`."""
    actor, target = seats.both_seats(hub, session, command.room, command.target)
    if not policy.may_request_mute(actor, target):
        raise errors.NotAllowed(action=f"mute {target.handle}")
    hub.tell(Publication(media.MuteRequested(command.room, author_of(actor)), ToSessions((target.session,))))
    return DONE


def _tell_if_marked(hub: Hub, session: Session, wished: CameraRules, changed: Media) -> None:
    """Tell somebody whose camera a rule of the site made explicit, against what they wished."""
    if changed.rules.explicit and not wished.explicit:
        rule = Rule.CAMERA_ALWAYS_EXPLICIT
        text = hub.admission.rule_texts.get(rule) or media.RULE_TEXTS[rule]
        hub.tell(Publication(media.CameraMarked(text=text), ToSessions((session.session,))))


async def open_camera(hub: Hub, session: Session, command: media.OpenCamera) -> Outcome:
    """Open a camera for a viewer, where policy lets them watch."""
    if media.may_not_view(seats.rules_of(hub, session)):
        text = hub.admission.rule_texts.get(Rule.NO_VIDEO) or errors.CAMERA_CLOSED["no_video"]
        raise errors.CameraClosed(reason=text, why="no_video")
    owner = seats.find(hub, session, command.owner)
    shared = next(seats.shared_seats(hub, session.session, owner.session), None)
    if shared is None:
        raise errors.NoSuchParticipant(name=owner.handle)
    viewer_seat, owner_seat = shared
    keys = keys_of(viewer_seat.handle, viewer_seat.user)
    theirs = seats.relations_of(hub, owner.session)
    why = policy.watch_refusal(viewer_seat, keys, owner_seat, theirs)
    if why:
        raise errors.CameraClosed.because(why)
    for publication in media.camera_opened(author_of(owner_seat), author_of(viewer_seat)):
        hub.tell(publication)
    if policy.closed_to(theirs, keys):
        return media.OpenedAnyway(not theirs.turned_away.isdisjoint(keys), not theirs.ignores.isdisjoint(keys))
    return DONE


async def watch(hub: Hub, session: Session, command: media.Watch) -> Outcome:
    """Tell a camera's owner who sees it."""
    return _tell_owner(hub, session, command.owner, started=True)


async def unwatch(hub: Hub, session: Session, command: media.Unwatch) -> Outcome:
    """Tell a camera's owner who no longer sees it."""
    return _tell_owner(hub, session, command.owner, started=False)


def _tell_owner(hub: Hub, session: Session, target: Target, *, started: bool) -> Outcome:
    owner = seats.find(hub, session, target)
    viewer = seats.author_to(hub, session, owner.session)
    keys = keys_of(viewer.handle, viewer.user)
    if not session.is_open_to(owner.session):
        raise errors.CameraClosed.because("unopened")
    theirs = seats.relations_of(hub, owner.session)
    if not policy.closed_to(theirs, keys):
        event = media.WatchStarted(viewer) if started else media.WatchStopped(viewer)
        hub.tell(Publication(event, ToSessions((owner.session,))))
    return DONE


HANDLERS: Handlers = {
    media.SetMedia: set_media,
    media.RequestMute: request_mute,
    media.OpenCamera: open_camera,
    media.Watch: watch,
    media.Unwatch: unwatch,
}
