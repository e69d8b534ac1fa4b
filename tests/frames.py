"""WebSocket frames by hand (RFC 6455 §5.2): a client's, made well or badly, and a server's, read."""

from __future__ import annotations

import asyncio
import struct

PATIENCE_S = 20.0
MASK = b"\x37\xfa\x21\x3d"
CLOSE = 8


def masked(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, mask: bytes = MASK) -> bytes:
    """Return a client's frame."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    size = len(payload)
    if size < 126:
        head = struct.pack(">BB", first, 0x80 | size)
    elif size < 0x10000:
        head = struct.pack(">BBH", first, 0xFE, size)
    else:
        head = struct.pack(">BBQ", first, 0xFF, size)
    return head + mask + bytes(byte ^ mask[i & 3] for i, byte in enumerate(payload))


async def next_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one frame of a server: its opcode and payload."""
    async with asyncio.timeout(PATIENCE_S):
        first, size = await reader.readexactly(2)
        if size > 125:
            form = ">H" if size == 126 else ">Q"
            (size,) = struct.unpack(form, await reader.readexactly(struct.calcsize(form)))
        return first & 15, await reader.readexactly(size)


async def next_close(reader: asyncio.StreamReader) -> int:
    """Read frames of a server up to its close frame; return its code."""
    while True:
        opcode, payload = await next_frame(reader)
        if opcode == CLOSE:
            return int.from_bytes(payload[:2], "big")
