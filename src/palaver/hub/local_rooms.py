"""What this node knows of a room: the sinks seated here by view, who waits, and the latest events for those who resume."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from palaver.core.audience import Publication
from palaver.core.base import Event
from palaver.core.chat import MessagePosted, TypingChanged
from palaver.core.ids import ChannelId, RoomId, SessionId
from palaver.core.participants import Participant, ParticipantUpdated
from palaver.core.rooms import JoinRoom, ParticipantJoined, ParticipantLeft, Room
from palaver.core.sessions import Position
from palaver.hub.fanout import Members, Turn, Write
from palaver.hub.ports.clock import Timer
from palaver.hub.ports.sinks import RosterView, View

STREAM_EVENTS = 1000
STREAM_BYTES = 1 << 20
CROWD = 50
"""From this many seats on this node, who comes and goes is told in batches."""
BATCH_S = 0.05

_BATCHED = (ParticipantJoined, ParticipantLeft, ParticipantUpdated)

_NOBODY: set[SessionId] = set()

_BY: dict[type[Event], Callable[[Any], SessionId]] = {
    ParticipantUpdated: lambda event: event.participant.session,
    MessagePosted: lambda event: event.message.author.session,
    TypingChanged: lambda event: event.by.session,
}
"""Who did, or is, what an event tells: some wires do not tell that person."""


class _Group:
    """The sinks of one view, and the presence they have not been told yet."""

    __slots__ = ("batch", "late", "members")

    def __init__(self) -> None:
        self.members = Members()
        self.batch: list[bytes] = []
        self.late: dict[SessionId, int] = {}


class LocalRoom:
    """One room, as far as this node is concerned."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.open_channels: frozenset[ChannelId | None] = frozenset()
        self.set_up(room)
        self.waiting: dict[SessionId, tuple[JoinRoom, Participant]] = {}
        self.host: SessionId | None = None
        self.ended_channels: set[str] = set()
        self.seated: dict[SessionId, int] = {}
        self.empty_timer: Timer | None = None
        self.batch_timer: Timer | None = None
        self._groups: dict[View, _Group] = {}
        self._of_session: dict[SessionId, View] = {}
        self.reads_whole: set[SessionId] = set()
        self._batches = 0
        self._stream: deque[tuple[int, int, Publication]] = deque()
        self._stream_bytes = 0
        self._floor = 0

    @property
    def id(self) -> RoomId:
        """Return the room's id."""
        return self.room.id

    def set_up(self, room: Room) -> None:
        """Take over changed settings. What is told of a channel that ended is for nobody: it may have been private."""
        self.room = room
        everybodys = (each.id for each in room.channels if not each.vip_only and each.members is None)
        self.open_channels = frozenset((None, *everybodys))

    @property
    def connected(self) -> int:
        """Return how many sinks are seated here."""
        return len(self._of_session)

    def attach(self, session: SessionId, view: View, write: Write) -> None:
        """Deliver the room's events to a sink from now on."""
        self.detach(session)
        group = self._groups.setdefault(view, _Group())
        group.members.add(session, write)
        self._of_session[session] = view
        if view.roster is not None:
            self.reads_whole.add(session)
        if group.batch:
            group.late[session] = len(group.batch)

    def detach(self, session: SessionId) -> None:
        """Deliver nothing more to a session."""
        view = self._of_session.pop(session, None)
        if view is None:
            return
        self.reads_whole.discard(session)
        group = self._groups[view]
        group.members.remove(session)
        group.late.pop(session, None)
        if not group.members.writes and not group.batch:
            del self._groups[view]

    def unseat(self, session: SessionId) -> None:
        """Know nothing more of a session that has no seat here now."""
        self.seated.pop(session, None)
        self.detach(session)

    def readers(self) -> list[tuple[RosterView, dict[SessionId, Write]]]:
        """Return the sinks that read whole rosters, by view; not to be changed."""
        return [(view.roster, group.members.writes) for view, group in self._groups.items() if view.roster is not None]

    def remember(self, seq: int, size: int, publication: Publication) -> None:
        """Keep an event for those who resume; the oldest are forgotten by count and bytes."""
        self._stream.append((seq, size, publication))
        self._stream_bytes += size
        while len(self._stream) > STREAM_EVENTS or self._stream_bytes > STREAM_BYTES:
            forgotten, bytes_, _ = self._stream.popleft()
            self._floor = forgotten
            self._stream_bytes -= bytes_

    @property
    def told(self) -> list[Publication]:
        """Return what was told of late, as far as it is kept for those who resume."""
        return [publication for _, _, publication in self._stream]

    def since(self, seq: int) -> list[tuple[int, Publication]] | None:
        """Return the events after a position; None when some of them are forgotten."""
        if seq < self._floor:
            return None
        found = []
        for at, _, publication in reversed(self._stream):
            if at <= seq:
                break
            found.append((at, publication))
        found.reverse()
        return found

    def deliver(
        self,
        event: Event,
        position: Position,
        excluded: set[SessionId] | None,
        turn: Turn,
        channel: ChannelId | None = None,
    ) -> int:
        """Render an event once per view and hand it to every sink but the excluded; return the bytes of one rendering.

        One that is about a channel says so.
        """
        excluded = excluded and excluded & self._of_session.keys()
        by = _BY[type(event)](event) if type(event) in _BY else None
        aside = channel is not None and channel != self.room.channels[0].id
        batched = not excluded and len(self._of_session) > CROWD and isinstance(event, _BATCHED)
        size = 0
        for view, group in self._groups.items():
            if aside and view.main_channel_alone:
                continue
            data = view.render(event, position)
            if data is None:
                continue
            size = max(size, len(data))
            without = excluded & group.members.writes.keys() if excluded else _NOBODY
            if by is not None and not view.hears_itself and by in group.members.writes:
                without = without | {by}
            if batched and not without:
                self._batches += not group.batch
                group.batch.append(data)
                continue
            self._send(group, data, without, turn)
        return size

    def views(self) -> list[View]:
        """Return the views of the sinks that are seated here."""
        return list(self._groups)

    def send(self, view: View, data: bytes, excluded: set[SessionId] | None, turn: Turn) -> None:
        """Hand something that is no event of this room to every sink of a view but the excluded."""
        group = self._groups[view]
        self._send(group, data, excluded & group.members.writes.keys() if excluded else _NOBODY, turn)

    def _send(self, group: _Group, data: bytes, without: set[SessionId], turn: Turn) -> None:
        self._flush_group(group, turn)
        if len(without) == 1:
            turn.send_besides(group.members, next(iter(without)), data)
        elif without:
            writes = group.members.writes
            turn.send_some({who: write for who, write in writes.items() if who not in without}, data)
        else:
            turn.send_all(group.members, data)

    def shares_people_with(self, other: LocalRoom) -> bool:
        """Return whether somebody who is connected sits in both rooms."""
        return not self._of_session.keys().isdisjoint(other._of_session.keys())

    @property
    def has_batch(self) -> bool:
        """Return whether presence waits to be told."""
        return self._batches > 0

    def flush_batch(self, turn: Turn) -> None:
        """Tell the presence that waits, now."""
        if self.batch_timer is not None:
            self.batch_timer.cancel()
            self.batch_timer = None
        for group in self._groups.values():
            self._flush_group(group, turn)

    def _flush_group(self, group: _Group, turn: Turn) -> None:
        if not group.batch:
            return
        self._batches -= 1
        batch, late = group.batch, group.late
        group.batch, group.late = [], {}
        if not late:
            turn.send_all(group.members, b"".join(batch))
            return
        writes = group.members.writes
        turn.send_some({who: write for who, write in writes.items() if who not in late}, b"".join(batch))
        for who, seen in late.items():
            if seen < len(batch) and who in writes:
                turn.send_one(who, writes[who], b"".join(batch[seen:]))
