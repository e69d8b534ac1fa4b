"""Whatever is asked of them, the stores in a database and in memory answer alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from palaver.core.chat import Direct, InChannel, Message, Place, Reaction
from palaver.core.ids import ChannelId, MessageId, RoomId, SessionId, UserId
from palaver.core.participants import Author
from palaver.core.rooms import History
from palaver.hub.ports.stores import MessageStore
from palaver.storage.database import Database
from palaver.storage.memory import MemoryMessageStore
from palaver.storage.recorder import nothing
from palaver.storage.schema import messages
from palaver.storage.sql import SqlMessageStore
from palaver.storage.stores import open_stores

Change = Callable[[MessageStore], Awaitable[object]]

PEOPLE = [Author(SessionId(name * 32), name, user=UserId(f"site:{name}")) for name in "abc"]
GUEST = Author(SessionId("f" * 32), "guest")
ROOMS = [RoomId("lobby"), RoomId("Lobby")]
CHANNELS = [ChannelId(""), ChannelId("main")]
PLACES: list[Place] = [InChannel(room, channel) for room in ROOMS for channel in CHANNELS]
IDS = range(12)
# Twice as often what has to reach the database.
KEEPS = [History.DURABLE, History.MEMORY, History.OFF, History.DURABLE]

EXHAUSTIVE = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class Asked(NamedTuple):
    """One change, readable where hypothesis prints it."""

    word: str
    message: Message | None = None
    keep: History = History.OFF
    number: int = 0
    room: RoomId = ROOMS[0]
    user: UserId = UserId("site:a")

    def ask(self, store: MessageStore) -> Awaitable[object]:
        match self.word:
            case "append":
                assert self.message is not None
                return store.append(self.message, self.keep)
            case "replace":
                assert self.message is not None
                return store.replace(self.message)
            case "remove":
                return store.remove(MessageId(self.number))
            case "drop":
                return store.drop_room(self.room)
            case "erase":
                return store.erase_user(self.user)
        return store.forget_before(self.number)


@st.composite
def changes(draw: st.DrawFn) -> list[Asked]:
    """Draw a history: each id is said once, and everything else may happen to it before or after."""
    direct = st.builds(Direct, st.sampled_from([*PEOPLE, GUEST]))
    said = {
        number: Message(
            MessageId(number),
            draw(st.sampled_from([*PEOPLE, GUEST])),
            draw(st.sampled_from(PLACES) | direct),
            draw(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5)),
            sent_ms=number // 2,
        )
        for number in draw(st.permutations(IDS))
    }
    asked = [Asked("append", message, draw(st.sampled_from(KEEPS))) for message in said.values()]
    others = st.one_of(
        st.sampled_from(list(said.values())).map(lambda message: Asked("replace", edited(message))),
        st.sampled_from(IDS).map(lambda number: Asked("remove", number=number)),
        st.sampled_from(ROOMS).map(lambda room: Asked("drop", room=room)),
        st.sampled_from(PEOPLE).map(lambda person: Asked("erase", user=person.user or UserId(""))),
        st.integers(1, 6).map(lambda when: Asked("forget", number=when)),
    )
    for other in draw(st.lists(others, min_size=3, max_size=8)):
        asked.insert(draw(st.integers(0, len(asked))), other)
    return asked


def edited(message: Message) -> Message:
    return Message(
        message.id, message.author, message.place, "edited", message.sent_ms, 9, reactions=(Reaction("👍", ("b",)),)
    )


async def everything(store: MessageStore) -> list[object]:
    """Return all that can be read, page by page."""
    asked: list[Awaitable[object]] = [store.find(MessageId(number)) for number in IDS]
    for before in (None, MessageId(7)):
        for limit in (0, 2, 20):
            for room in ROOMS:
                asked += [store.channel_page(room, name, before=before, limit=limit) for name in CHANNELS]
            for one in PEOPLE:
                for other in PEOPLE:
                    assert one.user is not None
                    assert other.user is not None
                    asked.append(store.thread_page(one.user, other.user, before=before, limit=limit))
    return list(await asyncio.gather(*asked))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    new_database: Callable[[], str]
    if request.param == "sqlite":
        url = "sqlite://"
    else:
        new_database = request.getfixturevalue("new_postgres_database")
        url = new_database()
    opened = await open_stores(url)
    yield opened.database
    await opened.close()


@given(asked=changes(), shared=st.booleans(), per_channel=st.sampled_from([2, 100]))
@EXHAUSTIVE
async def test_any_history_reads_the_same(
    database: Database, asked: list[Asked], shared: bool, per_channel: int
) -> None:
    await database.recorder.record(delete(messages), {}, nothing)
    memory = MemoryMessageStore(per_channel=per_channel)
    sql = SqlMessageStore(database, MemoryMessageStore(per_channel=per_channel), shared=shared)
    # All at once, so that batches mix; then page by page.
    answers = [await answer for answer in [each.ask(memory) for each in asked]]

    assert await asyncio.gather(*[each.ask(sql) for each in asked]) == answers
    assert await everything(sql) == await everything(memory)
    assert await everything(sql) == await everything(memory)
