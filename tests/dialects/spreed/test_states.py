"""Private messages, their Mids and what becomes of them, also when a connection is lost in between (§3.9)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dialects.spreed.talk import Caller, Talk, of

from palaver.dialects.spreed.memory import Recent


@pytest.fixture
def talk() -> Talk:
    return Talk()


def two(talk: Talk) -> tuple[Caller, Caller]:
    """Return two who sit in a room and have heard that."""
    ann, bob = talk.enter("garden"), talk.enter("garden")
    ann.hears()
    return ann, bob


def states(frames: list[Any]) -> list[Any]:
    """Return what Chats say of messages."""
    return [each["Chat"]["Status"] for each in of(frames, "Chat")]


def seen(caller: Caller, other: Caller, *mids: str) -> None:
    caller.says("Chat", {"Message": None, "Mid": None, "NoEcho": True, "Status": {"SeenMids": mids}}, To=other.id)


def test_states_reach_who_came_back_after_sending(talk: Talk) -> None:
    ann, bob = two(talk)
    ann.chats("hi", bob.id, Mid="m1")
    ann.parts(clean=False)
    again = talk.connect(ann.me["Token"])
    seen(bob, again, "m1")
    assert states(again.hears()) == [{"SeenMids": ["m1"]}]


def test_states_reach_others_from_who_came_back_after_receiving(talk: Talk) -> None:
    ann, bob = two(talk)
    ann.chats("hi", bob.id, Mid="m1")
    bob.parts(clean=False)
    again = talk.connect(bob.me["Token"])
    seen(again, ann, "m1")
    assert states(ann.hears()) == [{"SeenMids": ["m1"]}]


def test_states_of_messages_that_nobody_sent_are_told_to_nobody(talk: Talk) -> None:
    ann, bob = two(talk)
    seen(bob, ann, "m1")
    bob.chats("", ann.id, Status={"State": "delivered", "Mid": "m1"})
    bob.chats("", ann.id, Status={"State": "sent", "Mid": "m1"})
    assert ann.hears() == []


def test_a_state_may_bear_a_mid_of_its_own(talk: Talk) -> None:
    ann, bob = two(talk)
    told = bob.chats("", ann.id, Mid="m9", Status={"Typing": "start"})
    assert states(told) == [{"State": "sent"}]
    assert states(ann.hears()) == [{"Typing": "start"}]


def test_only_the_latest_are_remembered() -> None:
    pairs: Recent[int, int] = Recent(3)
    for at in range(5):
        pairs.put(at, at)
    pairs.put(2, 20)
    pairs.put(5, 5)
    assert [pairs.get(at) for at in range(6)] == [None, None, 20, None, 4, 5]
