"""How people stand to each other: ignore, block, turn away, invite, and the list that the site keeps for somebody."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, media, moderation, policy
from palaver.core.audience import Publication, ToSessions
from palaver.core.base import DONE, Outcome
from palaver.core.ids import PersonKey, RoomId
from palaver.core.moderation import Relations
from palaver.core.participants import Participant, author_of, keys_of, name_key
from palaver.hub import namesakes, seats, sight, standing
from palaver.hub.handlers.handler import Handlers
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


NAMES_OF_AN_ASK = 100


async def ignore(hub: Hub, session: Session, command: moderation.Ignore) -> Outcome:
    """Stop hearing people, or hear them again; whoever of them runs the site is told."""
    _count_names(hub, session, command.names)
    keys = _keys(hub, session, command.room, command.names, on=command.on)
    async with _changing(hub, session):
        before = session.declared.ignores
        ignores = moderation.with_names(before, keys, on=command.on, user=session.identity.user)
        await _declare(hub, session, command.names, moderation.changed(session.declared, ignores=ignores))
    if command.on:
        _stop_viewers(hub, session, ignores)
    me = seats.author_in(hub, session, command.room)
    for other in _operators(hub, session, command.room, command.names):
        keys_of_other = keys_of(other.handle, other.user)
        if before.isdisjoint(keys_of_other) != ignores.isdisjoint(keys_of_other):
            hub.tell(Publication(moderation.IgnoreChanged(me, command.on), ToSessions((other.session,))))
    return DONE


async def block(hub: Hub, session: Session, command: moderation.Block) -> Outcome:
    """Neither hear, see nor be seen by people; both sides lose sight of each other at once."""
    _count_names(hub, session, command.names)
    if command.on:
        for other in _operators(hub, session, command.room, command.names):
            if not policy.may_block(other):
                raise errors.NotAllowed(action=f"block {other.handle}, who runs this place")
    keys = _keys(hub, session, command.room, command.names, on=command.on)
    async with _changing(hub, session):
        blocked = moderation.with_names(session.declared.blocks, keys, on=command.on, user=session.identity.user)
        await _declare(hub, session, command.names, moderation.changed(session.declared, blocks=blocked))
    if command.on:
        _stop_viewers(hub, session, blocked)
    return DONE


async def take_blocklist(hub: Hub, session: Session, command: moderation.TakeBlocklist) -> Outcome:
    """Ignore and block everybody on a list; people who run the site are on it without effect on the block.

    It is the site's word, which is kept as such: a page hands on the list that it was loaded with, however old.
    """
    _count_names(hub, session, command.names)
    keys = _keys(hub, session, command.room, command.names, on=True)
    await shun(hub, session, keys, stored=False)
    return DONE


async def shun(hub: Hub, session: Session, keys: set[PersonKey], *, stored: bool = True) -> bool:
    """Ignore and block people in one step, for good or until the session ends; return whether that changed anything."""
    async with _changing(hub, session):
        declared = session.declared
        ignores = moderation.with_names(declared.ignores, keys, on=True, user=session.identity.user)
        blocked = moderation.with_names(declared.blocks, keys, on=True, user=session.identity.user)
        changed = moderation.changed(declared, ignores=ignores, blocks=blocked)
        if changed == declared:
            return False
        await relate(hub, session, changed, stored=stored)
    _stop_viewers(hub, session, ignores)
    return True


async def hear_everybody(hub: Hub, session: Session, command: moderation.HearEverybody) -> Outcome:
    """Ignore nobody any more; one who runs the site also cannot be blocked for the rest of the session."""
    async with _changing(hub, session):
        ignored = len(session.declared.ignores)
        hears_all = moderation.changed(session.declared, ignores=frozenset())
        if session.identity.operator and session.identity.user is None:
            await namesakes.displace_namesakes(hub, session.session)
        await relate(hub, session, hears_all, heard=session.identity.operator)
    return moderation.Heard(ignored)


async def turn_away(hub: Hub, session: Session, command: moderation.TurnAway) -> Outcome:
    """Stop people from watching one's camera; whoever watches now is told to stop, and whoever runs the site is told."""
    _count_names(hub, session, command.names)
    keys = _keys(hub, session, command.room, command.names, on=command.on)
    async with _changing(hub, session):
        before = session.declared.turned_away
        turned_away = moderation.with_names(before, keys, on=command.on, user=session.identity.user)
        await _declare(hub, session, command.names, moderation.changed(session.declared, turned_away=turned_away))
    if command.on:
        told = _stop_viewers(hub, session, turned_away)
        me = seats.author_in(hub, session, command.room)
        for other in _operators(hub, session, command.room, command.names):
            if other.session not in told and before.isdisjoint(keys_of(other.handle, other.user)):
                hub.tell(Publication(media.ViewerTurnedAway(me), ToSessions((other.session,))))
    return DONE


def _stop_viewers(hub: Hub, session: Session, shut_out: frozenset[PersonKey]) -> set[str]:
    """Tell viewers who are no longer wanted to stop; return who they are. Those who run the room may open it again."""
    told: set[str] = set()
    for viewer in session.opened:
        shared = next(seats.shared_seats(hub, session.session, viewer), None)
        if shared is None or shut_out.isdisjoint(keys_of(shared[1].handle, shared[1].user)):
            continue
        session.close_to(viewer)
        me = author_of(shared[0])
        hub.tell(Publication(media.ViewerTurnedAway(me), ToSessions((viewer,))))
        told.add(viewer)
    return told


async def invite_to_watch(hub: Hub, session: Session, command: moderation.InviteToWatch) -> Outcome:
    """Let people watch one's camera past its own rules."""
    _count_names(hub, session, command.names)
    keys = _keys(hub, session, command.room, command.names, on=True)
    async with _changing(hub, session):
        already = standing.invited(hub, seats.sessions_of(hub, session))
        invited = moderation.with_names(already, keys, on=True, user=session.identity.user)
        await relate(hub, session, moderation.changed(session.declared, invited=invited))
    return DONE


async def _declare(hub: Hub, session: Session, names: tuple[str, ...], relations: Relations) -> None:
    """Do the same where it changes something, which counts as an ask; several names were counted already.

    To name one person as one stands to them already is none: clients that come back say so of each.
    """
    if relations == session.declared:
        return
    if len(names) == 1:
        _count(hub, session, 1)
    await relate(hub, session, relations)


def _count(hub: Hub, session: Session, asks: int) -> None:
    wait = session.asks_bucket(hub.allowances).take(hub.clock.now(), asks)
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)


def _count_names(hub: Hub, session: Session, names: tuple[str, ...]) -> None:
    """Refuse names that are too many or too long; of several, each hundred count as an ask, before any is looked at."""
    if len(names) > moderation.MAX_RELATIONS:
        raise errors.TooLarge(limit=moderation.MAX_RELATIONS, unit="names")
    if len(names) > 1:
        _count(hub, session, 1 + len(names) // NAMES_OF_AN_ASK)
    if any(len(name) > moderation.MAX_NAME_CHARS for name in names):
        raise errors.TooLarge(limit=moderation.MAX_NAME_CHARS, unit="characters of name")


async def relate(hub: Hub, session: Session, relations: Relations, *, heard: bool = False, stored: bool = True) -> None:
    """Record how a person stands to others and let all their sessions know; each node takes it over as it is told.

    Invitations end with the sessions that know of them, since nobody can take them back (BareRTC §3.11): what is done in a
    session that does not leaves them as they are. `heard`: from now on this session is, see `Identity`.
    """
    relations, held = standing.with_invitations(hub, session, relations), session.declared
    user = session.identity.user
    if user is not None and stored:
        own = hub.blocklists.own(user, await hub.moderation.relations(user), held, relations)
        await hub.moderation.save_relations(user, own)
    told = seats.sessions_of(hub, session)
    seen_otherwise = heard or relations.blocks != session.declared.blocks
    with sight.changing(hub, told if seen_otherwise else (), relations):
        if heard:
            session.identity = msgspec.structs.replace(session.identity, heard=True)
        hub.tell(Publication(moderation.RelationsChanged(relations), ToSessions(told)))


def _changing(hub: Hub, session: Session) -> AbstractAsyncContextManager[None]:
    """Return a context in which nobody else changes the relations of the same person."""
    return hub.changing.holding(session.identity.user or session.session)


def _operators(hub: Hub, session: Session, room: RoomId, names: tuple[str, ...]) -> list[Participant]:
    """Return who of some people is here, in the asker's sight, and runs the site."""
    if room not in session.rooms:
        return []
    seated = (hub.presence.named(room, name) for name in names)
    return [
        seat
        for seat in seated
        if seat is not None and seat.operator and not seat.hidden and seat.session != session.session
    ]


def _keys(hub: Hub, session: Session, room: RoomId, names: tuple[str, ...], *, on: bool) -> set[PersonKey]:
    """Return the keys of people by name: of whoever is here under it, of the name otherwise; never one's own.

    Only in a room where the asker sits too, so that nobody learns from outside who is in it. What ends is found by the
    name, by the name that a user has on the site, or by the key itself, so that nobody need be here for it.
    """
    inside = room in session.rooms
    keys: set[PersonKey] = set()
    for name in names:
        seat = hub.presence.named(room, name) if inside else None
        if seat is not None and seat.hidden:
            seat = None
        if not on:
            keys.update(moderation.keys_meant(name))
        if seat is not None:
            keys |= seats.keys_known(hub, session, seat, every=not on)
        elif on:
            keys.add(name_key(name))
    me = seats.author_in(hub, session, room)
    # The site's word is not the user's to take back.
    return keys.difference(keys_of(me.handle, me.user) if on else hub.blocklists.keys(session.identity.user))


HANDLERS: Handlers = {
    moderation.Ignore: ignore,
    moderation.Block: block,
    moderation.TakeBlocklist: take_blocklist,
    moderation.HearEverybody: hear_everybody,
    moderation.TurnAway: turn_away,
    moderation.InviteToWatch: invite_to_watch,
}
