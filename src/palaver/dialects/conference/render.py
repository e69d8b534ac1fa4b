"""Says an event on the conference wire, in the words of each era: pure functions, called once for all who read alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from palaver.codecs.socketio import event as packet
from palaver.codecs.socketio import together
from palaver.core.base import Event
from palaver.core.calls import AnySignal, Hangup, SignalSent, yields
from palaver.core.channels import ChannelJoined, ChannelOpened
from palaver.core.chat import Direct, MessageEdited, MessagePosted, MessageRetracted, Notice, Place, ReactionChanged
from palaver.core.ids import SessionId
from palaver.core.media import CameraMarked, CameraStopped, MuteRequested
from palaver.core.moderation import ReportFiled, SessionEnded
from palaver.core.operations import RestartAnnounced
from palaver.core.participants import Media, Participant, ParticipantUpdated
from palaver.core.room_settings import SettingsChanged, TitleChanged
from palaver.core.rooms import LeaveReason, ParticipantJoined, ParticipantLeft, RoomClosed, RoomInfo, RoomUpdated
from palaver.core.sessions import Position
from palaver.core.waiting import WaitingEnded, WaitingStarted, WaitingUpdated
from palaver.dialects.base import Payload, Render
from palaver.dialects.conference.identifiers import message_id, notice_id, participant_id, reaction_of
from palaver.dialects.conference.shapes import (
    ROLES,
    group_summary,
    information,
    joined_notice,
    media_of,
    message,
    message_retracted,
    message_summary,
    name_of,
    notice,
    person_summary,
    retracted_summary,
    settings_of,
)
from palaver.dialects.conference.wire import Era, Told


class Moment(NamedTuple):
    """Where in the stream of events, and when, something is told; lines of the server's own need both."""

    position: Position
    now_ms: int


Saying = Callable[[Any, Moment], list[Told]]

_NO_MEDIA = Media()


def payload_of(told: Iterable[Told]) -> Payload | None:
    """Return events as one payload; None for none."""
    packets = [packet(*each) for each in told]
    return together(*packets) if packets else None


# -- every era: what is ours (§E3) -----------------------------------------------------------------------------------------


def _signal(event: SignalSent, at: Moment) -> list[Told]:
    return [_signalled(event.sender.session, event.yields, event.about, event.signal)]


def _signalled(sender: SessionId, yielding: SessionId, about: str, signal: AnySignal) -> Told:
    told = {"from": participant_id(sender), "about": about, "signal": signal, "yields": participant_id(yielding)}
    return ("signal", told)


def ended(sender: SessionId, reader: SessionId, about: str) -> Told:
    """Return what somebody is told whose call, or camera, another is done with."""
    return _signalled(sender, yields(sender, reader), about, Hangup())


def _reaction(event: ReactionChanged, at: Moment) -> list[Told]:
    uuid, giver = message_id(event.message), participant_id(event.by.session)
    kind = reaction_of(event.emoji)
    given = {"type": kind, "emoji": event.emoji, "participantId": giver, "participant": giver, "on": event.on}
    return [("message-reaction", {"id": uuid, "message": uuid, **given})]


def _mute(event: MuteRequested, at: Moment) -> list[Told]:
    return [("mute-requested", {"participantId": participant_id(event.by.session)})]


def _camera(event: CameraStopped, at: Moment) -> list[Told]:
    return [("camera-stopped", {"participantId": participant_id(event.by.session)})]


def _call(event: ParticipantUpdated) -> list[Told]:
    person, was = event.participant, event.was
    if was is None or was.in_call == person.in_call:
        return []
    return [("participant-updated-call", {"participantId": participant_id(person.session), "inCall": person.in_call})]


# -- seed and acked: §A3, §B2 ----------------------------------------------------------------------------------------------


def _joined(event: ParticipantJoined, at: Moment) -> list[Told]:
    return [("new-participant", information(event.participant))]


def _left(event: ParticipantLeft, at: Moment) -> list[Told]:
    return [("participant-left", participant_id(event.session))]


def _renamed(event: ParticipantUpdated) -> list[Told]:
    person, was = event.participant, event.was
    if was is None or name_of(was) == name_of(person):
        return []
    return [("participant-changed-name", participant_id(person.session), name_of(person))]


def _seed_updated(event: ParticipantUpdated, at: Moment) -> list[Told]:
    person, told = event.participant, _renamed(event)
    media = media_of(person.media)
    if event.was is None or media_of(event.was.media) != media:
        uuid = participant_id(person.session)
        told.append(("participant-updated-media-state", {"id": uuid, "mediaState": media}))
        told.append(("participant-updated-settings", {"id": uuid, "settings": media}))
    return told + _call(event)


def _acked_updated(event: ParticipantUpdated, at: Moment) -> list[Told]:
    told = _renamed(event)
    for source, on in _changed_media(event):
        if source != "screen":
            kind = "video" if source == "camera" else "audio"
            update = {"id": participant_id(event.participant.session), "kind": kind, "action": _action(source, on)}
            told.append(("participant-updated-media-state", update))
    return told + _call(event)


def _changed_media(event: ParticipantUpdated) -> list[tuple[str, bool]]:
    was = event.was.media if event.was is not None else _NO_MEDIA
    now = event.participant.media
    both = ((name, getattr(was, name), getattr(now, name)) for name in ("camera", "microphone", "screen"))
    return [(name, after) for name, before, after in both if before != after]


def _action(source: str, on: bool) -> str:
    return "resume" if on else "close" if source == "screen" else "pause"


def _where(place: Place) -> str:
    return "direct-message" if isinstance(place, Direct) else "room-message"


def _posted(event: MessagePosted, at: Moment) -> list[Told]:
    return [(f"new-{_where(event.message.place)}", message(event.message))]


def _edited(event: MessageEdited, at: Moment) -> list[Told]:
    return [(f"edit-{_where(event.message.place)}", message(event.message))]


def _retracted(event: MessageRetracted, at: Moment) -> list[Told]:
    return [(f"delete-{_where(event.place)}", message_retracted(event))]


def _destroyed(event: RoomClosed, at: Moment) -> list[Told]:
    return [("destroy",)]


def _seed_destroyed(event: RoomClosed, at: Moment) -> list[Told]:
    return [("destroy",), ("destory",)]  # the second as the seed's document has it


def _kicked(event: SessionEnded, at: Moment) -> list[Told]:
    return [("kicked",)]


def _acked_title(event: TitleChanged, at: Moment) -> list[Told]:
    return [("update-room-settings", {"name": event.title or event.room})]


def _acked_settings(event: SettingsChanged, at: Moment) -> list[Told]:
    return [("update-room-settings-host", settings_of(event.room, disconnect=False))]


def _acked_waiting(event: WaitingStarted | WaitingUpdated, at: Moment) -> list[Told]:
    return [("new-waiting-room-participant", {"participant": information(event.participant)})]


def _acked_waiting_updated(event: WaitingUpdated, at: Moment) -> list[Told]:
    return [("participant-left", participant_id(event.participant.session)), *_acked_waiting(event, at)]


def _acked_waiting_ended(event: WaitingEnded, at: Moment) -> list[Told]:
    return [] if event.admitted else [("participant-left", participant_id(event.session))]


# -- object: §B5, §B6 ------------------------------------------------------------------------------------------------------


def _say(text: str, at: Moment) -> Told:
    uuid = notice_id(text, at.position.epoch, at.position.seq)
    return ("new-message", {"messageSummary": notice(text, uuid, at.now_ms)})


def _notice(event: Notice, at: Moment) -> list[Told]:
    return [_say(event.text, at)]


def _restarting(event: RestartAnnounced, at: Moment) -> list[Told]:
    return [_say("The server starts anew in a moment", at)]


def _reported(event: ReportFiled, at: Moment) -> list[Told]:
    said = f"{event.by.display_name or event.by.handle} reports {event.about}: {event.reason}"
    return [_say(f"{said} ({event.comment})" if event.comment else said, at)]


def _marked(event: CameraMarked, at: Moment) -> list[Told]:
    return [_say(event.text or "Your camera was marked explicit", at)]


def _object_joined(event: ParticipantJoined, at: Moment) -> list[Told]:
    person = event.participant
    return [
        ("new-participant", {"participantSummary": person_summary(person)}),
        ("new-message", {"messageSummary": joined_notice(person)}),
        ("participant-joined-group", {"groupId": event.main, "participantId": participant_id(person.session)}),
    ]


def _object_left(event: ParticipantLeft, at: Moment) -> list[Told]:
    told: list[Told] = [("participant-left", {"participantId": participant_id(event.session)})]
    if event.reason is LeaveReason.HIDDEN:
        return told
    name = event.handle if event.was is None else name_of(event.was)
    told.append(_say(f"{name} left the room", at))
    if event.reason in (LeaveReason.KICKED, LeaveReason.BANNED):
        told.append(_say(f"{name} was kicked from the room", at))
    return told


def _object_updated(event: ParticipantUpdated, at: Moment) -> list[Told]:
    person, was = event.participant, event.was
    uuid, told = participant_id(person.session), list[Told]()
    if was is not None and name_of(was) != name_of(person):
        told.append(("participant-changed-name", {"participantId": uuid, "newName": name_of(person)}))
        told.append(_say(f"{name_of(was)} changed their name to {name_of(person)}", at))
    if was is not None and ROLES[was.role] != ROLES[person.role]:
        told += _role_changed(person, event.passing, at)
    if was is not None and person.hand_raised_ms and not was.hand_raised_ms:
        told.append(_say(f"{name_of(person)} raised a hand", at))
    for source, on in _changed_media(event):
        update = {"id": uuid, "source": source, "action": _action(source, on)}
        told.append(("participant-updated-media-state", {"update": update}))
    return told + _call(event)


def _role_changed(person: Participant, passing: Participant | None, at: Moment) -> list[Told]:
    role = ROLES[person.role]
    told: list[Told] = [("participant-update-role", {"participantId": participant_id(person.session), "newRole": role})]
    if role == 0 and passing is None:
        told.append(_say(f"{name_of(person)}'s role is now host", at))
    elif role != 0 and passing is not None:  # the second of the two who changed
        told.append(_say(f"Host transferred from {name_of(person)} to {name_of(passing)}", at))
    return told


def _object_title(event: TitleChanged, at: Moment) -> list[Told]:
    return [("updated-room-settings", {"newSettings": {"name": event.title or event.room}})]


def _object_room(event: RoomUpdated, at: Moment) -> list[Told]:
    was, room = event.was, event.room
    told: list[Told] = []
    if room.channels and (was is None or was.title != room.title):  # the first group is called as the room is
        told.append(("group-update-name", {"groupId": room.channels[0].id, "newName": room.title or room.id}))
    return told + _retitled(was, room)


def _retitled(was: RoomInfo | None, room: RoomInfo) -> list[Told]:
    held = {} if was is None else {channel.id: channel.title for channel in was.channels}
    return [
        ("group-update-name", {"groupId": channel.id, "newName": channel.title or channel.id})
        for channel in room.channels[1:]
        if held.get(channel.id, channel.title) != channel.title
    ]


def _object_settings(event: SettingsChanged, at: Moment) -> list[Told]:
    return [("updated-room-settings-host", {"newSettings": settings_of(event.room)})]


def _object_waiting(event: WaitingStarted | WaitingUpdated, at: Moment) -> list[Told]:
    return [("new-waiting-room-participant", {"participant": person_summary(event.participant)})]


def _object_waiting_updated(event: WaitingUpdated, at: Moment) -> list[Told]:
    gone = {"participantId": participant_id(event.participant.session)}
    return [("participant-left", gone), *_object_waiting(event, at)]


def _object_waiting_ended(event: WaitingEnded, at: Moment) -> list[Told]:
    return [] if event.admitted else [("participant-left", {"participantId": participant_id(event.session)})]


def _object_posted(event: MessagePosted, at: Moment) -> list[Told]:
    return [("new-message", {"messageSummary": message_summary(event.message)})]


def _object_edited(event: MessageEdited, at: Moment) -> list[Told]:
    return [("edit-message", {"messageSummary": message_summary(event.message)})]


def _object_retracted(event: MessageRetracted, at: Moment) -> list[Told]:
    return [("delete-message", {"messageSummary": retracted_summary(event)})]


def _opened(event: ChannelOpened, at: Moment) -> list[Told]:
    summary = group_summary(event.channel, RoomInfo(event.room), list(event.participants))
    return [("added-to-group", {"groupSummary": summary})]


def _channel_joined(event: ChannelJoined, at: Moment) -> list[Told]:
    return [("participant-joined-group", {"groupId": event.channel, "participantId": participant_id(event.session)})]


# -- the tables ------------------------------------------------------------------------------------------------------------

_OURS: dict[type[Event], Saying] = {
    SignalSent: _signal,
    ReactionChanged: _reaction,
    MuteRequested: _mute,
    CameraStopped: _camera,
}
_POSITIONAL: dict[type[Event], Saying] = {
    **_OURS,
    ParticipantJoined: _joined,
    ParticipantLeft: _left,
    MessagePosted: _posted,
    MessageEdited: _edited,
    MessageRetracted: _retracted,
}

WORDS: dict[Era, dict[type[Event], Saying]] = {
    Era.SEED: {**_POSITIONAL, ParticipantUpdated: _seed_updated, RoomClosed: _seed_destroyed},
    Era.ACKED: {
        **_POSITIONAL,
        ParticipantUpdated: _acked_updated,
        RoomClosed: _destroyed,
        TitleChanged: _acked_title,
        SettingsChanged: _acked_settings,
        WaitingStarted: _acked_waiting,
        WaitingUpdated: _acked_waiting_updated,
        WaitingEnded: _acked_waiting_ended,
        SessionEnded: _kicked,
    },
    Era.OBJECT: {
        **_OURS,
        ParticipantJoined: _object_joined,
        ParticipantLeft: _object_left,
        ParticipantUpdated: _object_updated,
        RoomClosed: _destroyed,
        TitleChanged: _object_title,
        RoomUpdated: _object_room,
        SettingsChanged: _object_settings,
        WaitingStarted: _object_waiting,
        WaitingUpdated: _object_waiting_updated,
        WaitingEnded: _object_waiting_ended,
        MessagePosted: _object_posted,
        MessageEdited: _object_edited,
        MessageRetracted: _object_retracted,
        ChannelOpened: _opened,
        ChannelJoined: _channel_joined,
        SessionEnded: _kicked,
        Notice: _notice,
        ReportFiled: _reported,
        RestartAnnounced: _restarting,
        CameraMarked: _marked,
    },
}
"""What each era says of an event; one that is not here has no word in it."""


def say(era: Era, event: Event, at: Moment) -> list[Told]:
    """Return what somebody of an era is told of an event."""
    saying = WORDS[era].get(type(event))
    return saying(event, at) if saying is not None else []


def rendering(era: Era, now: Callable[[], float]) -> Render:
    """Return how those of an era are told events, by a clock (Unix seconds)."""

    def render(event: Event, position: Position) -> Payload | None:
        return payload_of(say(era, event, Moment(position, int(now() * 1000))))

    return render
