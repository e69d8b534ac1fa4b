"""The truth tables of mute, boot and block (docs/dialects/barertc.md §3.9, §3.10): what each of two people still gets."""

from __future__ import annotations

import pytest
from tests.dialects.barertc.talk import Caller, Frame, Talk, names, notices, of

LIVE = {"action": "me", "video": 33, "status": "online"}
"""Camera and microphone on, and the viewer's own camera wanted in return."""

OFF = "You cannot watch this camera: it is not on."
AWAY = "ana is not online."

PEOPLE = [pytest.param({}, id="guest"), pytest.param({"op": True}, id="operator")]
DEEDS = ["mute", "boot", "block", "blocklist"]


class Pair:
    """Ana, who has done something about Bob; and Cas, who looks on. Ana and Bob show their cameras."""

    def __init__(self, deed: str, bob: dict[str, bool], **ana: bool) -> None:
        self.talk = Talk()
        self.ana, self.bob = self.talk.enter("ana", **ana), self.talk.enter("bob", **bob)
        self.cas, self.dan = self.talk.enter("cas"), self.talk.enter("dan")
        self.ana.says(LIVE)
        self.bob.says(LIVE)
        self.quiet()
        self.told = self.ana.says(frame(deed, "bob"))
        self.after = self.bob.hears()
        self.bystander = self.cas.hears()
        self.quiet()

    def quiet(self) -> None:
        self.talk.quiet(self.ana, self.bob, self.cas, self.dan)

    def sees(self, viewer: Caller, owner: str) -> int | None:
        """Return the camera of somebody in a viewer's list; None for somebody who is not in it."""
        for status in ("away", "online"):
            self.dan.says({"action": "me", "status": status})
            self.talk.world.clock.advance(5)
        rows = of(viewer.hears(), "who")[-1]["whoList"]
        return next((row["video"] for row in rows if row["username"] == owner), None)


def frame(deed: str, name: str) -> Frame:
    return {"action": deed, "usernames": [name]} if deed == "blocklist" else {"action": deed, "username": name}


HEARD = {
    "mute": (False, True),
    "boot": (True, True),
    "block": (False, False),
    "blocklist": (False, False),
}
"""Deed of Ana → whether she hears Bob, and he her."""


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("kind", ["text", "reaction", "presence", "picture"])
def test_who_still_hears_whom(deed: str, kind: str) -> None:
    pair = Pair(deed, {})
    ana_hears, bob_hears = HEARD[deed]
    assert heard(pair, pair.bob, pair.ana, kind) == ana_hears
    assert heard(pair, pair.ana, pair.bob, kind) == bob_hears


def heard(pair: Pair, who: Caller, by: Caller, kind: str) -> bool:
    """Let somebody do something; return whether another is told, as the bystander is."""
    if kind == "presence":
        who.parts()
        told, seen = of(by.hears(), "presence"), of(pair.cas.hears(), "presence")
        assert len(seen) == 1
        who.connects(who.connection.peer)
        who.says({"action": "login", "username": "ana" if who is pair.ana else "bob"})
        pair.quiet()
        return bool(told)
    if kind == "reaction":
        (said,) = of(pair.cas.posts("what do you think?"), "message")
        pair.quiet()
        who.says({"action": "react", "msgID": said["msgID"], "message": "👍"})
        assert len(of(pair.cas.hears(), "react")) == 1
        return bool(of(by.hears(), "react"))
    who.posts("![](https://example.org/x.png) look" if kind == "picture" else "hello")
    assert len(of(pair.cas.hears(), "message")) == 1
    return bool(of(by.hears(), "message"))


SEEN = {
    ("mute", "guest"): (0, 33),
    ("boot", "guest"): (0, 33),
    ("block", "guest"): (None, None),
    ("blocklist", "guest"): (None, None),
    ("mute", "operator"): (1, 33),
    ("boot", "operator"): (1, 33),
    ("blocklist", "operator"): (1, 33),
}
"""Deed of Ana, and what Bob is → Ana's camera in Bob's list, and Bob's in hers; None where they are not in it."""


@pytest.mark.parametrize(("deed", "bob"), SEEN)
def test_what_the_lists_show(deed: str, bob: str) -> None:
    pair = Pair(deed, {"op": True} if bob == "operator" else {})
    assert (pair.sees(pair.bob, "ana"), pair.sees(pair.ana, "bob")) == SEEN[deed, bob]
    assert (pair.sees(pair.cas, "ana"), pair.sees(pair.cas, "bob")) == (33, 33)


BOOTED = "ana had booted you off their camera before, and won't be notified of your watch."
MUTED = "ana had muted you before, and won't be notified of your watch."


@pytest.mark.parametrize(
    ("deed", "bob", "expected"),
    [
        ("mute", {}, [OFF]),
        ("boot", {}, [OFF]),
        ("block", {}, [AWAY]),
        ("blocklist", {}, [AWAY]),
        ("mute", {"op": True}, ["open", MUTED]),
        ("boot", {"op": True}, ["open", BOOTED]),
        ("blocklist", {"op": True}, ["open", MUTED]),
    ],
)
def test_whether_the_camera_opens(deed: str, bob: dict[str, bool], expected: list[str]) -> None:
    pair = Pair(deed, bob)
    told = pair.bob.says({"action": "open", "username": "ana"})
    said = [each["message"] if each["action"] == "error" else each["action"] for each in told]
    assert [text.replace("&#39;", "'") for text in said] == expected
    assert len(of(pair.ana.hears(), "ring")) == expected.count("open")
    pair.bob.says({"action": "watch", "username": "ana"})
    assert of(pair.ana.hears(), "watch") == [], "an operator who was turned away is not announced"


@pytest.mark.parametrize("deed", DEEDS)
def test_nobody_else_learns_of_it(deed: str) -> None:
    assert Pair(deed, {}).bystander == []


@pytest.mark.parametrize(
    ("deed", "bob", "expected"),
    [
        ("mute", {}, []),
        ("boot", {}, []),
        ("block", {}, []),
        ("blocklist", {}, []),
        ("mute", {"op": True}, ["ana has muted you."]),
        ("boot", {"op": True}, ["ana has booted you off of their camera!"]),
        ("blocklist", {"op": True}, []),
    ],
)
def test_who_is_told_of_it(deed: str, bob: dict[str, bool], expected: list[str]) -> None:
    pair = Pair(deed, bob)
    assert notices(pair.after) == expected
    assert notices(pair.told) == []
    assert notices(pair.ana.says(frame(deed, "bob"))) == []
    assert notices(pair.bob.hears()) == [], "to say it again is no news"


def test_an_operator_is_told_of_an_unmute_in_its_own_words() -> None:
    pair = Pair("mute", {"op": True})
    pair.ana.says(frame("unmute", "bob"))
    assert notices(pair.bob.hears()) == ["ana has unmuted you."]


def test_nobody_is_told_of_an_unboot() -> None:
    pair = Pair("boot", {"op": True})
    pair.ana.says(frame("unboot", "bob"))
    assert notices(pair.bob.hears()) == []


@pytest.mark.parametrize(("deed", "undone"), [("mute", "unmute"), ("boot", "unboot")])
def test_what_was_done_can_be_undone(deed: str, undone: str) -> None:
    pair = Pair(deed, {})
    pair.ana.says(frame(undone, "bob"))
    pair.quiet()
    assert pair.sees(pair.bob, "ana") == 33
    assert of(pair.bob.says({"action": "open", "username": "ana"}), "open")


def test_an_operator_cannot_be_blocked_by_name_but_by_list_the_mute_half_holds() -> None:
    pair = Pair("block", {"op": True})
    assert notices(pair.told) == ["You may not do that: block bob, who runs this place."]
    pair.ana.says(frame("blocklist", "bob"))
    pair.quiet()
    pair.bob.posts("hello")
    assert of(pair.ana.hears(), "message") == []
    assert pair.sees(pair.ana, "bob") == 33


def test_unmute_all_lifts_ones_own_mutes_alone() -> None:
    pair = Pair("mute", {}, op=True)
    assert notices(pair.ana.says({"action": "message", "message": "/unmute-all"})) == [
        "You hear everybody again; 1 mutes were lifted."
    ]
    pair.bob.posts("hello")
    assert of(pair.ana.hears(), "message")


@pytest.mark.parametrize("deed", ["mute", "boot", "block", "unmute", "unboot"])
@pytest.mark.parametrize("name", ["ana", "nobody", "x" * 128])
def test_oneself_and_unknown_names_are_taken(deed: str, name: str) -> None:
    ana = Talk().enter("ana")
    assert notices(ana.says(frame(deed, name))) == []
    assert names(of(ana.says({"action": "me", "status": "away"}), "who")) == ["ana"]


def test_a_page_that_comes_back_says_it_all_before_it_is_seen() -> None:
    talk = Talk()
    bob, cas = talk.enter("bob"), talk.enter("cas")
    talk.quiet(bob, cas)
    ana = talk.connect()
    for early in [frame("blocklist", "bob"), frame("boot", "cas"), frame("mute", "cas")]:
        assert ana.says(early) == []
    assert ana.says({"action": "video-invite", "usernames": ["cas"]}) == []
    ana.says({"action": "login", "username": "ana"})
    assert of(bob.hears(), "presence") == []
    assert of(cas.hears(), "presence")
    for again in [frame("blocklist", "bob"), frame("boot", "cas"), frame("mute", "cas")]:
        assert notices(ana.says(again)) == []


def test_hundreds_of_mutes_before_and_after_the_login_all_hold() -> None:
    talk = Talk()
    bob, last = talk.enter("bob"), talk.enter("n119")
    ana = talk.connect()
    for deed in ("boot", "mute"):
        for number in range(120):
            assert ana.says(frame(deed, f"n{number}")) == []
        talk.world.clock.advance(1)
    assert notices(ana.says({"action": "login", "username": "ana"})) == []
    for number in range(120):
        assert notices(ana.says(frame("mute", f"n{number}"))) == []
    talk.quiet(ana, bob, last)
    last.posts("hello")
    bob.posts("hello")
    assert [each["username"] for each in of(ana.hears(), "message")] == ["bob"]


def test_names_before_login_are_bounded() -> None:
    ana = Talk().connect()
    for deed in ("blocklist", "video-invite"):
        for _ in range(5):
            assert ana.says({"action": deed, "usernames": [f"n{number}" for number in range(1000)]}) == []
    assert len(notices(ana.says(frame("mute", "one more")))) == 1
    assert len(notices(ana.says(frame("mute", "x" * 129)))) == 1


def test_frames_before_login_are_bounded() -> None:
    ana = Talk().connect()
    told = [ana.says(frame(deed, "x")) for _ in range(101) for deed in ("mute", "unmute")]
    assert [bool(each) for each in told[:201]] == [False] * 200 + [True]


def test_an_invitation_ends_with_the_session() -> None:
    talk = Talk()
    ana, bob = talk.enter("ana", nick="Ana"), talk.enter("bob")
    ana.says({"action": "video-invite", "usernames": ["bob"]})
    ana.says({"action": "mute", "username": "nobody"})
    ana.parts()
    talk.quiet(bob)
    ana = talk.enter("ana", nick="Ana")
    ana.says({"action": "me", "video": 17, "status": "online"})
    talk.world.clock.advance(5)
    assert of(bob.hears(), "who")[-1]["whoList"][0]["video"] == 17
