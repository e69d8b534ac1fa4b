"""Rules that protect people and hold on every wire: cameras, blocks of operators, rules of the site, secret VIPs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.fakes import LOBBY, Person, World
from tests.hub.scenes import say, words

from palaver.core import errors
from palaver.core.calls import Answer, JoinCall, Offer, Ring, SendSignal
from palaver.core.chat import PostMessage, ToPerson
from palaver.core.devices import Devices, ListDevices, PostToDevice
from palaver.core.disconnects import LEFT
from palaver.core.ids import DeviceId, UserId
from palaver.core.media import MarkExplicit, OpenCamera, OpenedAnyway, RequestMute, SetMedia, Unwatch, Watch
from palaver.core.moderation import (
    BanPerson,
    Block,
    HearEverybody,
    Ignore,
    InviteToWatch,
    SetOperator,
    TakeBlocklist,
    TurnAway,
)
from palaver.core.one_room import EnterRoom
from palaver.core.participants import ByHandle, BySession, CameraRules, Role, Rule, SetStatus
from palaver.core.rooms import JoinRoom, LeaveReason, LeaveRoom
from palaver.core.sessions import Joined, LogIn
from palaver.hub import site_people
from palaver.hub.admission import Admission

EXPLICIT = CameraRules(explicit=True)
V0 = msgspec.Raw(b'{"type":"offer","sdp":"v=0"}')


@pytest.fixture
def world() -> World:
    return World()


# -- cameras -----------------------------------------------------------------------------------------------------------


def offered(caller: Person, to: Person, **more: str) -> bool:
    """Offer a call; return whether the other is told that no client may answer it unasked."""
    to.hears()
    caller.ask(SendSignal(BySession(to.id), Offer(V0), **more))
    (told,) = [event for event in to.hears() if event["type"] == "signal_sent"]
    return bool(told.get("closed", False))


@pytest.mark.parametrize(
    ("media", "closed"),
    [
        (SetMedia(camera=False), False),
        (SetMedia(camera=True), False),
        (SetMedia(camera=True, rules=CameraRules(vip_only=True)), True),
        (SetMedia(camera=True, rules=CameraRules(mutual_required=True)), True),
    ],
    ids=["off", "open", "for VIPs", "for those who show theirs"],
)
def test_an_offer_is_no_way_around_the_rules_of_a_camera(world: World, media: SetMedia, closed: bool) -> None:
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(media)
    assert offered(bob, ana) is closed
    ana.hears()
    bob.ask(SendSignal(BySession(ana.id), Ring()))
    assert not ana.hears()[-1].get("closed"), "only an offer brings pictures"


def test_an_offer_to_a_camera_that_was_opened_or_in_a_common_call_is_answered(world: World) -> None:
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(SetMedia(camera=True, rules=CameraRules(mutual_required=True)))
    ana.ask(InviteToWatch(("bob",), LOBBY))
    bob.ask(OpenCamera(ByHandle("ana")))
    assert not offered(bob, ana)
    assert not offered(bob, ana, about="camera")
    cem = world.open("cem", "lobby")
    for person in (ana, cem):
        person.ask(JoinCall(LOBBY))
    assert not offered(cem, ana, about="call")
    assert offered(cem, ana)


def test_an_offer_from_outside_is_no_way_to_a_camera_either(world: World) -> None:
    ana, bob = world.open("ana", "lobby"), world.open("bob")
    assert not offered(bob, ana)
    ana.ask(SetMedia(camera=True))
    assert offered(bob, ana)


def test_who_no_longer_runs_the_site_is_seen_again(world: World) -> None:
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    olga.ask(SetStatus("hidden"))
    ana.hears()
    olga.ask(SetOperator(LOBBY, BySession(olga.id), on=False))
    assert words(ana) == ["participant_joined"]
    assert (olga.seat().status, olga.seat().role) == ("away", Role.GUEST)


# -- operators and blocks ----------------------------------------------------------------------------------------------


def test_what_the_site_amends_leaves_a_user_what_they_became_here(world: World) -> None:
    zed = world.open("zed", "lobby", verified=True)
    identity, moderator = zed.session.identity, msgspec.structs.replace(zed.seat(), role=Role.MODERATOR)
    world.hub.presence.update_seat(LOBBY, moderator)
    site_people.amend(world.hub, "zed", msgspec.structs.replace(identity, vip=True), room=LOBBY)
    assert zed.seat() == msgspec.structs.replace(moderator, vip=True)
    runs_site = msgspec.structs.replace(identity, operator=True)
    site_people.amend(world.hub, "zed", runs_site, room=LOBBY)
    zed.ask(HearEverybody())
    site_people.amend(world.hub, "zed", runs_site, room=LOBBY)
    assert zed.session.identity.heard, "for the rest of the session"
    site_people.amend(world.hub, "zed", identity, room=LOBBY)
    assert (zed.seat().operator, zed.seat().role, zed.session.identity.heard) == (False, Role.MEMBER, False)


def test_who_did_not_run_the_site_runs_their_room_still(world: World) -> None:
    olga, zed = world.open("olga", "lobby", operator=True), world.open("zed", "lobby")
    world.hub.presence.update_seat(LOBBY, msgspec.structs.replace(zed.seat(), role=Role.MODERATOR))
    olga.ask(SetOperator(LOBBY, BySession(zed.id), on=False))
    assert zed.seat().role is Role.MODERATOR


def test_a_block_list_does_not_hide_who_runs_the_site(world: World) -> None:
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True, verified=True)
    ana.ask(TakeBlocklist(("olga",), LOBBY))
    ana.hears()
    olga.ask(say("heard by those who do not ignore her"))
    assert words(ana) == []
    olga.ask(PostMessage(ToPerson(ByHandle("ana")), "please stop that"))
    assert words(ana) == ["message_posted"]
    ana.ask(say("seen"))
    assert "message_posted" in words(olga)


def test_where_the_site_says_so_a_block_meets_operators_too() -> None:
    world = World(admission=Admission(blockable_operators=True))
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    ana.ask(TakeBlocklist(("olga",), LOBBY))
    assert words(olga) == ["participant_left"]
    olga.ask(HearEverybody())
    assert words(olga)[-1] == "participant_joined"
    assert words(ana)[-1] == "participant_joined"


def test_who_is_made_an_operator_comes_into_sight_of_those_who_block_them(world: World) -> None:
    olga, ana = world.open("olga", "lobby", operator=True), world.open("ana", "lobby")
    bob = world.open("bob", "lobby", verified=True)
    ana.ask(Block(("bob",), LOBBY))
    ana.hears()
    olga.ask(SetOperator(LOBBY, BySession(bob.id)))
    assert "participant_joined" in words(ana)
    olga.ask(SetOperator(LOBBY, BySession(bob.id), on=False))
    assert "participant_left" in words(ana)


def test_a_block_by_name_of_who_runs_the_site_is_refused(world: World) -> None:
    ana = world.open("ana", "lobby")
    world.open("olga", "lobby", operator=True)
    with pytest.raises(errors.NotAllowed):
        ana.ask(Block(("olga",), LOBBY))


def test_a_block_ends_without_the_blocked_one_being_here(world: World) -> None:
    """A user is known by a key of their own, which used to be found only while they sat in the room."""
    ana = world.open("ana", "lobby", verified=True)
    bob = world.open("bob", "lobby", verified=True)
    ana.ask(Block(("bob",), LOBBY))
    ana.ask(Ignore(("bob",), LOBBY))
    world.hub.end(bob.session, LEFT, LeaveReason.LEFT)
    ana.ask(Block(("bob",), LOBBY, on=False))
    ana.ask(Ignore(("user:site:bob",), LOBBY, on=False))
    assert ana.session.declared.blocks == ana.session.declared.ignores == frozenset()


def test_whoever_is_ignored_stops_watching(world: World) -> None:
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(SetMedia(camera=True))
    bob.ask(OpenCamera(ByHandle("ana")))
    bob.hears()
    ana.ask(Ignore(("bob",), LOBBY))
    assert words(bob) == ["viewer_turned_away"]
    with pytest.raises(errors.CameraClosed):
        bob.ask(Watch(ByHandle("ana")))


def test_an_operator_who_was_turned_away_watches_without_notice(world: World) -> None:
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    ana.ask(SetMedia(camera=True))
    ana.ask(TurnAway(("olga",), LOBBY))
    olga.ask(OpenCamera(ByHandle("ana")))
    ana.hears()
    olga.ask(Watch(ByHandle("ana")))
    assert words(ana) == []


def test_an_operator_of_the_session_does_not_outlive_it(world: World) -> None:
    olga, ana = world.open("olga", "lobby", operator=True), world.open("ana", "lobby", verified=True)
    olga.ask(SetOperator(LOBBY, BySession(ana.id)))
    ana.ask(BanPerson(LOBBY, ByHandle("mallory")))
    assert [ban.room for ban in world.hub.bans] == [None]
    world.hub.end(ana.session, LEFT, LeaveReason.LEFT)
    assert not world.open("ana", "lobby", verified=True).session.identity.operator


# -- rules of the site -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [Rule.NO_BROADCAST, Rule.NO_VIDEO])
def test_a_rule_of_the_settings_holds_for_guests_and_users_of_that_name(rule: Rule) -> None:
    admission = Admission(user_rules={"ana": frozenset({rule})}, rule_texts={rule: "Ask Olga."})
    world = World(admission=admission)
    for person in (world.open("Ana", "lobby"), world.open("ANA", "lobby", verified=True)):
        with pytest.raises(errors.RuleForbids) as refused:
            person.ask(SetMedia(camera=True))
        assert refused.value.text == "Ask Olga."
        assert refused.value.params["rule"] == rule.value


def test_where_nothing_explicit_is_permitted_only_those_who_run_the_room_mark_a_camera() -> None:
    world = World(admission=Admission(permit_explicit=False))
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    with pytest.raises(errors.NotAllowed):
        ana.ask(SetMedia(camera=True, rules=EXPLICIT))
    ana.ask(SetMedia(camera=True))
    olga.ask(MarkExplicit(LOBBY, ByHandle("ana")))
    ana.ask(SetMedia(microphone=True, rules=EXPLICIT))
    assert ana.seat().media.rules.explicit


def marked(person: Person, **media: Any) -> list[str]:
    """Return what somebody is told of their camera's being marked when they say what they send."""
    person.hears()
    person.ask(SetMedia(**media))
    return [event["text"] for event in person.hears() if event["type"] == "camera_marked"]


@pytest.mark.parametrize("texts", [{}, {Rule.CAMERA_ALWAYS_EXPLICIT: "Always red."}])
def test_who_did_not_wish_it_is_told_that_a_rule_makes_the_camera_explicit(texts: dict[Rule, str]) -> None:
    rules = {name: frozenset({Rule.CAMERA_ALWAYS_EXPLICIT}) for name in ("ana", "bob")}
    world = World(admission=Admission(user_rules=rules, rule_texts=texts))
    ana, bob, cas = (world.open(name, "lobby") for name in ("ana", "bob", "cas"))
    text = texts.get(Rule.CAMERA_ALWAYS_EXPLICIT, "Your camera is always marked explicit here.")
    assert marked(ana, microphone=True) == [], "there is no picture yet"
    assert marked(ana, camera=True) == [text]
    assert marked(ana, microphone=False) == []
    assert marked(ana, rules=CameraRules(mutual_open=True)) == [text]
    assert ana.seat().media.rules.explicit
    assert marked(bob, camera=True, rules=EXPLICIT) == []
    assert marked(cas, rules=EXPLICIT) == []
    assert marked(cas, camera=True) == [], "as cas wished, whom no rule binds"


@pytest.mark.parametrize("texts", [{}, {Rule.NO_VIDEO: "Not here."}])
def test_who_may_not_watch_video_opens_no_camera(texts: dict[Rule, str]) -> None:
    world = World(admission=Admission(user_rules={"ana": frozenset({Rule.NO_VIDEO})}, rule_texts=texts))
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    bob.ask(SetMedia(camera=True))
    with pytest.raises(errors.CameraClosed) as refused:
        ana.ask(OpenCamera(BySession(bob.id)))
    assert refused.value.params["why"] == "no_video"
    assert refused.value.params["reason"] == texts.get(Rule.NO_VIDEO, "you may not watch video here.")


def test_a_camera_is_opened_only_from_a_room_where_its_owner_sits(world: World) -> None:
    ana, bob = world.open("ana"), world.open("bob", "lobby")
    bob.ask(SetMedia(camera=True))
    with pytest.raises(errors.NoSuchParticipant):
        ana.ask(OpenCamera(BySession(bob.id)))


@pytest.mark.parametrize("command", [Ignore, TurnAway])
def test_nobody_is_told_who_watches_whom_they_do_not_want(world: World, command: type[Ignore] | type[TurnAway]) -> None:
    ana, bob, olga = world.open("ana", "lobby"), world.open("bob", "lobby"), world.open("olga", "lobby", operator=True)
    ana.ask(SetMedia(camera=True))
    ana.ask(command(("olga", "bob"), LOBBY))
    with pytest.raises(errors.CameraClosed):
        bob.ask(OpenCamera(BySession(ana.id)))
    assert olga.ask(OpenCamera(BySession(ana.id))) == OpenedAnyway(command is TurnAway, command is Ignore)
    ana.hears()
    for done in (Watch, Unwatch):
        olga.ask(done(BySession(ana.id)))
    assert words(ana) == []
    ana.ask(command(("olga",), LOBBY, on=False))
    ana.hears()
    for done in (Watch, Unwatch):
        olga.ask(done(BySession(ana.id)))
    assert words(ana) == ["watch_started", "watch_stopped"]


def test_only_those_who_run_the_room_ask_for_silence(world: World) -> None:
    ana, bob, olga = world.open("ana", "lobby"), world.open("bob", "lobby"), world.open("olga", "lobby", operator=True)
    bob.hears()
    with pytest.raises(errors.NotAllowed):
        ana.ask(RequestMute(LOBBY, BySession(bob.id)))
    ana.hears()
    olga.ask(RequestMute(LOBBY, BySession(bob.id)))
    assert (words(bob), words(ana)) == (["mute_requested"], [])


def test_where_explicit_scenes_are_permitted_everybody_marks_their_own_camera(world: World) -> None:
    ana = world.open("ana", "lobby")
    ana.ask(SetMedia(camera=True, rules=EXPLICIT))
    assert ana.seat().media.rules.explicit


def test_only_vips_are_told_who_is_one_where_that_is_a_secret() -> None:
    world = World(admission=Admission(secret_vip=True))
    ana, vera = world.open("ana", "lobby"), world.open("vera", "lobby", vip=True)
    world.open("vic", "lobby", vip=True)
    assert [event["participant"].get("vip", False) for event in ana.hears()] == [False, False]
    assert [event["participant"].get("vip", False) for event in vera.hears()] == [True]
    ana.ask(LeaveRoom(LOBBY))
    joined = ana.ask(JoinRoom(LOBBY))
    assert isinstance(joined, Joined)
    assert not any(seat.vip for seat in joined.snapshot.participants)
    ana.hears(), vera.ask(SetStatus("away"))
    (event,) = ana.hears()
    assert not any(event[seat].get("vip", False) for seat in ("participant", "was"))


@pytest.mark.parametrize("rule", [Rule.NO_BROADCAST, Rule.NO_VIDEO])
@pytest.mark.parametrize("kind", [Offer, Answer])
def test_no_client_of_any_wire_sends_video_where_the_site_forbids_it(
    rule: Rule, kind: type[Offer] | type[Answer]
) -> None:
    world = World(admission=Admission(user_rules={"ana": frozenset({rule})}, rule_texts={rule: "Not here."}))
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    bob.hears()

    def signal(direction: str) -> SendSignal:
        sdp = f"v=0\r\nm=audio 9 RTP 0\r\nm=video 9 RTP 96\r\na={direction}\r\n"
        return SendSignal(BySession(bob.id), kind(msgspec.Raw(msgspec.json.encode({"sdp": sdp}))))

    with pytest.raises(errors.RuleForbids) as refused:
        ana.ask(signal("sendrecv"))
    assert refused.value.text == "Not here."
    assert words(bob) == []
    ana.ask(signal("recvonly"))
    assert words(bob) == ["signal_sent"]
    bob.ask(SendSignal(BySession(ana.id), signal("sendrecv").signal))
    assert words(ana)[-1] == "signal_sent"


def test_the_camera_of_a_seat_that_tells_nothing_of_it_is_off_where_the_site_forbids_it() -> None:
    world = World(admission=Admission(user_rules={"ana": frozenset({Rule.NO_BROADCAST})}))
    ana, bob = world.open("ana"), world.open("bob")
    for each in (ana, bob):
        each.ask(EnterRoom(LOBBY, camera=True))
    assert (ana.seat().media.camera, bob.seat().media.camera) == (False, True)


def test_a_guest_is_known_to_the_rules_of_the_site_by_the_handle_too() -> None:
    """On some wires a name is told with the seat, or after it."""
    world = World(admission=Admission(user_rules={"ana": frozenset({Rule.NO_BROADCAST})}))
    guest = world.open("somebody")
    guest.ask(JoinRoom(LOBBY, handle="Ana"))
    with pytest.raises(errors.RuleForbids):
        guest.ask(SetMedia(camera=True))
    other = world.open("x")
    other.ask(EnterRoom(LOBBY, handle="ANA 2", camera=True))
    assert other.seat().media.camera is True
    guest.ask(LeaveRoom(LOBBY))
    user = world.open("zed", verified=True)
    user.ask(JoinRoom(LOBBY, handle="ana"))
    user.ask(SetMedia(camera=True))
    assert user.seat().media.camera is True, "a user goes by the name at the site alone"
    for name in ("ana", "somebody"):
        known = world.open(name)
        known.ask(EnterRoom(LOBBY, camera=name != "ana"))
        known.ask(LogIn(UserId("site:bob" if name == "ana" else "site:ana")))
        if name == "ana":
            known.ask(SetMedia(camera=True))
        else:
            assert known.seat().media.camera is False, "which was on until then"
            with pytest.raises(errors.RuleForbids):
                known.ask(SetMedia(camera=True))


def test_one_who_is_blocked_is_not_told_of_devices() -> None:
    world = World()
    bob = world.open("bob", "lobby", verified=True, device="phone")
    ana = world.open("ana", "lobby")
    assert ana.ask(ListDevices(UserId("site:bob"))) == Devices((DeviceId("phone"),))
    bob.ask(Block(("ana",), LOBBY))
    assert ana.ask(ListDevices(UserId("site:bob"))) == Devices(())
    assert bob.ask(ListDevices(UserId("site:bob"))) == Devices((DeviceId("phone"),))


def test_a_device_of_one_who_cannot_be_blocked_reaches_those_of_others() -> None:
    world = World()
    bob = world.open("bob", "lobby", verified=True, device="phone")
    bob.ask(Block(("olga",), LOBBY))
    olga = world.open("olga", "lobby", operator=True)
    bob.hears()
    olga.ask(PostToDevice(UserId("site:bob"), DeviceId("phone"), "ping"))
    assert words(bob) == ["device_posted"]
