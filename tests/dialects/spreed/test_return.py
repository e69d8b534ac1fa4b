"""Who a connection is where its request says so, and how a session goes on (docs/dialects/spreed.md §2.3, §2.6)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.dialects.spreed.talk import PROXY, Talk, of

from palaver.dialects.spreed import surface
from palaver.dialects.spreed.options import Options
from palaver.transports.access import Access
from palaver.transports.reception import Reception

HEADER = {"users": True, "mode": "httpheader", "identity_header": "x-users"}


@pytest.fixture
def talk() -> Talk:
    return Talk(options=HEADER)


def test_a_user_named_by_a_proxy_is_logged_in_at_once(talk: Talk) -> None:
    ann = talk.connect(address=PROXY, x_users="ann")
    assert (ann.me["Userid"], bool(ann.me["Suserid"])) == ("ann", True)


def test_anybody_else_cannot_name_a_user(talk: Talk) -> None:
    assert talk.connect(x_users="ann").me["Userid"] == ""


def test_the_user_of_the_request_counts_for_more_than_that_of_the_token(talk: Talk) -> None:
    ann = talk.connect(address=PROXY, x_users="ann")
    ann.enters("garden")
    bob = talk.enter("garden")
    ann.parts(clean=False)
    again = talk.connect(ann.me["Token"], PROXY, x_users="cem")
    assert (again.id, again.me["Userid"]) == (ann.id, "cem")
    assert [each["Status"] for each in of(bob.hears(), "Left")] == ["hard"]
    again.enters("garden")
    assert [each["Userid"] for each in of(bob.hears(), "Joined")] == ["cem"]


def test_without_a_user_in_the_request_the_session_goes_on_as_it_was(talk: Talk) -> None:
    ann = talk.connect(address=PROXY, x_users="ann")
    ann.enters("garden")
    ann.parts(clean=False)
    again = talk.connect(ann.me["Token"])
    assert (again.id, again.me["Userid"]) == (ann.id, "ann")
    assert again.sees() == [ann.id]


def test_where_users_are_switched_off_a_token_brings_none_back() -> None:
    talk = Talk(options=HEADER)
    ann = talk.connect(address=PROXY, x_users="ann")
    ann.parts()
    talk.world.clock.advance(60)
    site = replace(talk.site, options=lambda: Options(users=False))
    talk.reception = Reception(talk.world.hub, [surface.dialect(site)], lambda: Access(trusted=()))
    assert (again := talk.connect(ann.me["Token"])).me["Userid"] == ""
    assert again.id == ann.id
