"""Relations and bans, as values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core import errors, moderation
from palaver.core.audience import ToRoom
from palaver.core.ids import PersonKey, RoomId, SessionId, UserId
from palaver.core.moderation import Ban, BanPerson, Relations, Report, bars
from palaver.core.participants import Author, ByHandle, Identity

LOBBY, DEN = RoomId("lobby"), RoomId("den")
ANA = UserId("site:ana")
OLGA = Author(SessionId("olga"), "olga")
NOW = 1_000_000.0
Keys = st.frozensets(st.sampled_from([PersonKey(f"name:{letter}") for letter in "abcdef"]))


@given(Keys, Keys)
def test_names_added_are_held_and_names_removed_are_not(held: frozenset[PersonKey], keys: frozenset[PersonKey]) -> None:
    more = moderation.with_names(held, keys, on=True, user=ANA)
    fewer = moderation.with_names(held, keys, on=False, user=ANA)
    assert more == held | keys
    assert fewer == held - keys
    assert moderation.with_names(more, keys, on=True, user=ANA) == more
    assert moderation.with_names(fewer, keys, on=False, user=ANA) == fewer
    assert moderation.with_names(fewer, keys, on=True, user=ANA) == more


def test_relations_are_bounded() -> None:
    few = frozenset(PersonKey(f"name:{number}") for number in range(moderation.MAX_GUEST_RELATIONS))
    assert moderation.with_names(frozenset(), few, on=True, user=None) == few
    with pytest.raises(errors.TooLarge):
        moderation.with_names(few, [PersonKey("name:one more")], on=True, user=None)
    many = frozenset(PersonKey(f"name:{number}") for number in range(moderation.MAX_RELATIONS))
    assert moderation.with_names(frozenset(), many, on=True, user=ANA) == many
    with pytest.raises(errors.TooLarge):
        moderation.with_names(many, [PersonKey("name:one more")], on=True, user=ANA)
    for user in (ANA, None):
        assert len(moderation.with_names(many, [PersonKey("name:1")], on=False, user=user)) == len(many) - 1


BOB = (PersonKey("user:site:bob"), PersonKey("name:bob"))


@pytest.mark.parametrize(
    ("relations", "unheard", "unseen"),
    [
        (Relations(), False, False),
        (Relations(ignores=frozenset({BOB[1]})), True, False),
        (Relations(blocks=frozenset({BOB[0]})), True, True),
        (Relations(turned_away=frozenset(BOB), invited=frozenset(BOB)), False, False),
    ],
)
def test_an_ignore_is_for_the_ears_and_a_block_for_the_eyes_too(
    relations: Relations, unheard: bool, unseen: bool
) -> None:
    assert moderation.unheard_by(relations, BOB) is unheard
    assert moderation.blocks(relations, BOB) is unseen
    assert moderation.out_of_reach(relations, ToRoom(LOBBY, about=BOB)) is unheard
    assert moderation.out_of_reach(relations, ToRoom(LOBBY, about=BOB, seen=True)) is unseen


def ban(identity: Identity | None, name: str = "bob", *, everywhere: bool = True, hours: float = 1) -> Ban:
    command = BanPerson(LOBBY, ByHandle(name), hours, "spam")
    return moderation.ban_person(command, OLGA, name, [identity] if identity else [], everywhere=everywhere, now=NOW)


GUEST = Identity("bob", address="203.0.113.7")
USER = Identity("bob", user=UserId("site:bob"), address="203.0.113.7")


@pytest.mark.parametrize(
    ("banned", "who", "expected"),
    [
        (GUEST, GUEST, True),
        (GUEST, Identity("BOB"), True),
        (GUEST, Identity("eve", address="203.0.113.7"), True),
        (GUEST, Identity("eve", address="203.0.113.8"), False),
        (GUEST, Identity("eve", user=UserId("site:eve"), address="203.0.113.7"), False),
        (USER, USER, True),
        (USER, Identity("robert", user=UserId("site:bob")), True),
        (USER, GUEST, False),
        (USER, Identity("bob", user=UserId("spreed:bob")), False),
        (None, GUEST, True),
        (None, USER, True),
        (None, Identity("eve"), False),
        (Identity("bob"), Identity("eve"), False),
    ],
)
def test_whom_a_ban_bars(banned: Identity | None, who: Identity, expected: bool) -> None:
    assert bars(ban(banned), who, LOBBY, now=NOW) is expected
    assert bars(ban(banned), who, None, now=NOW) is expected


def test_a_ban_of_one_room_holds_there_alone() -> None:
    local = ban(GUEST, everywhere=False)
    assert bars(local, GUEST, LOBBY, now=NOW)
    assert not bars(local, GUEST, DEN, now=NOW)
    assert not bars(local, GUEST, None, now=NOW)


def test_a_ban_of_several_means_them_all_and_no_address_of_one() -> None:
    command = BanPerson(LOBBY, ByHandle("bob"))

    def keys_and_address(*bearers: Identity) -> tuple[tuple[str, ...], str]:
        made = moderation.ban_person(command, OLGA, "bob", bearers, everywhere=True, now=NOW)
        return made.keys, made.address

    assert keys_and_address(USER, USER) == (("user:site:bob",), "")
    assert keys_and_address(USER, GUEST) == (("user:site:bob", "name:bob"), "203.0.113.7")
    assert keys_and_address(GUEST, Identity("bob", address="203.0.113.8")) == (("name:bob",), "")


def test_a_ban_lapses() -> None:
    hour = ban(GUEST)
    assert bars(hour, GUEST, LOBBY, now=NOW + 3599.9)
    assert not bars(hour, GUEST, LOBBY, now=NOW + 3600)


@pytest.mark.parametrize("hours", [0, -1, 24 * 365 * 10 + 1, float("nan"), float("inf")])
def test_hours_that_no_ban_can_last(hours: float) -> None:
    with pytest.raises(errors.Malformed):
        ban(GUEST, hours=hours)


def test_the_list_of_bans_holds_no_address_and_no_keys() -> None:
    info = moderation.info_of(ban(GUEST))
    assert (info.name, info.by, info.reason) == ("bob", "olga", "spam")
    assert "203.0.113.7" not in repr(info)


def test_a_report_is_cut_to_size_and_goes_to_those_who_run_the_room() -> None:
    filed = moderation.report(Report(LOBBY, "b" * 999, "r" * 999, "c" * 999, excerpt="e" * 5000), OLGA)
    assert filed.audience == ToRoom(LOBBY, moderators=True)
    event = filed.event
    assert isinstance(event, moderation.ReportFiled)
    assert [len(text) for text in (event.about, event.reason, event.comment, event.excerpt)] == [128, 500, 999, 4000]
