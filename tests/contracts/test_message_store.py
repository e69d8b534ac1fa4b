"""What every MessageStore promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from palaver.core.chat import Attachment, Direct, InChannel, Message, Place, Reaction
from palaver.core.ids import ChannelId, MessageId, RoomId, SessionId, UserId
from palaver.core.participants import Author
from palaver.core.rooms import History
from palaver.hub.ports.stores import MessageStore, ThreadSummary

ROOM, MAIN, SIDE = RoomId("lobby"), ChannelId("main"), ChannelId("side")
ANA = Author(SessionId("a" * 32), "ana", "Ana María", UserId("site:ana"))
BOB = Author(SessionId("b" * 32), "bob", user=UserId("site:bob"))
EVE = Author(SessionId("e" * 32), "eve", user=UserId("site:eve"))
GUEST = Author(SessionId("f" * 32), "guest")
IN_MAIN = InChannel(ROOM, MAIN)
KEPT = [History.MEMORY, History.DURABLE]


@pytest.fixture
async def messages(stores) -> AsyncIterator[MessageStore]:
    return stores.messages


def message(number: int, place: Place = IN_MAIN, author: Author = ANA, text: str = "hello") -> Message:
    return Message(MessageId(number), author, place, text, sent_ms=1_000 + number)


async def fill(messages: MessageStore, keep: History, *given: Message) -> None:
    await asyncio.gather(*(messages.append(each, keep) for each in given))


async def page(messages: MessageStore, before: int | None = None, limit: int = 50) -> tuple[list[int], bool]:
    found, more = await messages.channel_page(
        ROOM, MAIN, before=None if before is None else MessageId(before), limit=limit
    )
    return [each.id for each in found], more


async def thread(messages: MessageStore, one: Author, other: Author, limit: int = 50) -> list[int]:
    assert one.user is not None
    assert other.user is not None
    found, _ = await messages.thread_page(one.user, other.user, before=None, limit=limit)
    return [each.id for each in found]


FULL = Message(
    id=MessageId(2**53 - 1),
    author=ANA,
    place=IN_MAIN,
    text="Grüße\n\t👋🏽 'quoted' %s \\ <b>",
    sent_ms=1_700_000_000_000,
    edited_ms=1_700_000_000_001,
    reply_to=MessageId(7),
    attachments=(Attachment("https://x.example/1", "image/png", "a.png", 12, 3, 4), Attachment("https://x.example/2")),
    reactions=(Reaction("👍", ("ana", "bob")),),
    nonce="n-1\x00",
)


@pytest.mark.parametrize("keep", KEPT)
@pytest.mark.parametrize("place", [IN_MAIN, Direct(BOB)])
async def test_a_message_is_found_as_it_was_appended(messages: MessageStore, keep: History, place: Place) -> None:
    given = msgspec.structs.replace(FULL, place=place)
    if isinstance(place, Direct):
        keep = History.DURABLE
    await messages.append(given, keep)

    assert await messages.find(given.id) == given


@pytest.mark.parametrize("place", [IN_MAIN, Direct(BOB)])
async def test_off_remembers_who_said_it_where_without_the_text(messages: MessageStore, place: Place) -> None:
    await messages.append(msgspec.structs.replace(FULL, place=place), History.OFF)

    found = await messages.find(FULL.id)
    assert found is not None
    assert (found.author, found.place, found.sent_ms) == (ANA, place, FULL.sent_ms)
    assert (found.text, found.attachments) == ("", FULL.attachments)
    assert await page(messages) == ([], False)


async def test_a_direct_message_that_is_not_durable_leaves_no_text(messages: MessageStore) -> None:
    await messages.append(message(1, Direct(BOB)), History.MEMORY)

    found = await messages.find(MessageId(1))
    assert found is not None
    assert found.text == ""
    assert await thread(messages, ANA, BOB) == []


@pytest.mark.parametrize(("author", "to"), [(ANA, GUEST), (GUEST, BOB)])
async def test_a_direct_message_of_a_guest_is_not_durable(messages: MessageStore, author: Author, to: Author) -> None:
    await messages.append(message(1, Direct(to), author), History.DURABLE)

    found = await messages.find(MessageId(1))
    assert found is not None
    assert (found.author, found.place, found.text) == (author, Direct(to), "")


async def test_an_unknown_message_is_not_found(messages: MessageStore) -> None:
    assert await messages.find(MessageId(1)) is None
    assert await messages.find_all([MessageId(1)]) == ()


async def test_several_are_found_in_one_go_wherever_they_are_kept(messages: MessageStore) -> None:
    for number, keep in enumerate([History.DURABLE, History.MEMORY, History.OFF, History.DURABLE], 1):
        await messages.append(message(number), keep)
    wanted = [MessageId(number) for number in (4, 9, 2, 1, 3, 1, 4)]
    found = await messages.find_all(wanted)
    assert sorted(each.id for each in found) == [1, 2, 3, 4]
    assert {each.id: each for each in found} == {
        number: await messages.find(MessageId(number)) for number in (1, 2, 3, 4)
    }


@pytest.mark.parametrize("keep", KEPT)
async def test_pages_go_back_from_the_latest(messages: MessageStore, keep: History) -> None:
    await fill(messages, keep, *(message(number) for number in range(1, 8)))

    assert await page(messages, limit=3) == ([5, 6, 7], True)
    assert await page(messages, before=5, limit=3) == ([2, 3, 4], True)
    assert await page(messages, before=2, limit=3) == ([1], False)
    assert await page(messages, before=1, limit=3) == ([], False)
    assert await page(messages, limit=7) == ([1, 2, 3, 4, 5, 6, 7], False)
    assert await page(messages, limit=0) == ([], True)


@pytest.mark.parametrize("keep", KEPT)
async def test_pages_are_ordered_by_id_whatever_the_order_of_arrival(messages: MessageStore, keep: History) -> None:
    await fill(messages, keep, message(3), message(1), message(2))

    assert await page(messages, limit=2) == ([2, 3], True)


@pytest.mark.parametrize("keep", KEPT)
async def test_a_page_holds_one_channel_of_one_room(messages: MessageStore, keep: History) -> None:
    await fill(messages, keep, message(1), message(2, InChannel(ROOM, SIDE)), message(3, InChannel(RoomId("x"), MAIN)))
    await messages.append(message(4, Direct(BOB)), History.DURABLE)

    assert await page(messages) == ([1], False)


async def test_a_channel_that_changed_its_history_shows_what_is_left_of_both(messages: MessageStore) -> None:
    await fill(messages, History.DURABLE, message(1), message(3))
    await fill(messages, History.MEMORY, message(2), message(4))
    await fill(messages, History.OFF, message(5))

    assert await page(messages) == ([1, 2, 3, 4], False)
    assert await page(messages, limit=2) == ([3, 4], True)
    assert await page(messages, before=3, limit=1) == ([2], True)


async def test_a_channel_read_before_its_first_message_shows_it_afterwards(messages: MessageStore) -> None:
    assert await page(messages) == ([], False)
    await messages.append(message(1), History.DURABLE)

    assert await page(messages) == ([1], False)


@pytest.mark.parametrize("keep", [History.OFF, History.MEMORY])
async def test_only_the_latest_hundred_of_a_channel_stay(messages: MessageStore, keep: History) -> None:
    await fill(messages, keep, message(1, InChannel(ROOM, SIDE)), *(message(number) for number in range(2, 103)))

    assert await messages.find(MessageId(2)) is None
    assert await messages.find(MessageId(3)) is not None
    assert await messages.find(MessageId(1)) is not None
    found, more = await page(messages, limit=200)
    assert (found, more) == (list(range(3, 103)) if keep is History.MEMORY else [], False)


async def test_durable_keeps_more_than_memory(messages: MessageStore) -> None:
    await fill(messages, History.DURABLE, *(message(number) for number in range(1, 151)))

    assert await page(messages, limit=200) == (list(range(1, 151)), False)


@pytest.mark.parametrize("keep", KEPT)
async def test_a_replaced_message_has_its_new_state_everywhere(messages: MessageStore, keep: History) -> None:
    edited = msgspec.structs.replace(message(1, text="new"), edited_ms=5, reactions=(Reaction("👍", ("bob",)),))
    await messages.append(message(1), keep)
    await messages.replace(edited)

    assert await messages.find(edited.id) == edited
    found, _ = await messages.channel_page(ROOM, MAIN, before=None, limit=5)
    assert found == (edited,)


async def test_a_replaced_header_still_has_no_text(messages: MessageStore) -> None:
    await messages.append(message(1), History.OFF)
    await messages.replace(message(1, text="new"))

    found = await messages.find(MessageId(1))
    assert found is not None
    assert found.text == ""


@pytest.mark.parametrize("keep", list(History))
async def test_replacing_a_forgotten_message_does_not_bring_it_back(messages: MessageStore, keep: History) -> None:
    await messages.append(message(1), keep)
    await messages.remove(MessageId(1))
    await messages.replace(message(1, text="new"))

    assert await messages.find(MessageId(1)) is None
    assert await page(messages) == ([], False)


@pytest.mark.parametrize("keep", list(History))
async def test_a_removed_message_is_forgotten_and_once_more_is_harmless(messages: MessageStore, keep: History) -> None:
    await fill(messages, keep, message(1), message(2))
    await messages.remove(MessageId(1))
    await messages.remove(MessageId(1))

    assert await messages.find(MessageId(1)) is None
    assert await messages.find(MessageId(2)) is not None


async def test_changes_keep_their_order_however_they_are_awaited(messages: MessageStore) -> None:
    appending = messages.append(message(1), History.DURABLE)
    editing = messages.replace(message(1, text="first"))
    again = messages.replace(message(1, text="second"))
    other = messages.append(message(2), History.DURABLE)
    removing = messages.remove(MessageId(2))
    await asyncio.gather(removing, again, other, editing, appending)

    found, more = await messages.channel_page(ROOM, MAIN, before=None, limit=5)
    assert ([each.text for each in found], more) == (["second"], False)


async def test_a_thread_is_the_same_from_either_side(messages: MessageStore) -> None:
    await fill(
        messages,
        History.DURABLE,
        message(1, Direct(BOB), ANA),
        message(2, Direct(ANA), BOB),
        message(3, Direct(EVE), ANA),
        message(4, Direct(ANA), ANA),
    )

    assert await thread(messages, ANA, BOB) == [1, 2]
    assert await thread(messages, BOB, ANA) == [1, 2]
    assert await thread(messages, ANA, EVE) == [3]
    assert await thread(messages, ANA, ANA) == [4]
    assert await thread(messages, BOB, EVE) == []


async def test_the_threads_of_a_user_are_listed_the_latest_first(messages: MessageStore) -> None:
    await fill(
        messages,
        History.DURABLE,
        message(1, Direct(EVE)),
        message(2, Direct(BOB)),
        message(3, Direct(ANA), BOB),
        message(4, Direct(ANA), BOB),
        message(5, Direct(ANA)),
        message(6, Direct(BOB), EVE),
    )
    bob, eve = UserId("site:bob"), UserId("site:eve")
    assert await messages.threads_of(UserId("site:ana")) == (ThreadSummary(bob, 1_004, 2), ThreadSummary(eve, 1_001, 0))
    assert [each.other for each in await messages.threads_of(bob)] == [eve, UserId("site:ana")]
    assert await messages.threads_of(UserId("site:nobody")) == ()


async def test_the_rest_of_a_thread_is_counted(messages: MessageStore) -> None:
    await fill(messages, History.DURABLE, *(message(number, Direct(BOB)) for number in range(1, 8)), message(9))
    ana, bob = UserId("site:ana"), UserId("site:bob")
    assert await messages.thread_length(bob, ana, before=None) == 7
    assert await messages.thread_length(ana, bob, before=MessageId(5)) == 4
    assert await messages.thread_length(ana, ana, before=None) == 0


async def test_threads_of_users_with_confusing_names_stay_apart(messages: MessageStore) -> None:
    pairs = [("s:a", "t:b u:c"), ("s:a t:b", "u:c"), ("s:a%", "t:b_"), ("s:a", "t:B u:c")]
    for number, (one, other) in enumerate(pairs):
        to = Direct(Author(BOB.session, "y", user=UserId(other)))
        await messages.append(message(number, to, Author(ANA.session, "x", user=UserId(one))), History.DURABLE)

    for number, (one, other) in enumerate(pairs):
        found, _ = await messages.thread_page(UserId(other), UserId(one), before=None, limit=5)
        assert [each.id for each in found] == [number]


async def test_pages_of_a_thread_go_back_from_the_latest(messages: MessageStore) -> None:
    await fill(messages, History.DURABLE, *(message(number, Direct(BOB)) for number in range(1, 6)))

    found, more = await messages.thread_page(UserId("site:bob"), UserId("site:ana"), before=MessageId(5), limit=2)
    assert ([each.id for each in found], more) == ([3, 4], True)


async def test_erasing_a_user_deletes_both_sides_of_their_threads_only(messages: MessageStore) -> None:
    await fill(
        messages,
        History.DURABLE,
        message(1, Direct(BOB), ANA),
        message(2, Direct(ANA), BOB),
        message(3, Direct(EVE), BOB),
        message(4, IN_MAIN, ANA),
    )
    await messages.append(message(5, Direct(GUEST), ANA), History.OFF)

    assert await messages.erase_user(UserId("site:ana")) == 3
    assert await thread(messages, ANA, BOB) == []
    assert await thread(messages, EVE, BOB) == [3]
    assert await page(messages) == ([4], False)
    assert await messages.find(MessageId(5)) is None
    assert await messages.erase_user(UserId("site:ana")) == 0


async def test_direct_messages_older_than_a_time_are_deleted(messages: MessageStore) -> None:
    await fill(messages, History.DURABLE, message(1, Direct(BOB)), message(2, Direct(BOB)), message(3, Direct(BOB)))
    await fill(messages, History.DURABLE, msgspec.structs.replace(message(4), sent_ms=1))
    await messages.append(message(0, Direct(GUEST)), History.OFF)

    assert await messages.forget_before(1_003) == 3
    assert await thread(messages, ANA, BOB) == [3]
    assert await page(messages) == ([4], False)
    assert await messages.forget_before(1_003) == 0


async def test_a_dropped_room_leaves_nothing_and_others_alone(messages: MessageStore) -> None:
    elsewhere = InChannel(RoomId("Lobby"), MAIN)
    for number, keep in enumerate(History):
        await messages.append(message(number), keep)
        await messages.append(message(10 + number, elsewhere), keep)
        await messages.append(message(20 + number, Direct(BOB)), keep)
    await messages.drop_room(ROOM)

    assert [await messages.find(MessageId(number)) for number in range(3)] == [None, None, None]
    assert await page(messages) == ([], False)
    found, _ = await messages.channel_page(elsewhere.room, MAIN, before=None, limit=5)
    assert [each.id for each in found] == [11, 12]
    assert await thread(messages, ANA, BOB) == [22]


async def test_a_room_made_again_at_once_keeps_its_new_messages(messages: MessageStore) -> None:
    await messages.append(message(1), History.DURABLE)
    dropping = messages.drop_room(ROOM)
    kept = messages.append(message(2), History.MEMORY)
    recorded = messages.append(message(3), History.DURABLE)
    await asyncio.gather(dropping, kept, recorded)

    assert await page(messages) == ([2, 3], False)
