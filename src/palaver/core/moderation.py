"""Keeping the peace: kick, ban and report for those who run a room; ignore, block and turn away for everybody.

Relations are between people, not seats: they are kept under person keys and hold in every dialect.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from palaver.core import errors
from palaver.core.audience import Publication, ToRoom, ToSessions
from palaver.core.base import Command, Event, Outcome, Query, Value
from palaver.core.ids import SITE_REALM, AskedMessage, MessageId, PersonKey, RoomId, SessionId, UserId, user_id
from palaver.core.participants import Author, Identity, Target, keys_of, name_key, user_key

KICK_S = 60.0
DEFAULT_BAN_HOURS = 24.0
MAX_BAN_HOURS = 24 * 365 * 10
MAX_REASON_CHARS = 500
MAX_EXCERPT_CHARS = 4_000
MAX_RELATIONS = 5000
MAX_GUEST_RELATIONS = 500
"""Of a guest, for whom nobody vouches: those whom one address may connect could hold a gigabyte of names otherwise."""
MAX_BANS = 1000
"""That hold in one room by the word of those who run it; guests may make rooms, and bans are stored."""
MAX_NAME_CHARS = 128


class Relations(Value, frozen=True):
    """How one person stands to others, by their keys.

    Attributes:
        ignores: not heard by this person.
        blocks: neither hears nor sees the other.
        turned_away: may not watch this person's camera.
        invited: may watch this person's camera past its own rules.
    """

    ignores: frozenset[PersonKey] = frozenset()
    blocks: frozenset[PersonKey] = frozenset()
    turned_away: frozenset[PersonKey] = frozenset()
    invited: frozenset[PersonKey] = frozenset()


NO_RELATIONS = Relations()
NOBODY: Collection[PersonKey] = frozenset()


class Ban(Value, frozen=True):
    """Somebody is kept out until a time.

    Attributes:
        name: the handle at the time, for people who read the list.
        keys: who is meant; a verified user by the user id, a guest by the handle.
        address: also everybody without a verified identity at this address; empty for nobody.
        room: only from this room; absent for the whole server.
        until_ms: Unix milliseconds.
    """

    name: str
    keys: tuple[PersonKey, ...]
    until_ms: int
    by: str = ""
    reason: str = ""
    address: str = ""
    room: RoomId | None = None


class BanInfo(Value, frozen=True):
    """What those who run a room may read of a ban."""

    name: str
    until_ms: int
    by: str = ""
    reason: str = ""


class Kick(Command, frozen=True):
    """Remove somebody now, and keep the identity out for a minute.

    One who runs the site ends the session, one who runs the room alone ends the seat in it.
    """

    room: RoomId
    target: Target
    reason: str = ""


class BanPerson(Command, frozen=True):
    """Remove somebody, who may be absent, and keep them out for some hours."""

    room: RoomId
    target: Target
    hours: float = DEFAULT_BAN_HOURS
    reason: str = ""


class LiftBan(Command, frozen=True):
    """End a ban before its time, by the name under which it is listed."""

    room: RoomId
    name: str


class ListBans(Query, frozen=True):
    """Ask who is banned."""

    room: RoomId


class Ignore(Command, frozen=True):
    """Stop hearing people, or hear them again. Names of people who are not here count too."""

    names: tuple[str, ...]
    room: RoomId
    on: bool = True


class Block(Command, frozen=True):
    """Neither hear, see nor be seen by people, or end that."""

    names: tuple[str, ...]
    room: RoomId
    on: bool = True


class TurnAway(Command, frozen=True):
    """Stop people from watching one's camera, or let them again."""

    names: tuple[str, ...]
    room: RoomId
    on: bool = True


class InviteToWatch(Command, frozen=True):
    """Let people watch one's camera past its own rules."""

    names: tuple[str, ...]
    room: RoomId


class StopCamera(Command, frozen=True):
    """End somebody's broadcast, as one who runs the room."""

    room: RoomId
    target: Target


class TakeBlocklist(Command, frozen=True):
    """Ignore and block everybody on a list that the site keeps for the asker. None of them is told."""

    names: tuple[str, ...]
    room: RoomId


class HearEverybody(Command, frozen=True):
    """Ignore nobody any more; one who runs the site also cannot be blocked for the rest of the session."""


class SetOperator(Command, frozen=True):
    """Let somebody run the site for the rest of their session, or no longer, as one who does.

    A user runs it, or no longer, in every session that is open now.
    """

    room: RoomId
    target: Target
    on: bool = True


class SignEverybodyOut(Command, frozen=True):
    """End every session, one's own too, as one who runs the site; everybody may come back at once."""

    reason: str = ""


class Report(Command, frozen=True):
    """Tell those who run the room, and the site where it wants to know, about a person or a message.

    Attributes:
        channel: where it was said, in the words of the reporter's wire; `@name` for a direct message.
        timestamp: when it was said, in the words of the reporter's client.
        excerpt: what was said, as the reporter read it.
    """

    room: RoomId
    about: str
    reason: str
    comment: str = ""
    message: AskedMessage | None = None
    excerpt: str = ""
    channel: str = ""
    timestamp: str = ""


class SessionEnded(Event, frozen=True):
    """The hearer's session was ended by somebody; nothing follows."""

    reason: str
    by: str = ""
    text: str = ""
    until_ms: int = 0


class RelationsChanged(Event, frozen=True):
    """How the hearer stands to others now; told to all sessions of the same person."""

    relations: Relations


class IgnoreChanged(Event, frozen=True):
    """Somebody ignores the hearer now, or no longer; told only to those who run the site."""

    by: Author
    on: bool


class BlockImposed(Event, frozen=True):
    """The site made the hearer ignore and block somebody."""

    name: str


class OperatorChanged(Event, frozen=True):
    """The hearer runs the site for the rest of the session, or no longer."""

    on: bool
    by: str = ""


class ReportForwarded(Event, frozen=True):
    """The site was told of the hearer's report; or it was not, and why, and whether it is tried again for a while."""

    about: str
    delivered: bool
    problem: str = ""
    again: bool = False


class ReportFiled(Event, frozen=True):
    """Somebody reported a person or a message; told to those who run the room."""

    room: RoomId
    by: Author
    about: str
    reason: str
    comment: str = ""
    message: MessageId | None = None
    excerpt: str = ""
    channel: str = ""
    timestamp: str = ""


class Heard(Outcome, frozen=True):
    """How many people the asker ignored until now."""

    ignored: int


class Bans(Outcome, frozen=True):
    """Who is banned, and until when."""

    bans: tuple[BanInfo, ...]


def with_names(
    held: frozenset[PersonKey], keys: Iterable[PersonKey], *, on: bool, user: UserId | None
) -> frozenset[PersonKey]:
    """Return the set of people of a user, or of a guest, with some more or some fewer. Raises TooLarge."""
    changed = held | frozenset(keys) if on else held - frozenset(keys)
    most = MAX_GUEST_RELATIONS if user is None else MAX_RELATIONS
    if on and len(changed) > most:
        raise errors.TooLarge(limit=most, unit="people")
    return changed


def taken_along(stored: Relations, held: Relations, me: tuple[PersonKey, ...]) -> Relations:
    """Return what is stored of a user with whom the same person shut out as a guest, as far as a user may hold so many."""

    def both(ours: frozenset[PersonKey], more: frozenset[PersonKey]) -> frozenset[PersonKey]:
        together = ours | more.difference(me)
        return together if len(together) <= MAX_RELATIONS else ours

    return changed(
        stored,
        ignores=both(stored.ignores, held.ignores),
        blocks=both(stored.blocks, held.blocks),
        turned_away=both(stored.turned_away, held.turned_away),
    )


def keys_meant(name: str) -> set[PersonKey]:
    """Return the keys under which relations may hold somebody whom one names: a handle, a site's user, or a key itself."""
    keys = {name_key(name), user_key(user_id(SITE_REALM, name))}
    if name.startswith(("user:", "name:")):
        keys.add(PersonKey(name))
    return keys


def unheard_by(relations: Relations, keys: tuple[PersonKey, ...], unblockable: Collection[PersonKey] = NOBODY) -> bool:
    """Return whether somebody with these relations hears nothing from the person with these keys.

    Args:
        unblockable: people whom no block meets, by the first of their keys.
    """
    if not relations.ignores and not relations.blocks:
        return False
    return not relations.ignores.isdisjoint(keys) or blocks(relations, keys, unblockable)


def blocks(relations: Relations, keys: tuple[PersonKey, ...], unblockable: Collection[PersonKey] = NOBODY) -> bool:
    """Return whether somebody with these relations blocks the person with these keys; see `unheard_by`."""
    return bool(relations.blocks) and not relations.blocks.isdisjoint(keys) and keys[0] not in unblockable


def out_of_reach(relations: Relations, audience: ToRoom, unblockable: Collection[PersonKey] = NOBODY) -> bool:
    """Return whether somebody with these relations does not hear (or see) whom an event is about."""
    judged = blocks if audience.seen else unheard_by
    return judged(relations, audience.about, unblockable)


def in_effect(relations: Relations, *, unblockable: bool) -> Relations:
    """Return relations as they hold: whoever cannot be blocked blocks nobody either (BareRTC §3.10)."""
    return changed(relations, blocks=frozenset()) if unblockable and relations.blocks else relations


def is_unblockable(identity: Identity, *, blockable_operators: bool) -> bool:
    """Return whether blocks do not meet somebody: one who runs the site, unless the site lets them be blocked."""
    return identity.operator and (identity.heard or not blockable_operators)


def ban_person(
    command: BanPerson, by: Author, name: str, bearers: Iterable[Identity], *, everywhere: bool, now: float
) -> Ban:
    """Return the ban that a command asks for: of users who bear the name by user, of others by handle and address.

    Where nobody bears it, whoever will is meant. Guests of several addresses are barred by the name alone. A ban by one who
    runs the whole site holds `everywhere`, another only in its room.
    """
    if not 0 < command.hours <= MAX_BAN_HOURS:
        raise errors.Malformed(problem="hours must be more than 0 and at most ten years")
    bearers = tuple(bearers)
    users = dict.fromkeys(user_key(bearer.user) for bearer in bearers if bearer.user is not None)
    addresses = {bearer.address for bearer in bearers if bearer.user is None}
    by_name = (name_key(name),) if addresses or not users else ()
    return Ban(
        name=name,
        keys=(*users, *by_name),
        until_ms=int((now + command.hours * 3600) * 1000),
        by=by.handle,
        reason=command.reason[:MAX_REASON_CHARS],
        address=addresses.pop() if len(addresses) == 1 else "",
        room=None if everywhere else command.room,
    )


def bars(ban: Ban, identity: Identity, room: RoomId | None, *, now: float) -> bool:
    """Return whether a ban keeps this identity out of a room (or of the server, for None)."""
    if ban.until_ms <= now * 1000 or (ban.room is not None and ban.room != room):
        return False
    if ban.address and identity.user is None and ban.address == identity.address:
        return True
    return means(ban, identity)


def means(ban: Ban, identity: Identity) -> bool:
    """Return whether a ban is this identity's own, by user or name, and not only that of somebody at the same address."""
    return not frozenset(ban.keys).isdisjoint(keys_of(identity.name, identity.user))


def info_of(ban: Ban) -> BanInfo:
    """Return what those who run a room may read of a ban."""
    return BanInfo(ban.name, ban.until_ms, ban.by, ban.reason)


def session_ended(session: SessionId, event: SessionEnded) -> Publication:
    """Tell a session that it is over."""
    return Publication(event, ToSessions((session,)))


def report(command: Report, by: Author) -> Publication:
    """Tell those who run the room."""
    event = ReportFiled(
        command.room,
        by,
        command.about[:128],
        command.reason[:MAX_REASON_CHARS],
        command.comment[:MAX_EXCERPT_CHARS],
        command.message,
        command.excerpt[:MAX_EXCERPT_CHARS],
        command.channel[:MAX_NAME_CHARS],
        command.timestamp[:MAX_NAME_CHARS],
    )
    return Publication(event, ToRoom(command.room, moderators=True))


def changed(relations: Relations, **fields: frozenset[PersonKey]) -> Relations:
    """Return relations with some sets replaced."""
    return msgspec.structs.replace(relations, **fields)
