"""Hands rendered bytes to many sinks: joined per turn of the loop, in order for each of them, one write where possible.

It knows neither rooms nor events. Members are given as dicts that their owner replaces, and never changes, once they were
handed over here (see `Members`), so a membership that changes within a turn neither gains nor loses a frame.
"""

from __future__ import annotations

from collections.abc import Callable

from palaver.core.ids import SessionId

Write = Callable[[bytes], None]


class Members:
    """The sinks of one view in one room. Copied before a change while a turn still refers to them."""

    __slots__ = ("lent", "writes")

    def __init__(self) -> None:
        self.writes: dict[SessionId, Write] = {}
        self.lent = False

    def lend(self) -> dict[SessionId, Write]:
        """Return the members as they are now, for a turn to keep."""
        self.lent = True
        return self.writes

    def add(self, session: SessionId, write: Write) -> None:
        """Take a sink in."""
        self._own()
        self.writes[session] = write

    def remove(self, session: SessionId) -> None:
        """Leave a sink out; an unknown one is harmless."""
        if session in self.writes:
            self._own()
            del self.writes[session]

    def _own(self) -> None:
        if self.lent:
            self.writes, self.lent = dict(self.writes), False


class Turn:
    """What is to be written at the end of this turn of the loop."""

    def __init__(self, call_soon: Callable[[Callable[[], None]], None]) -> None:
        self._call_soon = call_soon
        # Until a group is sent something, or one session a second thing, there is no order to keep.
        self._singles: dict[SessionId, tuple[Write, bytes]] = {}
        self._items: list[_Item] = []
        self._lenders: list[Members] = []

    def send_all(self, members: Members, data: bytes) -> None:
        """Write to everybody who is a member now."""
        self._keep_order()
        if not members.lent:
            self._lenders.append(members)
        self._items.append((members.lend(), SessionId(""), None, data))

    def send_some(self, writes: dict[SessionId, Write], data: bytes) -> None:
        """Write to these; the dict is not changed afterwards."""
        self._keep_order()
        self._items.append((writes, SessionId(""), None, data))

    def send_besides(self, members: Members, session: SessionId, data: bytes) -> None:
        """Write to everybody who is a member now, but for one of them."""
        self._keep_order()
        if not members.lent:
            self._lenders.append(members)
        self._items.append((members.lend(), session, None, data))

    def send_one(self, session: SessionId, write: Write, data: bytes) -> None:
        """Write to one sink, after everything that it was sent before."""
        singles = self._singles
        if self._items:
            self._items.append((None, session, write, data))
        elif session not in singles:
            if not singles:
                self._call_soon(self.flush)
            singles[session] = (write, data)
        else:
            self._keep_order()
            self._items.append((None, session, write, data))

    def _keep_order(self) -> None:
        """Write from now on what comes in the order in which it came."""
        if not self._items:
            if not self._singles:
                self._call_soon(self.flush)
            singles, self._singles = self._singles, {}
            self._items += [(None, session, write, data) for session, (write, data) in singles.items()]

    def flush(self) -> None:
        """Write everything now."""
        if not self._items:
            singles, self._singles = self._singles, {}
            for write, data in singles.values():
                write(data)
            return
        items, self._items = self._items, []
        lenders, self._lenders = self._lenders, []
        for members in lenders:
            members.lent = False
        group: dict[SessionId, Write] | None = None
        for writes, _, _, _ in items:
            if writes is None:
                continue
            if group is not None and group is not writes:
                _write_in_runs(items)
                return
            group = writes
        _write_joined(group or {}, items)


_Item = tuple[dict[SessionId, Write] | None, SessionId, Write | None, bytes]
"""What is written: to a group, of which one session may be left out, or to one session by its own writer."""


def _write_joined(group: dict[SessionId, Write], items: list[_Item]) -> None:
    """Write one join to the whole group; a sink that is also sent something of its own gets a join of its own."""
    shared: list[bytes] = []
    own: dict[SessionId, tuple[Write, list[bytes]]] = {}
    for writes, session, write, data in items:
        if writes is not None:
            if session and session not in own and session in group:
                own[session] = (group[session], list(shared))
            shared.append(data)
            for member, (_, parts) in own.items():
                if member in group and member != session:
                    parts.append(data)
        elif write is not None:
            if session not in own:
                own[session] = (write, list(shared) if session in group else [])
            if own[session][0] != write or group.get(session, write) != write:
                # The session was resumed within this turn: what was told before it belongs to the former connection.
                _write_in_runs(items)
                return
            own[session][1].append(data)
    if shared:
        joined = shared[0] if len(shared) == 1 else b"".join(shared)
        if own:
            for session, write in group.items():
                if session not in own:
                    write(joined)
        else:
            for write in group.values():
                write(joined)
    for write, parts in own.values():
        if parts:
            write(parts[0] if len(parts) == 1 else b"".join(parts))


def _write_in_runs(items: list[_Item]) -> None:
    """Write neighbours that go to the same sinks as one; the transport joins what one sink gets twice."""
    at, end = 0, len(items)
    while at < end:
        writes, session, write, _ = items[at]
        run = at + 1
        while run < end and items[run][0] is writes and items[run][1] == session and items[run][2] == write:
            run += 1
        data = items[at][3] if run == at + 1 else b"".join(item[3] for item in items[at:run])
        if writes is not None:
            for member, each in writes.items():
                if member != session:
                    each(data)
        elif write is not None:
            write(data)
        at = run
