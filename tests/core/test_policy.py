"""Who may do what, as tables."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import msgspec
import pytest

from palaver.core import policy
from palaver.core.audience import Whose
from palaver.core.chat import Direct, InChannel, Message
from palaver.core.ids import ChannelId, MessageId, PersonKey, RoomId, SessionId, UserId
from palaver.core.moderation import Relations
from palaver.core.participants import HIDDEN, Author, CameraRules, Media, Participant, Role, Rule, author_of, keys_of
from palaver.core.rooms import Channel, Life, Room

ROOM = RoomId("lobby")
ACTS = (
    policy.may_act_on,
    policy.may_kick,
    policy.may_stop_camera,
    policy.may_request_mute,
    policy.may_rename,
    policy.may_mark_explicit,
)
GUEST, MEMBER, MODERATOR, HOST = Role


def person(
    name: str, role: Role = GUEST, *, vip: bool = False, user: bool = False, media: Media | None = None
) -> Participant:
    known = UserId(f"site:{name}") if user else None
    return Participant(SessionId(name), name, 1, user=known, role=role, vip=vip, media=media or Media())


def message(author: Participant) -> Message:
    return Message(MessageId(1), author_of(author), InChannel(ROOM, ChannelId("main")), "hello", 1)


@pytest.mark.parametrize(("role", "expected"), [(GUEST, False), (MEMBER, False), (MODERATOR, True), (HOST, True)])
def test_who_runs_a_room(role: Role, expected: bool) -> None:
    actor = person("ana", role)
    assert policy.runs_room(actor) is expected
    assert policy.may_update_room(actor) is expected
    assert policy.may_ban_absent(actor) is expected
    assert policy.may_close_room(actor, Room(ROOM)) is expected
    assert not policy.may_close_room(actor, Room(ROOM, life=Life.PERMANENT))
    assert policy.may_transfer_host(actor) is (role is HOST)


@pytest.mark.parametrize(
    ("role", "vip", "expected"),
    [(GUEST, False, False), (MEMBER, False, False), (GUEST, True, True), (MODERATOR, False, True)],
)
def test_who_reads_a_vip_channel(role: Role, vip: bool, expected: bool) -> None:
    reader = person("ana", role, vip=vip)
    lounge, main = Channel(ChannelId("lounge"), vip_only=True), Channel(ChannelId("main"))
    assert policy.may_read(reader, lounge) is expected
    assert policy.may_post(reader, lounge) is expected
    assert policy.may_read(reader, main)


@pytest.mark.parametrize(("actor", "target"), list(itertools.product(Role, Role)))
def test_who_runs_a_room_acts_on_whoever_stands_below(actor: Role, target: Role) -> None:
    expected = actor in (MODERATOR, HOST) and target.rank < actor.rank
    for allowed in ACTS:
        assert allowed(person("ana", actor), person("bob", target)) is expected


def test_nobody_acts_on_themselves() -> None:
    assert not policy.may_act_on(person("ana", HOST), person("ana", GUEST))


@pytest.mark.parametrize(
    ("actor", "target", "role", "expected"),
    [
        (HOST, GUEST, MODERATOR, True),
        (HOST, MODERATOR, MEMBER, True),
        (HOST, MEMBER, HOST, False),
        (HOST, MODERATOR, GUEST, False),
        (MODERATOR, GUEST, MEMBER, True),
        (MODERATOR, MEMBER, MODERATOR, False),
        (MODERATOR, MODERATOR, MEMBER, False),
        (MODERATOR, HOST, MEMBER, False),
        (MEMBER, GUEST, MEMBER, False),
    ],
)
def test_roles_are_given_from_above(actor: Role, target: Role, role: Role, expected: bool) -> None:
    assert policy.may_set_role(person("ana", actor), person("bob", target), role) is expected


def test_a_message_is_its_authors_on_every_device() -> None:
    ana = person("ana", user=True)
    elsewhere = Author(SessionId("elsewhere"), "ana 2", user=ana.user)
    guest, namesake = person("bob"), Author(SessionId("another"), "bob")
    assert policy.may_edit(author_of(ana), message(ana))
    assert policy.may_edit(elsewhere, message(ana))
    assert policy.may_edit(author_of(guest), message(guest))
    assert not policy.may_edit(namesake, message(guest))


@pytest.mark.parametrize(("role", "expected"), [(GUEST, False), (MEMBER, False), (MODERATOR, True), (HOST, True)])
def test_who_runs_a_room_takes_messages_back_but_never_changes_them(role: Role, expected: bool) -> None:
    other = person("mod", role)
    assert policy.may_retract(other, message(person("ana"))) is expected
    assert not policy.may_edit(author_of(other), message(person("ana")))
    assert policy.may_retract(person("ana"), message(person("ana")))


def test_nobody_but_the_author_takes_back_a_direct_message() -> None:
    ana, bob = author_of(person("ana")), author_of(person("bob"))
    direct = Message(MessageId(1), ana, Direct(bob), "psst", 1)
    assert policy.may_retract(ana, direct)
    assert not policy.may_retract(bob, direct)


@pytest.mark.parametrize(
    ("ana_blocks", "bob_blocks", "expected"),
    [((), (), True), (("name:bob",), (), False), ((), ("name:ana",), False), (("name:cas",), ("name:cas",), True)],
)
def test_a_block_in_either_direction_hides_both(
    ana_blocks: tuple[str, ...], bob_blocks: tuple[str, ...], expected: bool
) -> None:
    ana = Relations(blocks=frozenset(map(PersonKey, ana_blocks)))
    bob = Relations(blocks=frozenset(map(PersonKey, bob_blocks)))
    one, other = keys_of("ana", None), keys_of("bob", None)
    assert policy.sees(ana, one, bob, other) is expected
    assert policy.sees(bob, other, ana, one) is expected


SAID = MessageId(7)
BOBS = frozenset({PersonKey("name:bob")})
KNOWING = (
    # relations of the reader, since when the author is ignored, whom the author blocks, whether it insists
    (Relations(), None, (), False, True),
    (Relations(blocks=BOBS), None, (), False, False),
    (Relations(blocks=BOBS), None, (), True, False),
    (Relations(), None, ("name:ana",), False, False),
    (Relations(), None, ("name:cas",), False, True),
    (Relations(ignores=BOBS), None, (), False, False),
    (Relations(ignores=BOBS), None, (), True, True),
    (Relations(ignores=BOBS), SAID, (), False, False),
    (Relations(ignores=BOBS), SAID + 1, (), False, True),
    (Relations(ignores=BOBS), SAID + 1, ("name:ana",), False, False),
)


@pytest.mark.parametrize(("reader", "since", "hidden_from", "insistent", "expected"), KNOWING)
def test_who_may_know_what_becomes_of_a_message(
    reader: Relations, since: int | None, hidden_from: tuple[str, ...], insistent: bool, expected: bool
) -> None:
    whose = Whose(keys_of("bob", None), frozenset(map(PersonKey, hidden_from)), SAID, insistent)
    times = {} if since is None else dict.fromkeys(BOBS, MessageId(since))
    assert policy.may_know_of(reader, keys_of("ana", None), whose, ignored_since=times) is expected
    assert policy.may_know_of(reader, keys_of("bob", None), whose, ignored_since=times), "the author may"


def test_no_block_keeps_those_from_a_message_whom_none_meets() -> None:
    whose, shielded = Whose(keys_of("bob", None), frozenset({PersonKey("name:ana")})), keys_of("ana", None)
    assert policy.may_know_of(Relations(), keys_of("ana", None), whose, unblockable=shielded)
    assert policy.may_know_of(Relations(blocks=BOBS), keys_of("cas", None), whose, unblockable=BOBS)


OFF, MUTUAL, VIP, CLOSED = "off", "mutual", "vip", "unwanted"
KEY = frozenset({PersonKey("name:viewer")})
WATCHED = (
    # role, vip, own camera; camera, its rules; relations of the owner; the word for the reason
    (GUEST, False, False, False, CameraRules(), Relations(), OFF),
    (HOST, True, True, False, CameraRules(), Relations(invited=KEY), OFF),
    (GUEST, False, False, True, CameraRules(), Relations(), ""),
    (GUEST, False, False, True, CameraRules(mutual_required=True), Relations(), MUTUAL),
    (MODERATOR, True, False, True, CameraRules(mutual_required=True), Relations(), MUTUAL),
    (GUEST, False, False, True, CameraRules(mutual_required=True), Relations(invited=KEY), ""),
    (GUEST, False, True, True, CameraRules(mutual_required=True), Relations(), ""),
    (GUEST, False, False, True, CameraRules(mutual_open=True, explicit=True), Relations(), ""),
    (MEMBER, False, False, True, CameraRules(vip_only=True), Relations(), VIP),
    (GUEST, True, False, True, CameraRules(vip_only=True), Relations(), ""),
    (MODERATOR, False, False, True, CameraRules(vip_only=True), Relations(), ""),
    (GUEST, False, False, True, CameraRules(vip_only=True), Relations(invited=KEY), ""),
    (GUEST, False, False, True, CameraRules(mutual_required=True, vip_only=True), Relations(), MUTUAL),
    (GUEST, False, True, True, CameraRules(mutual_required=True, vip_only=True), Relations(), VIP),
    (GUEST, False, False, True, CameraRules(), Relations(turned_away=KEY), CLOSED),
    (GUEST, False, False, True, CameraRules(), Relations(ignores=KEY), CLOSED),
    (GUEST, True, True, True, CameraRules(), Relations(turned_away=KEY, invited=KEY), CLOSED),
    (GUEST, False, False, True, CameraRules(vip_only=True), Relations(turned_away=KEY), VIP),
    (HOST, False, False, True, CameraRules(), Relations(turned_away=KEY, ignores=KEY), ""),
)


@pytest.mark.parametrize(("role", "vip", "camera", "on", "rules", "relations", "reason"), WATCHED)
def test_who_may_watch_a_camera(
    role: Role, vip: bool, camera: bool, on: bool, rules: CameraRules, relations: Relations, reason: str
) -> None:
    viewer = person("viewer", role, vip=vip, media=Media(camera=camera))
    owner = person("owner", media=Media(camera=on, rules=rules))
    keys = keys_of("viewer", None)
    refusal = policy.watch_refusal(viewer, keys, owner, relations)
    assert refusal == reason
    assert policy.may_watch(viewer, keys, owner, relations) is (not reason)


@pytest.mark.parametrize(
    ("shown", "mine", "rules", "invited", "expected"),
    [
        (True, True, CameraRules(explicit=True), False, "yours_explicit"),
        (False, True, CameraRules(explicit=True), False, ""),
        (True, False, CameraRules(explicit=True), False, ""),
        (True, True, CameraRules(), False, ""),
        (True, True, CameraRules(explicit=True), True, ""),
    ],
    ids=["explicit", "not avoided", "camera off", "not explicit", "invited"],
)
def test_who_avoids_explicit_scenes_is_not_watched_by_who_shows_them(
    shown: bool, mine: bool, rules: CameraRules, invited: bool, expected: str
) -> None:
    owner = msgspec.structs.replace(person("ana"), media=Media(camera=True, rules=CameraRules(avoid_explicit=shown)))
    viewer = msgspec.structs.replace(person("bob"), media=Media(camera=mine, rules=rules))
    keys = keys_of(viewer.handle, viewer.user)
    relations = Relations(invited=frozenset(keys) if invited else frozenset())
    assert policy.watch_refusal(viewer, keys, owner, relations) == expected


@pytest.mark.parametrize(("shown", "avoided"), [(True, True), (True, False), (False, True)])
def test_who_avoids_explicit_scenes_watches_none_and_all_others(shown: bool, avoided: bool) -> None:
    viewer = person("bob", media=Media(rules=CameraRules(avoid_explicit=avoided)))
    owner = person("ana", media=Media(camera=True, rules=CameraRules(explicit=shown)))
    expected = "explicit" if shown and avoided else ""
    assert policy.watch_refusal(viewer, keys_of("bob", None), owner, Relations()) == expected


def test_whoever_blocks_the_own_name_sees_themselves() -> None:
    keys = keys_of("ana", None)
    mine = Relations(blocks=frozenset(keys))
    assert policy.sees(mine, keys, mine, keys)


def test_nobody_blocks_who_runs_the_site() -> None:
    ana = person("ana")
    assert policy.may_block(ana)
    assert not policy.may_block(msgspec.structs.replace(ana, operator=True))


def test_who_runs_the_site_acts_on_all_but_each_other() -> None:
    olga, host = msgspec.structs.replace(person("olga"), operator=True), person("ana", HOST)
    for allowed in ACTS:
        assert allowed(olga, host)
        assert not allowed(host, olga)
        assert not allowed(olga, msgspec.structs.replace(person("oleg"), operator=True))


@pytest.mark.parametrize("operator", [True, False])
def test_the_site_is_run_by_its_operators_alone(operator: bool) -> None:
    host = msgspec.structs.replace(person("ana", HOST), operator=operator)
    assert policy.may_set_operator(host) is operator
    assert policy.status_of("hidden", operator=operator) == ("hidden" if operator else "away")
    assert policy.status_of("busy", operator=operator) == "busy"
    assert policy.may_run_site(operator) is operator


def test_signals_about_a_call_are_for_those_who_both_take_part() -> None:
    outside = person("ana")
    inside = msgspec.structs.replace(outside, in_call=True)
    assert policy.may_signal_in_call(inside, inside)
    for one, other in ((inside, outside), (outside, inside), (outside, outside)):
        assert not policy.may_signal_in_call(one, other)


@pytest.mark.parametrize(("actor", "expected"), [(GUEST, False), (MEMBER, False), (MODERATOR, True), (HOST, True)])
def test_who_runs_a_room_lowers_any_hand(actor: Role, expected: bool) -> None:
    for role in Role:
        assert policy.may_lower_hand(person("ana", actor), person("bob", role)) is expected


def test_people_raise_their_own_hand_where_they_are_seen_and_lower_it_in_any_window() -> None:
    desk = person("ana", user=True)
    phone = msgspec.structs.replace(desk, session=SessionId("phone"))
    assert policy.may_lower_hand(desk, desk)
    assert policy.may_lower_hand(desk, phone)
    for may in (policy.may_raise_hand, policy.may_join_call):
        assert may(person("guest"))
        assert not may(msgspec.structs.replace(desk, status=HIDDEN))


def test_guests_make_rooms_where_everybody_does() -> None:
    assert policy.may_make_rooms(UserId("site:ana"), everybody=False)
    assert policy.may_make_rooms(None, everybody=True)
    assert not policy.may_make_rooms(None, everybody=False)


def test_pictures_go_where_the_site_and_the_channel_let_them() -> None:
    free, kept = frozenset[Rule](), frozenset({Rule.NO_IMAGE})
    quiet = Channel(ChannelId("main"), pictures=False)
    assert policy.may_share_pictures(free)
    assert not policy.may_share_pictures(kept)
    for channel, expected in ((None, True), (Channel(ChannelId("main")), True), (quiet, False)):
        assert policy.may_attach(free, channel) is expected
        assert not policy.may_attach(kept, channel)


def test_nobody_writes_to_whom_they_ignore_or_block_but_those_who_run_the_site() -> None:
    bob = keys_of("bob", None)
    for deaf in (Relations(ignores=frozenset(bob)), Relations(blocks=frozenset(bob))):
        assert not policy.may_write_to(False, deaf, bob)
        assert policy.may_write_to(True, deaf, bob)
        assert policy.may_write_to(False, deaf, keys_of("cas", None))


def test_a_camera_is_closed_to_whom_its_owner_ignores_or_turned_away_and_open_to_whom_they_invited() -> None:
    bob = keys_of("bob", None)
    assert policy.closed_to(Relations(ignores=frozenset(bob)), bob)
    assert policy.closed_to(Relations(turned_away=frozenset(bob)), bob)
    assert not policy.closed_to(Relations(invited=frozenset(bob)), bob)
    assert policy.invites(Relations(invited=frozenset(bob)), bob)
    assert not policy.invites(Relations(invited=frozenset(bob)), keys_of("cas", None))


def test_somebody_wrote_what_their_session_or_their_user_wrote() -> None:
    ana, guest = person("ana", user=True), person("bob")
    assert policy.wrote(Author(SessionId("elsewhere"), "ana 2", user=ana.user), message(ana))
    assert policy.wrote(author_of(guest), message(guest))
    assert not policy.wrote(Author(SessionId("elsewhere"), "bob"), message(guest))


def test_every_permission_is_tried_here() -> None:
    rules = {name for name, rule in vars(policy).items() if getattr(rule, "__module__", "") == policy.__name__}
    assert rules - set(re.findall(r"policy\.(\w+)", Path(__file__).read_text())) == set()
