"""Rooms and seats: what a room is, who may take a seat, who runs it, and when it ends.

Names are judged by `names`, bans by `moderation`; who is seated where across nodes is the business of the hub's presence.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable

import msgspec

from palaver.core import errors
from palaver.core.audience import Publication, ToRoom
from palaver.core.base import Command, Event, Outcome, Query, Value
from palaver.core.ids import ChannelId, PersonKey, RoomId, SessionId
from palaver.core.names import NameProblem, addressed_name, channel_name, display_name, fold, next_free, room_name
from palaver.core.names import handle as checked_handle
from palaver.core.participants import Identity, Participant, Role, keys_of

MAIN_CHANNEL = ChannelId("main")
EMPTY_ROOM_LIFE_S = 60.0
UNJOINED_ROOM_LIFE_S = 10.0
MAX_TITLE_CHARS = 128


class History(enum.StrEnum):
    """How long a channel remembers: not at all, the latest in memory, or for good."""

    OFF = "off"
    MEMORY = "memory"
    DURABLE = "durable"


class Life(enum.StrEnum):
    """How a room ends: never; some time after the last has left; or with its host."""

    PERMANENT = "permanent"
    EPHEMERAL = "ephemeral"
    HOSTED = "hosted"


class Channel(Value, frozen=True):
    """Where messages go inside a room.

    Attributes:
        vip_only: only VIPs and those who run the room read and write here.
        pictures: attachments are welcome.
        newcomers_see: how many of the latest messages a newcomer is shown, where `history` keeps any.
        welcomes: texts shown to each newcomer.
        members: only these sessions read and write here, whoever runs the room; absent where everybody may.
    """

    id: ChannelId
    title: str = ""
    icon: str = ""
    vip_only: bool = False
    pictures: bool = True
    history: History = History.MEMORY
    newcomers_see: int = 50
    welcomes: tuple[str, ...] = ()
    members: tuple[SessionId, ...] | None = None


class Room(Value, frozen=True):
    """A room as it is stored. What others may know of it is `RoomInfo`.

    Attributes:
        pin_digest: digest of the PIN under the server's secret; empty where no PIN is asked.
        guests: people without a verified identity may enter.
        listed: shown to people who ask which rooms there are.
        capacity: seats; 0 for no limit.
        transfer: a hosted room passes to the earliest joiner when its host leaves, instead of closing.
        shared: whoever sits in it may set its PIN, or take it away.
    """

    id: RoomId
    title: str = ""
    life: Life = Life.EPHEMERAL
    channels: tuple[Channel, ...] = (Channel(MAIN_CHANNEL),)
    pin_digest: str = ""
    waiting_room: bool = False
    locked: bool = False
    guests: bool = True
    listed: bool = True
    capacity: int = 0
    transfer: bool = True
    shared: bool = False


class RoomInfo(Value, frozen=True):
    """What everybody in a room may know of it.

    Attributes:
        hosted: ends with its host, unless `transfer` passes it on.
    """

    id: RoomId
    title: str = ""
    channels: tuple[Channel, ...] = ()
    pin: bool = False
    waiting_room: bool = False
    locked: bool = False
    capacity: int = 0
    hosted: bool = False
    transfer: bool = True


class RoomListing(Value, frozen=True):
    """One line in the list of rooms."""

    id: RoomId
    title: str = ""
    participants: int = 0
    pin: bool = False
    locked: bool = False


class LeaveReason(enum.StrEnum):
    """Why a seat was given up, as the others hear it."""

    LEFT = "left"
    LOST = "lost"
    KICKED = "kicked"
    BANNED = "banned"
    CLOSED = "closed"
    HIDDEN = "hidden"
    REPLACED = "replaced"
    TIMED_OUT = "timed_out"
    SIGNED_OUT = "signed_out"


class CreateRoom(Command, frozen=True):
    """Make a room that one then hosts.

    Attributes:
        room: its name; for an empty one the server makes a name that cannot be guessed.
        digits: such a name is of nine digits, for clients that can enter nothing else; those can be guessed with patience.
        hosted: its life is tied to its host.
        transfer: a hosted room passes to the earliest joiner when its host leaves, instead of closing.
    """

    room: RoomId = RoomId("")
    title: str = ""
    pin: str = ""
    waiting_room: bool = False
    hosted: bool = False
    listed: bool = True
    transfer: bool = True
    digits: bool = False


class JoinRoom(Command, frozen=True):
    """Take a seat. The handle defaults to the session's name; a taken one gets a number.

    Attributes:
        create: make an ephemeral room where there is none of that name.
        display_name: free text to be shown beside the handle; empty for that of the session.
    """

    room: RoomId
    handle: str = ""
    pin: str = ""
    create: bool = False
    display_name: str = ""


class LeaveRoom(Command, frozen=True):
    """Give up a seat."""

    room: RoomId


class UpdateRoom(Command, frozen=True):
    """Change a room's settings. A field that is absent stays as it is; an empty PIN removes the PIN."""

    room: RoomId
    title: str | msgspec.UnsetType = msgspec.UNSET
    pin: str | msgspec.UnsetType = msgspec.UNSET
    waiting_room: bool | msgspec.UnsetType = msgspec.UNSET
    locked: bool | msgspec.UnsetType = msgspec.UNSET
    capacity: int | msgspec.UnsetType = msgspec.UNSET
    transfer: bool | msgspec.UnsetType = msgspec.UNSET


class CloseRoom(Command, frozen=True):
    """End a room that is not permanent, for all."""

    room: RoomId


class TransferHost(Command, frozen=True):
    """Make somebody else the host and become a member."""

    room: RoomId
    session: SessionId


class SetRole(Command, frozen=True):
    """Make a participant a moderator of the room, or a member again."""

    room: RoomId
    session: SessionId
    role: Role


class ListRooms(Query, frozen=True):
    """Ask which listed rooms there are."""


class ParticipantJoined(Event, frozen=True):
    """Somebody took a seat.

    Attributes:
        main: the room's main channel, for wires that tell who is in it.
    """

    room: RoomId
    participant: Participant
    main: ChannelId = MAIN_CHANNEL


class ParticipantLeft(Event, frozen=True):
    """Somebody's seat is free.

    Whose seat was taken away is told by whom, what they said, and until when; `gone`: the session ended, too.

    Attributes:
        was: the seat, for wires that name who left otherwise than by the handle.
    """

    room: RoomId
    session: SessionId
    handle: str
    reason: LeaveReason = LeaveReason.LEFT
    by: str = ""
    text: str = ""
    until_ms: int = 0
    gone: bool = False
    was: Participant | None = None


class RoomUpdated(Event, frozen=True):
    """A room's settings or channels changed.

    Attributes:
        was: how it was before, for wires that say what changed.
    """

    room: RoomInfo
    was: RoomInfo | None = None


class RoomClosed(Event, frozen=True):
    """A room ended; its seats are gone."""

    room: RoomId


class Rooms(Outcome, frozen=True):
    """The listed rooms, by name."""

    rooms: tuple[RoomListing, ...]


class Created(Outcome, frozen=True):
    """The room was made; nobody has joined it yet."""

    room: RoomId


def info_of(room: Room) -> RoomInfo:
    """Return what everybody in the room may know of it."""
    return RoomInfo(
        room.id,
        room.title,
        room.channels,
        bool(room.pin_digest),
        room.waiting_room,
        room.locked,
        room.capacity,
        hosted=room.life is Life.HOSTED,
        transfer=room.transfer,
    )


def checked_room_name(name: str) -> RoomId:
    """Return the name a room goes by, or refuse it."""
    try:
        return RoomId(addressed_name(name))
    except NameProblem as problem:
        raise errors.BadName(problem=problem.sentence, why=problem.code) from None


def checked_channel_name(name: str) -> ChannelId:
    """Return the name a channel goes by, or refuse it."""
    try:
        return ChannelId(channel_name(name))
    except NameProblem as problem:
        raise errors.BadName(problem=problem.sentence, why=problem.code) from None


def channel_of(room: Room, channel: ChannelId) -> Channel:
    """Return a channel of a room; the empty id means the first, which is the main one."""
    if not channel:
        return room.channels[0]
    for candidate in room.channels:
        if candidate.id == channel:
            return candidate
    raise errors.NoSuchChannel(channel=channel)


def create_room(command: CreateRoom, *, pin_digest: str) -> Room:
    """Return the room that a command asks for."""
    life = Life.HOSTED if command.hosted else Life.EPHEMERAL
    return Room(
        checked_room_name(command.room),
        title=checked_title(command.title),
        life=life,
        pin_digest=pin_digest,
        waiting_room=command.waiting_room,
        listed=command.listed,
        transfer=command.transfer,
    )


def checked_title(text: str) -> str:
    """Return a title as it may be shown: no more than a name may it turn the writing around, or hold line breaks."""
    try:
        return room_name(text.strip()[:MAX_TITLE_CHARS], max_chars=MAX_TITLE_CHARS) if text.strip() else ""
    except NameProblem as problem:
        raise errors.BadText(problem=problem.sentence, why=problem.code) from None


def role_on_joining(room: Room, identity: Identity, *, hosted_by_asker: bool) -> Role:
    """Return the role that a newcomer starts with."""
    if hosted_by_asker:
        return Role.HOST
    if identity.operator:
        return Role.MODERATOR
    return Role.GUEST if identity.user is None else Role.MEMBER


def take_seat(
    command: JoinRoom,
    identity: Identity,
    session: SessionId,
    *,
    role: Role,
    now: float,
    taken: Callable[[str], bool],
) -> Participant:
    """Return the seat that a newcomer gets; a taken handle gets the next free number.

    A verified user's own name is kept as the site gave it, even where a guest could not choose it.
    """
    wanted = command.handle or identity.name
    shown = "" if identity.display_name == wanted else identity.display_name
    try:
        if identity.user is None or command.handle:
            wanted = checked_handle(wanted)
        handle = next_free(wanted, lambda name: taken(fold(name)))
        if command.display_name.strip():
            shown = display_name(command.display_name)
            shown = "" if shown == handle else shown
    except NameProblem as problem:
        raise errors.BadName(problem=problem.sentence, why=problem.code) from None
    return Participant(
        session=session,
        handle=handle,
        joined_ms=int(now * 1000),
        display_name=shown,
        user=identity.user,
        role=role,
        vip=identity.vip,
        operator=identity.operator,
        profile=identity.profile,
    )


def reseated(seat: Participant, wanted: str, taken: Callable[[str], bool]) -> Participant:
    """Return a seat under another handle; a taken one gets the next free number."""
    return msgspec.structs.replace(seat, handle=next_free(wanted, lambda name: taken(fold(name))))


def joined(
    room: RoomId, participant: Participant, hidden_from: frozenset[PersonKey], main: ChannelId = MAIN_CHANNEL
) -> Publication:
    """Tell the others that somebody took a seat."""
    audience = _others(room, participant, hidden_from)
    return Publication(ParticipantJoined(room, participant, main), audience)


def left(
    room: RoomId,
    participant: Participant,
    reason: LeaveReason,
    hidden_from: frozenset[PersonKey],
    *,
    gone: bool = False,
) -> Publication:
    """Tell the others that a seat is free. Whoever could not see the person does not hear of it."""
    audience = _others(room, participant, hidden_from)
    event = ParticipantLeft(room, participant.session, participant.handle, reason, gone=gone, was=participant)
    return Publication(event, audience)


def _others(room: RoomId, participant: Participant, hidden_from: frozenset[PersonKey]) -> ToRoom:
    about = keys_of(participant.handle, participant.user)
    return ToRoom(room, about=about, seen=True, hidden_from=hidden_from, besides=participant.session)


def next_host(room: Room, remaining: Iterable[Participant]) -> Participant | None:
    """Return who becomes host of a hosted room that lost its own; None means that the room closes.

    It is the earliest joiner of those who are seen: a host who hides would be none to the others.
    """
    if not room.transfer:
        return None
    return min(remaining, key=lambda participant: (participant.hidden, participant.joined_ms), default=None)
