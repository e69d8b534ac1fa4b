"""The lists that a site keeps of whom its users do not want to meet."""

from __future__ import annotations

import pytest

from palaver.core.errors import TooLarge
from palaver.core.ids import PersonKey, UserId
from palaver.core.moderation import MAX_NAME_CHARS, MAX_RELATIONS, NO_RELATIONS, Relations
from palaver.hub.blocklists import Blocklists

ANA = UserId("site:ana")


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
        assert lists.taken_off(other, own) is own


def test_the_sites_word_is_added_and_never_becomes_the_users_own() -> None:
    lists = Blocklists()
    lists.put("ana", ["bob"])
    held = lists.added(ANA, Relations(ignores=frozenset({PersonKey("name:eve")})))
    assert (held.ignores, held.blocks) == ({"name:eve", "name:bob"}, {"name:bob"})
    own = lists.taken_off(ANA, held)
    assert (own.ignores, own.blocks) == ({"name:eve"}, frozenset())


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
