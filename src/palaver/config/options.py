"""Knows how one option is described: its meaning, unit, effect and rule; the tables of options leave that to here."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_origin

import msgspec


class Effect(enum.Enum):
    """When a changed value is felt; the words stand in `docs/settings.md`."""

    RELOAD = "at SIGHUP"
    RESTART = "at a restart"
    LATER = "accepted, no effect yet"
    """Belongs to a part that is not built."""
    NEVER = "accepted, no effect"
    """Only old files need it."""

    @property
    def idle(self) -> bool:
        """Whether no change is ever felt."""
        return self in {Effect.LATER, Effect.NEVER}


class Names(enum.Enum):
    """What a path leads to."""

    FILE = "file"
    FOLDER = "folder"


Check = Callable[[Any], str | None]
"""A rule for one value: the complaint as a sentence that says what to write instead, or None."""


class Option(msgspec.Struct, frozen=True):
    """What stands beside a field's type in `Annotated`.

    Attributes:
        meaning: one sentence for the reference.
        unit: of a number, `""` for everything else.
        effect: when a change is felt.
        check: the rule for the value, or for each element of a list of values.
        minimum: of a number.
        names: what the value is the path of, below the data directory unless absolute; None where it is no path.
        secret: the value is shown nowhere, and an empty one is replaced by a random one at start.
    """

    meaning: str
    unit: str = ""
    effect: Effect = Effect.RELOAD
    check: Check | None = None
    minimum: int = 0
    names: Names | None = None
    secret: bool = False


class OptionTable(msgspec.Struct, frozen=True, kw_only=True):
    """One table of the file; fields are written in Python's case and renamed to the file's."""


_ACRONYMS = {
    "url": "URL",
    "urls": "URLs",
    "cors": "CORS",
    "api": "API",
    "nsfw": "NSFW",
    "id": "ID",
    "vip": "VIP",
    "dm": "DM",
    "jwt": "JWT",
    "turn": "TURN",
    "tls": "TLS",
    "ttl": "TTL",
    "barertc": "BareRTC",
    "sqlite": "SQLite",
    "websocket": "WebSocket",
}


def file_name(field: str) -> str:
    """Return the file's spelling of a field: `cors_hosts` becomes `CORSHosts`."""
    return "".join(_ACRONYMS.get(part) or part.capitalize() for part in re.findall(r"[a-z0-9]+", field))


def option_of(annotation: Any) -> Option:
    """Return the `Option` of a field's type; a field without one is a bug.

    Raises:
        LookupError: the field has no `Option`.
    """
    for extra in getattr(annotation, "__metadata__", ()):
        if isinstance(extra, Option):
            return extra
    raise LookupError(annotation)


class Entry(msgspec.Struct, frozen=True):
    """One option with its place.

    Attributes:
        table: the tables around it, outermost first; empty at the root.
        in_list: whether that table is one of a list (`[[PublicChannels]]`).
        kind: its type without the description.
        default: `msgspec.NODEFAULT` when it must be given.
    """

    table: tuple[str, ...]
    in_list: bool
    key: str
    kind: Any
    default: Any
    option: Option

    @property
    def keys(self) -> tuple[str, ...]:
        """Its tables, outermost first, and its key."""
        return (*self.table, self.key)

    @property
    def name(self) -> str:
        """The option as people write it: `[JWT] SecretKey`."""
        return f"{heading(self.table, self.in_list)} {self.key}".strip()


def heading(table: tuple[str, ...], in_list: bool) -> str:
    """Return a table's heading as it stands in the file; empty for the root."""
    dotted = ".".join(table)
    return (f"[[{dotted}]]" if in_list else f"[{dotted}]") if dotted else ""


def entries(table: type[OptionTable], path: tuple[str, ...] = (), in_list: bool = False) -> Iterator[Entry]:
    """Yield every option below a table, in the order of their definition, a table's own options before its tables."""
    below: list[tuple[type[OptionTable], str, bool]] = []
    for field in msgspec.structs.fields(table):
        kind = plain(field.type)
        inner = table_of(kind)
        if inner:
            below.append((inner, field.encode_name, inner is not kind))
        else:
            yield Entry(path, in_list, field.encode_name, kind, default_of(field), option_of(field.type))
    for inner, name, is_list in below:
        yield from entries(inner, (*path, name), is_list)


def value_at(table: OptionTable, keys: tuple[str, ...]) -> Any:
    """Return what stands at an entry's tables and key, below a table."""
    value: Any = table
    for key in keys:
        value = getattr(value, field_at(type(value), key))
    return value


def field_at(table: type[OptionTable], key: str) -> str:
    """Return the field that a key of the file is read into."""
    return next(field.name for field in msgspec.structs.fields(table) if field.encode_name == key)


def table_of(kind: Any) -> type[OptionTable] | None:
    """Return the table that a type is, or is a list of."""
    if get_origin(kind) is tuple:
        kind = get_args(kind)[0]
    return kind if isinstance(kind, type) and issubclass(kind, OptionTable) else None


def plain(annotation: Any) -> Any:
    """Return a field's type without its description."""
    return annotation.__origin__ if _described(annotation) else annotation


def _described(annotation: Any) -> bool:
    return hasattr(annotation, "__metadata__")


def default_of(field: msgspec.structs.FieldInfo) -> Any:
    """Return a field's default; `msgspec.NODEFAULT` when it must be given."""
    made = field.default_factory
    return field.default if made is msgspec.NODEFAULT else made()
