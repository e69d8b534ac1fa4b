"""What a message goes through before anybody hears of it, on every wire: filters on words, and the rule against link spam.

The rules are in `palaver.core.filters` and `palaver.hub.link_spam`; here they meet the people and what is done about them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, filters, moderation
from palaver.core.audience import Publication, ToSessions
from palaver.core.base import Event
from palaver.core.chat import Direct, InChannel, Message, Notice
from palaver.core.filters import Verdict
from palaver.core.hearers import to_people
from palaver.core.links import links_in
from palaver.core.moderation import BanPerson, ReportFiled, SessionEnded
from palaver.core.participants import Author, ByHandle, address_key, keys_of
from palaver.core.rooms import LeaveReason
from palaver.hub import entrance, reports
from palaver.hub.handlers.moderation import impose, keep_out, remove, windows_of
from palaver.hub.limits import GUESTS_OF_AN_ADDRESS
from palaver.hub.link_spam import Deed
from palaver.hub.outbox import REPORT
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

SPAM_TEXT = "You sent one link to too many people."
WOULD_BE_REPORTED = "A message filter would have reported this message, had you not been one who runs this place."


async def screen(hub: Hub, session: Session, message: Message) -> tuple[Message, bool]:
    """Return a message as it may be told, and whether others than its author get it.

    Raises a Refusal for somebody who sends one link to too many people; that session has ended then.
    """
    operator = session.identity.operator
    if isinstance(message.place, Direct) and not operator and message.place.to.session != session.session:
        await _count_links(hub, session, message, message.place.to)
    verdicts: list[Verdict] = []
    screened = _reworded(hub, message, verdicts) if _is_judged(hub, message, operator=operator) else message
    if _keeps_context(hub):
        _note(hub, message)
    if any(verdict.report for verdict in verdicts):
        _report(hub, session, message, operator=operator)
    response = next((verdict.response for verdict in verdicts if verdict.response), "")
    if response:
        _notice(hub, session, response, message)
    return screened, all(verdict.forward for verdict in verdicts)


def screened_words(hub: Hub, text: str) -> str:
    """Return what the site itself says in a channel as its filters leave it. Raises BadText for what nobody would get."""
    verdict = filters.judge(hub.admission.filters, text, direct=False)
    if verdict is None:
        return text
    if not verdict.forward:
        raise errors.BadText(problem="a message filter keeps it from everybody", why="filtered")
    return verdict.text


def check_words(hub: Hub, text: str) -> None:
    """Refuse words beside a message, such as a reaction, that a filter would change or keep from others."""
    verdict = filters.judge(hub.admission.filters, text, direct=False) if text else None
    if verdict is not None and (verdict.text != text or not verdict.forward):
        raise errors.BadText(problem="a message filter keeps it from others", why="filtered")


def to_author_alone(message: Message, event: Event, *, echo: bool) -> Publication:
    """Tell a message to its author, as if the others heard it, too."""
    author = message.author
    if isinstance(message.place, Direct):
        besides = None if echo else author.session
        return Publication(event, to_people((author,), about=keys_of(author.handle, author.user), besides=besides))
    return Publication(event, ToSessions((author.session,) if echo else ()))


def _is_judged(hub: Hub, message: Message, *, operator: bool) -> bool:
    if not hub.admission.filters:
        return False
    return not (isinstance(message.place, Direct) and (operator or _runs_site(hub, message.place.to)))


def _reworded(hub: Hub, message: Message, verdicts: list[Verdict]) -> Message:
    """Return a message with its text and the names of files as the filters leave them; note what they say."""
    direct = isinstance(message.place, Direct)

    def reword(words: str) -> str:
        verdict = filters.judge(hub.admission.filters, words, direct=direct) if words else None
        if verdict is None:
            return words
        verdicts.append(verdict)
        return verdict.text

    text = reword(message.text)
    attachments = tuple(msgspec.structs.replace(each, name=reword(each.name)) for each in message.attachments)
    details = hub.guard.reword(message.details, reword)
    return (
        msgspec.structs.replace(message, text=text, attachments=attachments, details=details) if verdicts else message
    )


def _runs_site(hub: Hub, person: Author) -> bool:
    card = hub.presence.card(person.session)
    return card is not None and card.identity.operator


def _keeps_context(hub: Hub) -> bool:
    """Return whether anybody may ask for the lines before a message; otherwise they are nobody's to keep."""
    calls = hub.guard.site_calls
    return calls is not None and calls.wants(REPORT)


def _note(hub: Hub, message: Message) -> None:
    hub.guard.context.note(_place_of(message), message.author.handle, message.text, sent_ms=message.sent_ms)


def _place_of(message: Message) -> object:
    if isinstance(message.place, InChannel):
        return (message.place.room, message.place.channel)
    to = message.place.to
    return reports.between(message.author.handle, message.author.user, keys_of(to.handle, to.user)[0])


def _report(hub: Hub, session: Session, message: Message, *, operator: bool) -> None:
    if operator:
        _notice(hub, session, WOULD_BE_REPORTED, message)
        return
    person = keys_of(message.author.handle, message.author.user)[0]
    if hub.guard.own_reports.take(person, hub.clock.now()):
        return
    filed = _filed(hub, session, message, filters.REASON, hub.guard.context.lines(_place_of(message)))
    # Whoever runs the room may read its channels, and nobody's direct messages.
    in_channel = isinstance(message.place, InChannel)
    hub.in_background(reports.file(hub, filed, moderators=in_channel))


def _filed(hub: Hub, session: Session, message: Message, reason: str, comment: str) -> ReportFiled:
    place, author = message.place, message.author
    in_channel = isinstance(place, InChannel)
    room = place.room if isinstance(place, InChannel) else next(iter(session.rooms), hub.admission.default_room)
    return ReportFiled(
        room,
        author,
        author.handle,
        reason,
        comment[-moderation.MAX_EXCERPT_CHARS :],
        message.id if in_channel else None,
        message.text[: moderation.MAX_EXCERPT_CHARS],
        reports.channel_word(place, author, author.session),
        format_datetime(_when(message), usegmt=True),
    )


def _when(message: Message) -> datetime:
    return datetime.fromtimestamp(message.sent_ms / 1000, UTC)


def _notice(hub: Hub, session: Session, text: str, message: Message) -> None:
    # After the author's own copy, which is told when the message was recorded.
    event = Notice(text, message.place)
    hub.clock.call_soon(lambda: hub.tell(Publication(event, ToSessions((session.session,)))))


async def _count_links(hub: Hub, session: Session, message: Message, to: Author) -> None:
    """Remove somebody who sends one link to too many people, and ban them when they go on."""
    identity, limits, now = session.identity, hub.admission.link_spam, hub.clock.now()
    links = links_in(message.text) if limits.people > 0 else ()
    if not links:
        return
    counted = [(keys_of(message.author.handle, identity.user)[0], limits)]
    if identity.user is None and identity.address:
        shared = msgspec.structs.replace(limits, people=limits.people * GUESTS_OF_AN_ADDRESS)
        counted.append((address_key(identity.address), shared))
    reached = keys_of(to.handle, to.user)[0]
    deeds = [hub.guard.link_spam.sent(sender, links, reached, most, now=now) for sender, most in counted]
    deed = Deed.BAN if Deed.BAN in deeds else Deed.KICK if Deed.KICK in deeds else None
    if deed is None:
        return
    hub.in_background(
        reports.file(hub, _filed(hub, session, message, reports.SPAM, deed.name.lower()), moderators=False)
    )
    if deed is Deed.BAN and limits.ban_hours > 0:
        room = next(iter(session.rooms), hub.admission.default_room)
        command = BanPerson(room, ByHandle(message.author.handle), limits.ban_hours, SPAM_TEXT)
        by = Author(session.session, "")
        await impose(
            hub,
            moderation.ban_person(command, by, message.author.handle, [identity], everywhere=True, now=now),
            [session.session],
        )
        raise entrance.banned(int((now + limits.ban_hours * 3600) * 1000), SPAM_TEXT)
    for each in windows_of(hub, session.session):
        keep_out(hub, each)
        remove(hub, each, SessionEnded(LeaveReason.KICKED.value, "", SPAM_TEXT))
    raise errors.Kicked(wait_s=int(moderation.KICK_S))
