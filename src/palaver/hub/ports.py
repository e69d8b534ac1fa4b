"""What the hub needs from others: stores, broker, presence, clock, tokens, ICE servers, and the sinks it delivers to.

A port on the fast path is a plain synchronous method. A method that may wait returns an awaitable that is already under
way (a future or task of the adapter's own), because the hub runs a handler up to its first wait without a task.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from palaver.core.audience import Publication
from palaver.core.base import Event, Value
from palaver.core.calls import IceServers
from palaver.core.chat import Attachment, Message
from palaver.core.disconnects import Disconnect
from palaver.core.filters import MessageFilter
from palaver.core.ids import ChannelId, DeviceId, MessageId, PersonKey, RoomId, SessionId, UserId
from palaver.core.moderation import NO_RELATIONS, Ban, Relations, ReportFiled
from palaver.core.names import fold
from palaver.core.participants import Identity, Participant, Rule
from palaver.core.rooms import History, Room
from palaver.core.rosters import Seen
from palaver.core.sessions import Position
from palaver.hub.changes import Changes
from palaver.hub.crowds import Crowd
from palaver.hub.limits import Limits
from palaver.hub.link_spam import LinkSpamLimits


class Timer(Protocol):
    """Something that will be done."""

    def cancel(self) -> None:
        """Do it not; harmless when it was done already."""
        ...


class Clock(Protocol):
    """Time, so that tests can pass it in."""

    def now(self) -> float:
        """Return Unix seconds."""
        ...

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Do something once, `delay_s` seconds from now."""
        ...

    def call_soon(self, action: Callable[[], None]) -> None:
        """Do something once, at the end of this turn of the loop."""
        ...


class RosterView(Protocol):
    """How a group of sinks reads whole rosters, where its wire tells no changes of them."""

    def roster_row(self, seen: Seen) -> bytes:
        """Return one person's row, without framing."""
        ...

    def roster_frame(self, rows: Sequence[bytes]) -> bytes:
        """Return framed bytes of a roster with these rows."""
        ...


class View(Protocol):
    """How a group of sinks reads events: one dialect, era, framing and privilege class.

    Attributes:
        hears_itself: a session is told what it did itself, as everybody in the room is.
        main_channel_alone: of a room's channels only the first is told.
        hears_global_room: the global room is told in every other. What is rendered must not name the room.
    """

    hears_itself: bool
    main_channel_alone: bool
    hears_global_room: bool

    @property
    def roster(self) -> RosterView | None:
        """Return how its sinks read whole rosters; None where the events are enough for them."""
        ...

    def render(self, event: Event, position: Position) -> bytes | None:
        """Return framed bytes that every sink of the view can be handed; None where the wire has no word for it."""
        ...


class Sink(Protocol):
    """What a session is delivered to: the outgoing half of one connection."""

    @property
    def view(self) -> View:
        """Return the view whose bytes `write` takes."""
        ...

    @property
    def unsent_bytes(self) -> int:
        """Return how much of what was written waits to be read by the client."""
        ...

    def write(self, data: bytes) -> None:
        """Hand over framed bytes; never blocks, never changes membership at once."""
        ...

    def introduce(self, event: Event, position: Position) -> bytes:
        """Return framed bytes for an event that goes to this session alone; may be empty."""
        ...

    def keep_to(self, limits: Limits) -> None:
        """Take what the client sends at the rates of other limits."""
        ...

    def end(self, disconnect: Disconnect) -> None:
        """Flush what was written, then close the connection."""
        ...


class SessionCard(Value, frozen=True):
    """What every node knows of a session: who it is, and how that person stands to others.

    Attributes:
        relations: as they hold.
        shield: the key under which no block of another's meets this person; absent for one whom blocks meet.
    """

    session: SessionId
    identity: Identity
    relations: Relations = NO_RELATIONS
    shield: PersonKey | None = None


class ThreadSummary(Value, frozen=True):
    """One thread of a user: with whom, when it last went on (Unix milliseconds), and how much the other said in it."""

    other: UserId
    latest_ms: int
    received: int


class MessageStore(Protocol):
    """Keeps messages.

    `keep` says how: OFF remembers who said it where, without the text, so that it can still be taken back; MEMORY keeps the
    latest 100 of each channel; DURABLE is committed before the awaitable completes. OFF and MEMORY are bounded and local.
    """

    def append(self, message: Message, keep: History) -> Awaitable[None]:
        """Record a new message. Raises Unavailable when it cannot; then it is not recorded."""
        ...

    def find(self, message: MessageId) -> Awaitable[Message | None]:
        """Return a message that is still remembered; its text is empty where it was not kept."""
        ...

    def find_all(self, messages: Collection[MessageId]) -> Awaitable[tuple[Message, ...]]:
        """Return those of some messages that are still remembered, in any order, at the cost of one; see `find`."""
        ...

    def replace(self, message: Message) -> Awaitable[None]:
        """Record another state of a remembered message."""
        ...

    def remove(self, message: MessageId) -> Awaitable[None]:
        """Forget a message. Forgetting an unknown one is harmless."""
        ...

    def channel_page(
        self, room: RoomId, channel: ChannelId, *, before: MessageId | None, limit: int
    ) -> Awaitable[tuple[tuple[Message, ...], bool]]:
        """Return the latest `limit` kept messages older than `before`, oldest first, and whether there are older ones."""
        ...

    def thread_page(
        self, one: UserId, other: UserId, *, before: MessageId | None, limit: int
    ) -> Awaitable[tuple[tuple[Message, ...], bool]]:
        """The same for the durable direct messages between two users."""
        ...

    def thread_length(self, one: UserId, other: UserId, *, before: MessageId | None) -> Awaitable[int]:
        """Return how many durable direct messages two users have that are older than `before`."""
        ...

    def threads_of(self, user: UserId) -> Awaitable[tuple[ThreadSummary, ...]]:
        """Return with whom a user has durable direct messages, the latest talk first; talk with oneself is left out."""
        ...

    def erase_user(self, user: UserId) -> Awaitable[int]:
        """Delete every direct message of every thread a user is part of; return how many."""
        ...

    def forget_before(self, when_ms: int) -> Awaitable[int]:
        """Delete direct messages older than a time; return how many."""
        ...

    def drop_room(self, room: RoomId) -> Awaitable[None]:
        """Forget every message of a room that ended."""
        ...


class RoomStore(Protocol):
    """Keeps rooms that outlive the process."""

    def load(self) -> Awaitable[tuple[Room, ...]]:
        """Return every stored room."""
        ...

    def save(self, room: Room) -> Awaitable[None]:
        """Record a room, new or changed."""
        ...

    def delete(self, room: RoomId) -> Awaitable[None]:
        """Forget a room."""
        ...


class ModerationStore(Protocol):
    """Keeps bans, relations, the block lists of the site, and reports."""

    def bans(self) -> Awaitable[tuple[Ban, ...]]:
        """Return every stored ban, lapsed ones too."""
        ...

    def save_ban(self, ban: Ban) -> Awaitable[None]:
        """Record a ban; one of the same name and room is replaced."""
        ...

    def lift_ban(self, name: str, room: RoomId | None) -> Awaitable[bool]:
        """Forget the ban listed under a name (folded) for a room or the server; return whether there was one."""
        ...

    def forget_bans(self, until_ms: int) -> Awaitable[int]:
        """Forget those that end at a time (Unix milliseconds) or before; return how many there were."""
        ...

    def relations(self, user: UserId) -> Awaitable[Relations]:
        """Return how a user stands to others; nobody for an unknown one."""
        ...

    def save_relations(self, user: UserId, relations: Relations) -> Awaitable[None]:
        """Record how a user stands to others."""
        ...

    def blocklists(self) -> Awaitable[Mapping[UserId, tuple[str, ...]]]:
        """Return every list of whom a user is not to meet, the one that was not renewed for longest first."""
        ...

    def save_blocklist(self, user: UserId, names: tuple[str, ...], at_ms: int) -> Awaitable[None]:
        """Record a user's list in place of the one before; an empty one is forgotten."""
        ...

    def file_report(self, report: ReportFiled, at_ms: int) -> Awaitable[None]:
        """Record a report."""
        ...

    def filed_reports(self, *, before_ms: int | None, limit: int) -> Awaitable[tuple[tuple[int, ReportFiled], ...]]:
        """Return the latest `limit` reports filed before a time, newest first, each with when it was filed."""
        ...


class Broker(Protocol):
    """Tells the other nodes.

    At most once, ordered per publishing node; never blocks on a slow node. The publishing node has delivered already and
    does not hear its own.
    """

    def publish(self, publication: Publication) -> None:
        """Tell every other interested node."""
        ...

    def listen(self, deliver: Callable[[Publication], None]) -> None:
        """Hand everything that other nodes publish to `deliver`."""
        ...


class Presence(Protocol):
    """Who is where, across nodes. Reads are local and synchronous; claims are atomic across nodes."""

    changes: Changes
    """Of cards and seats, on any node."""

    def roster(self, room: RoomId) -> Mapping[SessionId, Participant]:
        """Return the live seats of a room, in the order in which they were taken; empty for an unknown room."""
        ...

    def named(self, room: RoomId, handle: str) -> Participant | None:
        """Return who bears a handle (in any case) in a room."""
        ...

    def rooms_of(self, session: SessionId) -> Collection[RoomId]:
        """Return where a session has seats."""
        ...

    def take_seat(self, room: RoomId, make: Callable[[Callable[[str], bool]], Participant]) -> Awaitable[Participant]:
        """Claim a handle and a seat: `make` is given a test for taken (folded) handles and may be asked again."""
        ...

    def update_seat(self, room: RoomId, participant: Participant) -> None:
        """Record another state of a seat; its handle is the same."""
        ...

    def leave_seat(self, room: RoomId, session: SessionId) -> Participant | None:
        """Free a seat; return who sat there."""
        ...

    def crowd(self, room: RoomId) -> Crowd:
        """Return who is in a room, counted and named, without going through its seats."""
        ...

    def crowd_of_all(self) -> Crowd:
        """Return how many there are in all rooms, without going through them."""
        ...

    def announce(self, card: SessionCard) -> None:
        """Make a session known, or tell its new state."""
        ...

    def withdraw(self, session: SessionId) -> None:
        """Forget a session that ended; its seats are gone already."""
        ...

    def card(self, session: SessionId) -> SessionCard | None:
        """Return a session of any node."""
        ...

    def blockers(self) -> Collection[SessionId]:
        """Return the sessions whose person blocks anybody, so that nobody else's roster costs a comparison per seat."""
        ...

    def unblockable(self) -> Collection[PersonKey]:
        """Return the shields of everybody whom no block meets, each a first key; mostly few."""
        ...

    def on_device(self, user: UserId, device: DeviceId) -> SessionId | None:
        """Return the session that a user has on a device."""
        ...

    def devices(self, user: UserId) -> tuple[DeviceId, ...]:
        """Return a user's devices, in the order in which they came."""
        ...

    def turnout(self) -> tuple[int, int]:
        """Return how many sessions there are, and of how many users, without going through them."""
        ...

    def sessions(self) -> Collection[SessionCard]:
        """Return every session of every node."""
        ...


class TokenRejected(Exception):  # noqa: N818 - an answer, not a fault
    """A token does not verify; the argument is a sentence for its bearer.

    Attributes:
        reason: a stable code, for the log, as are the next two.
        found: what was found to be so, in words for whoever runs the site; never the token, nor what nobody signed.
        subject: the user whom the site meant; empty where the signature is not the site's.
    """

    def __init__(self, sentence: str, *, reason: str = "", found: str = "", subject: str = "") -> None:
        super().__init__(sentence)
        self.reason, self.found, self.subject = reason, found, subject


class TokenVerifier(Protocol):
    """Judges signed tokens."""

    def identity(self, token: str, *, now: float) -> Identity:
        """Return who a token speaks for. Raises TokenRejected."""
        ...

    def renewed(self, identity: Identity, *, now: float) -> tuple[str, float]:
        """Return a token that says again what the site said, and when it ends in Unix seconds; ("", 0) for no token."""
        ...


class Pictures(Protocol):
    """Keeps the pictures that come in frames."""

    def keep(self, picture: bytes, name: str) -> Awaitable[Attachment]:
        """Clean and keep a picture that is a JSON list of numbers, or a string in base64. Raises a Refusal."""
        ...


class IceSource(Protocol):
    """Knows the STUN and TURN servers."""

    def servers(self, session: SessionId, *, now: float) -> IceServers:
        """Return them, with credentials for one session."""
        ...


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """Who may open a session at all.

    Attributes:
        guests: people without a token may enter.
        tokens: signed tokens are honoured; otherwise one that is sent is ignored.
        resume_s: how long a session outlives a lost connection, seconds.
        default_room: where newcomers go who name no room.
        global_room: the one whose people are shown and heard in all others, on wires that know of it; empty for none.
        everybody_creates: guests may make rooms, too.
        keep_direct: direct messages between verified users are kept.
        permit_explicit: cameras may be marked explicit by their owners.
        blockable_operators: those who run the site can be blocked like everybody.
        secret_vip: only VIPs are told who is one.
        user_rules: rules that the site lays on users and guests, by folded name, beside those of their tokens.
        rule_texts: the site's own sentences about its rules.
        filters: rules on words, in the order in which they are tried.
        link_spam: when one link goes to too many people.
    """

    guests: bool = True
    tokens: bool = True
    resume_s: float = 30.0
    default_room: RoomId = RoomId("lobby")
    global_room: RoomId = RoomId("")
    everybody_creates: bool = True
    keep_direct: bool = False
    permit_explicit: bool = True
    blockable_operators: bool = False
    secret_vip: bool = False
    user_rules: Mapping[str, frozenset[Rule]] = {}
    rule_texts: Mapping[Rule, str] = {}
    filters: tuple[MessageFilter, ...] = ()
    link_spam: LinkSpamLimits = LinkSpamLimits()

    def rules_of(self, identity: Identity, *handles: str) -> frozenset[Rule]:
        """Return the rules that the site lays on somebody, by token and by name; see `seats.rules_of` for a session."""
        if not self.user_rules:
            return identity.rules
        return identity.rules.union(*(self.user_rules.get(fold(name), ()) for name in (identity.name, *handles)))


class Operations(Protocol):
    """How the process is run, as far as those who run the site may do so from inside a room."""

    def reload(self) -> str:
        """Read the settings anew; return what is wrong with them, in which case nothing changed, or nothing."""
        ...

    def restart(self) -> None:
        """Stop, so that a supervisor starts the server again; what was told before goes out first."""
        ...
