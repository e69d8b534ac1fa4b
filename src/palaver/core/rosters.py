"""Whole rosters: who is in a room as one of them sees it, for clients that read no changes.

A camera is shown as its owner lets the viewer see it; whether it may then be opened is judged by `policy.watch_refusal`.
"""

from __future__ import annotations

import msgspec

from palaver.core import policy
from palaver.core.base import Query, Value
from palaver.core.ids import PersonKey, RoomId
from palaver.core.moderation import Relations
from palaver.core.participants import NO_MEDIA, Participant


class ShowRoster(Query, frozen=True):
    """Ask for the whole roster of a room one sits in, at once; it is told before the answer."""

    room: RoomId


class Seen(Value, frozen=True):
    """A participant as a viewer sees it.

    Attributes:
        invited: the viewer may watch the camera past its own rules.
    """

    participant: Participant
    invited: bool = False


def seen_by_class(participant: Participant, *, vip: bool, secret_vip: bool) -> Seen:
    """Return somebody as all VIPs, or all others, see it who have nothing to do with each other (BareRTC §3.11).

    `secret_vip`: only VIPs are told who is one.
    """
    if vip:
        return Seen(participant)
    if participant.media.rules.vip_only and participant.media.camera:
        participant = msgspec.structs.replace(participant, media=NO_MEDIA)
    if secret_vip and participant.vip:
        participant = msgspec.structs.replace(participant, vip=False)
    return Seen(participant)


def seen_by(
    viewer: Participant,
    viewer_keys: tuple[PersonKey, ...],
    owner: Participant,
    owner_relations: Relations,
    *,
    secret: bool,
) -> Seen:
    """Return `owner` as one viewer sees it: the camera by how the owner stands to the viewer (BareRTC §3.11).

    Turned away or ignored: the camera is off; for those who run the room it is on, and does not open by itself. Invited:
    it is open past its rules. Whether the viewer may see the person at all is judged before, by `policy.sees`.
    """
    if owner.session == viewer.session:
        return Seen(owner)
    of_class = seen_by_class(owner, vip=viewer.vip, secret_vip=secret)
    if not owner_relations.turned_away.isdisjoint(viewer_keys) or not owner_relations.ignores.isdisjoint(viewer_keys):
        media = NO_MEDIA
        if policy.runs_room(viewer):
            media = of_class.participant.media
            media = msgspec.structs.replace(media, rules=msgspec.structs.replace(media.rules, mutual_open=False))
        return Seen(msgspec.structs.replace(of_class.participant, media=media))
    if not owner_relations.invited.isdisjoint(viewer_keys):
        return Seen(msgspec.structs.replace(of_class.participant, media=owner.media), invited=True)
    return of_class
