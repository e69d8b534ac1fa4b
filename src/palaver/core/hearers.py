"""Who hears what is said, and who may know what becomes of it: the audiences of messages.

Who may read a channel, and who stands how to whom, is judged where an audience is resolved.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from palaver.core.audience import AnyAudience, Publication, ToPeople, ToRoom, Whose
from palaver.core.base import Event
from palaver.core.chat import Direct, InChannel, Message, MessagePosted, MessageRetracted, Place
from palaver.core.ids import PersonKey, SessionId
from palaver.core.participants import Author, keys_of


def hearers(
    place: Place,
    by: Author,
    *,
    hidden_from: frozenset[PersonKey] = frozenset(),
    besides: SessionId | None = None,
    operator: bool = False,
) -> AnyAudience:
    """Return who hears what `by` does in a place: the channel, or both ends of a direct message in all their sessions.

    A direct message of one who runs the site reaches also those who ignore them (BareRTC §3.9).
    """
    about = keys_of(by.handle, by.user)
    if isinstance(place, InChannel):
        return ToRoom(place.room, channel=place.channel, about=about, hidden_from=hidden_from, besides=besides)
    audience = to_people((by, place.to), about=about, spared=by.session, besides=besides)
    return msgspec.structs.replace(audience, seen=operator, hidden_from=hidden_from)


def hearers_of_typing(place: Place, by: Author, hidden_from: frozenset[PersonKey]) -> AnyAudience:
    """Return who is told that `by` writes in a place: the others in the channel, or the addressee."""
    if isinstance(place, InChannel):
        return hearers(place, by, hidden_from=hidden_from, besides=by.session)
    audience = to_people((place.to,), about=keys_of(by.handle, by.user), besides=by.session)
    return msgspec.structs.replace(audience, hidden_from=hidden_from)


def to_people(
    people: Iterable[Author],
    *,
    about: tuple[PersonKey, ...],
    spared: SessionId | None = None,
    besides: SessionId | None = None,
) -> ToPeople:
    """Return an audience of people, in every session of theirs; the rest as in `ToPeople`."""
    sessions = tuple(dict.fromkeys(person.session for person in people))
    users = tuple(dict.fromkeys(person.user for person in people if person.user is not None))
    return ToPeople(sessions, about=about, spared=spared, users=users, besides=besides)


def posted(
    message: Message,
    hidden_from: frozenset[PersonKey] = frozenset(),
    *,
    besides: SessionId | None = None,
    operator: bool = False,
) -> Publication:
    """Tell a message to its place, its author included unless that session is told otherwise; see `hearers`."""
    audience = hearers(message.place, message.author, hidden_from=hidden_from, besides=besides, operator=operator)
    return Publication(MessagePosted(message), audience)


def ends(message: Message) -> tuple[Author, ...]:
    """Return the people of a direct message: its author and its addressee."""
    return (message.author, message.place.to) if isinstance(message.place, Direct) else (message.author,)


def whose(message: Message, hidden_from: frozenset[PersonKey] = frozenset(), *, operator: bool = False) -> Whose:
    """Return whose a message is, for those who are told what becomes of it.

    Args:
        hidden_from: whom its author blocks.
        operator: its author runs the site, whom those hear directly who ignore them (BareRTC §3.9).
    """
    author = message.author
    insistent = operator and isinstance(message.place, Direct)
    return Whose(keys_of(author.handle, author.user), hidden_from, message.id, insistent)


def about(
    message: Message,
    event: Event,
    by: Author,
    hidden_from: frozenset[PersonKey],
    *,
    whose: Whose,
    besides: SessionId | None = None,
    people: Iterable[Author] | None = None,
) -> Publication:
    """Tell what somebody did to a message to everybody who may know of it and hears that person.

    Of a direct message these are both ends, or some `people`.
    """
    keys = keys_of(by.handle, by.user)
    if isinstance(message.place, InChannel):
        room, channel = message.place.room, message.place.channel
        audience = ToRoom(room, channel=channel, about=keys, hidden_from=hidden_from, besides=besides, whose=whose)
        return Publication(event, audience)
    # What becomes of a message that insisted is heard as it was.
    seen = whose.insistent and keys[0] == whose.author[0]
    to = to_people(ends(message) if people is None else people, about=keys, spared=by.session, besides=besides)
    return Publication(event, msgspec.structs.replace(to, seen=seen, hidden_from=hidden_from, whose=whose))


def retracted(message: Message, by: Author, whose: Whose, *, besides: SessionId | None = None) -> Publication:
    """Tell that a message is gone, as its author's deed, to everybody who may know of it, the author included."""
    event = MessageRetracted(message.id, message.place, by, message.author)
    if isinstance(message.place, InChannel):
        room, channel = message.place.room, message.place.channel
        return Publication(event, ToRoom(room, channel=channel, besides=besides, whose=whose))
    to = to_people(ends(message), about=whose.author, spared=by.session, besides=besides)
    return Publication(event, msgspec.structs.replace(to, seen=True, whose=whose))
