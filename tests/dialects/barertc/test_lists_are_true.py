"""Whatever people do to each other, everybody's latest list is what §3.9 to §3.11 say, worked out a second time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.dialects.barertc.talk import Caller, Frame, Talk, notices, of
from tests.transcripts.calls import SECRET

from palaver.integrations.jwt import mint

ON, MUTUAL_OPEN, ONLY_VIP, INVITED = 1, 32, 64, 128
CLAIMS: dict[str, dict[str, Any]] = {"ana": {}, "bob": {}, "cas": {}, "op": {"op": True}, "vip": {"vip": True}}
SETS = {
    "mute": "mutes",
    "unmute": "mutes",
    "boot": "boots",
    "unboot": "boots",
    "block": "blocks",
    "video-invite": "invites",
}


@dataclass
class Person:
    """Somebody as the model knows them. What users say of others outlives their stay, but for invitations."""

    name: str
    caller: Caller | None = None
    video: int = 0
    hidden: bool = False
    mutes: set[str] = field(default_factory=set)
    boots: set[str] = field(default_factory=set)
    blocks: set[str] = field(default_factory=set)
    invites: set[str] = field(default_factory=set)
    read: Frame | None = None

    @property
    def is_op(self) -> bool:
        return self.name == "op"

    @property
    def here(self) -> bool:
        return self.caller is not None

    def leave(self) -> None:
        self.caller, self.video, self.hidden, self.read = None, 0, False, None
        self.invites = set()
        if not CLAIMS[self.name]:
            self.mutes, self.boots, self.blocks = set(), set(), set()


class Play:
    """The room and its model, side by side."""

    def __init__(self) -> None:
        self.talk = Talk()
        self.people = {name: Person(name) for name in CLAIMS}

    def listen(self) -> None:
        for person in self.people.values():
            if person.caller is not None:
                frames = person.caller.hears()
                assert not any("went wrong" in said for said in notices(frames))
                for frame in of(frames, "who"):
                    person.read = frame

    def says(self, person: Person, frame: Frame) -> None:
        assert person.caller is not None
        self.listen()
        for told in of(person.caller.says(frame), "who"):
            person.read = told

    def do(self, who: str, deed: str, whom: str, video: int) -> None:
        me, other = self.people[who], self.people[whom]
        if deed == "come":
            if not me.here:
                caller = self.talk.connect()
                me.caller = caller
                self.says(me, {"action": "login", "username": who, "jwt": self._token(who)})
        elif not me.here:
            return
        elif deed in ("close", "lose"):
            self.listen()
            assert me.caller is not None
            me.caller.parts(clean=deed == "close")
            self.talk.world.clock.advance(40)
            me.leave()
        elif deed == "camera":
            self.says(me, {"action": "me", "video": video, "status": "hidden" if me.hidden else "online"})
            me.video = video if video & ON else 0
        elif deed == "hide":
            me.hidden = me.is_op and not me.hidden
            self.says(me, {"action": "me", "video": me.video, "status": "hidden" if me.hidden else "online"})
        else:
            key = {"usernames": [whom]} if deed == "video-invite" else {"username": whom}
            self.says(me, {"action": deed, **key})
            held: set[str] = getattr(me, SETS[deed])
            if deed.startswith("un"):
                held.discard(whom)
            elif whom != who and not (deed == "block" and other.is_op and other.here and not other.hidden):
                held.add(whom)

    def _token(self, who: str) -> str:
        claims = CLAIMS[who]
        return mint({"sub": who, **claims}, SECRET, ttl_s=3600, now=self.talk.world.clock.now()) if claims else ""

    def expected(self, viewer: Person) -> dict[str, int]:
        return {
            owner.name: owner.video if owner is viewer else seen(viewer, owner)
            for owner in self.people.values()
            if owner.here and not owner.hidden and (owner is viewer or not apart(viewer, owner))
        }

    def check(self) -> None:
        self.talk.world.clock.advance(10)
        self.listen()
        for person in self.people.values():
            if person.here:
                assert person.read is not None
                shown = {row["username"]: row["video"] for row in person.read.get("whoList", [])}
                assert shown == self.expected(person), person.name


def apart(one: Person, other: Person) -> bool:
    """Whether a block stands between two, of whom neither is an operator."""
    return not one.is_op and not other.is_op and (other.name in one.blocks or one.name in other.blocks)


def seen(viewer: Person, owner: Person) -> int:
    """Return a camera as another sees it (§3.11, with the traps T9 and T21 mended)."""
    video, turned_away = owner.video, viewer.name in owner.mutes | owner.boots
    invited = viewer.name in owner.invites and not turned_away
    if not video or (turned_away and not viewer.is_op) or (video & ONLY_VIP and viewer.name != "vip" and not invited):
        return 0
    if turned_away:
        return video & ~MUTUAL_OPEN
    return video | INVITED if invited else video


_people = st.sampled_from(sorted(CLAIMS))
_deeds = st.sampled_from(["come", "close", "lose", "camera", "camera", "hide", *SETS])
_videos = st.sampled_from([0, ON, ON | MUTUAL_OPEN, ON | ONLY_VIP, ON | ONLY_VIP | MUTUAL_OPEN])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(_people, _deeds, _people, _videos), max_size=30))
def test_everybodys_latest_list_is_true(deeds: list[tuple[str, str, str, int]]) -> None:
    play = Play()
    for name in ("ana", "bob", "op"):
        play.do(name, "come", name, 0)
    for who, deed, whom, video in deeds:
        play.do(who, deed, whom, video)
    play.check()
