"""Who may know of a message: what history shows of it to whom, and whom what becomes of it is told.

The rule is `policy.may_know_of`; here it meets people as they stand to each other now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from palaver.core import chat, hearers, policy
from palaver.core.audience import Publication, ToSessions, Whose
from palaver.core.base import Event
from palaver.core.chat import Direct, Giver, InChannel, Message, MessageEdited, MessageRetracted
from palaver.core.ids import PersonKey, RoomId, SessionId, UserId
from palaver.core.moderation import Relations, blocks, unheard_by
from palaver.core.participants import Author, is_person, keys_of
from palaver.core.rooms import channel_of
from palaver.hub import seats
from palaver.hub.local_rooms import LocalRoom
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


def whose(hub: Hub, message: Message) -> Whose:
    """Return whose a message is by now, and whom that person blocks."""
    author = message.author
    card = hub.presence.card(author.session)
    operator = card is not None and card.identity.operator
    user = _user_of(hub, author)
    if user != author.user:
        author = msgspec.structs.replace(author, user=user)
        message = msgspec.structs.replace(message, author=author)
    theirs = _relations_of(hub, author)
    hidden_from: frozenset[PersonKey] = theirs.blocks if theirs is not None else frozenset()
    return hearers.whose(message, hidden_from, operator=operator)


def _user_of(hub: Hub, person: Author | Giver) -> UserId | None:
    """Return who somebody is that said or did something, who may have been a guest then and be a user now."""
    if person.user is not None:
        return person.user
    card = hub.presence.card(person.session)
    return None if card is None else card.identity.user


def _relations_of(hub: Hub, person: Author | Giver) -> Relations | None:
    """Return how somebody stands to others who blocks anybody and is here, in whichever session; None of all others."""
    if not hub.presence.blockers():
        return None
    for who in (person.session, *seats.sessions_of_user(hub, _user_of(hub, person))):
        card = hub.presence.card(who)
        if card is not None and card.relations.blocks:
            return card.relations
    return None


def may_know_of(hub: Hub, session: Session, whose: Whose, keys: tuple[PersonKey, ...]) -> bool:
    """Return whether a session may know of a message, by its keys where that stands."""
    return policy.may_know_of(
        session.relations,
        keys,
        whose,
        ignored_since=session.ignored_since,
        unblockable=hub.presence.unblockable(),
    )


def tell(hub: Hub, message: Message, event: Event, by: Author, session: Session, besides: SessionId | None) -> None:
    """Tell what a session did to a message, as `by`."""
    about = partial(hearers.about, message, whose=whose(hub, message), besides=besides)
    hidden_from, people = seats.hidden_from(session), None
    if isinstance(message.place, Direct) and (own := shown(hub, session, event)) is not event:
        # Of what is said to one, nobody but its author can be told and not hear the other.
        hub.tell(about(own, by, hidden_from, people=(by,)))
        people = tuple(end for end in hearers.ends(message) if not is_person(end, by.session, by.user))
    hub.tell(about(event, by, hidden_from, people=people))


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


def given(hub: Hub, session: Session, messages: Sequence[Message], room: RoomId | None = None) -> list[Message]:
    """Return the messages whose authors a session hears, and who do not block it as far as they are here.

    So with those who gave reactions, which are left out one by one. The messages are of one room, or direct ones.
    """
    if _hears_everybody(hub, session):
        return list(messages)
    authors = [chat.giver_of(message.author) for message in messages]
    voices = _Voices(hub, chain(authors, *map(_givers, messages)))
    me = seats.author_in(hub, session, room)
    parted, ignored = voices.parted_from(session.relations, me), voices.ignored_by(session.relations, me)
    unheard = parted | ignored
    return [
        _without(message, unheard)
        for message, author in zip(messages, authors, strict=True)
        if author not in parted and (author not in ignored or _insists(hub, message))
    ]


def shown(hub: Hub, session: Session, event: Event, room: RoomId | None = None) -> Event:
    """Return what a session is told of an event of a room: an edited message without the reactions it does not hear of."""
    if not isinstance(event, MessageEdited) or not event.message.reactions or _hears_everybody(hub, session):
        return event
    voices, me = _Voices(hub, _givers(event.message)), seats.author_in(hub, session, room)
    message = _without(event.message, voices.unheard_by(session.relations, me))
    return event if message is event.message else MessageEdited(message)


def versions(
    hub: Hub, local: LocalRoom, event: MessageEdited, excluded: set[SessionId] | None
) -> Iterator[tuple[MessageEdited, set[SessionId]]]:
    """Go through what is told of an edited message to those who do not hear of all its reactions, and who they are.

    Mostly nothing, and then nobody is looked at. Those who are `excluded` are not told at all.
    """
    if not event.message.reactions or not (hub.sessions.somebody_is_deaf or hub.presence.blockers()):
        return
    voices = _Voices(hub, _givers(event.message))
    readers: dict[frozenset[Giver], set[SessionId]] = {}
    for who in local.seated.keys() - (excluded or ()):
        session = hub.sessions.get(who)
        if session is None:
            continue
        unheard = voices.unheard_by(session.relations, seats.author_in(hub, session, local.id))
        if unheard:
            readers.setdefault(unheard, set()).add(who)
    for unheard, these in readers.items():
        yield MessageEdited(_without(event.message, unheard)), these


def _hears_everybody(hub: Hub, session: Session) -> bool:
    mine = session.relations
    return not mine.ignores and not mine.blocks and not hub.presence.blockers()


def _insists(hub: Hub, message: Message) -> bool:
    """Whether a message is heard by whoever ignores its author, as a direct one of somebody who runs the site."""
    card = hub.presence.card(message.author.session)
    return not isinstance(message.place, InChannel) and card is not None and card.identity.operator


def _givers(message: Message) -> Iterator[Giver]:
    return (giver for each in message.reactions for giver in chat.givers(each))


def _without(message: Message, unheard: Set[Giver]) -> Message:
    """Return a message without the reactions that these gave."""
    if unheard.isdisjoint(_givers(message)):
        return message
    kept = ((each.emoji, [giver for giver in chat.givers(each) if giver not in unheard]) for each in message.reactions)
    reactions = tuple(chat.reaction(emoji, givers) for emoji, givers in kept if givers)
    return msgspec.structs.replace(message, reactions=reactions)


class _Voices:
    """People who said something, or reacted to it, and which readers do not hear whom of them."""

    def __init__(self, hub: Hub, voices: Iterable[Giver]) -> None:
        self._shielded = hub.presence.unblockable()
        self._keys: dict[Giver, tuple[PersonKey, ...]] = {}
        self._by_key: dict[PersonKey, set[Giver]] = {}
        self._blocking: dict[Giver, Relations] = {}
        for voice in set(voices):
            self._keys[voice] = keys_of(voice.handle, _user_of(hub, voice))
            for key in self._keys[voice]:
                self._by_key.setdefault(key, set()).add(voice)
            theirs = _relations_of(hub, voice)
            if theirs is not None:
                self._blocking[voice] = theirs

    def unheard_by(self, relations: Relations, reader: Author) -> frozenset[Giver]:
        """Return whom a reader with these relations ignores, and whom a block parts from that reader."""
        return self.ignored_by(relations, reader) | self.parted_from(relations, reader)

    def ignored_by(self, relations: Relations, reader: Author) -> frozenset[Giver]:
        """Return whom a reader with these relations ignores; nobody ignores themselves."""
        return self._others(reader, self._known_by(relations.ignores))

    def parted_from(self, relations: Relations, reader: Author) -> frozenset[Giver]:
        """Return between whom and a reader with these relations there is a block, either way."""
        keys = keys_of(reader.handle, reader.user)
        found = {voice for voice in self._known_by(relations.blocks) if self._keys[voice][0] not in self._shielded}
        found.update(voice for voice, theirs in self._blocking.items() if blocks(theirs, keys, self._shielded))
        return self._others(reader, found)

    def _known_by(self, keys: frozenset[PersonKey]) -> set[Giver]:
        return {voice for key in self._by_key.keys() & keys for voice in self._by_key[key]}

    def _others(self, reader: Author, found: set[Giver]) -> frozenset[Giver]:
        mine = keys_of(reader.handle, reader.user)[0]
        return frozenset(v for v in found if self._keys[v][0] != mine and v.session != reader.session)
