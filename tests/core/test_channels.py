"""Channels that are added: their names, who is in them, and how they end."""

from __future__ import annotations

import pytest

from palaver.core import channels, errors, policy
from palaver.core.channels import AddChannel, UpdateChannel
from palaver.core.ids import ChannelId, RoomId, SessionId
from palaver.core.participants import Participant, Role
from palaver.core.rooms import Channel, Room

LOBBY = RoomId("lobby")
PAPERS = ChannelId("papers")
ANA, BOB, CAS = SessionId("ana"), SessionId("bob"), SessionId("cas")
PRESENT = (ANA, BOB, CAS)


def grouped(*members: SessionId) -> Room:
    return channels.with_channel(Room(LOBBY), AddChannel(LOBBY, PAPERS, members=members), present=PRESENT)


def test_channels_are_told_apart_by_their_folded_names() -> None:
    room = channels.with_channel(Room(LOBBY), AddChannel(LOBBY, ChannelId("Papers"), " Papers "))
    assert room.channels[1] == Channel(ChannelId("Papers"), "Papers")
    with pytest.raises(errors.NameTaken):
        channels.with_channel(room, AddChannel(LOBBY, ChannelId("pApErS")))
    for name in ("a\nb", "@bob", "\uff20bob"):
        with pytest.raises(errors.BadName):
            channels.with_channel(room, AddChannel(LOBBY, ChannelId(name)))


def test_the_name_of_a_channel_that_ended_stays_taken() -> None:
    with pytest.raises(errors.NameTaken):
        channels.with_channel(Room(LOBBY), AddChannel(LOBBY, ChannelId("PAPERS")), ended={"papers"})


def test_a_channel_with_members_is_for_those_alone_whoever_runs_the_room() -> None:
    channel = grouped(ANA, BOB, ANA).channels[1]
    assert channel.members == (ANA, BOB)
    assert policy.may_post(Participant(ANA, "ana", 0), channel)
    assert not policy.may_read(Participant(CAS, "cas", 0, role=Role.HOST, operator=True, vip=True), channel)


@pytest.mark.parametrize(
    ("members", "refusal"),
    [
        ((), errors.Malformed),
        ((SessionId("elsewhere"),), errors.NoSuchParticipant),
        (tuple(SessionId(str(at)) for at in range(channels.MAX_MEMBERS + 1)), errors.TooLarge),
    ],
)
def test_members_sit_in_the_room_and_are_not_too_many(
    members: tuple[SessionId, ...], refusal: type[errors.Refusal]
) -> None:
    with pytest.raises(refusal):
        grouped(*members)
    with pytest.raises(refusal):
        channels.updated_channel(grouped(ANA), UpdateChannel(LOBBY, PAPERS, members=members), present=PRESENT)


def test_the_channels_of_a_room_have_not_too_many_members_together() -> None:
    crowd = tuple(SessionId(str(at)) for at in range(channels.MAX_MEMBERS))
    room = Room(LOBBY)
    for number in range(channels.MAX_MEMBERSHIPS // len(crowd)):
        room = channels.with_channel(room, AddChannel(LOBBY, ChannelId(f"{number}"), members=crowd), present=crowd)
    few = UpdateChannel(LOBBY, ChannelId("0"), members=crowd[1:])
    assert channels.updated_channel(room, few, present=crowd).channels[1].members == crowd[1:]
    with pytest.raises(errors.TooLarge):
        channels.with_channel(room, AddChannel(LOBBY, PAPERS, members=crowd[:1]), present=crowd)


def test_an_absent_field_of_a_channel_stays_as_it_is() -> None:
    room = channels.updated_channel(grouped(ANA), UpdateChannel(LOBBY, PAPERS, title="Papers"), present=PRESENT)
    assert room.channels[1] == Channel(PAPERS, "Papers", members=(ANA,))
    room = channels.updated_channel(room, UpdateChannel(LOBBY, PAPERS, members=(BOB,)), present=PRESENT)
    assert room.channels[1] == Channel(PAPERS, "Papers", members=(BOB,))


def test_a_channel_of_everybody_stays_that() -> None:
    with pytest.raises(errors.NotAllowed):
        channels.updated_channel(Room(LOBBY), UpdateChannel(LOBBY, ChannelId(""), members=(ANA,)), present=PRESENT)


def test_a_channel_ends_with_its_last_member() -> None:
    room = grouped(ANA, BOB)
    assert channels.without_member(room, CAS) == (room, ())
    room, ended = channels.without_member(room, ANA)
    assert (room.channels[1].members, ended) == ((BOB,), ())
    room, ended = channels.without_member(room, BOB)
    assert (len(room.channels), ended) == (1, ("papers",))
