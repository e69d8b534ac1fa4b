"""Who may know of a message: what history shows of it to whom, and whom what becomes of it is told.

The rule is `policy.may_know_of`; here it meets people as they stand to each other now.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from palaver.core import chat, hearers, policy
from palaver.core.audience import Publication, ToSessions, Whose
from palaver.core.base import Event
from palaver.core.chat import InChannel, Message, MessageRetracted, Reaction
from palaver.core.ids import PersonKey, SessionId, UserId
from palaver.core.moderation import blocks, unheard_by
from palaver.core.participants import Author, is_person, keys_of
from palaver.core.rooms import channel_of
from palaver.hub import seats
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


def whose(hub: Hub, message: Message) -> Whose:
    """Return whose a message is, and whom that person blocks now."""
    card = hub.presence.card(message.author.session)
    operator = card is not None and card.identity.operator
    return hearers.whose(message, _blocks_of(hub, message.author), operator=operator)


def _blocks_of(hub: Hub, author: Author) -> frozenset[PersonKey]:
    """Return whom somebody blocks, as far as they are here, in whichever session."""
    for who in hub.presence.blockers():
        card = hub.presence.card(who)
        if card is not None and is_person(author, who, card.identity.user):
            return card.relations.blocks
    return frozenset()


def may_know_of(hub: Hub, session: Session, whose: Whose) -> bool:
    """Return whether a session may know of a message."""
    me = seats.author_in(hub, session)
    return policy.may_know_of(
        session.relations,
        keys_of(me.handle, me.user),
        whose,
        ignored_since=session.ignored_since,
        unblockable=hub.presence.unblockable(),
    )


def tell(hub: Hub, message: Message, event: Event, by: Author, session: Session, besides: SessionId | None) -> None:
    """Tell what a session did to a message, as `by`."""
    hub.tell(hearers.about(message, event, by, seats.hidden_from(session), whose=whose(hub, message), besides=besides))


def tell_retracted(hub: Hub, message: Message, by: Author, *, besides: SessionId | None = None) -> None:
    """Tell everybody who may know of a message that it is gone.

    Whoever does not hear the one who took it back is told as if its author had; so is everybody, of one who hides.
    """
    told, author = whose(hub, message), message.author
    place, keys = message.place, keys_of(by.handle, by.user)
    if keys[0] == told.author[0] or not isinstance(place, InChannel):
        hub.tell(hearers.retracted(message, by, told, besides=besides))
        return
    if seats.is_hidden(hub, by.session):
        hub.tell(hearers.retracted(message, author, told, besides=besides))
        return
    event = MessageRetracted(message.id, place, by, author)
    hub.tell(hearers.about(message, event, by, seats.relations_of(hub, by.session).blocks, whose=told, besides=besides))
    apart = tuple(_apart_from(hub, by, place))
    if apart:
        plain = MessageRetracted(message.id, place, author, author)
        hub.tell(Publication(plain, ToSessions(apart, about=told.author, seen=True, whose=told)))


def _apart_from(hub: Hub, by: Author, place: InChannel) -> Iterable[SessionId]:
    """Go through those who read a channel and do not hear somebody."""
    keys, theirs = keys_of(by.handle, by.user), seats.relations_of(hub, by.session)
    channel = channel_of(seats.room_of(hub, place.room).room, place.channel)
    shielded = hub.presence.unblockable()
    for seat in hub.presence.roster(place.room).values():
        hears = not unheard_by(seats.relations_of(hub, seat.session), keys, shielded)
        if hears and not blocks(theirs, keys_of(seat.handle, seat.user), shielded):
            continue
        if seat.session != by.session and policy.may_read(seat, channel):
            yield seat.session


# -- history -----------------------------------------------------------------------------------------------------------


def given(hub: Hub, session: Session, messages: Iterable[Message]) -> list[Message]:
    """Return the messages whose authors a session hears, and who do not block it as far as they are here.

    So with those who gave reactions, which are left out one by one.
    """
    mine = session.relations
    if not mine.ignores and not mine.blocks and not hub.presence.blockers():
        return list(messages)
    reader = _Reader(hub, session)
    return [reader.shown(message) for message in messages if reader.hears_author(message)]


class _Reader:
    """Whom one session does not hear, of all who may have said something."""

    def __init__(self, hub: Hub, session: Session) -> None:
        me = seats.author_in(hub, session)
        self._keys = keys = keys_of(me.handle, me.user)
        self._presence = hub.presence
        self._relations = session.relations
        self._shielded = hub.presence.unblockable()
        blockers = hub.presence.blockers()
        hidden = {who for who in blockers if blocks(seats.relations_of(hub, who), keys, self._shielded)}
        self._hidden = hidden - {me.session}
        cards = (hub.presence.card(who) for who in self._hidden)
        self._users: set[UserId | None] = {card.identity.user for card in cards if card is not None} - {None, me.user}

    def hears_author(self, message: Message) -> bool:
        author = message.author
        keys = keys_of(author.handle, author.user)
        if keys[0] == self._keys[0]:
            return True
        if self._is_parted_from(author.session, author.user, keys):
            return False
        return not self._ignores(keys) or (not isinstance(message.place, InChannel) and self._insists(author))

    def _insists(self, author: Author) -> bool:
        """Whether somebody is heard directly by whoever ignores them, as one who runs the site."""
        card = self._presence.card(author.session)
        return card is not None and card.identity.operator

    def _is_parted_from(self, session: SessionId, user: UserId | None, keys: tuple[PersonKey, ...]) -> bool:
        """Whether there is a block, either way."""
        return session in self._hidden or user in self._users or blocks(self._relations, keys, self._shielded)

    def _ignores(self, keys: tuple[PersonKey, ...]) -> bool:
        return not self._relations.ignores.isdisjoint(keys)

    def shown(self, message: Message) -> Message:
        """Return a message without the reactions of those who are not heard."""
        if not message.reactions:
            return message
        kept = tuple(kept for each in message.reactions if (kept := self._reaction(each)) is not None)
        return message if kept == message.reactions else msgspec.structs.replace(message, reactions=kept)

    def _reaction(self, reaction: Reaction) -> Reaction | None:
        givers = [giver for giver in chat.givers(reaction) if self._hears_giver(*giver)]
        return chat.reaction(reaction.emoji, givers) if givers else None

    def _hears_giver(self, handle: str, session: SessionId) -> bool:
        card = self._presence.card(session)
        user = card.identity.user if card is not None else None
        keys = keys_of(handle, user)
        return keys[0] == self._keys[0] or not (self._is_parted_from(session, user, keys) or self._ignores(keys))
