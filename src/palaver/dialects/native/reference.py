"""Knows how `docs/dialects/native-words.md` is made from the definitions of the words.

`python -m palaver.dialects.native.reference docs/dialects/native-words.md` writes it; what the words mean together stands in
`docs/dialects/native.md`, which people write.
"""

from __future__ import annotations

import enum
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, NewType, Union, get_args, get_origin, get_type_hints

import msgspec

from palaver.core import calls, chat, devices, media, moderation, rooms, sessions, waiting
from palaver.core.base import Command, Done, Outcome
from palaver.dialects.native.wire import UNTOLD, Answer, Ask, Told

_HEAD = """\
# Every word of palaver.v1

This page is made from the definitions by `make docs`; do not edit it. How the words belong together, with an example of
each, stands in [the reference of the wire](native.md).

The word is the `type` of an ask, an outcome or an event. A field may be left out where it has its default; *needed* means
that it has none, *absent* that leaving it out says something of its own: in an ask, that nothing changes there. A `null`
counts where it is named. A message id is an integer below 2⁵³; session ids, names, devices and keys are strings.
"""

ANSWERS: dict[type[Command], tuple[type[Outcome], ...]] = {
    sessions.Identify: (sessions.Identified,),
    sessions.Resume: (sessions.Resumed,),
    sessions.SignOut: (),
    sessions.RenewToken: (sessions.TokenRenewed,),
    rooms.ListRooms: (rooms.Rooms,),
    rooms.CreateRoom: (rooms.Created,),
    rooms.JoinRoom: (sessions.Joined, waiting.Waiting),
    chat.PostMessage: (chat.Posted,),
    chat.FetchHistory: (chat.HistoryPage,),
    calls.FetchIceServers: (calls.IceServers,),
    media.OpenCamera: (Done, media.OpenedAnyway),
    moderation.ListBans: (moderation.Bans,),
    moderation.HearEverybody: (moderation.Heard,),
    devices.ListDevices: (devices.Devices,),
}
"""With which outcomes an ask succeeds, where that is not `done` alone."""

_NAMED: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", msgspec.Raw: "any JSON"}
_IDS = {"RoomId": "room name", "ChannelId": "channel name", "PersonKey": "key of a person"}
_ATTRIBUTE = re.compile(r"^ {4}(?P<field>\w+): (?P<meaning>.*(?:\n {6,}.*)*)", re.MULTILINE)


def reference() -> str:
    """Return the text of `docs/dialects/native-words.md`."""
    sections = (("Asks", get_args(Ask)), ("Outcomes", get_args(Answer)), ("Events", get_args(Told)))
    parts = [_HEAD]
    for title, words in sections:
        parts.append(f"## {title}\n")
        parts += map(_section, words)
    parts.append("## What they hold\n")
    parts += map(_section, _shapes([*get_args(Ask), *get_args(Answer), *get_args(Told)]))
    return "\n".join(parts)


def _shapes(words: list[Any]) -> list[Any]:
    """Return the structs that words hold, and those that these hold, by name."""
    found: dict[Any, None] = {}
    ahead = list(words)
    while ahead:
        for inner in _structs(ahead.pop()):
            if inner not in words and inner not in found:
                found[inner] = None
                ahead.append(inner)
    return sorted(found, key=lambda kind: kind.__name__)


def _structs(kind: Any) -> Iterator[Any]:
    for field, hint in _hints(kind).items():
        if field not in UNTOLD.get(kind, ()):
            yield from _within(hint)


def _within(hint: Any) -> Iterator[Any]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for part in get_args(hint):
        yield from _within(part)


def _section(kind: Any) -> str:
    text, meanings = _explained(kind)
    lines = [f"### {_name(kind)}", "", text]
    if issubclass(kind, Command):
        said = " or ".join(map(_link, ANSWERS.get(kind, (Done,))))
        lines += ["", f"Answered with {said}." if said else "Not answered: the connection closes."]
    if rows := [*_tag(kind), *_rows(kind, meanings)]:
        lines += ["", "| field | is | default | |", "|---|---|---|---|", *rows]
    return "\n".join(lines) + "\n"


def _name(kind: Any) -> str:
    """Return the word of a kind; a shape has none, and goes by its name."""
    config = kind.__struct_config__
    return str(config.tag) if config.tag_field == "type" else kind.__name__


def _link(kind: Any) -> str:
    return f"[{_name(kind)}](#{_name(kind).lower()})"


def _explained(kind: Any) -> tuple[str, dict[str, str]]:
    """Return what a docstring says of a kind, and of its fields."""
    text, _, below = inspect.cleandoc(kind.__doc__ or "").partition("\nAttributes:\n")
    meanings = {match["field"]: _sentence(match["meaning"]) for match in _ATTRIBUTE.finditer(below)}
    return "\n\n".join(map(_sentence, text.strip().split("\n\n"))), meanings


def _sentence(text: str) -> str:
    """Return a text in one line, with the words of the wire for the names of the code."""
    known = {each.__name__: _name(each) for union in (Ask, Answer, Told) for each in get_args(union)}
    return re.sub(r"`(\w+)`", lambda named: f"`{known.get(named[1], named[1])}`", " ".join(text.split()))


def _tag(kind: Any) -> list[str]:
    config = kind.__struct_config__
    if config.tag_field in {None, "type"}:
        return []
    return [f'| `{config.tag_field}` | `"{config.tag}"` | needed | |']


def _rows(kind: Any, meanings: dict[str, str]) -> Iterator[str]:
    hints = _hints(kind)
    for field in msgspec.structs.fields(kind):
        if field.name not in UNTOLD.get(kind, ()):
            cells = (f"`{field.name}`", _type(hints[field.name]), _default(field), meanings.get(field.name, ""))
            yield f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _hints(kind: Any) -> dict[str, Any]:
    return {name: hint for name, hint in get_type_hints(kind, include_extras=True).items() if name[0] != "_"}


def _type(hint: Any) -> str:
    """Return a type in the words of JSON."""
    origin = get_origin(hint)
    if isinstance(hint, NewType):
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", hint.__name__).lower()
        return _IDS.get(hint.__name__, spaced.replace("device id", "device"))
    if origin is Annotated:
        return _type(get_args(hint)[0])
    if origin in {tuple, frozenset}:
        return f"list of {_type(get_args(hint)[0])}"
    if origin is dict:
        return "object"
    if origin in {UnionType, Union}:
        told = dict.fromkeys("`null`" if part is type(None) else _type(part) for part in _said(hint))
        return " or ".join(told)
    if issubclass(hint, enum.Enum):
        return "one of " + ", ".join(f"`{choice.value}`" for choice in hint)
    return _NAMED[hint] if hint in _NAMED else _link(hint)


def _said(hint: Any) -> list[Any]:
    return [part for part in get_args(hint) if part is not msgspec.UnsetType]


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "needed"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return "absent" if value is msgspec.UNSET else f"`{msgspec.json.encode(value).decode()}`"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
