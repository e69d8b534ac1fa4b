"""Coming in: identify somebody, resume a session, and put together the snapshot that a newcomer is given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, policy
from palaver.core.base import Event
from palaver.core.chat import (
    Message,
    MessageEdited,
    MessagePosted,
    MessageRetracted,
    ReactionChanged,
    with_reaction,
)
from palaver.core.ids import RoomId
from palaver.core.moderation import bars, unheard_by
from palaver.core.names import NameProblem, handle
from palaver.core.participants import Identity, Participant, keys_of
from palaver.core.rooms import History, info_of
from palaver.core.sessions import Identified, Identify, Position, Resume, Resumed, Snapshot
from palaver.hub import seats
from palaver.hub.ports import SessionCard, Sink, TokenRejected
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


def identify(hub: Hub, command: Identify, address: str) -> Identity:
    """Return who somebody is: by a token where one is given and honoured, else as a guest. Raises a Refusal.

    Tokens are judged before limits, so that a wrong one says so; every try counts against the address.
    """
    now = hub.clock.now()
    wait = hub.logins.take(address, now) if address else 0.0
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)
    identity = _verified(hub, command, now) if command.token and hub.tokens else _guest(hub, command)
    device = command.device if command.device and len(command.device) <= 128 else None
    identity = msgspec.structs.replace(identity, address=address, device=device)
    refuse_barred(hub, identity, None)
    return identity


def _verified(hub: Hub, command: Identify, now: float) -> Identity:
    assert hub.tokens is not None
    try:
        return hub.tokens.identity(command.token, now=now)
    except TokenRejected as rejected:
        raise errors.TokenInvalid(problem=str(rejected)) from None


def _guest(hub: Hub, command: Identify) -> Identity:
    if not hub.admission.guests:
        raise errors.TokenRequired() if hub.tokens else errors.GuestsNotAdmitted()
    try:
        return Identity(handle(command.name))
    except NameProblem as problem:
        raise errors.BadName(problem=problem.sentence) from None


def refuse_barred(hub: Hub, identity: Identity, room: RoomId | None) -> None:
    """Refuse somebody who is banned or was removed a moment ago."""
    now = hub.clock.now()
    for ban in hub.bans:
        if bars(ban, identity, room, now=now):
            until = datetime.fromtimestamp(ban.until_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
            raise errors.Banned(until=until, until_ms=ban.until_ms)
    if not hub.kicked:
        return
    for key in kick_keys(identity):
        until_s = hub.kicked.get(key, 0.0)
        if until_s > now:
            raise errors.Kicked(wait_s=int(until_s - now) + 1)


def kick_keys(identity: Identity) -> tuple[str, ...]:
    """Return the keys by which somebody who was removed is known: the user, or a guest's name at an address."""
    if identity.user is not None:
        return (f"user:{identity.user}",)
    return tuple(f"{key}@{identity.address}" for key in keys_of(identity.name, None))


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
        ice=hub.ice.servers(session.session, now=hub.clock.now()),
        relations=session.relations,
    )


async def load_relations(hub: Hub, session: Session) -> None:
    """Give a verified user's session the relations that were stored."""
    user = session.identity.user
    if user is None:
        return
    relations = await hub.moderation.relations(user)
    hub.sessions.set_relations(session, relations)
    if relations.blocks:
        hub.blockers.add(session.session)
    hub.presence.announce(SessionCard(session.session, session.identity, relations))


async def resume(hub: Hub, command: Resume, sink: Sink) -> tuple[Session, Resumed, list[bytes]]:
    """Continue a session on a new connection; return what it is answered and the framed events it missed.

    Raises NoSuchSession where the window has passed. The caller writes the answer first, then the events, then calls
    `Hub.attach_rooms`; nothing may be delivered in between, so it must not wait there.
    """
    session = hub.sessions.by_token(command.token)
    if session is None:
        raise errors.NoSuchSession()
    hub.take_over(session, sink)
    missed = _missed(hub, session, command.position)
    if missed is None:
        try:
            found = [await snapshot(hub, session, room) for room in session.rooms]
        except BaseException:
            hub.lost(session, sink)
            raise
        return session, Resumed(session.session, False, tuple(found)), []
    frames = [sink.introduce(event, Position(hub.epoch, seq)) for seq, event in missed]
    return session, Resumed(session.session, True), frames


def _missed(hub: Hub, session: Session, position: Position) -> list[tuple[int, Event]] | None:
    """Return the events after a position in order; None when it is of another epoch or some are forgotten."""
    if position.epoch != hub.epoch:
        return None
    direct = session.direct_since(position.seq)
    if direct is None:
        return None
    events: list[tuple[int, Event]] = list(direct)
    for room in session.rooms:
        local = hub.rooms.get(room)
        entries = local.since(position.seq) if local is not None else []
        if entries is None:
            return None
        events += [(seq, entry.event) for seq, entry in entries if seats.hears(hub, session, entry)]
    return sorted(events, key=lambda entry: entry[0])


async def snapshot(hub: Hub, session: Session, room: RoomId) -> Snapshot:
    """Return a room as a session finds it. What is told to the room afterwards is not in it."""
    local = seats.room_of(hub, room)
    participant = seats.seat_of(hub, session, room)
    before = hub.position.seq
    stored = await _latest(hub, session, participant, room)
    told = (local.since(before) or []) if hub.position.seq != before else []
    return Snapshot(
        room=info_of(local.room),
        you=seats.seat_of(hub, session, room),
        participants=seats.visible_roster(hub, session, participant, room),
        position=hub.position,
        messages=_brought_up(stored, [entry.event for _, entry in told if seats.hears(hub, session, entry)]),
        waiting=tuple(waiter for _, waiter in local.waiting.values()) if policy.runs_room(participant) else (),
    )


async def _latest(hub: Hub, session: Session, participant: Participant, room: RoomId) -> list[Message]:
    found: list[Message] = []
    for channel in seats.room_of(hub, room).room.channels:
        if channel.history is History.OFF or not channel.newcomers_see or not policy.may_read(participant, channel):
            continue
        page, _ = await hub.messages.channel_page(room, channel.id, before=None, limit=channel.newcomers_see)
        found.extend(page)
    return audible(session, found)


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
            messages[event.message] = with_reaction(message, event.emoji, event.by.handle, on=event.on)
    return tuple(messages[key] for key in sorted(messages))


def audible(session: Session, messages: list[Message] | tuple[Message, ...]) -> list[Message]:
    """Return the messages whose authors a session hears."""
    if not session.relations.ignores and not session.relations.blocks:
        return list(messages)
    return [m for m in messages if not unheard_by(session.relations, keys_of(m.author.handle, m.author.user))]
