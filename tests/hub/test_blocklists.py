"""The lists that a site keeps of whom its users do not want to meet."""

from __future__ import annotations

import pytest
from tests.fakes import LOBBY, FakeSink, Person, World

from palaver.core.errors import TooLarge
from palaver.core.ids import PersonKey, UserId
from palaver.core.moderation import (
    MAX_NAME_CHARS,
    MAX_RELATIONS,
    NO_RELATIONS,
    Ignore,
    Relations,
    TakeBlocklist,
    TurnAway,
    changed,
)
from palaver.core.participants import Identity
from palaver.core.rooms import JoinRoom
from palaver.hub.blocklists import Blocklists

ANA = UserId("site:ana")
BOB, EVE = PersonKey("name:bob"), PersonKey("name:eve")


def test_a_list_takes_the_place_of_the_one_before() -> None:
    lists = Blocklists()
    assert lists.put("ana", ["bob", "", "cem", "bob"]) == (ANA, ("bob", "cem"))
    assert lists.names(ANA) == ("bob", "cem")
    lists.put("ana", ["dee"])
    assert lists.keys(ANA) == {"name:dee"}
    lists.put("ana", [])
    assert lists.names(ANA) == ()


def test_guests_and_others_have_no_list() -> None:
    lists = Blocklists()
    lists.put("ana", ["bob"])
    own = Relations(ignores=frozenset({PersonKey("name:eve")}))
    for other in (None, UserId("site:eve")):
        assert lists.names(other) == ()
        assert lists.added(other, own) is own


def test_the_sites_word_is_added_and_never_becomes_the_users_own() -> None:
    lists = Blocklists()
    lists.put("ana", ["bob"])
    stored = Relations(ignores=frozenset({EVE}))
    held = lists.added(ANA, stored)
    assert (held.ignores, held.blocks) == ({EVE, BOB}, {BOB})
    now = changed(held, blocks=held.blocks | {EVE, BOB})
    assert lists.own(ANA, stored, held, now) == Relations(ignores=stored.ignores, blocks=frozenset({EVE}))
    assert lists.own(ANA, NO_RELATIONS, NO_RELATIONS, held) == stored, "a client handed it on"


async def test_who_was_on_a_list_when_the_user_came_in_never_becomes_the_users_own() -> None:
    world = World()
    world.hub.blocklists.put("ana", ["bob", "cem"])
    ana = Person(world, Identity("ana", ANA), FakeSink(), world.hub.blocklists.added(ANA, NO_RELATIONS))
    ana.ask(JoinRoom(LOBBY))
    world.hub.blocklists.put("ana", ["dee"])
    ana.ask(Ignore(("eve",), LOBBY))
    ana.ask(Ignore(("fay",), LOBBY))
    ana.ask(Ignore(("fay",), LOBBY, on=False))
    ana.ask(TurnAway(("gus",), LOBBY))
    stored = await world.hub.moderation.relations(ANA)
    assert stored == Relations(ignores=frozenset({EVE}), turned_away=frozenset({PersonKey("name:gus")}))


async def test_a_list_that_a_client_hands_on_holds_and_is_never_the_users_own() -> None:
    world = World()
    world.hub.blocklists.put("ana", ["dee"])
    ana = Person(world, Identity("ana", ANA), FakeSink(), world.hub.blocklists.added(ANA, NO_RELATIONS))
    ana.ask(JoinRoom(LOBBY))
    ana.ask(TakeBlocklist(("bob", "cem"), LOBBY))
    assert {EVE, BOB} & ana.session.declared.blocks == {BOB}
    ana.ask(Ignore(("bob",), LOBBY))
    ana.ask(Ignore(("eve",), LOBBY))
    assert await world.hub.moderation.relations(ANA) == Relations(ignores=frozenset({EVE}))


def test_whom_a_user_blocks_stays_blocked_when_the_site_lists_them_no_longer() -> None:
    lists = Blocklists()
    stored = Relations(blocks=frozenset({BOB}))
    lists.put("ana", ["bob"])
    held = lists.added(ANA, stored)
    now = changed(held, ignores=held.ignores | {EVE})
    assert lists.own(ANA, stored, held, now) == Relations(ignores=frozenset({EVE}), blocks=frozenset({BOB}))


def test_a_list_and_its_names_are_bounded() -> None:
    lists = Blocklists()
    most, longest = [f"n{at}" for at in range(MAX_RELATIONS)], "n" * MAX_NAME_CHARS
    assert len(lists.put("ana", most)[1]) == MAX_RELATIONS
    assert lists.put("ana", [longest])[1] == (longest,)
    for subject, names in (("ana", [*most, "more"]), ("ana", [longest + "n"]), (longest + "n", ["bob"])):
        with pytest.raises(TooLarge):
            lists.put(subject, names)


def test_of_more_names_than_are_kept_the_oldest_list_is_forgotten() -> None:
    lists = Blocklists(names_kept=3)
    lists.load({ANA: ("bob",), UserId("site:bea"): ("cem",)})
    lists.put("ana", ["bob", "dee"])
    assert lists.names(UserId("site:bea")) == ("cem",), "three are kept"
    lists.put("cas", ["eve"])
    assert lists.names(UserId("site:bea")) == ()
    assert lists.names(ANA) == ("bob", "dee")
    assert lists.added(UserId("site:bea"), NO_RELATIONS) is NO_RELATIONS
