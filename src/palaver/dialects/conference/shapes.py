"""Participants, messages and rooms as objects of the conference wire: with keys of all spellings, or the last era's."""

from __future__ import annotations

from typing import Any

from palaver.core import policy
from palaver.core.chat import Direct, Message, MessageRetracted, Place, Reaction
from palaver.core.ids import SessionId, sent_at_ms
from palaver.core.participants import Author, Media, Participant, Role
from palaver.core.room_names import room_digest
from palaver.core.rooms import Channel, RoomInfo
from palaver.core.sessions import Snapshot
from palaver.dialects.conference.identifiers import (
    EVERYONE,
    message_id,
    notice_id,
    participant_id,
    reaction_of,
)

ROLES = {Role.HOST: 0, Role.MODERATOR: 1, Role.MEMBER: 2, Role.GUEST: 2}
"""§B3; a manager, which was declared and never given, is our moderator."""

GROUP, DIRECT, SYSTEM = 0, 1, 2
SITE = SessionId("0" * 32)
"""Stands as the author where the site itself speaks."""


def name_of(person: Participant | Author) -> str:
    """Return the name that is shown; never empty (§D 8)."""
    return person.display_name or person.handle


# -- seed and acked: §A4, §B2 ---------------------------------------------------------------------------------------------


def media_of(media: Media) -> dict[str, bool]:
    """Return what somebody sends, in the seed's words."""
    return {"cameraEnabled": media.camera, "microphoneEnabled": media.microphone}


def information(person: Participant) -> dict[str, Any]:
    """Return a participant with the keys of the document and those of the code (§A8), and whether they are in the call."""
    media = media_of(person.media)
    shown = {
        "id": participant_id(person.session),
        "name": name_of(person),
        "settings": media,
        "mediaState": media,
        "isHost": person.role is Role.HOST,
        "isAlive": True,
    }
    return {**shown, "inCall": True} if person.in_call else shown


def absent(author: Author) -> dict[str, Any]:
    """Return somebody who is no longer here and whose messages are (§A4)."""
    media = media_of(Media())
    shown = {"id": participant_id(author.session), "name": name_of(author), "settings": media, "mediaState": media}
    return {**shown, "isHost": False, "isAlive": False}


def message(told: Message) -> dict[str, Any]:
    """Return a message as the seed shows it, its id under both names."""
    return {
        **_head(message_id(told.id), participant_id(told.author.session), told.place),
        "content": text_of(told),
        "reactions": [given for each in told.reactions for given in _given(each)],
        "created": told.sent_ms,
    }


def message_posted(uuid: str, author: SessionId, to: str, content: str, created_ms: int) -> dict[str, Any]:
    """Return a message to its own author, who learns of it by the answer."""
    head = {"id": uuid, "message": uuid, "from": participant_id(author), "to": to}
    return {**head, "content": content, "reactions": [], "created": created_ms}


def message_retracted(event: MessageRetracted) -> dict[str, Any]:
    """Return what is left of a message that was taken back: where it stood, and no content."""
    head = _head(message_id(event.message), participant_id((event.author or event.by).session), event.place)
    return {**head, "content": "", "reactions": [], "created": sent_at_ms(event.message)}


def _head(uuid: str, author: str, place: Place) -> dict[str, Any]:
    to = participant_id(place.to.session) if isinstance(place, Direct) else EVERYONE
    return {"id": uuid, "message": uuid, "from": author, "to": to}


def _given(reaction: Reaction) -> list[dict[str, Any]]:
    kind = reaction_of(reaction.emoji)
    if kind is None:
        return []
    givers = [participant_id(session) for session in reaction.sessions if session]
    return [{"type": kind, "participantId": giver, "participant": giver} for giver in givers]


def text_of(told: Message) -> str:
    """Return what a message says; attachments, for which there is no word, as their addresses."""
    return "\n".join((*(part for part in (told.text,) if part), *(each.url for each in told.attachments)))


def seed_summary(snapshot: Snapshot, key: str = "") -> dict[str, Any]:
    """Return a room to somebody who came in; with the key that only its owner is told."""
    people = []
    for person in snapshot.participants:
        mine = person.session == snapshot.you.session
        shown = {"isMe": mine, **information(person)}
        people.append({**shown, "key": key} if mine and key else shown)
    people += [{"isMe": False, **absent(author)} for author in _gone(snapshot)]
    return {
        **_room(snapshot),
        "participants": people,
        "messages": [message(told) for told in snapshot.messages],
    }


def _gone(snapshot: Snapshot) -> list[Author]:
    """Return who wrote what is shown, and is no longer here: the clients look up the author of every message."""
    here = {person.session for person in snapshot.participants} | {SITE}
    return list(
        {told.author.session: told.author for told in snapshot.messages if told.author.session not in here}.values()
    )


def _room(snapshot: Snapshot) -> dict[str, Any]:
    room = snapshot.room
    head = {"id": room.id, "idHash": room_digest(room.id), "name": room.title or room.id}
    return {**head, "myId": participant_id(snapshot.you.session)}


# -- object: §B3 --------------------------------------------------------------------------------------------------------


def person_summary(person: Participant) -> dict[str, Any]:
    """Return a participant in the words of the last era."""
    media = person.media
    shown = {
        "id": participant_id(person.session),
        "name": name_of(person),
        "role": ROLES[person.role],
        "isAlive": True,
        "mediaState": {"camera": media.camera, "microphone": media.microphone, "screen": media.screen},
    }
    return {**shown, "inCall": True} if person.in_call else shown


def absent_summary(author: Author) -> dict[str, Any]:
    """Return somebody who is no longer here and whose messages are: the clients need everybody whom they show."""
    media = {"camera": False, "microphone": False, "screen": False}
    return {
        "id": participant_id(author.session),
        "name": name_of(author),
        "role": ROLES[Role.MEMBER],
        "isAlive": False,
        "mediaState": media,
    }


def message_summary(told: Message) -> dict[str, Any]:
    """Return a message of a group, or a direct one; what the site itself says is a notice."""
    if told.author.session == SITE:
        return notice(text_of(told), message_id(told.id), told.sent_ms)
    head = {"id": message_id(told.id), "content": text_of(told), "created": told.sent_ms}
    return {**head, **_where(told.place), "from": participant_id(told.author.session)}


def retracted_summary(event: MessageRetracted) -> dict[str, Any]:
    """Return what is left of a message that was taken back."""
    head = {"id": message_id(event.message), "content": "", "created": sent_at_ms(event.message)}
    return {**head, **_where(event.place), "from": participant_id((event.author or event.by).session)}


def _where(place: Place) -> dict[str, Any]:
    if isinstance(place, Direct):
        return {"type": DIRECT, "to": participant_id(place.to.session)}
    return {"type": GROUP, "group": place.channel}


def notice(text: str, uuid: str, created_ms: int) -> dict[str, Any]:
    """Return a line that the server says to everybody (§B3, SystemMessage)."""
    return {"id": uuid, "content": text, "created": created_ms, "type": SYSTEM, "permission": ROLES[Role.MEMBER]}


def joined_notice(person: Participant) -> dict[str, Any]:
    """Return the line that says who came in, the same for everybody."""
    return notice(f"{name_of(person)} joined", notice_id("joined", person.session, person.joined_ms), person.joined_ms)


def group_summary(channel: Channel, room: RoomInfo, members: list[SessionId]) -> dict[str, Any]:
    """Return a channel as a group; the main one is named after the room."""
    main = bool(room.channels) and channel.id == room.channels[0].id
    name = (room.title or room.id) if main else (channel.title or channel.id)
    return {"id": channel.id, "name": name, "members": [participant_id(each) for each in members]}


def groups_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return every group that somebody who came in may use, and who else may."""
    return [
        group_summary(channel, snapshot.room, [each.session for each in snapshot.participants if _reads(each, channel)])
        for channel in snapshot.room.channels
        if _reads(snapshot.you, channel)
    ]


def _reads(person: Participant, channel: Channel) -> bool:
    return policy.may_read(person, channel)


def object_summary(snapshot: Snapshot) -> dict[str, Any]:
    """Return a room in the words of the last era; the last of its messages says that its reader came in."""
    people = [person_summary(person) for person in snapshot.participants]
    said = [message_summary(told) for told in snapshot.messages]
    return {
        **_room(snapshot),
        "participants": people + [absent_summary(author) for author in _gone(snapshot)],
        "messages": [*said, joined_notice(snapshot.you)],
    }


def settings_of(room: RoomInfo, *, disconnect: bool = True) -> dict[str, Any]:
    """Return a room's settings; those of the era before the last had no word for what follows on a host's leaving."""
    settings = {"name": room.title or room.id, "waitingRoom": room.waiting_room}
    return {**settings, "hostDisconnectAction": int(room.transfer)} if disconnect else settings
