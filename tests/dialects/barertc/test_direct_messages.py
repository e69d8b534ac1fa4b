"""The truth table of direct messages (docs/dialects/barertc.md §3.6.3): what their author sees, and what arrives."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.dialects.barertc.talk import Caller, Talk, notices, of

from palaver.core.chat import PostMessage, ToPerson
from palaver.core.participants import BySession

Setup = Callable[[Caller, Caller], object]

OFFLINE = "bob is not online."
MUTED = "You may not do that: write to bob, whom you ignore."

SETUPS: dict[str, Setup] = {
    "nothing": lambda ana, bob: None,
    "bob mutes": lambda ana, bob: bob.says({"action": "mute", "username": "ana"}),
    "ana mutes": lambda ana, bob: ana.says({"action": "mute", "username": "bob"}),
    "bob blocks": lambda ana, bob: bob.says({"action": "block", "username": "ana"}),
    "ana blocks": lambda ana, bob: ana.says({"action": "block", "username": "bob"}),
    "bob lists": lambda ana, bob: bob.says({"action": "blocklist", "usernames": ["ana"]}),
    "bob boots": lambda ana, bob: bob.says({"action": "boot", "username": "ana"}),
    "bob is busy": lambda ana, bob: bob.says({"action": "me", "status": "busy", "dnd": True}),
    "bob leaves": lambda ana, bob: bob.parts(),
    "bob hides": lambda ana, bob: bob.says({"action": "me", "status": "hidden"}),
}
"""What was done before the message."""


@pytest.mark.parametrize(
    ("author", "target", "setup", "noticed", "arrives"),
    [
        pytest.param({}, {}, "nothing", [], True, id="normal"),
        pytest.param({}, {}, "bob leaves", [OFFLINE], False, id="target offline"),
        pytest.param({}, {}, "bob mutes", [], False, id="target muted the author, who cannot tell"),
        pytest.param({"op": True}, {}, "bob mutes", [], True, id="target muted an operator"),
        pytest.param({}, {}, "ana mutes", [MUTED], False, id="author muted the target"),
        pytest.param({"op": True}, {}, "ana mutes", [], True, id="an operator muted the target"),
        pytest.param({}, {}, "bob blocks", [OFFLINE], False, id="target blocks the author: as if away"),
        pytest.param({}, {}, "ana blocks", [OFFLINE], False, id="author blocks the target: as if away"),
        pytest.param({}, {}, "bob lists", [OFFLINE], False, id="author is on the target's list"),
        pytest.param({"op": True}, {}, "bob lists", [], True, id="an operator is on the target's list"),
        pytest.param({}, {}, "bob boots", [], True, id="target booted the author: text is another matter"),
        pytest.param({}, {}, "bob is busy", [], True, id="target does not want to be disturbed: pages decide"),
        pytest.param({}, {"op": True}, "bob hides", [OFFLINE], False, id="target hides: as if away"),
    ],
)
def test_what_becomes_of_a_direct_message(
    author: dict[str, bool], target: dict[str, bool], setup: str, noticed: list[str], arrives: bool
) -> None:
    talk = Talk()
    ana, bob, cas = talk.enter("ana", **author), talk.enter("bob", **target), talk.enter("cas")
    SETUPS[setup](ana, bob)
    talk.quiet(ana, bob, cas)

    told = ana.posts("psst", "@bob")
    (copy,) = of(told, "message")
    assert (copy["channel"], copy["username"], copy["message"]) == ("@bob", "ana", "<p>psst</p>")
    assert told[0] == copy, "the own copy comes first"
    assert notices(told) == noticed
    received = of(bob.hears(), "message")
    assert [(each["channel"], each["username"]) for each in received] == ([("@ana", "ana")] if arrives else [])
    assert all(each["msgID"] == copy["msgID"] for each in received)
    assert not of(cas.hears(), "message")


def test_a_message_to_oneself_comes_twice() -> None:
    bot = Talk().enter("bot", op=True)
    first, second = of(bot.posts("deadlock ping", "@bot"), "message")
    assert first == second
    assert (first["channel"], first["username"]) == ("@bot", "bot")


def test_one_who_mutes_everybody_still_reads_what_they_write_to_themselves() -> None:
    bot = Talk().enter("bot", op=True)
    bot.says({"action": "mute", "username": "bot"})
    assert len(of(bot.posts("deadlock ping", "@bot"), "message")) == 2


@pytest.mark.parametrize("channel", ["@", "@ ", "@nobody", "@ChatServer", "@<b>x</b>"])
def test_a_message_to_nobody_is_a_notice_and_harms_nobody(channel: str) -> None:
    talk = Talk()
    ana, bob = talk.enter("ana"), talk.enter("bob")
    talk.quiet(ana, bob)
    told = ana.posts("psst", channel)
    assert len(notices(told)) == 1
    assert "<b>" not in notices(told)[0]
    assert bob.hears() == []


def test_the_thread_bears_the_name_that_the_other_goes_by() -> None:
    talk = Talk()
    ana, bob = talk.enter("ana"), talk.enter("Bob")
    assert of(ana.posts("psst", "@bOB"), "message")[0]["channel"] == "@Bob"
    assert of(bob.hears(), "message")[0]["channel"] == "@ana"


def test_a_user_reads_direct_messages_of_all_windows() -> None:
    talk = Talk()
    ana, bob = talk.enter("ana", vip=True), talk.world.open("bob", "lobby")
    phone = talk.world.open("ana", verified=True)
    talk.quiet(ana)
    bob.ask(PostMessage(ToPerson(BySession(phone.id)), "psst"))
    phone.ask(PostMessage(ToPerson(BySession(bob.id)), "yes?"))
    told = [(each["channel"], each["username"], each["message"]) for each in of(ana.hears(), "message")]
    assert told == [("@bob", "bob", "<p>psst</p>"), ("@bob", "ana", "<p>yes?</p>")]
