"""What the site itself may do: set up and end rooms, speak, keep people out, read reports, erase what a user said.

The site stands above everybody in its rooms, so no predicate of `policy` is asked; every other rule is the core's. How the
site proves that it is the site is the caller's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

import msgspec

from palaver.core import chat, errors, moderation, room_settings, rooms
from palaver.core.audience import Publication, ToRoom
from palaver.core.chat import InChannel, Message
from palaver.core.ids import SITE_REALM, MessageId, RoomId, SessionId, UserId, user_id
from palaver.core.moderation import Ban, BanPerson, ReportFiled, SessionEnded
from palaver.core.names import fold
from palaver.core.participants import Author, ByHandle, Identity, name_key
from palaver.core.rooms import Channel, History, LeaveReason, Life, Room
from palaver.hub import live_rooms, readership, seats, spoken
from palaver.hub.handlers.chat import record_and_tell
from palaver.hub.handlers.moderation import impose, keep_out, lift, remove, windows_of
from palaver.hub.ports.nodes import SessionCard
from palaver.hub.screening import screened_words

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

HANDLE = "Palaver"
"""The site's handle in every room: reserved, so that no guest can take it."""

NOBODY = SessionId("0" * 32)
"""Stands where a session is told, since the site has none."""

Change = Callable[[Room], Room]


def author(title: str) -> Author:
    """Return the site as the author of what it does; `title` is shown beside the handle."""
    return Author(NOBODY, HANDLE, "" if title == HANDLE else title[:128])


async def create_room(hub: Hub, room: Room) -> Room:
    """Make a room that stays and record it; return it as it is kept. Raises RoomExists, or what is wrong with it."""
    made = room_settings.checked_room(
        msgspec.structs.replace(room, life=Life.PERMANENT), max_channels=hub.limits.channels_per_room
    )
    if made.id in hub.rooms:
        raise errors.RoomExists(room=made.id)
    # It is live at once, so that nobody takes the name meanwhile.
    local = live_rooms.add(hub, made)
    try:
        await hub.room_store.save(made)
    except BaseException:
        live_rooms.close(hub, local)
        raise
    return made


async def change_room(hub: Hub, room: RoomId, change: Change) -> Room:
    """Change a room's settings, record them where it stays, and tell everybody in it; return it as it is kept."""
    local, most = seats.room_of(hub, room), hub.limits.channels_per_room
    await live_rooms.change(hub, local, lambda held: room_settings.checked_room(change(held), max_channels=most))
    return local.room


async def close_room(hub: Hub, room: RoomId) -> None:
    """End a room of any kind for all, and forget it; the default room stays."""
    local = seats.room_of(hub, room)
    if local.id == hub.admission.default_room:
        raise errors.NotAllowed(action="close the default room")
    async with hub.changing.holding(local.id):
        await hub.room_store.delete(local.id)
        if hub.rooms.get(local.id) is local:
            live_rooms.close(hub, local)


async def speak(hub: Hub, command: chat.PostMessage, place: InChannel, title: str) -> Message:
    """Post a message of the site's own; everybody in the channel hears it, whomever they ignore.

    A command with a nonce of `spoken.nonce_of` posts once: done again, also by another process that finds the message
    among the latest that the channel keeps, it returns the first. Raises KeyReused.
    """
    local = seats.room_of(hub, place.room)
    channel = rooms.channel_of(local.room, place.channel)
    if not command.nonce:
        return await _post(hub, command, local.id, channel, title)
    place = InChannel(local.id, channel.id)
    async with hub.changing.holding(hub.spoken.key(place, command.nonce)):
        before = hub.spoken.before(place, command.nonce)
        if before is None and channel.history is not History.OFF:
            latest, _ = await hub.messages.channel_page(local.id, channel.id, before=None, limit=spoken.LOOKED_THROUGH)
            before = spoken.among(latest, NOBODY, command.nonce)
        message = before or await _post(hub, command, local.id, channel, title)
        hub.spoken.note(place, message)
        return message


async def _post(hub: Hub, command: chat.PostMessage, room: RoomId, channel: Channel, title: str) -> Message:
    now = hub.clock.now()
    command = msgspec.structs.replace(command, text=screened_words(hub, command.text))
    message = chat.post(
        command,
        author(title),
        InChannel(room, channel.id),
        message=hub.message_ids.next(now),
        now=now,
        max_chars=hub.limits.message_chars,
    )
    told = Publication(chat.MessagePosted(message), ToRoom(room, channel=channel.id))
    await record_and_tell(hub, channel.history, told, message)
    return message


async def page(hub: Hub, place: InChannel, *, before: MessageId | None, limit: int) -> tuple[tuple[Message, ...], bool]:
    """Return the latest kept messages of a channel, oldest first, and whether there are older ones."""
    local = seats.room_of(hub, place.room)
    channel = rooms.channel_of(local.room, place.channel)
    if channel.history is History.OFF:
        return (), False
    return await hub.messages.channel_page(local.id, channel.id, before=before, limit=limit)


async def retract(hub: Hub, message: MessageId, title: str) -> None:
    """Take anybody's message back, for everybody who could read it."""
    async with hub.changing.holding(message):
        found = await hub.messages.find(message)
        if found is None:
            raise errors.NoSuchMessage()
        await hub.messages.remove(found.id)
        readership.tell_retracted(hub, found, author(title))


def of_user(hub: Hub, subject: str) -> list[SessionCard]:
    """Return every session of one of the site's users."""
    return _cards(hub, seats.sessions_of_user(hub, user_id(SITE_REALM, subject)))


def named(hub: Hub, name: str, room: RoomId | None) -> list[SessionCard]:
    """Return the sessions seated under a handle in a room, or in any room, and the other windows of users among them."""
    found: list[SessionId] = []
    for who in hub.presence.bearing(name_key(name)):
        for where in (room,) if room is not None else hub.presence.rooms_of(who):
            seat = hub.presence.roster(where).get(who)
            if seat is not None and fold(seat.handle) == fold(name):
                found += windows_of(hub, who)
                break
    return _cards(hub, dict.fromkeys(found))


def _cards(hub: Hub, sessions: Iterable[SessionId]) -> list[SessionCard]:
    return [card for who in sessions if (card := hub.presence.card(who)) is not None]


def kick(hub: Hub, people: Iterable[SessionCard], *, reason: str) -> int:
    """Remove sessions now and keep their identities out for a minute; return how many there were."""
    event = SessionEnded(LeaveReason.KICKED.value, HANDLE, reason[: moderation.MAX_REASON_CHARS])
    count = 0
    for card in people:
        keep_out(hub, card.session)
        remove(hub, card.session, event)
        count += 1
    return count


async def ban_user(hub: Hub, subject: str, *, room: RoomId | None, hours: float, reason: str) -> Ban:
    """Keep one of the site's users out of a room or the server, present or not."""
    identity = Identity(subject, user=user_id(SITE_REALM, subject))
    return await _ban(hub, subject, [identity], (), room, hours, reason)


async def ban_name(hub: Hub, name: str, *, room: RoomId | None, hours: float, reason: str) -> Ban:
    """Keep out all who bear a handle now, in whichever room: users by the user id, guests by handle and address.

    Where nobody does, that name is kept out.
    """
    bearers = named(hub, name, room)
    identities, sessions = [card.identity for card in bearers], [card.session for card in bearers]
    return await _ban(hub, name, identities, sessions, room, hours, reason)


async def _ban(
    hub: Hub,
    name: str,
    bearers: Iterable[Identity],
    targets: Collection[SessionId],
    room: RoomId | None,
    hours: float,
    reason: str,
) -> Ban:
    command = BanPerson(room or hub.admission.default_room, ByHandle(name), hours, reason)
    ban = moderation.ban_person(command, author(""), name, bearers, everywhere=room is None, now=hub.clock.now())
    await impose(hub, ban, targets)
    return ban


async def lift_ban(hub: Hub, name: str, room: RoomId | None) -> None:
    """End a ban by the name under which it is listed. Raises NoSuchBan."""
    if not await lift(hub, name, room):
        raise errors.NoSuchBan(name=name)


def bans(hub: Hub) -> list[Ban]:
    """Return the bans that hold now."""
    hub.bans.forget_lapsed(now=hub.clock.now())
    return list(hub.bans)


async def reports(hub: Hub, *, before_ms: int | None, limit: int) -> tuple[tuple[int, ReportFiled], ...]:
    """Return the latest reports, newest first, each with when it was filed (Unix milliseconds)."""
    return await hub.moderation.filed_reports(before_ms=before_ms, limit=limit)


async def erase_user(hub: Hub, subject: str) -> int:
    """Delete every direct message from or to one of the site's users; return how many there were."""
    return await hub.messages.erase_user(user_id(SITE_REALM, subject))


async def store_latency_s(hub: Hub, *, within_s: float) -> float:
    """Return how long the store takes for a small question, seconds. Raises TimeoutError, or Unavailable."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.timeout(within_s):
        await hub.moderation.relations(UserId("palaver:nobody"))
    return loop.time() - begun
