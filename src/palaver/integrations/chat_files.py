"""Chat written down in plain text files, one per channel and one per pair of users (BareRTC §3.17).

Which messages are said to whom is known to the hub; here they become lines. Lines are written by a thread, in order.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import structlog

from palaver.core.chat import Direct, Message
from palaver.core.ids import RoomId
from palaver.core.names import fold

log = structlog.get_logger()

FLUSH_S = 0.2
LINES_WAITING = 20_000
"""Where the disk is slower than people talk for so long, further lines are left out, and the log says so."""
BROKEN_KNOWN = 1_000
"""So many files that cannot be written to are known at a time, so that each folder is told of once."""
NAME_BYTES = 120

_UNSAFE = re.compile(r"[^\w.@+ -]|^\.")
_BREAKS = {
    ord("\\"): "\\\\",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    0x0B: "\\v",
    0x0C: "\\f",
    0x85: "\\n",
    0x2028: "\\n",
    0x2029: "\\n",
}


class ChatFiles:
    """Writes down what is said in some channels of one room, and to and by some people alone.

    Args:
        directory: where the files are; made when the first line is written.
        channels: by id.
        people: handles whose direct messages are written down, in a folder for each.
    """

    def __init__(self, directory: Path, room: RoomId, channels: Collection[str], people: Collection[str]) -> None:
        self._directory = directory
        self._room = room
        self._channels = frozenset(channels)
        self._people = {fold(name): name for name in people}
        self._waiting: list[tuple[Path, str]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Future[None] | None = None
        self._broken: set[Path] = set()
        self._is_closing = False

    def note(self, message: Message) -> None:
        """Write a message down, where it is one of those that are wanted. Never waits, never fails."""
        if not message.text:
            return
        files = self._files_of(message)
        if not files:
            return
        if len(self._waiting) + len(files) > LINES_WAITING:
            self._complain(self._directory, "too much is waiting to be written")
            return
        line = _line(message)
        self._waiting += [(file, line) for file in files]
        if self._timer is None and self._writing is None and not self._is_closing:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_S, self._flush)

    async def close(self) -> None:
        """Write what waits."""
        self._is_closing = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._writing is not None or self._waiting:
            if self._writing is None:
                self._flush()
            writing = self._writing
            assert writing is not None
            await writing
            self._written(writing)

    def _files_of(self, message: Message) -> list[Path]:
        place = message.place
        if not isinstance(place, Direct):
            wanted = place.room == self._room and place.channel in self._channels
            return [self._directory / f"{file_name(place.channel)}.txt"] if wanted else []
        ends = (message.author.handle, place.to.handle)
        pairs = (ends, ends[::-1]) if ends[0] != ends[1] else (ends,)
        return [
            self._directory / f"@{file_name(self._people[fold(one)])}" / f"{file_name(other)}.txt"
            for one, other in pairs
            if fold(one) in self._people
        ]

    def _flush(self) -> None:
        self._timer = None
        lines, self._waiting = self._waiting, []
        self._writing = asyncio.get_running_loop().run_in_executor(None, self._write, lines)
        self._writing.add_done_callback(self._written)

    def _written(self, done: asyncio.Future[None]) -> None:
        if self._writing is not done:
            return
        self._writing = None
        if self._waiting and self._timer is None and not self._is_closing:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_S, self._flush)

    def _write(self, lines: list[tuple[Path, str]]) -> None:
        """Append lines to their files; one that cannot be written to costs no line of the others."""
        by_file: dict[Path, list[str]] = {}
        for file, line in lines:
            by_file.setdefault(file, []).append(line)
        for file, texts in by_file.items():
            try:
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with file.open("a", encoding="utf-8", errors="replace") as appended:
                    appended.writelines(texts)
            except OSError as problem:
                self._complain(file, problem.strerror or "it cannot be written")
            else:
                if self._broken & {file, self._directory}:
                    good = {file.parent, self._directory.parent}
                    self._broken = {each for each in self._broken if each.parent not in good}

    def _complain(self, path: Path, problem: str) -> None:
        """Tell of a file, once for all that are broken in its folder."""
        if not any(each.parent == path.parent for each in self._broken):
            log.error("chat_not_written_down", path=str(path), problem=problem)
        if len(self._broken) < BROKEN_KNOWN:
            self._broken.add(path)


def file_name(name: str) -> str:
    """Return a name as one part of a path, whatever it holds: all but letters, digits and a few signs percent-encoded."""
    encoded = _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode(errors="replace")), name)
    return encoded.encode()[:NAME_BYTES].decode(errors="ignore") or "_"


def _line(message: Message) -> str:
    text = message.text.translate(_BREAKS)
    if message.edited_ms:
        text += " (edited)"
    when = datetime.fromtimestamp((message.edited_ms or message.sent_ms) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{when} [{message.author.handle}] {text}\n"
