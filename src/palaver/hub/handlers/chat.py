"""Messages: post, edit, retract, react, typing, receipts, history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palaver.core import chat, errors, hearers, media, policy
from palaver.core.audience import Publication, ToSessions
from palaver.core.base import DONE, Outcome
from palaver.core.chat import Direct, InChannel, Message, Place
from palaver.core.ids import MessageId, SessionId, sent_at_ms
from palaver.core.moderation import blocks, unheard_by
from palaver.core.participants import Author, Participant, Rule, author_of, is_person, keys_of
from palaver.core.rooms import Channel, History, channel_of
from palaver.hub import entrance, readership, screening, seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

MAX_PAGE = 100
MESSAGE_BYTES = 2048
"""A longer message counts as several: readers are sent bytes, and sixty long ones at once would drown them."""


async def post_message(hub: Hub, session: Session, command: chat.PostMessage) -> Outcome:
    """Post a message; it is recorded before anybody is told, and a nonce that was used returns the first post.

    While that one is being recorded, as for a client that came back, both end as it does.
    """
    before = session.posted_before(command.nonce)
    if before is not None:
        if before in hub.untold:
            await hub.untold[before]
        return chat.Posted(before, sent_at_ms(before))
    author, place, keep = resolve(hub, session, command.place, writing=True)
    if command.attachments:
        check_attaching(hub, session, place)
    now = hub.clock.now()
    message = chat.post(
        command, author, place, message=hub.message_ids.next(now), now=now, max_chars=hub.limits.message_chars
    )
    _limit(hub, session, chat.payload_bytes(command))
    message, forward = await screening.screen(hub, session, message)
    session.remember_nonce(command.nonce, message.id)
    if not forward:
        hub.tell(screening.to_author_alone(message, chat.MessagePosted(message), echo=command.echo))
        return chat.Posted(message.id, message.sent_ms)
    try:
        told = hearers.posted(
            message,
            seats.hidden_from(session),
            besides=_unechoed(session, command, place),
            operator=session.identity.operator,
        )
        await record_and_tell(hub, keep, told, message)
    except BaseException:
        session.forget_nonce(command.nonce)
        raise
    return chat.Posted(message.id, message.sent_ms)


def _unechoed(
    session: Session, command: chat.PostMessage | chat.EditMessage | chat.RetractMessage, place: Place
) -> SessionId | None:
    """Return the asker, where the answer alone is wanted; a message to oneself is told all the same."""
    to_self = isinstance(place, Direct) and place.to.session == session.session
    return None if command.echo or to_self else session.session


async def record_and_tell(hub: Hub, keep: History, publication: Publication, message: Message) -> None:
    """Record a new message, then tell it; no snapshot that is put together meanwhile holds it."""
    recorded = hub.untold[message.id] = hub.messages.append(message, keep)
    try:
        await recorded
    finally:
        del hub.untold[message.id]
    hub.tell(publication)
    hub.counts.posted += 1
    hub.counts.posted_directly += isinstance(message.place, Direct)
    _write_down(hub, message)


def _write_down(hub: Hub, message: Message) -> None:
    if hub.write_down is not None and _is_delivered(hub, message):
        hub.write_down(message)


def _is_delivered(hub: Hub, message: Message) -> bool:
    """Return whether a message reaches somebody else than its author, as far as it is for one person alone."""
    author, place = message.author, message.place
    if not isinstance(place, Direct) or place.to.session == author.session:
        return True
    theirs = seats.relations_of(hub, place.to.session)
    return not unheard_by(theirs, keys_of(author.handle, author.user), hub.presence.unblockable())


def check_attaching(hub: Hub, session: Session, place: Place) -> None:
    """Refuse pictures and files of whom the site keeps from it, and in a channel without them."""
    channel = None
    if isinstance(place, InChannel):
        channel = channel_of(seats.room_of(hub, place.room).room, place.channel)
    rules = seats.rules_of(hub, session)
    if not policy.may_share_pictures(rules):
        raise media.forbidden(Rule.NO_IMAGE, hub.admission.rule_texts)
    if not policy.may_attach(rules, channel):
        raise errors.NotAllowed(action="share pictures here")


def _limit(hub: Hub, session: Session, size: int = 0) -> None:
    wait = session.messages_bucket.take(hub.clock.now(), 1 + size // MESSAGE_BYTES)
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)


def resolve(
    hub: Hub, session: Session, destination: chat.Destination, *, writing: bool
) -> tuple[Author, Place, History]:
    """Return who speaks, where that is, and how long it is kept. Raises a Refusal where it is not theirs to use."""
    if isinstance(destination, InChannel):
        seat, channel = _channel(hub, session, destination, writing=writing)
        return author_of(seat), InChannel(destination.room, channel.id), channel.history
    to = seats.find(hub, session, destination.to)
    if destination.within is not None and to.session not in hub.presence.roster(destination.within):
        raise errors.NoSuchParticipant(name=to.handle)
    author = seats.author_to(hub, session, to.session)
    operator = session.identity.operator
    if writing and not policy.may_write_to(operator, session.relations, keys_of(to.handle, to.user)):
        raise errors.NotAllowed(action=f"write to {to.handle}, whom you ignore")
    # What somebody says to themselves is not talk: a bot's sign of life every 15 s would fill the store.
    kept = hub.admission.keep_direct and author.user is not None and to.user not in (None, author.user)
    return author, Direct(to), History.DURABLE if kept else History.OFF


def _channel(hub: Hub, session: Session, place: InChannel, *, writing: bool) -> tuple[Participant, Channel]:
    seat = seats.seat_of(hub, session, place.room)
    channel = channel_of(seats.room_of(hub, place.room).room, place.channel)
    allowed = policy.may_post(seat, channel) if writing else policy.may_read(seat, channel)
    if not allowed:
        raise errors.NoSuchChannel(channel=place.channel)
    return seat, channel


async def _message(
    hub: Hub, session: Session, message: MessageId, *, moderating: bool = False
) -> tuple[Message, Participant | Author]:
    """Return a message that a session may know of, and who the session is where it stands.

    Where it is a matter of `moderating`, those who run the room may know of each.
    """
    found = await hub.messages.find(message)
    if found is None:
        raise errors.NoSuchMessage()
    if isinstance(found.place, InChannel):
        try:
            seat, _ = _channel(hub, session, found.place, writing=False)
        except errors.Refusal:
            raise errors.NoSuchMessage() from None
        if not (moderating and policy.runs_room(seat)):
            _check_knows_of(hub, session, found, seat)
        return found, seat
    ends, user = hearers.ends(found), session.identity.user
    others = [end for end in ends if not is_person(end, session.session, user)]
    if len(others) == len(ends):
        raise errors.NoSuchMessage()
    me = seats.author_to(hub, session, others[0].session if others else session.session)
    _check_knows_of(hub, session, found, me)
    return found, me


def _check_knows_of(hub: Hub, session: Session, message: Message, me: Participant | Author) -> None:
    if not readership.may_know_of(hub, session, readership.whose(hub, message), keys_of(me.handle, me.user)):
        raise errors.NoSuchMessage()


async def edit_message(hub: Hub, session: Session, command: chat.EditMessage) -> Outcome:
    """Replace the text of one's own message."""
    # Counted before it is looked for, since a store is asked for what is not there, too.
    _limit(hub, session, min(len(command.text.encode(errors="replace")), chat.MAX_TEXT_BYTES))
    async with hub.changing.holding(command.message):
        message, me = await _message(hub, session, command.message)
        author = author_of(me) if isinstance(me, Participant) else me
        if not policy.may_edit(author, message):
            raise errors.NotAllowed(action="edit somebody else's message")
        edited = chat.edit(message, command.text, now=hub.clock.now(), max_chars=hub.limits.message_chars)
        edited, forward = await screening.screen(hub, session, edited)
        if not forward:
            raise errors.BadText(problem="others would not get it", why="filtered")
        await hub.messages.replace(edited)
        besides = _unechoed(session, command, message.place)
        readership.tell(hub, edited, chat.MessageEdited(edited), author, session, besides)
        _write_down(hub, edited)
    return DONE


async def retract_message(hub: Hub, session: Session, command: chat.RetractMessage) -> Outcome:
    """Take a message back for everybody."""
    async with hub.changing.holding(command.message):
        message, me = await _message(hub, session, command.message, moderating=not command.own)
        allowed = policy.may_edit if command.own else policy.may_retract
        if not allowed(me, message):
            raise errors.NotAllowed(action="take back somebody else's message")
        await hub.messages.remove(message.id)
        by = author_of(me) if isinstance(me, Participant) else me
        readership.tell_retracted(hub, message, by, besides=_unechoed(session, command, message.place))
    return DONE


async def find_message(hub: Hub, session: Session, command: chat.FindMessage) -> Outcome:
    """Say that a message is remembered, which who asks need not be able to read."""
    found = await hub.messages.find(command.message)
    if found is None or (isinstance(found.place, InChannel) and found.place.room != command.room):
        raise errors.NoSuchMessage()
    return DONE


async def react(hub: Hub, session: Session, command: chat.React) -> Outcome:
    """Put an emoji under a message, or take it away."""
    emoji = chat.checked_emoji(command.emoji)
    _limit(hub, session)
    async with hub.changing.holding(command.message):
        message, me = await _message(hub, session, command.message)
        by = author_of(me) if isinstance(me, Participant) else me
        on = command.on if command.on is not None else not chat.has_reacted(message, emoji, by.handle)
        if on:
            screening.check_words(hub, emoji)
        changed = chat.with_reaction(message, emoji, chat.giver_of(by), on=on)
        if changed != message:
            await hub.messages.replace(changed)
            event = chat.ReactionChanged(message.id, message.place, emoji, by, on)
            readership.tell(hub, message, event, by, session, None)
    return DONE


async def set_typing(hub: Hub, session: Session, command: chat.SetTyping) -> Outcome:
    """Say that one writes, or has stopped; the others are told, nothing is kept."""
    author, place, _ = resolve(hub, session, command.place, writing=True)
    if seats.is_hidden(hub, session.session):
        return DONE
    audience = hearers.hearers_of_typing(place, author, seats.hidden_from(session))
    hub.tell(Publication(chat.TypingChanged(place, author, command.typing), audience))
    return DONE


async def mark_messages(hub: Hub, session: Session, command: chat.MarkMessages) -> Outcome:
    """Tell the authors of direct messages to oneself that they arrived or were seen."""
    if len(command.messages) > chat.MAX_MARKED:
        raise errors.TooLarge(limit=chat.MAX_MARKED, unit="messages")
    me = seats.author_in(hub, session)
    if seats.is_hidden(hub, session.session):
        return DONE
    marked: dict[Author, list[MessageId]] = {}
    for found in await hub.messages.find_all(command.messages):
        if not isinstance(found.place, Direct) or not is_person(found.place.to, session.session, me.user):
            continue
        keys = keys_of(found.author.handle, found.author.user)
        if not blocks(session.relations, keys, hub.presence.unblockable()):
            marked.setdefault(found.author, []).append(found.id)
    for author, messages in marked.items():
        event = chat.MessagesMarked(tuple(messages), command.state, me)
        hub.tell(Publication(event, hearers.to_people((author,), about=keys_of(me.handle, me.user))))
    return DONE


async def fetch_history(hub: Hub, session: Session, command: chat.FetchHistory) -> Outcome:
    """Return a page of messages from before one came."""
    limit = max(1, min(command.limit, MAX_PAGE))
    _, place, _ = resolve(hub, session, command.place, writing=False)
    if isinstance(place, InChannel):
        channel = channel_of(seats.room_of(hub, place.room).room, place.channel)
        if channel.history is History.OFF:
            return chat.HistoryPage(())
        page, more = await hub.messages.channel_page(place.room, place.channel, before=command.before, limit=limit)
        fitting = entrance.newest(page)
        given = readership.given(hub, session, fitting, place.room)
        return chat.HistoryPage(tuple(given), more or len(fitting) < len(page))
    me, other = session.identity.user, place.to.user
    if me is None or other is None:
        return chat.HistoryPage(())
    page, more = await hub.messages.thread_page(me, other, before=command.before, limit=limit)
    fitting = entrance.newest(page)
    return chat.HistoryPage(tuple(readership.given(hub, session, fitting)), more or len(fitting) < len(page))


async def take_missed(hub: Hub, session: Session, command: chat.TakeMissed) -> Outcome:
    """Tell the asker what was said to the session whose place the asker's took, once."""
    missed, session.missed = session.missed, ()
    for event in missed:
        hub.deliver(Publication(event, ToSessions((session.session,))))
    return DONE


HANDLERS: Handlers = {
    chat.PostMessage: post_message,
    chat.EditMessage: edit_message,
    chat.RetractMessage: retract_message,
    chat.FindMessage: find_message,
    chat.React: react,
    chat.SetTyping: set_typing,
    chat.MarkMessages: mark_messages,
    chat.FetchHistory: fetch_history,
    chat.TakeMissed: take_missed,
}
