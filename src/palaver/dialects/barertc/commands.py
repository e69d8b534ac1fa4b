"""Reads what operators type: a message that begins with a slash and a known word is a command (§4)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from palaver.core.base import Command
from palaver.core.errors import Invalid
from palaver.core.media import MarkExplicit
from palaver.core.moderation import (
    DEFAULT_BAN_HOURS,
    BanPerson,
    HearEverybody,
    Kick,
    LiftBan,
    ListBans,
    SetOperator,
    SignEverybodyOut,
    StopCamera,
)
from palaver.core.operations import ReloadSettings, Restart
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


def _nsfw(line: Line) -> Command:
    return MarkExplicit(line.memory.room, line.target)


def _op(line: Line) -> Command:
    return SetOperator(line.memory.room, line.target, on=True)


def _deop(line: Line) -> Command:
    return SetOperator(line.memory.room, line.target, on=False)


def _unmute_all(line: Line) -> Command:
    return HearEverybody()


def _kickall(line: Line) -> Command:
    return SignEverybodyOut()


def _reconfigure(line: Line) -> Command:
    return ReloadSettings()


def _shutdown(line: Line) -> Command:
    return Restart()


def _help(line: Line) -> Command:
    return Keepalive()


COMMANDS: dict[str, Callable[[Line], Command]] = {
    "help": _help,
    "help-advanced": _help,
    "kick": _kick,
    "ban": _ban,
    "unban": _unban,
    "bans": _bans,
    "nsfw": _nsfw,
    "cut": _cut,
    "unmute-all": _unmute_all,
    "op": _op,
    "deop": _deop,
    "kickall": _kickall,
    "reconfigure": _reconfigure,
    "shutdown": _shutdown,
}
"""Word → what it asks for."""

USAGES = {
    "kick": "/kick username",
    "ban": "/ban username [hours]",
    "unban": "/unban username",
    "bans": "/bans",
    "nsfw": "/nsfw username",
    "cut": "/cut username",
    "unmute-all": "/unmute-all",
    "help": "/help",
    "help-advanced": "/help-advanced",
    "op": "/op username",
    "deop": "/deop username",
    "kickall": "/kickall",
    "reconfigure": "/reconfigure",
    "shutdown": "/shutdown",
}
_MEANINGS = {
    "kick": "remove somebody from the room",
    "ban": "remove somebody and keep them out, for 24 hours if not said otherwise",
    "unban": "end a ban",
    "bans": "list who is banned",
    "nsfw": "mark somebody's camera explicit",
    "cut": "turn somebody's camera off",
    "unmute-all": "hear everybody again, and be heard",
    "help": "this list",
    "help-advanced": "the commands that are rarely needed",
    "op": "let somebody run the chat until they leave",
    "deop": "end that",
    "kickall": "sign everybody out",
    "reconfigure": "read the settings anew",
    "shutdown": "restart the server",
}
_ADVANCED = frozenset({"op", "deop", "kickall", "reconfigure", "shutdown"})


def help_text(*, advanced: bool) -> str:
    """Return the list of commands, in Markdown: those without much harm in them, or the others."""
    words = [word for word in USAGES if (word in _ADVANCED) == advanced]
    return "Commands of operators:\n\n" + "\n".join(f"* `{USAGES[word]}`: {_MEANINGS[word]}" for word in words)
