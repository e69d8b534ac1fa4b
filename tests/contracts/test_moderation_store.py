"""What every ModerationStore promises."""

from __future__ import annotations

import pytest

from palaver.core.ids import MessageId, PersonKey, RoomId, SessionId, UserId
from palaver.core.moderation import NO_RELATIONS, Ban, Relations, ReportFiled
from palaver.core.participants import Author
from palaver.hub.ports.stores import ModerationStore

LOBBY = RoomId("lobby")
ANA = UserId("site:ana")
BOB_EVERYWHERE = Ban("Bob", (PersonKey("name:bob"),), 1_800_000_000_000, "ana", "spam", "203.0.113.7")
BOB_IN_LOBBY = Ban("Bob", (PersonKey("user:site:bob"), PersonKey("name:bob")), 5, room=LOBBY)
SOME = Relations(
    ignores=frozenset({PersonKey("name:bob"), PersonKey("user:site:eve")}),
    blocks=frozenset({PersonKey("name:zoë")}),
    turned_away=frozenset({PersonKey("name:x")}),
    invited=frozenset({PersonKey("name:y")}),
)


@pytest.fixture
def moderation(stores) -> ModerationStore:
    return stores.moderation


async def test_a_new_store_bans_nobody(moderation: ModerationStore) -> None:
    assert await moderation.bans() == ()


async def test_bans_come_back_as_they_were_saved_even_lapsed_ones(moderation: ModerationStore) -> None:
    await moderation.save_ban(BOB_EVERYWHERE)
    await moderation.save_ban(BOB_IN_LOBBY)

    assert set(await moderation.bans()) == {BOB_EVERYWHERE, BOB_IN_LOBBY}


@pytest.mark.parametrize("spelling", ["Bob", "BOB", " bob ", "\uff22\uff4f\uff42"])
async def test_a_ban_of_the_same_name_and_room_replaces(moderation: ModerationStore, spelling: str) -> None:
    later = Ban(spelling, (PersonKey("name:bob"),), 9, room=LOBBY)
    await moderation.save_ban(BOB_IN_LOBBY)
    await moderation.save_ban(BOB_EVERYWHERE)
    await moderation.save_ban(later)

    assert set(await moderation.bans()) == {BOB_EVERYWHERE, later}


async def test_bans_are_forgotten_once_they_have_ended_and_no_earlier(moderation: ModerationStore) -> None:
    await moderation.save_ban(BOB_EVERYWHERE)
    await moderation.save_ban(BOB_IN_LOBBY)

    assert await moderation.forget_bans(BOB_IN_LOBBY.until_ms - 1) == 0
    assert await moderation.forget_bans(BOB_IN_LOBBY.until_ms) == 1
    assert await moderation.bans() == (BOB_EVERYWHERE,)


async def test_a_ban_is_lifted_in_any_case_of_its_name_and_only_where_it_holds(moderation: ModerationStore) -> None:
    await moderation.save_ban(BOB_IN_LOBBY)
    await moderation.save_ban(BOB_EVERYWHERE)

    assert await moderation.lift_ban("bOB", RoomId("studio")) is False
    assert await moderation.lift_ban("bOB", LOBBY) is True
    assert await moderation.bans() == (BOB_EVERYWHERE,)
    assert await moderation.lift_ban("bOB", LOBBY) is False
    assert await moderation.lift_ban("Bob", None) is True
    assert await moderation.bans() == ()


async def test_an_unknown_user_stands_to_nobody(moderation: ModerationStore) -> None:
    assert await moderation.relations(ANA) == NO_RELATIONS


async def test_relations_come_back_and_are_replaced_whole(moderation: ModerationStore) -> None:
    fewer = Relations(blocks=frozenset({PersonKey("name:zoë")}))
    await moderation.save_relations(ANA, SOME)
    assert await moderation.relations(ANA) == SOME

    await moderation.save_relations(ANA, fewer)
    assert await moderation.relations(ANA) == fewer
    await moderation.save_relations(ANA, NO_RELATIONS)
    assert await moderation.relations(ANA) == NO_RELATIONS


async def test_relations_belong_to_one_user(moderation: ModerationStore) -> None:
    await moderation.save_relations(ANA, SOME)

    assert await moderation.relations(UserId("site:Ana")) == NO_RELATIONS


async def test_block_lists_come_back_the_oldest_first_and_are_replaced_whole(moderation: ModerationStore) -> None:
    bob = UserId("site:bob")
    assert await moderation.blocklists() == {}
    await moderation.save_blocklist(ANA, ("eve", "Zoë"), 1)
    await moderation.save_blocklist(bob, ("x",), 2)
    assert list((await moderation.blocklists()).items()) == [(ANA, ("eve", "Zoë")), (bob, ("x",))]
    await moderation.save_blocklist(ANA, ("mallory",), 3)
    assert list((await moderation.blocklists()).items()) == [(bob, ("x",)), (ANA, ("mallory",))]
    await moderation.save_blocklist(bob, (), 4)
    assert await moderation.blocklists() == {ANA: ("mallory",)}


async def test_reports_come_back_newest_first_and_page_by_page(moderation: ModerationStore) -> None:
    by = Author(SessionId("a" * 32), "ana", user=ANA)
    earlier = ReportFiled(LOBBY, by, "bob", "rude", "look", MessageId(2**53 - 1), "…")
    later = ReportFiled(LOBBY, by, "cleo", "spam")
    at = 1_700_000_000_000
    await moderation.file_report(earlier, at)
    await moderation.file_report(later, at + 1)
    await moderation.file_report(earlier, at + 1)

    assert await moderation.filed_reports(before_ms=None, limit=2) == ((at + 1, earlier), (at + 1, later))
    assert await moderation.filed_reports(before_ms=at + 1, limit=2) == ((at, earlier),)
    assert await moderation.filed_reports(before_ms=at, limit=2) == ()


async def test_changes_keep_their_order_however_they_are_awaited(moderation: ModerationStore) -> None:
    saved = moderation.save_ban(BOB_IN_LOBBY)
    lifted = moderation.lift_ban("bob", LOBBY)
    again = moderation.lift_ban("bob", LOBBY)

    assert (await again, await lifted) == (False, True)
    await saved
    assert await moderation.bans() == ()
