"""Who is told what, in which order, when somebody goes or is made to go (docs/dialects/barertc.md §3.5, §3.10, §3.15)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.dialects.barertc.talk import Caller, Frame, Talk

KICKED, BANNED = "has been kicked from the room!", "has been banned!"
EXITED, JOINED = "has exited the room!", "has joined the room!"


class Scene:
    """An operator, Bob, who is about to go, and Cas, who looks on."""

    def __init__(self) -> None:
        self.talk = Talk(landing_url="https://example.org/login?a=1&b=2")
        self.op = self.talk.enter("op", op=True)
        self.bob, self.cas = self.talk.enter("bob", nick="Bob"), self.talk.enter("cas")
        self.talk.quiet(self.op, self.bob, self.cas)

    def commands(self, line: str) -> None:
        self.op_told = self.op.says({"action": "message", "message": line})


def kick(scene: Scene) -> None:
    scene.commands("/kick bob")


def ban(scene: Scene) -> None:
    scene.commands("/ban bob 2")


def take_over(scene: Scene) -> None:
    scene.talk.enter("bob", nick="Bob")


def kickall(scene: Scene) -> None:
    scene.commands("/kickall")


def close(scene: Scene) -> None:
    scene.bob.parts()


def lose(scene: Scene) -> None:
    scene.bob.parts(clean=False)
    scene.talk.world.clock.advance(40)


def hide(scene: Scene) -> None:
    scene.commands("/op bob")
    scene.talk.quiet(scene.op, scene.bob, scene.cas)
    scene.bob.says({"action": "me", "status": "hidden"})


def hide_and_close(scene: Scene) -> None:
    hide(scene)
    scene.talk.quiet(scene.cas)
    scene.bob.parts()


def hide_and_return(scene: Scene) -> None:
    hide(scene)
    scene.talk.quiet(scene.cas)
    scene.bob.says({"action": "me", "status": "online"})


GOODBYE_TO_ALL = (
    '<p>Everybody was signed out of the chat room. Please <a href="https://example.org/login?a=1&amp;b=2"'
    ' rel="nofollow noopener">log in again</a>.</p>'
)
REPLACED = "You have signed in from somewhere else, so this window was signed out."


def short(frames: list[Frame]) -> list[str]:
    """Return frames as lines: who is listed, what is said, which action it is."""
    lines = []
    for frame in frames:
        if "closed" in frame:
            lines.append(f"closed {frame['closed']}")
        elif frame["action"] == "who":
            lines.append("who " + " ".join(row["username"] for row in frame["whoList"]))
        elif frame["action"] != "ping":
            lines.append(" ".join(filter(None, (frame["action"], frame.get("username"), frame.get("message")))))
    return lines


@pytest.mark.parametrize(
    ("removal", "target", "everyone"),
    [
        (
            kick,
            ["error ChatServer You have been kicked from the chat room by op.", "disconnect", "closed 4002"],
            [f"presence bob {KICKED}", "who cas op"],
        ),
        (
            ban,
            [
                f"presence bob {BANNED}",
                "error ChatServer You have been banned from the chat room by op.",
                "disconnect",
                "closed 4003",
            ],
            [f"presence bob {BANNED}", "who cas op"],
        ),
        (
            take_over,
            [f"error ChatServer {REPLACED}", "disconnect", "closed 4001"],
            [f"presence bob {JOINED}", "who bob cas op"],
        ),
        (kickall, [f"error ChatServer {GOODBYE_TO_ALL}", "disconnect", "closed 4004"], None),
        (close, [], [f"presence bob {EXITED}", "who cas op"]),
        (lose, [], [f"presence bob {EXITED}", "who cas op"]),
        (hide, ["who cas op"], [f"presence bob {EXITED}", "who cas op"]),
        (hide_and_close, ["who cas op"], []),
        (hide_and_return, ["who bob cas op"], [f"presence bob {JOINED}", "who bob cas op"]),
    ],
)
def test_who_is_told_of_a_removal(
    removal: Callable[[Scene], None], target: list[str], everyone: list[str] | None
) -> None:
    scene = Scene()
    told: list[Frame] = []
    hears = scene.bob.hears

    def noted() -> list[Frame]:
        frames = hears()
        told.extend(frames)
        return frames

    scene.bob.hears = noted  # type: ignore[method-assign]
    removal(scene)
    scene.talk.world.clock.advance(5)
    scene.bob.hears()
    assert short(told)[-len(target) :] == target if target else short(told) == []
    if everyone is None:
        everyone = target
    heard = short(scene.cas.hears())
    assert heard == everyone


def test_who_takes_over_the_name_of_a_guest_keeps_the_guest_here_under_another() -> None:
    talk = Talk()
    guest, cas = talk.enter("bob"), talk.enter("cas")
    talk.quiet(guest, cas)
    talk.enter("bob", nick="Bob")
    talk.world.clock.advance(5)
    assert short(guest.hears()) == [
        f"presence bob {EXITED}",
        f"presence bob 2 {JOINED}",
        "error ChatServer The name bob belongs to somebody else; you are bob 2 now.",
        "me bob 2",
        f"presence bob {JOINED}",
        "who bob bob 2 cas",
    ]
    changed = [f"presence bob {EXITED}", f"presence bob 2 {JOINED}"]
    assert short(cas.hears()) == [*changed, f"presence bob {JOINED}", "who bob bob 2 cas"]


def test_who_was_kicked_is_kept_out_for_a_minute_and_told_so() -> None:
    scene = Scene()
    scene.bob.parts()
    guest = scene.talk.enter("guest")
    scene.commands("/kick guest")
    guest.hears()
    again = scene.talk.connect()
    told = short(again.says({"action": "login", "username": "Guest"}))
    assert [line.split()[0] for line in told] == ["error", "disconnect"]
    scene.talk.world.clock.advance(20)
    scene.talk.world.clock.advance(41)
    late = scene.talk.connect()
    assert short(late.says({"action": "login", "username": "Guest"}))[0] == "me Guest"


def test_a_goodbye_is_told_once() -> None:
    scene = Scene()
    scene.bob.parts()
    scene.bob.parts()
    scene.talk.world.clock.advance(60)
    assert [line for line in short(scene.cas.hears()) if "presence" in line] == [f"presence bob {EXITED}"]


def test_a_lost_user_who_comes_back_in_time_was_never_gone() -> None:
    scene = Scene()
    scene.bob.parts(clean=False)
    scene.talk.world.clock.advance(5)
    assert short(scene.cas.hears()) == []
    back: Caller = scene.talk.enter("bob", nick="Bob")
    scene.talk.world.clock.advance(5)
    assert short(scene.cas.hears())[:1] == [f"presence bob {JOINED}"]
    assert [line.split()[0] for line in short(back.hears())] in ([], ["who"])
