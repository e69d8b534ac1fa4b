"""Whose camera opens for whom, and which flags a list shows (docs/dialects/barertc.md §2.5, §3.7, §3.8, §3.11, §3.12)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.dialects.barertc.talk import Caller, Frame, Talk, notices, of
from tests.fakes import LOBBY

from palaver.core.calls import Offer, SendSignal
from palaver.core.errors import CameraClosed
from palaver.core.ids import SessionId
from palaver.core.participants import BySession, CameraRules, Media, Participant
from palaver.core.rosters import Seen
from palaver.dialects.barertc.video import flags, media_of

ON, EXPLICIT, SILENT, NON_EXPLICIT, MUTUAL, MUTUAL_OPEN, ONLY_VIP, INVITED, UNMARKED = (1 << bit for bit in range(9))

AWAY = "ana is not online."


def live(caller: Caller, video: int = ON, **fields: Any) -> list[Frame]:
    return caller.says({"action": "me", "video": video, "status": "online", **fields})


def enter(talk: Talk, name: str, who: str) -> Caller:
    claims: dict[str, dict[str, Any]] = {
        "guest": {},
        "operator": {"op": True},
        "vip": {"vip": True},
        "no video": {"rules": ["novideo"]},
    }
    return talk.enter(name, **claims[who])


@pytest.mark.parametrize("invited", [False, True], ids=["", "invited"])
@pytest.mark.parametrize(
    ("camera", "viewer", "refused", "although_invited"),
    [
        (ON, "guest", "", ""),
        (0, "guest", "off", "off"),
        (0, "operator", "off", "off"),
        (ON | MUTUAL, "guest", "mutual", ""),
        (ON | MUTUAL, "operator", "mutual", ""),
        (ON | MUTUAL, "broadcasting guest", "", ""),
        (ON | ONLY_VIP, "guest", "vip", ""),
        (ON | ONLY_VIP, "operator", "", ""),
        (ON | ONLY_VIP, "vip", "", ""),
        (ON | ONLY_VIP | MUTUAL, "guest", "mutual", ""),
        (ON | ONLY_VIP | MUTUAL, "broadcasting guest", "vip", ""),
        (ON, "no video", "no_video", "no_video"),
    ],
)
def test_whether_a_camera_opens(camera: int, viewer: str, refused: str, although_invited: str, invited: bool) -> None:
    talk = Talk()
    ana, bob = enter(talk, "ana", "vip"), enter(talk, "bob", viewer.removeprefix("broadcasting "))
    if camera:
        live(ana, camera)
    if viewer.startswith("broadcasting"):
        live(bob)
    if invited:
        ana.says({"action": "video-invite", "usernames": ["bob"]})
    talk.quiet(ana, bob)

    told = bob.says({"action": "open", "username": "ana"})
    expected = although_invited if invited else refused
    rung = ana.hears()
    if expected:
        assert [each["action"] for each in told] == ["error"]
        assert notices(told) == [CameraClosed.because(expected).text]
        assert rung == []
    else:
        (opened,), (ring,) = told, rung
        assert (opened["action"], opened["username"]) == ("open", "ana")
        assert (ring["action"], ring["username"]) == ("ring", "bob")
        assert opened["openSecret"] == ring["openSecret"]


@pytest.mark.parametrize("order", ["no video before offline", "offline before the camera"])
def test_the_first_reason_is_the_one_that_is_told(order: str) -> None:
    talk = Talk()
    bob = enter(talk, "bob", "no video" if order.startswith("no") else "guest")
    told = notices(bob.says({"action": "open", "username": "ana"}))
    assert (told == [AWAY]) == (order == "offline before the camera")


@pytest.mark.parametrize("deed", [None, "mute", "boot"])
@pytest.mark.parametrize("invited", [False, True], ids=["", "invited"])
@pytest.mark.parametrize("viewer", ["guest", "operator", "vip"])
@pytest.mark.parametrize(
    "camera", [0, ON, ON | MUTUAL | MUTUAL_OPEN, ON | ONLY_VIP, ON | ONLY_VIP | MUTUAL_OPEN | EXPLICIT]
)
def test_what_a_list_shows_of_a_camera(camera: int, viewer: str, invited: bool, deed: str | None) -> None:
    talk = Talk()
    ana, bob = enter(talk, "ana", "vip"), enter(talk, "bob", viewer)
    live(ana, camera)
    if invited:
        ana.says({"action": "video-invite", "usernames": ["bob"]})
    if deed:
        ana.says({"action": deed, "username": "bob"})
    talk.quiet(ana, bob)
    assert shown(bob.says({"action": "me", "status": "away"}), "ana") == as_specified(camera, viewer, invited, deed)
    assert shown(ana.says({"action": "me", "video": camera, "status": "away"}), "ana") == camera, "one's own is real"


def shown(frames: list[Frame], name: str) -> int:
    return next(row["video"] for row in of(frames, "who")[-1]["whoList"] if row["username"] == name)


def as_specified(camera: int, viewer: str, invited: bool, deed: str | None) -> int:
    """The steps of §3.11, with traps T9 and T21 mended: operators lose one flag only, an invitation is shown."""
    if camera & ONLY_VIP and viewer != "vip" and not (invited and not deed):
        return 0
    if not camera:
        return 0
    if deed:
        return camera & ~MUTUAL_OPEN if viewer == "operator" else 0
    return camera | INVITED if invited else camera


def test_every_flag_comes_back_as_it_was_but_the_one_that_is_the_servers() -> None:
    for video in range(512):
        command = media_of(video)
        media = Media(camera=bool(command.camera), microphone=bool(command.microphone))
        if isinstance(command.rules, CameraRules):
            media = msgspec.structs.replace(media, rules=command.rules)
        seat = Participant(SessionId("s"), "ana", 0, media=media)
        assert flags(Seen(seat)) == (video & ~INVITED if video & ON else 0)


ACROSS = ["mute", "boot", "block", "blocklist", "nothing was opened"]


@pytest.mark.parametrize("gap", ACROSS)
@pytest.mark.parametrize("sender", ["viewer", "owner"])
def test_no_signal_passes_where_no_camera_is_open(gap: str, sender: str) -> None:
    talk = Talk()
    ana, bob = talk.enter("ana"), talk.enter("bob")
    live(ana)
    if gap != "nothing was opened":
        assert of(bob.says({"action": "open", "username": "ana"}), "open")
        ana.says({"action": gap, "usernames": ["bob"]} if gap == "blocklist" else {"action": gap, "username": "bob"})
    talk.quiet(ana, bob)
    one, other, name = (bob, ana, "ana") if sender == "viewer" else (ana, bob, "bob")
    for asked in (
        {"action": "sdp", "description": '{"type":"offer"}'},
        {"action": "candidate", "candidate": "{}"},
        {"action": "watch"},
        {"action": "unwatch"},
    ):
        told = one.says({**asked, "username": name})
        assert len(told) == (asked["action"] == "sdp")
        assert of(other.hears(), asked["action"]) == []  # type: ignore[arg-type]


def test_signals_pass_both_ways_untouched() -> None:
    talk = Talk()
    ana, bob = talk.enter("ana"), talk.enter("bob")
    live(ana)
    bob.says({"action": "open", "username": "ana"})
    talk.quiet(ana, bob)
    opaque = ['{"type":"offer","sdp":"v=0\\r\\n", "z":1,"a":2}', "{}", "", "no JSON", '"text"', "null", "[1, 2]"]
    for text in opaque:
        bob.says({"action": "sdp", "username": "ana", "description": text})
        assert [each.get("description", "") for each in ana.hears()] == [text if text != '"text"' else '"text"']
    for text in ['{"candidate":"c", "sdpMid":"0"}', "no JSON"]:
        ana.says({"action": "candidate", "username": "bob", "candidate": text})
        assert [each["candidate"] for each in bob.hears()] == [text]


def test_a_camera_that_is_cut_is_off_for_all_at_once_and_its_owner_is_told_to_stop() -> None:
    talk = Talk()
    ana, op = talk.enter("ana"), talk.enter("op", op=True)
    live(ana)
    talk.quiet(ana, op)
    told = op.says({"action": "message", "message": "/cut ana"})
    assert notices(told) == ["The camera of ana has been turned off."]
    assert shown(told, "ana") == 0
    assert of(ana.hears(), "cut")


@pytest.mark.parametrize(
    ("rule", "video", "expected"),
    [
        ("redcam", ON, ON | EXPLICIT),
        ("redcam", ON | EXPLICIT | SILENT, ON | EXPLICIT | SILENT),
        ("redcam", 0, 0),
        ("nobroadcast", ON, 0),
        ("novideo", ON, 0),
        ("noimage", ON, ON),
        ("nodvd", ON, ON),
    ],
)
def test_the_rules_of_a_token_hold_for_the_camera(rule: str, video: int, expected: int) -> None:
    talk = Talk()
    ana = talk.enter("ana", rules=[rule])
    told = live(ana, video)
    assert shown(told, "ana") if expected else not of(told, "who") or shown(told, "ana") == 0
    assert [each["video"] for each in of(told, "me")] == ([expected] if expected != video and expected else [])
    assert bool(of(told, "cut")) == (expected == 0 and video != 0)
    assert bool(notices(told)) == (expected != video)


def test_the_flags_are_all_replaced_and_an_absent_status_is_no_news() -> None:
    talk = Talk()
    ana = talk.enter("ana")
    ana.says({"action": "me", "video": 5, "status": "gaming", "dnd": True})
    (row,) = of(ana.says({"action": "me"}), "who")[-1]["whoList"]
    assert (row["video"], row["status"], row.get("dnd", False)) == (0, "gaming", False)


def test_every_status_of_the_page_is_shown_as_it_is() -> None:
    ana = Talk().enter("ana")
    words = (
        "away brb lunch call busy book gaming afk movie workout travel idle"
        " chatty introverted horny exhibitionist online"
    )
    for status in words.split():
        assert of(ana.says({"action": "me", "status": status}), "who")[-1]["whoList"][0]["status"] == status


@pytest.mark.parametrize(
    "camera", [0, ON, ON | MUTUAL, ON | ONLY_VIP, "boot"], ids=["off", "on", "mutual", "vip", "booted"]
)
def test_a_call_from_another_wire_leads_round_no_rule_of_the_camera(camera: int | str) -> None:
    """Pages answer whoever rings with their camera, unasked: so nobody rings who may not watch it."""
    talk = Talk()
    ana, cas = talk.enter("ana"), talk.world.open("cas", "lobby")
    if camera:
        live(ana, ON if camera == "boot" else int(camera))
    if camera == "boot":
        ana.says({"action": "boot", "username": "cas"})
    ana.hears()
    seat = talk.world.hub.presence.named(LOBBY, "ana")
    assert seat is not None
    offer = Offer(msgspec.Raw(b'{"type": "offer", "sdp": "v=0"}'))
    cas.ask(SendSignal(BySession(seat.session), offer))
    told = [frame["action"] for frame in ana.hears() if frame["action"] in ("ring", "sdp")]
    assert told == (["ring", "sdp"] if camera in (0, ON) else [])
