"""Reads what operators type: a message that begins with a slash and a known word is a command (§4)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from palaver.core.base import Command
from palaver.core.errors import Invalid
from palaver.core.moderation import DEFAULT_BAN_HOURS, BanPerson, Kick, LiftBan, ListBans, StopCamera
from palaver.core.participants import ByHandle
from palaver.core.sessions import Keepalive
from palaver.dialects.barertc.memory import Memory
from palaver.dialects.base import Request

MAX_COMMAND_CHARS = 1_000

_COMMAND = re.compile(r"/(?P<word>[a-z][a-z-]*)(?:\s+(?P<rest>.*))?", re.DOTALL | re.IGNORECASE)


class Usage(Invalid):
    """A command that lacks something, or that does not exist."""

    code = "usage"
    sentence = "{text}"


class Line:
    """A command line: its word and its arguments."""

    __slots__ = ("arguments", "memory", "word")

    def __init__(self, word: str, arguments: list[str], memory: Memory) -> None:
        self.word = word
        self.arguments = arguments
        self.memory = memory

    @property
    def name(self) -> str:
        """Return the person who is meant, without the `@` that some put before. Raises Usage where nobody is named."""
        name = self.arguments[0].removeprefix("@") if self.arguments else ""
        if not name:
            raise Usage(text=f"Usage: {USAGES[self.word]}")
        return name

    @property
    def target(self) -> ByHandle:
        """Return the same as a target in the room."""
        return ByHandle(self.name, self.memory.room)


def command_of(text: str, memory: Memory) -> list[Request] | None:
    """Return what a line of an operator asks for; None for text that is to be posted.

    Raises Usage for a command that cannot be understood: nothing that was meant as a command is shown to the room (T24).
    """
    if not memory.runs_room or not text.startswith("/"):
        return None
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return None
    word, rest = found["word"].lower(), found["rest"] or ""
    if word not in COMMANDS:
        raise Usage(text=f"There is no command /{word[:64]}. Type /help for a list.")
    if len(rest) > MAX_COMMAND_CHARS:
        raise Usage(text="That command is too long.")
    try:
        arguments = shlex.split(rest)
    except ValueError:
        raise Usage(text="A quotation mark is not closed in that command.") from None
    return [Request(COMMANDS[word](Line(word, arguments, memory)), f"/{word}")]


def _kick(line: Line) -> Command:
    seat = line.memory.seat
    if seat is not None and line.name == seat.handle:
        raise Usage(text="Did you really mean to kick yourself?")
    return Kick(line.memory.room, line.target)


def _ban(line: Line) -> Command:
    hours = line.arguments[1] if len(line.arguments) > 1 else ""
    # What is no number of hours is passed over, as it always was.
    given = int(hours) if re.fullmatch(r"[1-9][0-9]{0,4}", hours) else DEFAULT_BAN_HOURS
    return BanPerson(line.memory.room, line.target, float(given))


def _unban(line: Line) -> Command:
    return LiftBan(line.memory.room, line.name)


def _bans(line: Line) -> Command:
    return ListBans(line.memory.room)


def _cut(line: Line) -> Command:
    return StopCamera(line.memory.room, line.target)


def _help(line: Line) -> Command:
    return Keepalive()


COMMANDS: dict[str, Callable[[Line], Command]] = {
    "help": _help,
    "help-advanced": _help,
    "kick": _kick,
    "ban": _ban,
    "unban": _unban,
    "bans": _bans,
    "cut": _cut,
}
"""Word → what it asks for."""

USAGES = {
    "kick": "/kick username",
    "ban": "/ban username [hours]",
    "unban": "/unban username",
    "bans": "/bans",
    "cut": "/cut username",
    "help": "/help",
    "help-advanced": "/help-advanced",
}
_MEANINGS = {
    "kick": "remove somebody from the room",
    "ban": "remove somebody and keep them out, for 24 hours if not said otherwise",
    "unban": "end a ban",
    "bans": "list who is banned",
    "cut": "turn somebody's camera off",
    "help": "this list",
    "help-advanced": "the commands that are rarely needed",
}
HELP = "Commands of operators:\n\n" + "\n".join(f"* `{USAGES[word]}`: {_MEANINGS[word]}" for word in USAGES)
"""In Markdown."""
