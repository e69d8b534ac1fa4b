"""Whole rosters for clients that read no changes: one list per view and class of viewers, at most one a second.

What a viewer may see is decided in `palaver.core.rosters`; how a row looks is the dialect's. A list is made of the seats as
they are when it is written, so that nobody is shown an older one after a newer one.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from palaver.core import policy
from palaver.core.ids import PersonKey, RoomId, SessionId
from palaver.core.moderation import Relations
from palaver.core.participants import Participant, ParticipantUpdated, keys_of
from palaver.core.rooms import LeaveReason, ParticipantJoined, ParticipantLeft
from palaver.core.rosters import seen_by, seen_by_class
from palaver.hub import seats
from palaver.hub.fanout import Write
from palaver.hub.local_rooms import LocalRoom
from palaver.hub.ports.clock import Timer
from palaver.hub.ports.sinks import RosterView
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

EVERY_S = 1.0
"""At most one list for everybody in so many seconds; the first after a quiet time is not held back."""
READER_BYTES_PER_SECOND = 16 * 1024
"""Nor more than these for each reader on the average: lists grow with the room, and with the rate of joins in it."""
STALE_BYTES = 64 * 1024
"""Whoever has this much to read yet is not given another list on top, but the latest one when it was read."""


_SEEN_AT_ONCE = {LeaveReason.KICKED, LeaveReason.BANNED, LeaveReason.HIDDEN}

Change = ParticipantJoined | ParticipantLeft | ParticipantUpdated


class _Listing:
    """The rows that all VIPs, or all others, are shown, in the order of names; each row is made once."""

    __slots__ = ("_body", "_handles", "_order", "_rows", "_sorted", "_view")

    def __init__(self, view: RosterView) -> None:
        self._view = view
        self._order: list[str] = []
        self._rows: dict[str, bytes] = {}
        self._handles: dict[SessionId, str] = {}
        self._body: bytes | None = None
        self._sorted: list[bytes] | None = None

    def put(self, session: SessionId, handle: str, row: bytes) -> None:
        if self._handles.get(session) != handle:
            self.drop(session)
            insort(self._order, handle)
            self._handles[session] = handle
        self._rows[handle] = row
        self._body = self._sorted = None

    def drop(self, session: SessionId) -> None:
        handle = self._handles.pop(session, None)
        if handle is not None:
            del self._order[bisect_left(self._order, handle)]
            del self._rows[handle]
            self._body = self._sorted = None

    def row(self, session: SessionId) -> bytes:
        return self._rows[self._handles[session]]

    def body(self) -> bytes:
        if self._body is None:
            self._body = self._view.roster_frame(self._in_order())
        return self._body

    def body_with(self, odd: Mapping[SessionId, bytes | None]) -> bytes:
        """Return the list with some rows otherwise; None for one that is left out."""
        rows, gone = self._in_order().copy(), []
        for session, row in odd.items():
            at = bisect_left(self._order, self._handles[session])
            if row is None:
                gone.append(at)
            else:
                rows[at] = row
        for at in sorted(gone, reverse=True):
            del rows[at]
        return self._view.roster_frame(rows)

    def __contains__(self, session: SessionId) -> bool:
        return session in self._handles

    def _in_order(self) -> list[bytes]:
        if self._sorted is None:
            self._sorted = [self._rows[handle] for handle in self._order]
        return self._sorted


class _RoomRoster:
    """What is known of one room whose whole roster somebody reads here."""

    __slots__ = (
        "at_once",
        "bearers",
        "current",
        "due",
        "keys",
        "listings",
        "next_at",
        "pause_s",
        "related",
        "subjects",
        "timer",
    )

    def __init__(self) -> None:
        self.bearers: dict[PersonKey, set[SessionId]] = {}
        """By each key of a person: that person's seats."""
        self.keys: dict[SessionId, tuple[PersonKey, ...]] = {}
        """The same, by seat."""
        self.listings: dict[tuple[RosterView, bool], _Listing] = {}
        self.subjects: dict[PersonKey, set[SessionId]] = {}
        """By the keys of a person: who stands in some relation to that person."""
        self.related: dict[SessionId, frozenset[PersonKey]] = {}
        """The same, by who stands in a relation."""
        self.current: set[SessionId] = set()
        self.due: set[SessionId] = set()
        self.at_once = False
        self.next_at = float("-inf")
        self.pause_s = 0.0
        self.timer: Timer | None = None

    def seat(self, session: SessionId, keys: tuple[PersonKey, ...]) -> None:
        """Note by which keys somebody is known here; none for whoever has gone."""
        before = self.keys.get(session, ())
        if before == keys:
            return
        for key in before:
            self.bearers[key].discard(session)
            if not self.bearers[key]:
                del self.bearers[key]
        for key in keys:
            self.bearers.setdefault(key, set()).add(session)
        if keys:
            self.keys[session] = keys
        else:
            del self.keys[session]

    def known_by(self, keys: Iterable[PersonKey]) -> set[SessionId]:
        """Return who goes by one of these keys."""
        found: set[SessionId] = set()
        for key in keys:
            found |= self.bearers.get(key, _NOBODY)
        return found


_NOBODY: frozenset[SessionId] = frozenset()


class Rosters:
    """The rooms of this node in which somebody reads whole rosters."""

    def __init__(self, hub: Hub, call_soon: Callable[[Callable[[], None]], None]) -> None:
        self._hub = hub
        self._call_soon = call_soon
        self._rooms: dict[RoomId, _RoomRoster] = {}
        self._turn: set[RoomId] = set()

    def changed(self, local: LocalRoom, event: Change) -> None:
        """Note that a seat changed. Its own session is shown that at once; the others soon, of a removal at once."""
        if not local.reads_whole:
            self.forget(local.id)
            return
        held = self._of(local)
        if isinstance(event, ParticipantLeft):
            self._drop(held, event.session)
            # Who hides has left for the others and sits there still.
            hides = event.session in self._hub.presence.roster(local.id)
            held.at_once = held.at_once or hides or event.reason in _SEEN_AT_ONCE
        else:
            # The seat as it is: what is told of it may be less.
            seat = self._hub.presence.roster(local.id).get(event.participant.session)
            if seat is not None:
                self._put(held, seat)
            if isinstance(event, ParticipantUpdated):
                held.due.add(event.participant.session)
        held.current.clear()
        self._await(local.id, held)

    def related(self, session: Session, before: Relations) -> None:
        """Note that somebody stands to others in another way; whose roster that changes is shown it at once.

        Nobody else is: the others would learn that something happened, and the list they have is right.
        """
        after = session.relations
        for room in session.rooms:
            local = self._hub.rooms.get(room)
            if local is None or not local.reads_whole:
                continue
            held, seat = self._of(local), self._hub.presence.roster(room).get(session.session)
            self._note_relations(held, session.session, after)
            changed = before.blocks ^ after.blocks
            if seat is not None and seat.media.camera:
                changed |= (before.ignores ^ after.ignores) | (before.turned_away ^ after.turned_away)
                changed |= before.invited ^ after.invited
            whom = {session.session} | held.known_by(changed)
            held.due |= whom
            held.current -= whom
            self._at_end_of_turn(room)

    def show(self, session: Session, room: RoomId) -> None:
        """Write somebody the roster of a room, now."""
        local = self._hub.rooms.get(room)
        seat = self._hub.presence.roster(room).get(session.session)
        view = session.sink.view.roster if session.sink is not None else None
        if local is None or seat is None or view is None or session.write is None:
            return
        held = self._of(local)
        self._hub.turn.send_one(session.session, session.write, self._body(local.id, held, view, seat))
        held.current.add(session.session)
        held.due.discard(session.session)

    def forget(self, room: RoomId) -> None:
        """Keep nothing of a room in which nobody reads whole rosters any more, or which ended."""
        held = self._rooms.pop(room, None)
        if held is not None and held.timer is not None:
            held.timer.cancel()

    # -- when ------------------------------------------------------------------------------------------------------

    def _await(self, room: RoomId, held: _RoomRoster) -> None:
        # A clock that is set back must not make the pause longer than it is.
        wait_s = min(held.next_at - self._hub.clock.now(), held.pause_s)
        if wait_s <= 0:
            held.at_once = True
        elif held.timer is None:
            held.timer = self._hub.clock.call_later(wait_s, lambda: self._tell(room))
        if held.at_once or held.due:
            self._at_end_of_turn(room)

    def _at_end_of_turn(self, room: RoomId) -> None:
        if not self._turn:
            self._call_soon(self._end_turn)
        self._turn.add(room)

    def _end_turn(self) -> None:
        rooms, self._turn = self._turn, set()
        for room in rooms:
            held = self._rooms.get(room)
            if held is not None and held.at_once:
                self._tell(room)
            elif held is not None:
                for who in tuple(held.due):
                    session = self._hub.sessions.get(who)
                    if session is not None:
                        self.show(session, room)
                held.due.clear()

    def _tell(self, room: RoomId) -> None:
        """Write the roster to everybody who was not shown it as it stands."""
        held, local = self._rooms.get(room), self._hub.rooms.get(room)
        if held is None or local is None or not local.reads_whole:
            self.forget(room)
            return
        if held.timer is not None:
            held.timer.cancel()
            held.timer = None
        held.at_once = False
        held.due.clear()
        held.listings.clear()  # made anew from the seats, whatever was told of them
        size = max((self._tell_view(room, held, view, writes) for view, writes in local.readers()), default=0)
        held.pause_s = max(EVERY_S, size / READER_BYTES_PER_SECOND)
        held.next_at = self._hub.clock.now() + held.pause_s
        if not local.reads_whole <= held.current:
            self._await(room, held)

    def _tell_view(self, room: RoomId, held: _RoomRoster, view: RosterView, writes: Mapping[SessionId, Write]) -> int:
        """Write the roster to the readers of a view, but for those who are behind; return the bytes of the longest."""
        size = 0
        roster = self._hub.presence.roster(room)
        alike: dict[bool, dict[SessionId, Write]] = {}
        for who, write in writes.items():
            seat, session = roster.get(who), self._hub.sessions.get(who)
            if seat is None or who in held.current or session is None or session.sink is None:
                continue
            if session.sink.unsent_bytes > STALE_BYTES:
                continue
            held.current.add(who)
            listing = self._listing(room, held, view, vip=seat.vip)
            odd = self._odd_rows(room, held, view, seat, listing)
            if odd:
                body = listing.body_with(odd)
                size = max(size, len(body))
                self._hub.turn.send_one(who, write, body)
            else:
                alike.setdefault(seat.vip, {})[who] = write
        for vip, those in alike.items():
            body = self._listing(room, held, view, vip=vip).body()
            size = max(size, len(body))
            self._hub.turn.send_some(those, body)
        return size

    # -- what ------------------------------------------------------------------------------------------------------

    def _of(self, local: LocalRoom) -> _RoomRoster:
        held = self._rooms.get(local.id)
        if held is None:
            held = self._rooms[local.id] = _RoomRoster()
            for who, seat in self._hub.presence.roster(local.id).items():
                held.seat(who, keys_of(seat.handle, seat.user))
                self._note_relations(held, who, seats.relations_of(self._hub, who))
        return held

    def _listing(self, room: RoomId, held: _RoomRoster, view: RosterView, *, vip: bool) -> _Listing:
        listing = held.listings.get((view, vip))
        if listing is None:
            listing = held.listings[view, vip] = _Listing(view)
            for participant in self._hub.presence.roster(room).values():
                self._list(listing, view, participant, vip=vip)
        return listing

    def _list(self, listing: _Listing, view: RosterView, participant: Participant, *, vip: bool) -> None:
        if participant.hidden:
            listing.drop(participant.session)
            return
        seen = seen_by_class(participant, vip=vip, secret_vip=self._hub.admission.secret_vip)
        listing.put(participant.session, participant.handle, view.roster_row(seen))

    def _put(self, held: _RoomRoster, participant: Participant) -> None:
        for (view, vip), listing in held.listings.items():
            self._list(listing, view, participant, vip=vip)
        held.seat(participant.session, keys_of(participant.handle, participant.user))
        self._note_relations(held, participant.session, seats.relations_of(self._hub, participant.session))

    def _drop(self, held: _RoomRoster, session: SessionId) -> None:
        for listing in held.listings.values():
            listing.drop(session)
        held.seat(session, ())
        self._note_relations(held, session, Relations())
        held.due.discard(session)

    def _note_relations(self, held: _RoomRoster, session: SessionId, relations: Relations) -> None:
        keys = relations.ignores | relations.blocks | relations.turned_away | relations.invited
        before = held.related.get(session, frozenset())
        for key in before - keys:
            held.subjects[key].discard(session)
            if not held.subjects[key]:
                del held.subjects[key]
        for key in keys - before:
            held.subjects.setdefault(key, set()).add(session)
        if keys:
            held.related[session] = keys
        else:
            held.related.pop(session, None)

    def _body(self, room: RoomId, held: _RoomRoster, view: RosterView, seat: Participant) -> bytes:
        listing = self._listing(room, held, view, vip=seat.vip)
        odd = self._odd_rows(room, held, view, seat, listing)
        return listing.body_with(odd) if odd else listing.body()

    def _odd_rows(
        self, room: RoomId, held: _RoomRoster, view: RosterView, viewer: Participant, listing: _Listing
    ) -> dict[SessionId, bytes | None]:
        """Return the rows in which one viewer's list differs from that of all others of the class; None is one less.

        Only those are looked at to whom the viewer stands in some relation, or who do to the viewer.
        """
        keys, mine = keys_of(viewer.handle, viewer.user), seats.relations_of(self._hub, viewer.session)
        concerned = held.known_by(mine.blocks) if mine.blocks else set()
        for key in keys:
            concerned |= held.subjects.get(key, _NOBODY)
        if viewer.media.rules.vip_only and not viewer.vip:
            concerned.add(viewer.session)
        if not concerned:
            return {}
        odd: dict[SessionId, bytes | None] = {}
        roster, secret = self._hub.presence.roster(room), self._hub.admission.secret_vip
        shielded = self._hub.presence.unblockable()
        for who in concerned:
            owner = roster.get(who)
            if owner is None or who not in listing:
                continue
            theirs = seats.relations_of(self._hub, who)
            own = who == viewer.session
            if not own and not policy.sees(mine, keys, theirs, keys_of(owner.handle, owner.user), shielded):
                odd[who] = None
                continue
            row = view.roster_row(seen_by(viewer, keys, owner, theirs, secret=secret))
            if row != listing.row(who):
                odd[who] = row
        return odd
