"""What the bot does about frames and as time passes (docs/dialects/barertc.md §8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from palaver.bot.deeds import Deed, Greet, RestartServer, Send
from palaver.bot.settings import Profile
from palaver.bot.talk import (
    DEAF_AFTER_S,
    GREETED_AGAIN_AFTER_S,
    GREETINGS_APART_S,
    HEARD_KEPT,
    PING_EVERY_S,
    QUIET_AFTER_S,
    Talk,
)
from palaver.bot.wire import Frame, Row

NOW = 10_000.0
WALL = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def brain() -> Iterator[Path]:
    with resources.as_file(resources.files("palaver.bot") / "brain") as folder:
        yield folder


@pytest.fixture
def talk(brain: Path) -> Talk:
    return talking(brain)


def talking(brain: Path, *, operator: bool = False, chance: float = 0.0) -> Talk:
    profile = Profile(username="robo", display_name="Robo Bot", is_admin=operator)
    bot = Talk(profile, brain, chance=lambda: chance, now=NOW)
    bot.hear(Frame("who", who_list=(Row("robo"), Row("ana", "Ana A."), Row("olga", op=True))), NOW)
    return bot


def message(text: str, *, channel: str = "lobby", by: str = "ana", number: int = 7) -> Frame:
    return Frame("message", channel=channel, username=by, message=f"<p>{text}</p>", msg_id=number)


def said(deeds: list[Deed]) -> list[tuple[str, str]]:
    return [(deed.frame.channel, deed.frame.message) for deed in deeds if isinstance(deed, Send)]


def one(deeds: list[Deed]) -> Deed:
    assert len(deeds) == 1, deeds
    return deeds[0]


def test_a_direct_message_is_answered_where_it_came_from(talk: Talk) -> None:
    reply = one(talk.hear(message("what is my name", channel="@ana"), NOW))
    assert reply == Send(Frame("message", channel="@ana", message="You are Ana A.."), 0.5)


def test_in_public_only_who_names_the_bot_is_answered(talk: Talk) -> None:
    assert talk.hear(message("what is my name"), NOW) == []
    for text in ("robo, what is my name", "@Robo what is my name", "what is my name, robo bot?"):
        assert said(talk.hear(message(text), NOW)) == [("lobby", "**@ana:** You are Ana A..")]


def test_the_name_alone_or_within_another_word_is_no_question(talk: Talk) -> None:
    for text in ("robo", "@robo!", "what about robots", "microrobo"):
        assert talk.hear(message(text), NOW) == []


def test_a_public_hello_gets_a_wave(talk: Talk) -> None:
    assert talk.hear(message("hi all", number=44), NOW) == [Send(Frame("react", msg_id=44, message="👋"), 2.5)]


def test_the_public_topic_lasts_for_one_message(talk: Talk) -> None:
    talk.hear(message("hi all"), NOW)
    assert said(talk.hear(message("what is my name", channel="@ana"), NOW)) == [("@ana", "You are Ana A..")]


def test_a_picture_becomes_words(talk: Talk) -> None:
    deeds = talk.hear(message('<img src="https://x.example/a.png">', channel="@ana"), NOW)
    assert said(deeds) == [("@ana", "Thank you for the picture. I cannot see it, I am afraid.")]


def test_only_operators_reload_the_brain(talk: Talk) -> None:
    assert said(talk.hear(message("/reload", channel="@ana"), NOW)) == [("@ana", "Only operators may do that.")]
    reloaded = talk.hear(message("/reload", channel="@olga", by="olga"), NOW)
    assert said(reloaded) == [("@olga", "The brain was reloaded.")]


def test_a_reload_keeps_what_people_told(talk: Talk) -> None:
    talk.hear(message("my name is ursula", channel="@eve", by="eve"), NOW)
    talk.hear(message("/reload", channel="@olga", by="olga"), NOW)
    assert talk.brain.knows("eve")["name"] == "Ursula"


# -- the watch over the server ----------------------------------------------------------------------------------------


def echo(talk: Talk, now: float) -> None:
    talk.hear(Frame("message", channel="@robo", username="robo", message="<p>deadlock ping</p>"), now)


def test_the_bot_writes_to_itself(talk: Talk) -> None:
    ping = Frame("message", channel="@robo", message="deadlock ping 2026-01-02T03:04:05+00:00")
    assert talk.tick(NOW + PING_EVERY_S, WALL) == [Send(ping)]


def test_a_server_that_says_nothing_back_for_a_minute_is_restarted_once_a_minute(talk: Talk) -> None:
    restarts = [
        at for at in range(0, 200, 15) if any(isinstance(deed, RestartServer) for deed in talk.tick(NOW + at, WALL))
    ]
    assert restarts == [75, 150]
    assert DEAF_AFTER_S == 60


def test_one_that_does_is_left_alone(talk: Talk) -> None:
    for at in range(0, 600, 15):
        assert not any(isinstance(deed, RestartServer) for deed in talk.tick(NOW + at, WALL))
        echo(talk, NOW + at + 1)


def test_what_the_bot_says_elsewhere_is_no_sign_of_life(talk: Talk) -> None:
    talk.hear(message("hello", by="robo"), NOW + 50)
    talk.hear(message("hello", by="robo", channel="@ana"), NOW + 50)
    assert isinstance(talk.tick(NOW + DEAF_AFTER_S + 1, WALL)[0], RestartServer)


def test_its_own_messages_get_no_answer(talk: Talk) -> None:
    assert talk.hear(message("robo, what is my name", by="robo"), NOW) == []
    assert talk.hear(message("hello", by="robo", channel="@robo"), NOW) == []


# -- reactions --------------------------------------------------------------------------------------------------------


def reaction(emoji: str, *, number: int = 7, by: str = "ana") -> Frame:
    return Frame("react", username=by, msg_id=number, message=emoji)


def test_a_reaction_to_what_was_heard_is_joined_once(talk: Talk) -> None:
    talk.hear(message("look at this"), NOW)
    assert talk.hear(reaction("❤️"), NOW) == [Send(Frame("react", msg_id=7, message="❤️"), 2.5)]
    assert talk.hear(reaction("❤️", by="olga"), NOW) == []
    assert len(talk.hear(reaction("😂"), NOW)) == 1


def test_half_of_the_time_it_is_not(brain: Path) -> None:
    talk = talking(brain, chance=0.5)
    talk.hear(message("look at this"), NOW)
    assert talk.hear(reaction("❤️"), NOW) == []


@pytest.mark.parametrize("frame", [reaction("👎"), reaction("💩"), reaction("❤️", by="robo"), reaction("❤️", number=8)])
def test_unkind_own_and_unknown_reactions_are_left_alone(talk: Talk, frame: Frame) -> None:
    talk.hear(message("look at this"), NOW)
    assert talk.hear(frame, NOW) == []


def test_the_oldest_messages_are_forgotten(talk: Talk) -> None:
    for number in range(1, HEARD_KEPT + 2):
        talk.hear(message("look at this", number=number), NOW)
    assert talk.heard(1) is None
    assert talk.heard(2) is not None
    assert talk.heard(HEARD_KEPT + 1) is not None


# -- greetings --------------------------------------------------------------------------------------------------------


def join(talk: Talk, username: str, now: float) -> list[Deed]:
    return talk.hear(Frame("presence", username=username, message="has joined the room!"), now)


def test_who_joins_is_greeted_a_little_later_if_still_there(talk: Talk) -> None:
    assert join(talk, "ana", NOW) == [Greet("ana", 5.0)]
    (channel, text), *_ = said(talk.greeting("ana", NOW))
    assert channel == "lobby"
    assert "Ana A." in text
    talk.hear(Frame("who", who_list=(Row("robo"),)), NOW)
    assert talk.greeting("ana", NOW) == []


def test_greetings_stand_apart(talk: Talk) -> None:
    join(talk, "ana", NOW)
    assert join(talk, "olga", NOW + GREETINGS_APART_S - 1) == []
    assert join(talk, "olga", NOW + GREETINGS_APART_S) == [Greet("olga", 5.0)]


def test_nobody_is_greeted_twice_within_the_hour_unless_the_lobby_is_quiet(talk: Talk) -> None:
    join(talk, "ana", NOW)
    later = NOW + QUIET_AFTER_S
    talk.hear(message("look at this", by="olga"), later - 1)
    assert join(talk, "ana", later) == []
    talk.hear(message("look at this", by="olga"), NOW + GREETED_AGAIN_AFTER_S - QUIET_AFTER_S - 1)
    assert join(talk, "ana", NOW + GREETED_AGAIN_AFTER_S - 1) == [Greet("ana", 5.0)]


def test_a_full_room_is_greeted_only_out_of_its_quiet(talk: Talk) -> None:
    crowd = tuple(Row(f"user{number}") for number in range(12))
    talk.hear(Frame("who", who_list=crowd), NOW)
    join(talk, "user1", NOW)
    assert talk.greeting("user1", NOW) == []
    join(talk, "user2", NOW + QUIET_AFTER_S)
    assert len(talk.greeting("user2", NOW)) == 1


def test_its_own_coming_and_what_is_no_coming_is_not_greeted(talk: Talk) -> None:
    assert join(talk, "robo", NOW) == []
    assert talk.hear(Frame("presence", username="ana", message="has exited the room!"), NOW) == []


# -- as an operator ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["me", "ping"])
def test_an_operator_hears_everybody(brain: Path, word: str) -> None:
    command = Send(Frame("message", message="/unmute-all"))
    assert talking(brain, operator=True).hear(Frame(word, username="robo"), NOW) == [command]


@pytest.mark.parametrize("word", ["me", "ping"])
def test_another_bot_does_not_say_a_command_aloud(talk: Talk, word: str) -> None:
    assert talk.hear(Frame(word, username="robo"), NOW) == []


def test_the_name_is_the_one_that_the_server_gives(talk: Talk) -> None:
    talk.hear(Frame("me", username="robo 2"), NOW)
    assert talk.hear(message("hello", by="robo 2", channel="@robo 2"), NOW) == []
    assert said(talk.tick(NOW, WALL))[0][0] == "@robo 2"


@pytest.mark.parametrize("word", ["ring", "open", "watch", "cut", "disconnect", "takeback", "echo", "nonsense"])
def test_other_words_are_nothing_to_do(talk: Talk, word: str) -> None:
    assert talk.hear(Frame(word, username="ana", message="x"), NOW) == []
