"""People: who opened a session, the seats they take in rooms, and the ways to point at one of them."""

from __future__ import annotations

import enum
from functools import lru_cache

import msgspec

from palaver.core import opaque
from palaver.core.base import Command, Event, Value
from palaver.core.ids import DeviceId, PersonKey, RoomId, SessionId, UserId, is_of_site, subject_of
from palaver.core.names import fold


class Role(enum.StrEnum):
    """What a participant may do in a room, lowest first."""

    GUEST = "guest"
    MEMBER = "member"
    MODERATOR = "moderator"
    HOST = "host"

    @property
    def rank(self) -> int:
        """Return the place in the order; a higher one may act on a lower one."""
        return _RANKS[self]


_RANKS = {role: rank for rank, role in enumerate(Role)}


ONLINE = "online"
AWAY = "away"
HIDDEN = "hidden"
"""The status of somebody who runs the site and is not to be seen: for the others, as if they had left."""


class Rule(enum.StrEnum):
    """A restriction that the site lays on one user."""

    CAMERA_ALWAYS_EXPLICIT = "redcam"
    NO_VIDEO = "novideo"
    NO_BROADCAST = "nobroadcast"
    NO_IMAGE = "noimage"
    NO_DARK_VIDEO = "nodvd"


class Profile(Value, frozen=True):
    """What a site tells about a user, shown beside the name. Every field may be empty."""

    avatar: str = ""
    url: str = ""
    emoji: str = ""
    gender: str = ""


NO_PROFILE = Profile()
"""The one empty profile: a default is left out on the wire only where it is this very object."""


class CameraRules(Value, frozen=True):
    """Whom a camera is for, as its owner declares.

    Attributes:
        explicit: may show explicit scenes.
        avoid_explicit: the owner neither watches explicit cameras nor is watched from them.
        mutual_required: a viewer must have an active camera too.
        mutual_open: the owner wants to see a viewer's camera in return, at once.
        vip_only: only VIPs may watch.
        unmarked: viewers' clients are asked to show the picture without a watermark of theirs.
    """

    explicit: bool = False
    avoid_explicit: bool = False
    mutual_required: bool = False
    mutual_open: bool = False
    vip_only: bool = False
    unmarked: bool = False


NO_CAMERA_RULES = CameraRules()


class Media(Value, frozen=True):
    """What a participant sends at the moment: camera, microphone, screen."""

    camera: bool = False
    microphone: bool = False
    screen: bool = False
    rules: CameraRules = NO_CAMERA_RULES


NO_MEDIA = Media()

Details = msgspec.Raw | msgspec.UnsetType
"""What clients of one kind tell each other: any JSON, which the server passes on unread; absent where nothing is said."""
NO_DETAILS = msgspec.UNSET


class Identity(Value, frozen=True):
    """Who opened a session. Verified where `user` is set; otherwise a guest who typed a name.

    Attributes:
        name: the handle wanted in rooms.
        operator: runs the whole site, and so every room.
        address: effective network address, for limits and bans of guests; never told to anybody.
        vouched_s: Unix seconds at which the site vouched for a user, before any token was signed anew; 0 for guests.
        heard: hears everybody and cannot be blocked, by an operator's own wish for the rest of the session.
        nameless: the name was made up by the server, until there is a better one.
        outside: not admitted before it shows whose session it is.
    """

    name: str
    user: UserId | None = None
    display_name: str = ""
    operator: bool = False
    vip: bool = False
    profile: Profile = NO_PROFILE
    rules: frozenset[Rule] = frozenset()
    device: DeviceId | None = None
    address: str = ""
    vouched_s: float = 0.0
    heard: bool = False
    nameless: bool = False
    outside: bool = False


class Participant(Value, frozen=True):
    """A session's seat in a room.

    Attributes:
        handle: unique in the room, case-folded; how people address each other.
        display_name: free text; empty where it equals the handle.
        status: one word, `online` unless said otherwise (`away`, `busy`, …). Only operators can be `hidden`.
        dnd: does not wish unsolicited direct messages.
        in_call: takes part in the room's mesh call.
        operator: runs the whole site.
        details: what clients of this participant's kind tell each other of it; any JSON, unread.
        hand_raised_ms: when the hand went up, in Unix milliseconds; 0 while it is down. Who raised theirs first comes
            first, and of two at the same moment the one with the lower session id.
    """

    session: SessionId
    handle: str
    joined_ms: int
    display_name: str = ""
    user: UserId | None = None
    role: Role = Role.GUEST
    status: str = ONLINE
    status_text: str = ""
    dnd: bool = False
    vip: bool = False
    media: Media = NO_MEDIA
    in_call: bool = False
    operator: bool = False
    profile: Profile = NO_PROFILE
    details: Details = NO_DETAILS
    hand_raised_ms: int = 0

    @property
    def hidden(self) -> bool:
        """Whether nobody else is to know that this person is here."""
        return self.status == HIDDEN


class Author(Value, frozen=True):
    """Who did something, as others may remember it after the seat is gone."""

    session: SessionId
    handle: str
    display_name: str = ""
    user: UserId | None = None


class BySession(Value, frozen=True, tag_field="by", tag="session"):
    """Point at one session by its id, in whichever room."""

    session: SessionId


class ByHandle(Value, frozen=True, tag_field="by", tag="handle"):
    """Point at whoever bears a handle in a room."""

    handle: str
    room: RoomId | None = None


Target = BySession | ByHandle


class SetStatus(Command, frozen=True):
    """Change how one is seen in every room one sits in. A field that is absent stays as it is."""

    status: str | msgspec.UnsetType = msgspec.UNSET
    text: str | msgspec.UnsetType = msgspec.UNSET
    dnd: bool | msgspec.UnsetType = msgspec.UNSET


class Rename(Command, frozen=True):
    """Change one's display name, in every room one sits in. The handle stays.

    Attributes:
        echo: the asker's session is told, too, and not by the answer alone.
    """

    display_name: str
    echo: bool = True


class RenameParticipant(Command, frozen=True):
    """Change somebody's display name in one room, as one who runs it; the empty name means the handle."""

    room: RoomId
    target: Target
    display_name: str


class ParticipantUpdated(Event, frozen=True):
    """Something about a participant changed; the seat is told whole.

    Attributes:
        was: the seat before, for wires that say what changed.
        passing: from whom, or to whom, the host passed the room on, for wires that say so in one line.
    """

    room: RoomId
    participant: Participant
    was: Participant | None = None
    passing: Participant | None = None


class IdentityAmended(Event, frozen=True):
    """The site changed what it says of the hearer; seats that changed with it are told as such.

    Attributes:
        rules: the restrictions that hold for the hearer now.
        operator: the site says that the hearer runs it.
    """

    rules: frozenset[Rule] = frozenset()
    operator: bool = False


def size_of_details(details: Details) -> int:
    """Return how many bytes details have."""
    return len(details) if isinstance(details, msgspec.Raw) else 0


def kept_details(details: Details) -> Details:
    """Return details apart from the frame in which they came, of which they would keep all in memory.

    Raises Malformed for what not everybody could read, see `opaque.check`.
    """
    if not isinstance(details, msgspec.Raw):
        return details
    opaque.check(details)
    return details.copy()


def author_of(participant: Participant) -> Author:
    """Return what others remember of a participant."""
    return Author(participant.session, participant.handle, participant.display_name, participant.user)


def is_person(one: Author | Participant, session: SessionId, user: UserId | None) -> bool:
    """Return whether somebody is whoever has a session, in that one or, as a user, in another."""
    return one.session == session or (user is not None and one.user == user)


@lru_cache(maxsize=16_384)
def keys_of(handle: str, user: UserId | None) -> tuple[PersonKey, ...]:
    """Return the keys under which relations and bans know a person.

    A guest is known by the handle alone. A user is known by the user id, by the handle, and in the site's realm by the
    subject, so that a block list of site names also meets a user whose handle had to differ.
    """
    name = PersonKey(f"name:{fold(handle)}")
    if user is None:
        return (name,)
    keys = [user_key(user), name]
    if is_of_site(user):
        subject = PersonKey(f"name:{fold(subject_of(user))}")
        if subject != name:
            keys.append(subject)
    return tuple(keys)


def user_key(user: UserId) -> PersonKey:
    """Return the key of a user, whatever the name."""
    return PersonKey(f"user:{user}")


def address_key(address: str) -> PersonKey:
    """Return the key of all guests of a network address."""
    return PersonKey(f"address:{address}")


def name_key(name: str) -> PersonKey:
    """Return the key of somebody of whom only a name is known."""
    return PersonKey(f"name:{fold(name)}")
