"""Knows the shape that all transports share with the conversation above them; what the bytes mean is left to others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

import structlog

from palaver.codecs.websocket_handshake import offered_subprotocols

log = structlog.get_logger(__name__)

_LINE_BREAK = re.compile(r"[\r\n\0]")

MESSAGE_END = b"\x1e"
"""Ends each message of the "asgi" framing; no JSON text holds this control character unescaped (RFC 8259 §7)."""
BYTES_BEGIN = b"\0"
"""Begins a message of that framing which is binary; its bytes follow in base64."""

CERTIFIED_EXTENSION = "palaver.certified"
"""Where our HTTP server says in an ASGI scope whom the certificate names that the client showed."""

BUDGET_BYTES = 1 << 20
"""What one reader may be behind before it is closed as slow; 0 is no limit."""
_HIGHEST_MARK = 2**31 - 1
"""What uvloop takes for a mark: a C integer."""


class PeerInfo:
    """What a client said when it connected, kept small because it lives as long as its connection."""

    __slots__ = ("_head", "certified", "path", "query", "remote", "root", "secure")

    def __init__(
        self,
        path: str,
        query: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        remote: str,
        *,
        secure: bool = False,
        root: str = "",
        certified: str = "",
    ) -> None:
        """`path` is decoded, and follows `root`, the place where we are mounted; header names are in lower case; `remote`
        is the peer's address without port, or ""; `certified` whom the certificate names that our own TLS verified, or "".
        """
        self.path = path
        self.root = root
        self.query = query
        self.remote = remote
        self.secure = secure
        self.certified = certified
        # One bytes object instead of a list of pairs: a browser's twenty headers would cost 3 KiB.
        self._head = b"".join(b"\n%b:%b" % (name, value.strip()) for name, value in headers)

    @classmethod
    def from_request(
        cls, target: bytes, headers: Iterable[tuple[bytes, bytes]], remote: str, *, secure: bool, certified: str = ""
    ) -> PeerInfo:
        """Build from a request line's target, as it stands on the wire, absolute or not (RFC 9112 §3.2)."""
        if not target.startswith(b"/"):
            target = b"/" + target.partition(b"://")[2].partition(b"/")[2]
        path, _, query = target.partition(b"?")
        return cls(unquote(path.decode("latin-1")), query, headers, remote, secure=secure, certified=certified)

    @classmethod
    def from_scope(cls, scope: Any) -> PeerInfo:
        """Build from an ASGI `http` or `websocket` scope; the path is what follows the place where we are mounted."""
        root, path = scope.get("root_path", ""), scope["path"]
        if root and path.startswith(f"{root}/"):
            path = path.removeprefix(root)
        client = scope.get("client")
        secure = scope.get("scheme") in ("https", "wss")
        query = scope.get("query_string", b"")
        remote = client[0] if client else ""
        certified = scope.get("extensions", {}).get(CERTIFIED_EXTENSION, "")
        return cls(path, query, scope["headers"], remote, secure=secure, root=root.rstrip("/"), certified=certified)

    def header_values(self, name: str) -> list[str]:
        """Return every value of a header, in order; `name` in lower case."""
        prefix = name.encode("latin-1") + b":"
        return [line[len(prefix) :].decode("latin-1") for line in self._head.split(b"\n") if line.startswith(prefix)]

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None; `name` in lower case."""
        values = self.header_values(name)
        return values[0] if values else None

    def headers(self) -> dict[str, str]:
        """Return every header by its name in lower case; one that comes twice as a list (RFC 9110 §5.3).

        So what a client says before its proxy does is not taken for the proxy's word. Parses the head on each call.
        """
        found: dict[str, str] = {}
        for name, colon, value in (line.decode("latin-1").partition(":") for line in self._head.split(b"\n")):
            if colon:
                found[name] = f"{found[name]}, {value}" if name in found else value
        return found

    def parameters(self) -> dict[str, str]:
        """Return the first value of every query parameter. Parses the query on each call."""
        try:
            read = parse_qs(self.query.decode("latin-1"), keep_blank_values=True, max_num_fields=100)
        except ValueError:
            return {}
        return {name: values[0] for name, values in read.items()}

    def parameter(self, name: str) -> str | None:
        """Return the first value of a query parameter, or None. Parses the query on each call."""
        return self.parameters().get(name)

    @property
    def subprotocols(self) -> tuple[str, ...]:
        """The WebSocket subprotocols offered, best first. Raises HandshakeError when the header is malformed."""
        return offered_subprotocols(self.header_values("sec-websocket-protocol"))


@dataclass(frozen=True, slots=True)
class HttpRefusal:
    """The answer to a request that does not become a connection: sent instead of 101 or of the stream."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/plain; charset=utf-8"),)

    def __post_init__(self) -> None:
        """Raise ValueError for a header with a line break, which would let text of a request speak for us."""
        if any(_LINE_BREAK.search(text) for header in self.headers for text in header):
            raise ValueError("a header must not contain a line break")


class Connection(Protocol):
    """One live transport; the conversation writes whole pre-encoded frames to it.

    `framing` says what `write` takes, and is part of the view an event is rendered for: "websocket" takes RFC 6455
    frames of `codecs.websocket`, "sse" takes events of `codecs.sse`, "asgi" takes UTF-8 texts, each with `MESSAGE_END`,
    and bytes behind `BYTES_BEGIN`.
    """

    framing: str
    peer: PeerInfo
    listener: Listener
    """Who is told; a listener may put another in its place."""
    max_message_bytes: int
    """The largest message taken from the peer, settable at any time; 0 is no limit. Over it: closed with 1009."""

    @property
    def unsent_bytes(self) -> int:
        """How much of what was written waits to be read by the peer."""

    def write(self, data: bytes, /) -> None:
        """Send bytes that are already framed, in order. Never blocks, never raises, never closes within the call.

        Past the byte budget the connection is closed with 1013 from a later turn of the loop. After `close` and after
        the peer is gone, bytes are dropped, also by a bound method that somebody kept.
        """

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Flush what was written, say goodbye, close after a short grace. Calls after the first change nothing.

        The listener is told `closed` later, never within this call.
        """

    def abort(self) -> None:
        """Cut the connection without flushing; the listener is told `closed` with 1006 later."""

    def pause_reading(self) -> None:
        """Deliver no further message, not even one already read, until `resume_reading`."""

    def resume_reading(self) -> None:
        """Go on delivering, from a later turn of the loop unless called within `received`."""


class Listener(Protocol):
    """What a transport tells about one connection; one object per connection.

    An exception that escapes a method is logged and closes this connection alone with 1011.
    """

    subprotocol: str | None
    """The one chosen of `PeerInfo.subprotocols`, or None."""

    def opened(self, connection: Connection) -> None:
        """The handshake is done; `connection` may be written to from now on. Called once, first."""

    def received(self, payload: bytes, binary: bool = False) -> None:
        """One whole message came in; text is valid UTF-8."""

    def closed(self, code: int, reason: str, clean: bool) -> None:
        """The connection is over. Called exactly once, last.

        `clean` is true when the peer took part in a closing handshake. `code` is that of whoever closed first, 1005 for
        a close without a code and 1006 for a connection that was lost.
        """


class _Nobody:
    """Stands in for a listener that was told `closed`."""

    subprotocol: str | None = None

    def opened(self, connection: Connection) -> None:
        pass

    def received(self, payload: bytes, binary: bool = False) -> None:
        pass

    def closed(self, code: int, reason: str, clean: bool) -> None:
        pass


NOBODY: Listener = _Nobody()
"""The listener of a connection that is over."""


def tell_closed(connection: Connection, code: int, reason: str, *, clean: bool) -> None:
    """Tell the listener of a connection that it is over, once; a bug there goes to the log."""
    listener, connection.listener = connection.listener, NOBODY
    if listener is NOBODY:
        return
    peer = connection.peer
    log.debug(
        "connection_closed", framing=connection.framing, path=peer.path, remote=peer.remote, code=code, clean=clean
    )
    try:
        listener.closed(code, reason, clean)
    except Exception:
        log.exception("listener_failed", path=peer.path, remote=peer.remote)


ListenerFactory = Callable[[PeerInfo], Listener | HttpRefusal]
"""Decides on a request before it becomes a connection. It does what ASGI middleware cannot: origin, limits, paths."""


def write_mark(budget_bytes: int) -> int:
    """Return from how many unread bytes on a transport tells that its reader is slow; 0 is as many as it can count."""
    return min(budget_bytes or _HIGHEST_MARK, _HIGHEST_MARK)
