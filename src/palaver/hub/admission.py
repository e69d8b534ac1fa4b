"""Who may come in at all, and under which rules: what the settings say of sessions, as plain values."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from palaver.core.filters import MessageFilter
from palaver.core.ids import RoomId, is_of_site, subject_of
from palaver.core.names import fold
from palaver.core.participants import Identity, Rule
from palaver.hub.link_spam import LinkSpamLimits


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """Who may open a session at all.

    Attributes:
        guests: people without a token may enter.
        tokens: signed tokens are honoured; otherwise one that is sent is ignored.
        resume_s: how long a session outlives a lost connection, seconds.
        default_room: where newcomers go who name no room.
        global_room: the one whose people are shown and heard in all others, on wires that know of it; empty for none.
        everybody_creates: guests may make rooms, too.
        keep_direct: direct messages between verified users are kept.
        permit_explicit: cameras may be marked explicit by their owners.
        blockable_operators: those who run the site can be blocked like everybody.
        secret_vip: only VIPs are told who is one.
        user_rules: rules that the site lays on users and guests, by folded name, beside those of their tokens.
        rule_texts: the site's own sentences about its rules.
        filters: rules on words, in the order in which they are tried.
        link_spam: when one link goes to too many people.
    """

    guests: bool = True
    tokens: bool = True
    resume_s: float = 30.0
    default_room: RoomId = RoomId("lobby")
    global_room: RoomId = RoomId("")
    everybody_creates: bool = True
    keep_direct: bool = False
    permit_explicit: bool = True
    blockable_operators: bool = False
    secret_vip: bool = False
    user_rules: Mapping[str, frozenset[Rule]] = {}
    rule_texts: Mapping[Rule, str] = {}
    filters: tuple[MessageFilter, ...] = ()
    link_spam: LinkSpamLimits = LinkSpamLimits()

    def rules_of(self, identity: Identity, *handles: str) -> frozenset[Rule]:
        """Return the rules that the site lays on somebody, by token and by name; see `seats.rules_of` for a session.

        A user of the site goes by the name there, others by theirs; guests by their handles, too.
        """
        if not self.user_rules:
            return identity.rules
        if identity.user is None:
            names = (identity.name, *handles)
        else:
            names = (subject_of(identity.user) if is_of_site(identity.user) else identity.name,)
        return identity.rules.union(*(self.user_rules.get(fold(name), ()) for name in names))
