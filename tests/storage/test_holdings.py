"""What is stored about one user is found and erased, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from palaver.core.chat import Direct, InChannel, Message, Place
from palaver.core.ids import ChannelId, MessageId, PersonKey, RoomId, SessionId, UserId
from palaver.core.moderation import NO_RELATIONS, Relations, ReportFiled
from palaver.core.participants import Author
from palaver.core.rooms import History
from palaver.storage import holdings
from palaver.storage.stores import Stores, open_stores

DEN, HALL = (InChannel(RoomId(name), ChannelId("main")) for name in ("den", "hall"))
# Names that are alike to a pattern, or in another case.
ANA, OTHERS = "site:a_a%", ("site:aXaY", "site:A_A%", 'site:"a_a%"')


def author(user: str) -> Author:
    return Author(SessionId("0" * 32), "somebody", user=UserId(user))


def message(number: int, by: str, place: Place, sent_ms: int = 0) -> Message:
    return Message(id=MessageId(number), author=author(by), place=place, text=f"text {number}", sent_ms=sent_ms)


@pytest.fixture
async def stores(url: str) -> AsyncIterator[Stores]:
    stores = await open_stores(url)
    said = [
        message(1, ANA, DEN),
        *(message(2 + at, other, DEN) for at, other in enumerate(OTHERS)),
        message(10, ANA, Direct(author(OTHERS[0]))),
        message(11, OTHERS[0], Direct(author(ANA))),
        message(12, OTHERS[0], Direct(author(OTHERS[1]))),
        message(13, ANA, HALL, sent_ms=5),
    ]
    for each in said:
        await stores.messages.append(each, History.DURABLE)
    for user in (ANA, OTHERS[1]):
        await stores.moderation.save_relations(UserId(user), Relations(ignores=frozenset([PersonKey("name:eve")])))
        await stores.moderation.save_blocklist(UserId(user), ("eve",), 1)
        await stores.moderation.file_report(ReportFiled(RoomId("den"), author(user), "eve", "spam"), 1)
    yield stores
    await stores.close()


async def test_all_that_is_stored_about_a_user_is_found(stores: Stores) -> None:
    found = await holdings.held(stores.database, UserId(ANA))
    assert [each.id for each in found.messages] == [1, 10, 11, 13]
    assert found.messages[0].text == "text 1"
    assert found.relations.ignores == {"name:eve"}
    assert found.blocklist == ("eve",)
    assert [report.by.user for report in found.reports] == [ANA]


async def test_it_is_found_over_more_than_a_page(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdings, "PAGE", 2)
    assert len((await holdings.held(stores.database, UserId(ANA))).messages) == 4


async def test_a_user_is_erased_and_nobody_else(stores: Stores) -> None:
    assert await holdings.erase(stores.database, UserId(ANA)) == holdings.Erased(direct=2, channels=2, relations=2)
    found = await holdings.held(stores.database, UserId(ANA))
    assert (found.messages, found.relations, found.blocklist) == ((), NO_RELATIONS, ())
    for other in OTHERS:
        assert (await holdings.held(stores.database, UserId(other))).messages != ()
    assert (await holdings.held(stores.database, UserId(OTHERS[1]))).blocklist == ("eve",)


@pytest.mark.parametrize(("room", "left"), [(None, []), (RoomId("den"), [13])])
async def test_what_was_said_in_channels_is_forgotten_by_its_age(
    room: RoomId | None, left: list[int], stores: Stores
) -> None:
    assert await holdings.forget_channels_before(stores.database, 0, room) == 0
    await holdings.forget_channels_before(stores.database, 6, room)
    pages = [
        await stores.messages.channel_page(*place, before=None, limit=9)
        for place in ((DEN.room, DEN.channel), (HALL.room, HALL.channel))
    ]
    assert [each.id for page, _ in pages for each in page] == left
    assert len((await holdings.held(stores.database, UserId(ANA))).messages) == 2 + len(left)


async def test_what_is_forgotten_over_several_pages_is_all_that_is_old(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdings, "PAGE", 2)
    assert await holdings.forget_channels_before(stores.database, 5) == 4
    assert [each.id for each in (await holdings.held(stores.database, UserId(ANA))).messages] == [10, 11, 13]
