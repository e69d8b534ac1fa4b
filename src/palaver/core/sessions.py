"""Opening, resuming and ending a session, and the state that is given on arrival.

How tokens are verified and what a session keeps is the hub's business; here are the words for it.
"""

from __future__ import annotations

from palaver.core.base import Command, Event, Outcome, Query, Value
from palaver.core.calls import IceServers
from palaver.core.chat import Message
from palaver.core.ids import DeviceId, RoomId, SessionId, UserId
from palaver.core.moderation import NO_RELATIONS, Relations
from palaver.core.participants import NO_DETAILS, Details, Participant, Rule
from palaver.core.rooms import RoomInfo


class Position(Value, frozen=True):
    """Where in a node's stream of events a session stands.

    Attributes:
        epoch: names one run of one node; another epoch means that the stream was lost.
        seq: rises with every event; gaps are legal, since not everybody sees everything.
    """

    epoch: str
    seq: int


class Identify(Command, frozen=True):
    """Say who one is: by a signed token, or as a guest by name alone. The first thing on a connection.

    Attributes:
        device: stable label of the device, by which other devices may address this session.
    """

    name: str = ""
    token: str = ""
    device: DeviceId | None = None


class Vouch(Command, frozen=True):
    """Take somebody for a user of the site, because a proxy of ours, or the site's own settings, say so.

    No wire lets a client ask for it: a dialect says it of a request, once it has judged where the claim comes from.
    """

    subject: str
    device: DeviceId | None = None


class ActFor(Command, frozen=True):
    """Do what follows for a session that is live, because the asker shows its key.

    No wire lets a client ask for it: a dialect says it of a request. Whoever shows wrong keys has to wait.

    Attributes:
        room: where it must sit; anywhere, or nowhere, when absent.
        proven: the dialect has judged the key, and it is right.
    """

    session: SessionId
    room: RoomId | None
    proven: bool


class Enter(Command, frozen=True):
    """Open a session without a name, or continue one, for whom a dialect knows by proofs of its own, or does not.

    No wire lets a client ask for it in these words.

    Attributes:
        session: the id of a former session, which goes on where the server has it still, and otherwise begins anew.
        user: whose it is; absent for a guest.
    """

    session: SessionId | None = None
    user: UserId | None = None


class LogIn(Command, frozen=True):
    """Make a guest's session that of a user, of whom a dialect has seen a proof. `details` as in `Present`.

    No wire lets a client ask for it in these words.
    """

    user: UserId
    details: Details = NO_DETAILS


class Resume(Command, frozen=True):
    """Continue a session on a new connection, from the position of the last event seen.

    Attributes:
        position: with an empty epoch where none was seen.
    """

    token: str
    position: Position


class SignOut(Command, frozen=True):
    """End the session now; it cannot be resumed."""


class RenewToken(Query, frozen=True):
    """Ask for a token that says again what the site said of oneself, for the way back to a server that was restarted."""


class TokenRenewed(Outcome, frozen=True):
    """A new token.

    Attributes:
        token: empty where no site vouched for the user, or did so too long ago: then it has to do so again.
        expires_ms: Unix milliseconds.
        lasts_s: seconds from now until then, for those whose clock is wrong.
    """

    token: str = ""
    expires_ms: int = 0
    lasts_s: int = 0


class Keepalive(Command, frozen=True):
    """Prove liveness."""


class Snapshot(Value, frozen=True):
    """A room as one finds it: everything that later events change.

    Attributes:
        you: one's own seat; `participants` holds it too.
        messages: the latest of all channels one may read, oldest first.
        waiting: who asks to be let in, for those who run the room.
        position: events up to here are in the snapshot.
        history_missing: `messages` are the ones at hand, since the store does not answer; more may be found later.
    """

    room: RoomInfo
    you: Participant
    participants: tuple[Participant, ...]
    position: Position
    messages: tuple[Message, ...] = ()
    waiting: tuple[Participant, ...] = ()
    history_missing: bool = False


class Identified(Outcome, frozen=True):
    """The session is open.

    Attributes:
        resume_token: continues the session on another connection; secret.
        resume_s: how long a lost session is kept, seconds.
        default_room: where newcomers go who name no room.
        rules: restrictions that the site lays on this user.
        rooms: where the session sits already, if it is one that goes on; never after `identify`.
    """

    session: SessionId
    resume_token: str
    resume_s: float
    name: str
    default_room: RoomId
    display_name: str = ""
    user: UserId | None = None
    operator: bool = False
    vip: bool = False
    rules: tuple[Rule, ...] = ()
    ice: IceServers = IceServers(())
    relations: Relations = NO_RELATIONS
    rooms: tuple[RoomId, ...] = ()


class Resumed(Outcome, frozen=True):
    """The session goes on.

    Attributes:
        complete: every event since the given position follows, in order; otherwise `rooms` holds fresh snapshots and
            direct messages may be missing (fetch their history).
    """

    session: SessionId
    complete: bool
    rooms: tuple[Snapshot, ...] = ()


class Joined(Outcome, frozen=True):
    """One has a seat."""

    snapshot: Snapshot


class Admitted(Event, frozen=True):
    """The hearer waited and now has a seat."""

    snapshot: Snapshot
