"""Who may do what: one predicate per permission, each a claim about people and what they act on.

Predicates know no room but the one they are given; they refuse nothing themselves, except `watch_refusal`, which says why.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from palaver.core.audience import Whose
from palaver.core.chat import Message
from palaver.core.ids import MessageId, PersonKey, UserId
from palaver.core.moderation import NOBODY, Relations, blocks, unheard_by
from palaver.core.participants import AWAY, HIDDEN, Author, Participant, Role, Rule, is_person
from palaver.core.rooms import Channel, Life, Room


def runs_room(participant: Participant) -> bool:
    """Hosts and moderators run a room, and so do those who run the site."""
    return participant.operator or participant.role.rank >= Role.MODERATOR.rank


def may_read(participant: Participant, channel: Channel) -> bool:
    """A VIP channel is for VIPs and for those who run the room; one with members for these alone."""
    if channel.members is not None and participant.session not in channel.members:
        return False
    return not channel.vip_only or participant.vip or runs_room(participant)


def may_post(participant: Participant, channel: Channel) -> bool:
    """Whoever reads a channel may write there."""
    return may_read(participant, channel)


def may_share_pictures(rules: frozenset[Rule]) -> bool:
    """The site may keep pictures from a user, whose rules these are."""
    return Rule.NO_IMAGE not in rules


def may_attach(rules: frozenset[Rule], channel: Channel | None) -> bool:
    """A channel may be without pictures and other files; direct messages, for which there is none, take them."""
    return may_share_pictures(rules) and (channel is None or channel.pictures)


def wrote(person: Participant | Author, message: Message) -> bool:
    """A message belongs to its author's session, and to its author's user on any device."""
    return is_person(message.author, person.session, person.user)


def may_edit(person: Participant | Author, message: Message) -> bool:
    """Only the author may change what was said."""
    return wrote(person, message)


def may_retract(person: Participant | Author, message: Message) -> bool:
    """The author may take a message back, and in a channel so may those who run the room."""
    if isinstance(person, Participant):
        return runs_room(person) or may_edit(person, message)
    return wrote(person, message)


_NEVER: Mapping[PersonKey, MessageId] = MappingProxyType({})


def may_know_of(
    reader: Relations,
    reader_keys: tuple[PersonKey, ...],
    whose: Whose,
    *,
    ignored_since: Mapping[PersonKey, MessageId] = _NEVER,
    unblockable: Collection[PersonKey] = NOBODY,
) -> bool:
    """Whoever was given a message may know what becomes of it, and its author may; the others not even that there is one.

    A block, either way, parts the two from what was said before it, too. Whoever ignores the author was given what was
    said before, so that what is taken back leaves their screen; `ignored_since` has the first message that was not.
    """
    if reader_keys[0] == whose.author[0]:
        return True
    if blocks(reader, whose.author, unblockable):
        return False
    if not whose.hidden_from.isdisjoint(reader_keys) and reader_keys[0] not in unblockable:
        return False
    return whose.insistent or all(
        whose.message < ignored_since.get(key, 0) for key in reader.ignores.intersection(whose.author)
    )


def may_act_on(actor: Participant, target: Participant) -> bool:
    """Those who run a room may act on whoever stands below them; those who run the site, on all but each other."""
    if actor.session == target.session or target.operator:
        return False
    return actor.operator or (runs_room(actor) and target.role.rank < actor.role.rank)


may_kick = may_act_on
may_stop_camera = may_act_on
may_request_mute = may_act_on
may_rename = may_act_on
may_mark_explicit = may_act_on


def may_raise_hand(seat: Participant) -> bool:
    """Everybody who is seen in the room may raise their hand, guests too."""
    return not seat.hidden


def may_join_call(seat: Participant) -> bool:
    """Everybody who is seen in a room may take part in its call: whoever does is told to the others."""
    return not seat.hidden


def may_lower_hand(actor: Participant, target: Participant) -> bool:
    """People lower their own hand, in any window; those who run the room anybody's, since it takes nothing from them."""
    return is_person(target, actor.session, actor.user) or runs_room(actor)


def may_make_rooms(user: UserId | None, *, everybody: bool) -> bool:
    """Users of the site may make rooms, and guests where the site lets everybody do so."""
    return user is not None or everybody


def may_run_site(operator: bool) -> bool:
    """Signing everybody out, reading the settings anew and a restart are for those who run the site."""
    return operator


def may_set_operator(actor: Participant) -> bool:
    """Those who run the site may let others run it, and end that, for themselves too."""
    return actor.operator


def status_of(wished: str, *, operator: bool) -> str:
    """Only those who run the site may be here unseen; the others are away instead."""
    return wished if operator or wished != HIDDEN else AWAY


def may_block(target: Participant) -> bool:
    """Nobody may block one who runs the site by name, even where a block list of the site's may hold them."""
    return not target.operator


def may_write_to(writer_operator: bool, writer: Relations, reader_keys: tuple[PersonKey, ...]) -> bool:
    """Nobody writes to whom they ignore, since no answer would reach them; those who run the site may."""
    return writer_operator or not unheard_by(writer, reader_keys)


def may_ban_absent(actor: Participant) -> bool:
    """Those who run a room may ban a name that is not here."""
    return runs_room(actor)


def may_update_room(actor: Participant) -> bool:
    """Those who run a room may change its settings and channels and decide who comes in."""
    return runs_room(actor)


def may_close_room(actor: Participant, room: Room) -> bool:
    """Those who run a room may close it; a permanent one stays."""
    return room.life is not Life.PERMANENT and runs_room(actor)


def may_transfer_host(actor: Participant) -> bool:
    """Only the host may pass a room on."""
    return actor.role is Role.HOST


def may_set_role(actor: Participant, target: Participant, role: Role) -> bool:
    """Somebody may be raised to, or lowered from, a role below one's own."""
    return may_act_on(actor, target) and role.rank < actor.role.rank and role.rank >= Role.MEMBER.rank


def sees(
    viewer: Relations,
    viewer_keys: tuple[PersonKey, ...],
    other: Relations,
    other_keys: tuple[PersonKey, ...],
    unblockable: Collection[PersonKey] = NOBODY,
) -> bool:
    """Two people see each other unless either blocks the other; see `moderation.unheard_by`. Everybody sees themselves."""
    if viewer_keys[0] == other_keys[0]:
        return True
    return not blocks(viewer, other_keys, unblockable) and not blocks(other, viewer_keys, unblockable)


def watch_refusal(
    viewer: Participant,
    viewer_keys: tuple[PersonKey, ...],
    owner: Participant,
    owner_relations: Relations,
) -> str:
    """Return the word of `errors.CAMERA_CLOSED` that says why somebody may not watch a camera, or the empty string.

    The order is the one in which reasons are told (BareRTC §3.11): not sending; mutual viewing; VIPs only; turned away or
    ignored; explicit for one of the two and avoided by the other. An invitation overrides the camera's own rules, running
    the room overrides all but the first two.
    """
    if not owner.media.camera:
        return "off"
    invited = invites(owner_relations, viewer_keys)
    if owner.media.rules.mutual_required and not viewer.media.camera and not invited:
        return "mutual"
    if runs_room(viewer):
        return ""
    if owner.media.rules.vip_only and not viewer.vip and not invited:
        return "vip"
    if closed_to(owner_relations, viewer_keys):
        return "unwanted"
    if owner.media.rules.explicit and viewer.media.rules.avoid_explicit:
        return "explicit"
    if owner.media.rules.avoid_explicit and viewer.media.camera and viewer.media.rules.explicit and not invited:
        return "yours_explicit"
    return ""


def may_signal_in_call(one: Participant, other: Participant) -> bool:
    """Signals about a room's call are for those who both take part in it; the two seats are in one room."""
    return one.in_call and other.in_call


def closed_to(owner: Relations, viewer_keys: tuple[PersonKey, ...]) -> bool:
    """Whether a camera's owner turned a viewer away or ignores them, whatever the camera's own rules say."""
    return not owner.turned_away.isdisjoint(viewer_keys) or not owner.ignores.isdisjoint(viewer_keys)


def invites(owner: Relations, viewer_keys: tuple[PersonKey, ...]) -> bool:
    """Whether a camera's owner invited a viewer past the camera's own rules."""
    return not owner.invited.isdisjoint(viewer_keys)


def may_watch(
    viewer: Participant, viewer_keys: tuple[PersonKey, ...], owner: Participant, owner_relations: Relations
) -> bool:
    """Whether a camera may be opened for a viewer; see `watch_refusal`."""
    return not watch_refusal(viewer, viewer_keys, owner, owner_relations)
