"""The calls that somebody in the chat makes with their token: profiles, and the history of what they said to others.

They are §1.11 to §1.14 of BareRTC's reference.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from palaver.core.chat import Message
from palaver.core.errors import Unavailable
from palaver.core.ids import SITE_REALM, MessageId, UserId, subject_of, user_id
from palaver.core.participants import Identity
from palaver.dialects.barertc import api
from palaver.dialects.barertc.api import Asked, CallRefused, History, Usernames
from palaver.dialects.barertc.render import message_html
from palaver.dialects.barertc.wire import DEFAULTS
from palaver.dialects.base import Answer
from palaver.hub import site_people
from palaver.hub.limits import Buckets
from palaver.hub.ports.stores import ThreadSummary
from palaver.web.barertc.calls import CallKind, Proof, SiteCall

MESSAGES_PER_PAGE = 20
NAMES_PER_PAGE = 9
NO_PROFILES = "The website does not answer questions about profiles here."
NO_MESSAGES = "You have no stored direct messages with anybody."
_LATEST = 2**53 - 1

_profile_questions = Buckets(1.0, 20)
"""Each of them is a call to the site."""


def _name(thread: ThreadSummary) -> str:
    return subject_of(thread.other).lower()


_SORTED: dict[str, Callable[[ThreadSummary], Any]] = {
    "oldest": lambda each: (each.latest_ms, each.other),
    "a-z": _name,
    "z-a": _name,
}


async def show_profile(call: SiteCall[Asked]) -> Answer:
    """Ask the site about a user, for somebody who is here (§1.11)."""
    user = _in_chat(call)
    wait_s = _profile_questions.take(f"{id(call.hub)}:{user}", call.hub.clock.now())
    if wait_s:
        raise CallRefused(429, "You ask about too many people at once. Try again in a moment.")
    if call.site.ask_profile is None:
        raise CallRefused(500, NO_PROFILES)
    try:
        status, body = await call.site.ask_profile(call.asked.username)
    except Unavailable as unavailable:
        raise CallRefused(500, unavailable.text) from None
    return api.bare(status, body)


async def show_history(call: SiteCall[History]) -> Answer:
    """Return one page of a thread, newest first (§1.12)."""
    me, hub = _in_chat(call), call.hub
    _need_history(call)
    other, before = _meant(call), call.asked.before_id
    older_than = MessageId(min(before, _LATEST)) if before > 0 else None
    page, more = await hub.messages.thread_page(me, other, before=older_than, limit=MESSAGES_PER_PAGE)
    remaining = await hub.messages.thread_length(me, other, before=page[0].id) if more else 0
    return api.succeeded({"Messages": [_row(message) for message in reversed(page)], "Remaining": remaining})


async def show_usernames(call: SiteCall[Usernames]) -> Answer:
    """Return with whom one has talked, one page of those who answered; `Count` is of all threads (§1.13)."""
    me = _in_chat(call)
    _need_history(call)
    threads = await call.hub.messages.threads_of(me)
    if not threads:
        raise CallRefused(500, NO_MESSAGES)
    pages = max(1, -(-len(threads) // NAMES_PER_PAGE))
    listed = _sorted([each for each in threads if each.received], call.asked.sort)
    first = (max(1, call.asked.page) - 1) * NAMES_PER_PAGE
    names = [subject_of(each.other) for each in listed[first : first + NAMES_PER_PAGE]]
    return api.succeeded({"Usernames": names, "Count": len(threads), "Pages": pages})


async def clear_history(call: SiteCall[Asked]) -> Answer:
    """Delete every stored direct message of a user, both directions: the asker, or whom the site names (§1.14)."""
    _need_history(call)
    user = call.asker.user if call.asker is not None else user_id(SITE_REALM, call.asked.username)
    assert user is not None
    return api.succeeded({"MessagesErased": await call.hub.messages.erase_user(user)})


def _in_chat(call: SiteCall[Any]) -> UserId:
    """Return the user who asks, who must be in the room: a token alone does not let one look around from outside (§10.3)."""
    asker: Identity | None = call.asker
    if asker is None or asker.user is None or not site_people.is_here(call.hub, asker.user, call.site.room):
        raise CallRefused(400, api.NOT_ONLINE)
    return asker.user


def _need_history(call: SiteCall[Any]) -> None:
    if call.site.history_days is None:
        raise CallRefused(500, api.HISTORY_OFF)


def _meant(call: SiteCall[Any]) -> UserId:
    """Return the user of a name: who bears it here, else the site's user of that name."""
    seat = call.hub.presence.named(call.site.room, call.asked.username)
    return seat.user if seat is not None and seat.user else user_id(SITE_REALM, call.asked.username)


def _sorted(threads: list[ThreadSummary], order: str) -> list[ThreadSummary]:
    key = _SORTED.get(order)
    return sorted(threads, key=key, reverse=order == "z-a") if key else threads


def _row(message: Message) -> dict[str, object]:
    return {
        "username": message.author.handle,
        # Pictures by their address: twenty of them in one answer would be too much.
        "message": message_html(message, lambda: DEFAULTS),
        "msgID": message.id,
        "timestamp": datetime.fromtimestamp(message.sent_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


CALLS = (
    CallKind("/api/profile", Asked, Proof.TOKEN, show_profile),
    CallKind("/api/message/history", History, Proof.TOKEN, show_history, {"Messages": None, "Remaining": 0}),
    CallKind(
        "/api/message/usernames",
        Usernames,
        Proof.TOKEN,
        show_usernames,
        {"Usernames": None, "Count": 0, "Pages": 0},
    ),
    CallKind("/api/message/clear", Asked, Proof.EITHER, clear_history, {"MessagesErased": 0}),
)
