"""Nobody can tell by what they are told whether somebody else is on BareRTC's wire or on the native one.

Each deed is done twice, on either wire, before the same people; what a BareRTC client and a native one are told of it must
be the same both times, but for ids and times.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.dialects.barertc.talk import Caller, Frame, Talk, of
from tests.fakes import FakePictures
from tests.transcripts.calls import SECRET

from palaver.integrations.jwt import mint

ACTOR, SEEN_BY = "ana", ("bob", "nia")
BOB = {"by": "handle", "handle": "bob"}
MAIN = {"in": "channel", "room": "lobby", "channel": "main"}
TO_BOB = {"in": "direct", "to": {**BOB, "room": "lobby"}}
LIVE = {"action": "me", "video": 1, "status": "online"}
SDP = {"type": "offer", "sdp": "v=0"}


def ask(kind: str, **fields: Any) -> Frame:
    return {"id": 1, "ask": {"type": kind, **fields}}


def bare(action: str, **fields: Any) -> Frame:
    return {"action": action, **fields}


def command(line: str) -> Frame:
    return bare("message", message=line)


def camera(**rules: bool) -> Frame:
    return ask("set_media", camera=True, microphone=True, rules=rules)


DEEDS: dict[str, tuple[list[Frame], list[Frame]]] = {
    "speak": (
        [bare("message", channel="main", message="**hello**")],
        [ask("post_message", place=MAIN, text="**hello**")],
    ),
    "write": ([bare("message", channel="@bob", message="psst")], [ask("post_message", place=TO_BOB, text="psst")]),
    "react": ([bare("react", msgID="$said", message="👍")], [ask("react", message="$said", emoji="👍")]),
    "react twice": (
        [bare("react", msgID="$said", message="👍")] * 2,
        [ask("react", message="$said", emoji="👍"), ask("react", message="$said", emoji="👍", on=False)],
    ),
    "take back": ([bare("takeback", msgID="$own")], [ask("retract_message", message="$own")]),
    "status": ([bare("me", video=0, status="lunch")], [ask("set_status", status="lunch")]),
    "not to be disturbed": ([bare("me", video=0, dnd=True)], [ask("set_status", dnd=True)]),
    "camera": ([LIVE], [camera()]),
    "camera for few": (
        [bare("me", video=1 | 16 | 32, status="online")],
        [camera(mutual_required=True, mutual_open=True)],
    ),
    "explicit camera": ([bare("me", video=3, status="online")], [camera(explicit=True)]),
    "silent camera": ([bare("me", video=5, status="online")], [ask("set_media", camera=True, microphone=False)]),
    "camera off": (
        [LIVE, bare("me", video=0, status="online")],
        [camera(), ask("set_media", camera=False, microphone=False)],
    ),
    "mute": ([bare("mute", username="bob")], [ask("ignore", room="lobby", names=["bob"])]),
    "boot": ([LIVE, bare("boot", username="bob")], [camera(), ask("turn_away", room="lobby", names=["bob"])]),
    "mute with a camera": (
        [LIVE, bare("mute", username="bob")],
        [camera(), ask("ignore", room="lobby", names=["bob"])],
    ),
    "block": ([bare("block", username="bob")], [ask("block", room="lobby", names=["bob"])]),
    "invite": (
        [bare("me", video=17, status="online"), bare("video-invite", usernames=["bob"])],
        [camera(mutual_required=True), ask("invite_to_watch", room="lobby", names=["bob"])],
    ),
    "nudge": ([bare("react", msgID=-451, message="bob")], [ask("suggest_explicit", room="lobby", target=BOB)]),
    "open, offer, watch and stop": (
        [
            bare("open", username="bob"),
            bare("sdp", username="bob", description=json.dumps(SDP)),
            bare("candidate", username="bob", candidate='{"candidate": "c"}'),
            bare("watch", username="bob"),
            bare("unwatch", username="bob"),
        ],
        [
            ask("open_camera", owner={**BOB, "room": "lobby"}),
            ask(
                "send_signal", to={**BOB, "room": "lobby"}, about="camera", signal={"kind": "offer", "description": SDP}
            ),
            ask(
                "send_signal",
                to={**BOB, "room": "lobby"},
                about="camera",
                signal={"kind": "candidate", "candidate": {"candidate": "c"}},
            ),
            ask("watch", owner={**BOB, "room": "lobby"}),
            ask("unwatch", owner={**BOB, "room": "lobby"}),
        ],
    ),
    "mark a camera explicit": ([command("/nsfw bob")], [ask("mark_explicit", room="lobby", target=BOB)]),
    "cut": ([command("/cut bob")], [ask("stop_camera", room="lobby", target=BOB)]),
    "kick": ([command("/kick bob")], [ask("kick", room="lobby", target=BOB)]),
    "ban": ([command("/ban bob 2")], [ask("ban_person", room="lobby", target=BOB, hours=2.0)]),
    "make an operator": ([command("/op bob")], [ask("set_operator", room="lobby", target=BOB)]),
    "sign out": ([command("/kickall")], [ask("sign_everybody_out")]),
    "restart": ([command("/shutdown")], [ask("restart")]),
    "leave": ([], []),
}
"""What is done → the same in BareRTC's words and in native ones. `$said` is Bob's message, `$own` the actor's."""

OPERATORS_DEEDS = {"mark a camera explicit", "cut", "kick", "ban", "make an operator", "sign out", "restart"}


def enter(talk: Talk, name: str, wire: str, **claims: Any) -> Caller:
    """Let somebody in over a wire; a token where there are claims."""
    if wire == "barertc":
        return talk.enter(name, **claims)
    caller = talk.connect("/native/ws")
    token = mint({"sub": name, **claims}, SECRET, ttl_s=3600, now=talk.world.clock.now()) if claims else ""
    caller.says(ask("identify", **({"token": token} if token else {"name": name})))
    caller.says(ask("join_room", room="lobby"))
    return caller


def told(wire: str, deed: str) -> dict[str, list[str]]:
    """Return what each observer is told of a deed that is done on a wire, without ids and times."""
    talk = Talk(inline_url=FakePictures.inline_url)
    bob, nia = enter(talk, "bob", "barertc"), enter(talk, "nia", "native")
    observers = {"bob": bob, "nia": nia}
    bob.says(LIVE)
    (said,) = of(bob.posts("what do you think?"), "message")
    talk.quiet(*observers.values())
    actor = enter(talk, ACTOR, wire, **({"op": True} if deed in OPERATORS_DEEDS else {"nick": "Ana"}))
    talk.world.clock.advance(5)
    heard = {name: each.hears() for name, each in observers.items()}
    frames = DEEDS[deed][wire == "native"]
    own = post(actor, wire) if deed == "take back" else 0
    for frame in frames:
        actor.says(json.loads(json.dumps(frame).replace('"$said"', str(said["msgID"])).replace('"$own"', str(own))))
        talk.world.clock.settle()
        for name, each in observers.items():
            heard[name] += each.hears()
    if deed == "leave":
        actor.parts()
    talk.world.clock.advance(5)
    return {name: [plain(frame) for frame in heard[name] + each.hears()] for name, each in observers.items()}


def post(actor: Caller, wire: str) -> int:
    if wire == "barertc":
        return int(of(actor.posts("mine"), "message")[0]["msgID"])
    replies = actor.says(ask("post_message", place=MAIN, text="mine"))
    return int(next(each["outcome"]["message"] for each in replies if "outcome" in each))


def plain(frame: Frame) -> str:
    """Return a frame as text in which sessions, numbers of messages, times and secrets are all the same."""
    text = json.dumps({key: value for key, value in frame.items() if key not in ("seq", "epoch", "openSecret")})
    text = re.sub(r'"[0-9a-f]{32}"', '"session"', text)
    return re.sub(r"\b[0-9]{9,}\b", "0", text)


@pytest.mark.parametrize("deed", DEEDS)
def test_what_others_are_told_is_the_same_on_either_wire(deed: str) -> None:
    on_barertc, on_native = told("barertc", deed), told("native", deed)
    assert on_barertc["bob"]
    for name in SEEN_BY:
        assert on_native[name] == on_barertc[name]
