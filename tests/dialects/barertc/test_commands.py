"""What operators type (docs/dialects/barertc.md §4): each command's effect, and what it is answered."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dialects.barertc.talk import Caller, Frame, Talk, notices, of

from palaver.dialects.barertc.commands import COMMANDS, USAGES, help_text

NAMED = ["kick", "ban", "unban", "nsfw", "cut", "op", "deop"]


class Scene:
    """An operator and two others, one of whom shows a camera and has a name of two words."""

    def __init__(self) -> None:
        self.talk = Talk()
        self.op = self.talk.enter("op", op=True)
        self.ana, self.bob = self.talk.enter("ana"), self.talk.enter("bob two")
        self.bob.says({"action": "me", "video": 1, "status": "online"})
        self.quiet()

    def quiet(self) -> None:
        self.talk.quiet(self.op, self.ana, self.bob)

    def commands(self, line: str, **fields: Any) -> list[str]:
        return notices(self.op.says({"action": "message", "message": line, **fields}))


def banned(scene: Scene) -> None:
    scene.commands("/ban away 2")


def marked(scene: Scene) -> None:
    scene.commands("/nsfw bob")


def nothing(scene: Scene) -> None:
    pass


@pytest.mark.parametrize(
    ("before", "line", "answer"),
    [
        (nothing, "/kick ana", "ana has been kicked from the room."),
        (nothing, "/kick @ana", "ana has been kicked from the room."),
        (nothing, '/kick "bob two"', "bob two has been kicked from the room."),
        (nothing, "/kick nobody", "nobody is not online."),
        (nothing, "/kick op", "Did you really mean to kick yourself?"),
        (nothing, "/ban ana", "ana has been banned for 24 hours."),
        (nothing, "/ban ana 1", "ana has been banned for an hour."),
        (nothing, "/ban ana 2", "ana has been banned for 2 hours."),
        (nothing, "/ban ana two", "ana has been banned for 24 hours."),
        (nothing, "/ban ana -3", "ana has been banned for 24 hours."),
        (nothing, "/ban ana 0", "ana has been banned for 24 hours."),
        (nothing, "/ban away 5", "away has been banned for 5 hours."),
        (banned, "/unban away", "The ban of away has been lifted."),
        (banned, "/unban AWAY", "The ban of AWAY has been lifted."),
        (nothing, "/unban away", "away is not banned."),
        (nothing, "/bans", "<p>Banned at the moment:</p>"),
        (nothing, "/nsfw 'bob two'", "The camera of bob two is marked explicit now."),
        (nothing, "/nsfw ana", "ana shows no camera at the moment."),
        (nothing, "/nsfw nobody", "nobody is not online."),
        (nothing, "/cut 'bob two'", "The camera of bob two has been turned off."),
        (nothing, "/cut ana", "ana shows no camera at the moment."),
        (nothing, "/op ana", "ana is an operator now."),
        (nothing, "/op nobody", "nobody is not online."),
        (nothing, "/deop op", "op is no longer an operator."),
        (nothing, "/unmute-all", "You hear everybody again; 0 mutes were lifted."),
        (nothing, "/reconfigure", "The settings were read anew."),
        (nothing, "/KICK ana", "ana has been kicked from the room."),
        (nothing, "/kcik ana", "There is no command /kcik. Type /help for a list."),
        (nothing, "/kick 'ana", "A quotation mark is not closed in that command."),
        (nothing, "/kick " + "x" * 2000, "That command is too long."),
        (nothing, "/kick <b>x</b>", "&lt;b&gt;x&lt;/b&gt; is not online."),
    ],
)
def test_what_a_command_is_answered(before: Callable[[Scene], None], line: str, answer: str) -> None:
    scene = Scene()
    before(scene)
    assert scene.commands(line) == [answer]
    assert not of(scene.ana.hears() + scene.bob.hears(), "message"), "nothing of it is shown to the room"


@pytest.mark.parametrize("word", NAMED)
@pytest.mark.parametrize("rest", ["", " ", " @", ' ""'])
def test_a_command_without_a_name_says_how_it_is_used(word: str, rest: str) -> None:
    assert Scene().commands(f"/{word}{rest}") == [f"Usage: {USAGES[word]}".replace("'", "&#39;")]


@pytest.mark.parametrize("channel", ["main", "@ana", "@op", "invented", None])
def test_commands_are_read_in_every_channel_and_in_none(channel: str | None) -> None:
    fields = {} if channel is None else {"channel": channel}
    assert Scene().commands("/kick ana", **fields) == ["ana has been kicked from the room."]


@pytest.mark.parametrize("line", ["/kick op", "/shutdown", "/help", "/op ana", "/anything", "/ shrug"])
def test_of_everybody_else_a_line_with_a_slash_is_text(line: str) -> None:
    scene = Scene()
    (said,) = of(scene.ana.posts(line), "message")
    assert said["message"] == f"<p>{line}</p>"
    assert of(scene.op.hears(), "message") == [said]


@pytest.mark.parametrize("line", ["a /kick ana", "1/2", "//", "/ ana", "/1"])
def test_what_an_operator_says_that_is_no_command_is_text(line: str) -> None:
    scene = Scene()
    scene.op.posts(line)
    assert len(of(scene.ana.hears(), "message")) == 1


def test_the_two_lists_of_help_name_every_command_once() -> None:
    listed = re.findall(r"`/([a-z-]+)", help_text(advanced=False)) + re.findall(
        r"`/([a-z-]+)", help_text(advanced=True)
    )
    assert sorted(listed) == sorted(COMMANDS) == sorted(USAGES)
    for line in ("/help", "/help-advanced"):
        (told,) = Scene().commands(line)
        assert "<code>/" in told


def test_the_list_of_bans_says_until_when() -> None:
    scene = Scene()
    scene.commands("/ban away 2")
    scene.commands("/ban `x` 1")
    (told,) = scene.commands("/bans")
    assert "<code>away</code> until 2026-01-01T02:00:" in told
    assert told.count("<li>") == 2


def test_who_runs_the_room_by_grace_of_another_does_so_until_they_leave() -> None:
    scene = Scene()
    scene.commands("/op ana")
    assert notices(scene.ana.says({"action": "message", "message": "/bans"})) == ["<p>Banned at the moment:</p>"]
    scene.ana.parts()
    ana = scene.talk.enter("ana")
    assert of(ana.posts("/bans"), "message")


def test_the_owner_of_a_marked_camera_is_told_by_whom_unless_they_turned_them_away() -> None:
    for booted in (False, True):
        scene = Scene()
        if booted:
            scene.bob.says({"action": "boot", "username": "op"})
        scene.quiet()
        scene.commands("/nsfw 'bob two'")
        told = scene.bob.hears()
        assert [frame["video"] for frame in of(told, "me")] == [3]
        assert ("op" in notices(told)[0].split()) == (not booted)
        assert rows(scene.op.hears() + scene.op.says({"action": "me", "status": "away"}))["bob two"]["video"] == 3


def rows(frames: list[Frame]) -> dict[str, Frame]:
    return {row["username"]: row for row in of(frames, "who")[-1]["whoList"]}


def test_everybody_hears_of_a_restart_before_it_comes() -> None:
    scene = Scene()
    said = "The chat server is restarting NOW. You can come back in a moment."
    assert scene.commands("/shutdown") == [said]
    assert [notices(each.hears()) for each in (scene.ana, scene.bob)] == [[said], [said]]
    assert scene.talk.world.operations.restarted == 1


def test_what_is_wrong_with_the_settings_is_told_to_the_operator_alone() -> None:
    scene = Scene()
    scene.talk.world.operations.problem = "line 3: <nonsense>"
    (told,) = scene.commands("/reconfigure")
    assert "line 3: &lt;nonsense&gt;" in told
    assert scene.ana.hears() == []


@pytest.mark.parametrize("line", ["/kick {}", "/ban {}", "/cut {}", "/nsfw {}"])
def test_an_operator_does_nothing_to_another_without_taking_that_from_them_first(line: str) -> None:
    scene = Scene()
    other = scene.talk.enter("other", op=True)
    other.says({"action": "me", "video": 1, "status": "online"})
    scene.quiet()
    assert scene.commands(line.format("other"))[0].startswith("You may not do that")
    scene.commands("/deop other")
    assert not scene.commands(line.format("other"))[0].startswith("You may not do that")


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from(string.ascii_letters + "/@\"'\\ \n\t-0<>&#`🦊"), max_size=40))
def test_no_line_of_an_operator_is_a_fault_of_the_server(text: str) -> None:
    caller = _operator()
    told = caller.says({"action": "message", "message": f"/{text}"})
    assert not any("went wrong" in said for said in notices(told)), text
    if not any("closed" in frame for frame in told):
        caller.hears()


def _operator() -> Caller:
    return Talk().enter("op", op=True)
