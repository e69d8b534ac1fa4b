"""The count of people to whom somebody sends one link: what it remembers, and what it forgets."""

from __future__ import annotations

from palaver.core.ids import PersonKey
from palaver.hub import link_spam
from palaver.hub.link_spam import Deed, LinkSpam, LinkSpamLimits

EVE, ANA, BOB = PersonKey("name:eve"), PersonKey("name:ana"), PersonKey("name:bob")
ONE = LinkSpamLimits(people=1, forgotten_s=60)


def test_one_more_than_may_be_reached_is_too_many_and_what_follows_is_worse() -> None:
    count = LinkSpam()
    assert [count.sent(EVE, ["x"], to, ONE, now=0) for to in (ANA, ANA, BOB, ANA)] == [None, None, Deed.KICK, Deed.BAN]


def test_of_several_links_the_worst_counts() -> None:
    count = LinkSpam()
    count.sent(EVE, ["x"], ANA, ONE, now=0)
    assert count.sent(EVE, ["x", "y"], BOB, ONE, now=0) is Deed.KICK
    assert count.sent(EVE, ["y"], BOB, ONE, now=0) is None


def test_nought_counts_nothing() -> None:
    count = LinkSpam()
    assert {count.sent(EVE, ["x"], to, LinkSpamLimits(), now=0) for to in (ANA, BOB)} == {None}


def test_a_link_is_remembered_for_its_time_after_its_last_use() -> None:
    count = LinkSpam()
    count.sent(EVE, ["x"], ANA, ONE, now=0)
    assert count.sent(EVE, ["x"], ANA, ONE, now=50) is None
    assert count.sent(EVE, ["x"], BOB, ONE, now=110) is Deed.KICK, "still, a whole time after the last use"
    assert count.sent(EVE, ["x"], BOB, ONE, now=171) is None


def test_of_too_many_links_the_one_that_was_not_used_for_longest_is_forgotten() -> None:
    count = LinkSpam()
    count.sent(EVE, ["first"], ANA, ONE, now=0)
    count.sent(EVE, ["second"], ANA, ONE, now=0)
    for at in range(link_spam.RECORDS - 2):
        count.sent(EVE, [f"link {at}"], ANA, ONE, now=0)
    count.sent(EVE, ["first"], ANA, ONE, now=0)
    count.sent(EVE, ["one more"], ANA, ONE, now=0)
    assert count.sent(EVE, ["first"], BOB, ONE, now=0) is Deed.KICK
    assert count.sent(EVE, ["second"], BOB, ONE, now=0) is None, "forgotten"
