"""One room whose people are shown and heard in every other, to clients whose wire sits in one room at a time.

They see and hear their own room alone. On wires with several rooms it is a room like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from palaver.core.audience import Publication, ToRoom
from palaver.core.chat import MessageEdited, MessagePosted, MessageRetracted, ReactionChanged, TypingChanged
from palaver.core.ids import RoomId
from palaver.core.one_room import ParticipantReturned
from palaver.core.participants import Participant, ParticipantUpdated
from palaver.core.rooms import ParticipantJoined, ParticipantLeft
from palaver.core.sessions import Position
from palaver.hub import reach, seats
from palaver.hub.ports.sinks import View
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

_SPREAD = (
    ParticipantJoined,
    ParticipantReturned,
    ParticipantLeft,
    ParticipantUpdated,
    MessagePosted,
    MessageEdited,
    MessageRetracted,
    ReactionChanged,
    TypingChanged,
)
"""Whatever people there do that a room is told."""


def spread(hub: Hub, publication: Publication, position: Position) -> None:
    """Tell the other rooms what happened in the global one: rendered once per view, for whoever may hear it there."""
    event, audience = publication.event, publication.audience
    assert isinstance(audience, ToRoom)
    apart = audience.channel is not None and audience.channel != hub.rooms[audience.room].room.channels[0].id
    if apart or audience.moderators is not None or audience.vips or not isinstance(event, _SPREAD):
        return
    audience = msgspec.structs.replace(audience, channel=None, vips=None)
    rendered: dict[View, bytes | None] = {}
    for local in hub.rooms.values():
        if local.id == audience.room:
            continue
        for view in local.views():
            if not view.hears_global_room:
                continue
            if view not in rendered:
                rendered[view] = view.render(event, position)
            if data := rendered[view]:
                local.send(view, data, reach.excluded(hub, local, audience), hub.turn)


def with_its_people(
    hub: Hub, session: Session, room: RoomId, participants: tuple[Participant, ...]
) -> tuple[Participant, ...]:
    """Return who is shown to somebody in a room: its people, and then those of the global room."""
    everywhere = hub.admission.global_room
    local = hub.rooms.get(everywhere) if everywhere and everywhere != room else None
    if local is None or session.sink is None or not session.sink.view.hears_global_room:
        return participants
    found = seats.visible_roster(hub, session, seats.seat_of(hub, session, room), everywhere)
    here = {each.session for each in participants}
    return (*participants, *(each for each in found if each.session not in here))


def is_secret(hub: Hub, room: RoomId) -> bool:
    """Return whether a room is the global one, whose name is for those who were told it."""
    return bool(room) and room == hub.admission.global_room
