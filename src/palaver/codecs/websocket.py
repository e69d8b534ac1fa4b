"""Knows the frames of RFC 6455 as a server needs them; sockets and timers are left to `transports.websocket`.

How a connection is opened stands in `websocket_handshake`.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator
from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # no compiled wheel for this platform
    from websockets.utils import apply_mask

CONTINUATION: Final = 0
TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10

NORMAL: Final = 1000
GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
NO_STATUS: Final = 1005
ABNORMAL: Final = 1006
BAD_TEXT: Final = 1007
POLICY: Final = 1008
TOO_BIG: Final = 1009
INTERNAL_ERROR: Final = 1011
SERVICE_RESTART: Final = 1012
SLOW: Final = 1013

Frame = tuple[int, bytes]
"""(opcode, payload): a whole TEXT or BINARY message, or one CLOSE, PING or PONG.

An empty CONTINUATION says that `PARTS_AT_ONCE` fragments of a message were read and its end was not among them.
"""

_WIRE_CODES = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015)})
_COPY_BELOW = 4096  # up to here a copy is cheaper than a view
PARTS_AT_ONCE: Final = 64
"""So many fragments are read in one go."""
_MORE: Frame = CONTINUATION, b""
_Utf8 = codecs.getincrementaldecoder("utf-8")
_SHORT_TEXT_HEADS = tuple(bytes((0x80 | TEXT, size)) for size in range(126))


class ProtocolError(Exception):
    """The peer broke the protocol; fail the connection with `code` and the message as reason (RFC 6455 §7.1.7)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


# --- frames in (RFC 6455 §5) -----------------------------------------------------------------------------------------


class FrameReader:
    """Turns the chunks a client sends into whole messages and control frames, in order.

    `feed` a chunk, then call `next` until it returns None. What precedes a violation is returned before ProtocolError
    is raised; after that, and after a CLOSE, all further bytes are dropped. `limit` is the largest message in bytes and
    may be changed between any two calls of `next`; what is kept of an unfinished message never exceeds it, beside
    one frame head, one control frame, and the unread part of the last chunk fed.
    """

    __slots__ = ("_at", "_data", "_fragments", "_need", "_opcode", "_text", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._data: bytes | bytearray = b""
        self._at = 0  # where the unread part of _data begins
        self._need = 2  # unread bytes without which nothing new can be said
        self._opcode = 0  # of the fragmented message under way; -1 when nothing more is to be read
        self._fragments: bytearray | None = None
        self._text: codecs.IncrementalDecoder | None = None  # where that message is a text

    @property
    def pending(self) -> int:
        """How many fed bytes have not been returned, dropped or refused yet."""
        return len(self._data) - self._at + len(self._fragments or b"")

    def whole_text(self, data: bytes) -> bytes | None:
        """Return the payload when `data` is exactly one valid text frame and nothing else is pending; else `feed` it.

        This is the common case at a third of the cost. On None go on with `next`.
        """
        size = len(data)
        if size >= 6 and data[0] == 0x81 and not self._data and not self._opcode:
            length = data[1] - 128
            if length == size - 6 and length < 126 and length <= self.limit:
                payload = apply_mask(data[6:], data[2:6])
                if payload.isascii() or _is_utf8(payload):
                    return payload
            elif length == 126 and size >= 134 and (data[2] << 8 | data[3]) == size - 8 <= self.limit:
                payload = apply_mask(data[8:], data[4:8])
                if payload.isascii() or _is_utf8(payload):
                    return payload
        self.feed(data)
        return None

    def feed(self, data: bytes) -> None:
        """Add what was read from the socket."""
        if self._opcode < 0:
            return
        if not self._data:
            self._data = data
            return
        if isinstance(self._data, bytes):
            self._data = bytearray(memoryview(self._data)[self._at :])
        elif self._at:
            del self._data[: self._at]
        self._at = 0
        self._data += data

    def next(self) -> Frame | None:
        """Return the next message or control frame, or None when more bytes are needed. Raises ProtocolError once."""
        if (text := self._short_text()) is not None:
            return TEXT, text
        try:
            for _ in range(PARTS_AT_ONCE):
                if (frame := self._take_frame()) is None:
                    return None
                first, payload = frame
                event = self._control(first & 15, payload) if first & 8 else self._message(first, payload)
                if event is not None:
                    return event
        except ProtocolError:
            self.stop()
            raise
        return _MORE

    def _short_text(self) -> bytes | None:
        """Take a valid text frame below 64 KiB that is all there; anything else is left to `_take_frame`, untouched."""
        data, at = self._data, self._at
        have = len(data) - at
        if have < 8 or have < self._need or self._opcode or data[at] != 0x81:
            return None
        begin, length = at + 6, data[at + 1] - 128
        if length == 126:
            begin, length = at + 8, data[at + 2] << 8 | data[at + 3]
            if length < 126:
                return None
        elif not 0 <= length < 126:
            return None
        end = begin + length
        if end - at > have or length > self.limit:
            return None
        payload = apply_mask(data[begin:end], data[begin - 4 : begin])
        if not payload.isascii() and not _is_utf8(payload):
            return None
        self._need = 2
        self._advance(end)
        return payload

    def _take_frame(self) -> tuple[int, bytes] | None:
        """Return (first byte, unmasked payload) of the next frame when all of it is there."""
        data, at = self._data, self._at
        have = len(data) - at
        if have < self._need or self._opcode < 0:
            self._compact()
            return None
        first, second = data[at], data[at + 1]
        head = 2 if (length := second & 127) < 126 else 4 if length == 126 else 10
        self._check_head(first, second)
        if length > 125:
            if have < head:
                self._wait_for(head)
                return None
            length = int.from_bytes(data[at + 2 : at + head], "big")
        self._check_length(first & 15, length, head)
        end = head + 4 + length
        if have < end:
            self._wait_for(end)
            return None
        self._need = 2
        return first, self._unmask(at + head, at + end)

    def _check_head(self, first: int, second: int) -> None:
        opcode = first & 15
        if first & 0x70:
            raise ProtocolError(PROTOCOL_ERROR, "a reserved bit is set")
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise ProtocolError(PROTOCOL_ERROR, "reserved opcode")
        if not second & 0x80:
            raise ProtocolError(PROTOCOL_ERROR, "frame is not masked")
        if opcode & 8 and (not first & 0x80 or second & 127 > 125):
            raise ProtocolError(PROTOCOL_ERROR, "control frame is fragmented or too long")
        if not opcode & 8 and (opcode == CONTINUATION) != (self._opcode != 0):
            raise ProtocolError(PROTOCOL_ERROR, "message fragments are out of order")

    def _check_length(self, opcode: int, length: int, head: int) -> None:
        if length >> 63 or (head == 4 and length < 126) or (head == 10 and length < 0x10000):
            raise ProtocolError(PROTOCOL_ERROR, "payload length is not minimally encoded")
        if not opcode & 8 and length + len(self._fragments or b"") > self.limit:
            raise ProtocolError(TOO_BIG, f"message is larger than {self.limit} bytes")

    def _wait_for(self, need: int) -> None:
        self._need = need
        self._compact()

    def _compact(self) -> None:
        """Keep no byte that was read already, so that a big chunk does not outlive its frames."""
        if self._at:
            if isinstance(self._data, bytes):
                self._data = self._data[self._at :]
            else:
                del self._data[: self._at]
            self._at = 0

    def _unmask(self, begin: int, end: int) -> bytes:
        data = self._data
        mask = data[begin : begin + 4]
        if end - begin < _COPY_BELOW:
            payload = apply_mask(data[begin + 4 : end], mask)
        else:
            with memoryview(data) as view, view[begin + 4 : end] as masked:
                payload = apply_mask(masked, mask)
        self._advance(end)
        return payload

    def _advance(self, end: int) -> None:
        if end == len(self._data):
            self._data, self._at = b"", 0
        else:
            self._at = end

    def _message(self, first: int, payload: bytes) -> Frame | None:
        final = first & 0x80
        if self._fragments is None:
            if final:
                return _checked(first & 15, payload)
            self._opcode, self._fragments = first & 15, bytearray()
            self._text = _Utf8() if self._opcode == TEXT else None
        self._fragments += payload
        if self._text is not None:
            # Each part is judged as it comes: who sends no text learns it before the end (RFC 6455 §8.1).
            try:
                self._text.decode(payload, bool(final))
            except UnicodeDecodeError:
                raise ProtocolError(BAD_TEXT, "text is not UTF-8") from None
        if not final:
            return None
        opcode, whole = self._opcode, bytes(self._fragments)
        self._opcode, self._fragments, self._text = 0, None, None
        return opcode, whole

    def _control(self, opcode: int, payload: bytes) -> Frame:
        if opcode == CLOSE:
            read_close(payload)
            self.stop()
        return opcode, payload

    def stop(self) -> None:
        """Forget what was fed, and read nothing more."""
        self._data, self._at, self._opcode, self._fragments, self._text = b"", 0, -1, None, None


def read_close(payload: bytes) -> tuple[int, str]:
    """Return the code and reason of a CLOSE payload; an empty one is 1005 (RFC 6455 §5.5.1, §7.4).

    Raises ProtocolError 1002 for a code that must not be sent, 1007 for a reason that is not UTF-8.
    """
    if not payload:
        return NO_STATUS, ""
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not (code in _WIRE_CODES or 3000 <= code <= 4999):
        raise ProtocolError(PROTOCOL_ERROR, "close code is not valid")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        raise ProtocolError(BAD_TEXT, "close reason is not UTF-8") from None


def _checked(opcode: int, payload: bytes) -> Frame:
    if opcode == TEXT and not payload.isascii() and not _is_utf8(payload):
        raise ProtocolError(BAD_TEXT, "text is not UTF-8")
    return opcode, payload


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


# --- frames out ------------------------------------------------------------------------------------------------------

_medium_head = struct.Struct(">BBH").pack
_large_head = struct.Struct(">BBQ").pack


def text_frame(payload: bytes) -> bytes:
    """Return one unmasked text frame; `payload` must be UTF-8, which is not checked (RFC 6455 §5.1)."""
    size = len(payload)
    return (_SHORT_TEXT_HEADS[size] if size < 126 else _long_head(TEXT, size)) + payload


def binary_frame(payload: bytes) -> bytes:
    """Return one unmasked binary frame."""
    size = len(payload)
    return (bytes((0x80 | BINARY, size)) if size < 126 else _long_head(BINARY, size)) + payload


def unframed(data: bytes) -> Iterator[Frame]:
    """Take whole unmasked frames apart that were made here, for who is sent the same another way."""
    at = 0
    while at < len(data):
        opcode, size = data[at] & 0x0F, data[at + 1]
        at += 2
        if size > 125:
            width = 2 if size == 126 else 8
            size = int.from_bytes(data[at : at + width])
            at += width
        yield opcode, data[at : at + size]
        at += size


def ping_frame(payload: bytes = b"") -> bytes:
    """Return a ping; raises ValueError above 125 bytes (RFC 6455 §5.5.2)."""
    return _control_frame(PING, payload)


def pong_frame(payload: bytes = b"") -> bytes:
    """Return the answer to a ping, which repeats its payload; raises ValueError above 125 bytes (RFC 6455 §5.5.3)."""
    return _control_frame(PONG, payload)


def close_frame(code: int = NO_STATUS, reason: str = "") -> bytes:
    """Return a close frame; 1005 gives one without a code. The reason is cut to 123 bytes of UTF-8 (RFC 6455 §5.5.1).

    Raises ValueError for a code that must not be sent (§7.4).
    """
    if code == NO_STATUS:
        return _control_frame(CLOSE, b"")
    if not (code in _WIRE_CODES or 3000 <= code <= 4999):
        raise ValueError(f"close code {code} must not be sent")
    text = reason.encode()[:123].decode(errors="ignore").encode()
    return _control_frame(CLOSE, code.to_bytes(2, "big") + text)


def _long_head(opcode: int, size: int) -> bytes:
    if size < 0x10000:
        return _medium_head(0x80 | opcode, 126, size)
    return _large_head(0x80 | opcode, 127, size)


def _control_frame(opcode: int, payload: bytes) -> bytes:
    if len(payload) > 125:
        raise ValueError("a control frame holds at most 125 bytes")
    return bytes((0x80 | opcode, len(payload))) + payload
