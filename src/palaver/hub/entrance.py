"""Coming in: identify somebody, resume a session, and put together the snapshot that a newcomer is given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, policy
from palaver.core.base import Event
from palaver.core.chat import (
    InChannel,
    Message,
    MessageEdited,
    MessagePosted,
    MessageRetracted,
    ReactionChanged,
    giver_of,
    with_reaction,
)
from palaver.core.ids import SITE_REALM, RoomId, SessionId, is_of_site, subject_of, user_id
from palaver.core.moderation import NO_RELATIONS, Relations, means
from palaver.core.names import NameProblem, handle
from palaver.core.participants import Identity, Participant, keys_of
from palaver.core.rooms import History, info_of
from palaver.core.sessions import Enter, Identified, Identify, Position, Resume, Resumed, Snapshot, Vouch
from palaver.hub import reach, readership, seats, vouching
from palaver.hub.ports.integrations import TokenRejected
from palaver.hub.ports.sinks import Sink
from palaver.hub.sessions import Session, size_of

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

PAGE_BYTES = 256 * 1024
"""What a newcomer, or a page of history, is given of messages: a quarter of what a reader may leave unread."""
MAX_DEVICE_CHARS = 128


def identify(hub: Hub, command: Identify, address: str, dialect: str) -> Identity:
    """Return who somebody is: by a token where one is given and honoured, else as a guest. Raises a Refusal.

    Tokens are judged before limits, so that a wrong one says so; every try counts against the address. The name of the
    `dialect` is for the log.
    """
    now = hub.clock.now()
    wait = hub.logins.take(address, now) if address else 0.0
    identity = _verified(hub, command, address, dialect) if command.token and hub.tokens else _guest(hub, command)
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)
    device = identity.device or command.device
    device = device if device and len(device) <= MAX_DEVICE_CHARS else None
    identity = msgspec.structs.replace(identity, address=address, device=device)
    refuse_barred(hub, identity, None)
    return identity


def vouched(hub: Hub, command: Vouch, address: str) -> Identity:
    """Return the user of the site whom a proxy of ours, or the site's own settings, name. Raises a Refusal."""
    identity = Identity(command.subject, user_id(SITE_REALM, command.subject), device=command.device, address=address)
    refuse_barred(hub, identity, None)
    return identity


def entering(hub: Hub, command: Enter, session: SessionId, address: str) -> Identity:
    """Return who is to have a session of whom a dialect knows a user, or nothing. Raises a Refusal.

    A guest has a name that was made up; where guests are not admitted, one stays outside until there is a proof.
    """
    now = hub.clock.now()
    wait = hub.logins.take(address, now) if address else 0.0
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)
    refuse_removed(hub, session)
    user = command.user
    if user is not None and is_of_site(user):
        identity = Identity(subject_of(user), user, address=address)
    else:
        outside = user is None and not hub.admission.guests
        identity = Identity(f"Guest {session[:4]}", user, address=address, nameless=True, outside=outside)
    refuse_barred(hub, identity, None)
    return identity


def _verified(hub: Hub, command: Identify, address: str, dialect: str) -> Identity:
    try:
        return vouching.identity_of(hub, command.token, address=address, brought_to=dialect)
    except TokenRejected as rejected:
        raise errors.TokenInvalid(problem=str(rejected)) from None


def _guest(hub: Hub, command: Identify) -> Identity:
    if not hub.admission.guests:
        raise errors.TokenRequired() if hub.tokens else errors.GuestsNotAdmitted()
    try:
        return Identity(handle(command.name))
    except NameProblem as problem:
        raise errors.BadName(problem=problem.sentence, why=problem.code) from None


def banned(until_ms: int, reason: str) -> errors.Banned:
    """Return the refusal of somebody who is banned until a time; an empty reason is not told."""
    until = datetime.fromtimestamp(until_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return errors.Banned(until=until, until_ms=until_ms, reason=reason or None)


def refuse_barred(hub: Hub, identity: Identity, room: RoomId | None) -> None:
    """Refuse somebody who is banned or was removed a moment ago; who runs the site is kept out of no one room."""
    now = hub.clock.now()
    room = None if identity.operator else room
    ban = hub.bans.barring(identity, room, now=now)
    if ban is not None:
        # Others at the same address are kept out as well, but what was said of somebody else is not for them.
        raise banned(ban.until_ms, ban.reason if means(ban, identity) else "")
    if not hub.kicked:
        return
    for key in (*kick_keys(identity), *(kick_keys(identity, room) if room is not None else ())):
        until_s = hub.kicked.get(key, 0.0)
        if until_s > now:
            raise errors.Kicked(wait_s=math.ceil(until_s - now))


def refuse_removed(hub: Hub, session: SessionId, room: RoomId | None = None) -> None:
    """Refuse a session that was removed from a room, or the server, a moment ago, whoever it says to be by now."""
    if not hub.kicked:
        return
    wait_s = hub.kicked.get(kicked_session(session, room), 0.0) - hub.clock.now()
    if wait_s > 0:
        raise errors.Kicked(wait_s=math.ceil(wait_s))


def kicked_session(session: SessionId, room: RoomId | None = None) -> str:
    """Return the key by which a session is known that was removed, where clients come back with the same, or stay."""
    return f"session:{session}" if room is None else f"session:{session}|{room}"


def kick_keys(identity: Identity, room: RoomId | None = None) -> tuple[str, ...]:
    """Return the keys by which somebody is known who was removed from a room, or from the server.

    A user is known as such, a guest by the name at an address.
    """
    where = "" if room is None else f"|{room}"
    if identity.user is not None:
        return (f"user:{identity.user}{where}",)
    return tuple(f"{key}@{identity.address}{where}" for key in keys_of(identity.name, None))


def identified(hub: Hub, session: Session, token: str) -> Identified:
    """Return what a newly opened session is told."""
    identity = session.identity
    return Identified(
        session=session.session,
        resume_token=token,
        resume_s=hub.admission.resume_s,
        name=identity.name,
        default_room=hub.admission.default_room,
        display_name=identity.display_name,
        user=identity.user,
        operator=identity.operator,
        vip=identity.vip,
        rules=tuple(sorted(hub.admission.rules_of(identity))),
        ice=hub.ice.servers(session.session, now=hub.clock.now()),
        relations=session.declared,
    )


def goes_on(hub: Hub, session: Session, sink: Sink) -> tuple[Identified, list[tuple[int, Event]]]:
    """Continue a session of whose client a dialect has seen a proof; return its answer and the events it missed.

    Missed is what was told since its connection was lost. The caller goes on as with `resume`, but that a translator must
    have read the answer before it can say the events.
    """
    since = session.lost_at
    hub.take_over(session, sink)
    missed = [] if since is None else _missed(hub, session, Position(hub.epoch, since)) or []
    missed.sort(key=lambda entry: entry[0])
    told = msgspec.structs.replace(identified(hub, session, ""), rooms=session.rooms)
    return told, missed


async def stored_relations(hub: Hub, identity: Identity) -> Relations:
    """Return how a person stands to others, as it was stored and as the site has it.

    It is for whoever opens a session without a wait in between: what another window changes meanwhile is waited for, and
    what one changes afterwards is told to the new one. Raises a Refusal for whoever was banned meanwhile.
    """
    if identity.user is None:
        return NO_RELATIONS
    async with hub.changing.holding(identity.user):
        relations = await hub.moderation.relations(identity.user)
    refuse_barred(hub, identity, None)
    return hub.blocklists.added(identity.user, relations)


async def resume(hub: Hub, command: Resume, sink: Sink) -> tuple[Session, Resumed, list[bytes]]:
    """Continue a session on a new connection; return what it is answered and the framed events it missed.

    Raises NoSuchSession where the window has passed, or where another connection or an end came between. The caller
    writes the answer first, then the events, then calls `Hub.deliver_again`, without a wait in between.
    """
    session = hub.sessions.by_token(command.token)
    if session is None:
        raise errors.NoSuchSession()
    # Each room may have to be told afresh: a return counts as an ask for each.
    wait = session.asks_bucket(hub.allowances).take(hub.clock.now(), 1 + len(session.rooms))
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)
    hub.take_over(session, sink)
    missed = _missed(hub, session, command.position)
    found: tuple[Snapshot, ...] = ()
    complete = missed is not None
    if missed is None:
        try:
            found, missed = await _afresh(hub, session)
        except BaseException:
            hub.lost(session, sink)
            raise
        if session.sink is not sink:
            raise errors.NoSuchSession()
    missed.sort(key=lambda entry: entry[0])
    frames = [sink.introduce(event, Position(hub.epoch, seq)) for seq, event in missed]
    return session, Resumed(session.session, complete, found), frames


def recover(hub: Hub, session: Session, position: Position, sink: Sink) -> list[bytes] | None:
    """Continue a session on a new connection if it can be told everything it missed; return that as framed events.

    For wires that know no snapshot on return. None, and nothing has happened, where some is forgotten or where sessions
    are continued too often. The caller writes the events, then calls `Hub.deliver_again`, without a wait in between.
    """
    if session.asks_bucket(hub.allowances).take(hub.clock.now(), 1 + len(session.rooms)):
        return None
    missed = _missed(hub, session, position)
    if missed is None:
        return None
    hub.take_over(session, sink)
    missed.sort(key=lambda entry: entry[0])
    return [sink.introduce(event, Position(hub.epoch, seq)) for seq, event in missed]


_Missed = list[tuple[int, Event]]
_Latest = tuple[list[Message], bool]
"""The latest messages of a room, and whether those that are only in the store are missing."""


def _missed(hub: Hub, session: Session, position: Position) -> _Missed | None:
    """Return the events after a position.

    None when it is of another epoch or beyond what was told, when some are forgotten, when a seat was taken since (the
    client may never have read the snapshot it was given then), or when it blocks others since, or blocks meet others: that
    they left, whom it saw before, would be kept from it.
    """
    if position.epoch != hub.epoch or not session.blocked_at <= position.seq <= hub.position.seq:
        return None
    if session.relations.blocks and hub.shields_changed_at > position.seq:
        return None
    direct = session.direct_since(position.seq)
    if direct is None:
        return None
    missed: _Missed = list(direct)
    for room in session.rooms:
        told = _told_since(hub, session, room, position.seq)
        if told is None or hub.rooms[room].seated.get(session.session, 0) > position.seq:
            return None
        missed += told
    return missed


async def _afresh(hub: Hub, session: Session) -> tuple[tuple[Snapshot, ...], _Missed]:
    """Return every room of a session as it is now, and what else was told meanwhile.

    All rooms are of one position, so that one is enough to come back to.
    """
    begun = hub.position.seq
    stored: dict[RoomId, _Latest] = {}
    for room in session.rooms:
        if room in session.rooms:  # it may have left meanwhile
            stored[room] = await _latest(hub, session, seats.seat_of(hub, session, room), room)
    found: list[Snapshot] = []
    missed: _Missed = list(session.direct_since(begun) or ())
    for room in session.rooms:
        told = _told_since(hub, session, room, begun)
        if told is None:
            return await _afresh(hub, session)
        if room in stored:
            found.append(_snapshot_of(hub, session, room, stored[room], told))
        else:
            missed += told
    return tuple(found), missed


def _told_since(hub: Hub, session: Session, room: RoomId, seq: int) -> _Missed | None:
    """Return what a session may hear of a room after a position, but nothing from before it sat there."""
    local = hub.rooms.get(room)
    if local is None:
        return []
    entries = local.since(max(seq, local.seated.get(session.session, 0)))
    if entries is None:
        return None
    heard = ((at, entry.event) for at, entry in entries if reach.hears(hub, session, entry))
    return [(at, readership.shown(hub, session, event, room)) for at, event in heard]


async def snapshot(hub: Hub, session: Session, room: RoomId) -> Snapshot:
    """Return a room as a session finds it. What is told to the room afterwards is not in it."""
    while True:
        before = hub.position.seq
        stored = await _latest(hub, session, seats.seat_of(hub, session, room), room)
        told = _told_since(hub, session, room, before) if hub.position.seq != before else []
        if told is not None:
            return _snapshot_of(hub, session, room, stored, told)


def _snapshot_of(hub: Hub, session: Session, room: RoomId, latest: _Latest, told: _Missed) -> Snapshot:
    """Return a room as it is now, by what is stored of it, brought up by what was told since that was read."""
    stored, missing = latest
    local = seats.room_of(hub, room)
    participant = seats.seat_of(hub, session, room)
    # The position counts what waits elsewhere as told; what waits here is in the snapshot, and goes on waiting.
    hub.batches.tell(other for other in session.rooms if other != room)
    # A message that is recorded and not yet told is told to this session, too.
    recorded = [message for message in stored if message.id not in hub.untold]
    return Snapshot(
        room=info_of(local.room),
        you=participant,
        participants=seats.visible_roster(hub, session, participant, room),
        position=hub.position,
        messages=_brought_up(recorded, [event for _, event in told]),
        waiting=tuple(waiter for _, waiter in local.waiting.values()) if policy.runs_room(participant) else (),
        history_missing=missing,
    )


async def _latest(hub: Hub, session: Session, participant: Participant, room: RoomId) -> _Latest:
    """Return what newcomers see. While the store does not answer, that is what is kept for those who resume."""
    found: list[Message] = []
    at_hand: tuple[Message, ...] | None = None
    local = seats.room_of(hub, room)
    for channel in local.room.channels:
        if channel.history is History.OFF or not channel.newcomers_see or not policy.may_read(participant, channel):
            continue
        if at_hand is None:
            try:
                page, _ = await hub.messages.channel_page(room, channel.id, before=None, limit=channel.newcomers_see)
            except errors.Unavailable:
                at_hand = _brought_up([], [each.event for each in local.told if reach.hears(hub, session, each)])
        if at_hand is not None:
            place = InChannel(room, channel.id)
            page = tuple(message for message in at_hand if message.place == place)[-channel.newcomers_see :]
        found.extend(page)
    given = readership.given(hub, session, newest(sorted(found, key=lambda message: message.id)), room)
    return given, at_hand is not None


def newest(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return the latest of some messages, oldest first, as far as they fit into one frame; at least one."""
    size = 0
    for at in range(len(messages) - 1, -1, -1):
        size += size_of(messages[at])
        if size > PAGE_BYTES:
            return tuple(messages[min(at + 1, len(messages) - 1) :])
    return tuple(messages)


def _brought_up(stored: list[Message], told: list[Event]) -> tuple[Message, ...]:
    """Return stored messages with what happened to them while they were read from the store."""
    messages = {message.id: message for message in stored}
    for event in told:
        if isinstance(event, MessagePosted | MessageEdited):
            messages[event.message.id] = event.message
        elif isinstance(event, MessageRetracted):
            messages.pop(event.message, None)
        elif isinstance(event, ReactionChanged) and event.message in messages:
            message = messages[event.message]
            messages[event.message] = with_reaction(message, event.emoji, giver_of(event.by), on=event.on)
    return tuple(messages[key] for key in sorted(messages))
