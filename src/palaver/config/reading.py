"""Knows how a settings file becomes `Settings`, or a list of all that is wrong with it; writes nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from palaver.config.contradictions import contradictions
from palaver.config.lines import Path, key_lines
from palaver.config.options import Option, OptionTable, default_of, heading, option_of, plain, table_of
from palaver.config.settings import Settings
from palaver.config.suggestions import unknown, wrong_kind
from palaver.config.syntax import explained

LARGEST_NUMBER = 2**53 - 1
SMALLEST_NUMBER = 1e-6
"""Beyond these, waits and sizes that are made of a number are none any more."""
TableT = TypeVar("TableT", bound=OptionTable)


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong in a file.

    Attributes:
        file: the file's name, without its folder.
        line: from 1; 0 when the whole file is meant.
        sentence: what is wrong and what to write instead; never a secret's value.
    """

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}" if self.line else f"{self.file}: {self.sentence}"


class Idle(msgspec.Struct, frozen=True, order=True):
    """A key that was set to something else than its default, and has no effect."""

    line: int
    name: str
    effect: str


class Reading(msgspec.Struct, frozen=True):
    """What came of a file: settings in which whatever was wrong has its default, the problems, the idle keys."""

    settings: Settings
    problems: tuple[Problem, ...] = ()
    idle: tuple[Idle, ...] = ()


def read_file(path: FilePath) -> Reading:
    """Read a settings file; one that cannot be read is one problem."""
    try:
        if path.exists() and not path.is_file():
            # Reading a pipe would wait for ever for whoever writes to it.
            return Reading(Settings(), (Problem(path.name, 0, "cannot be read: it is no regular file"),))
        # Editors of Windows put a mark at the beginning, which the original passed over, too.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = f"is not UTF-8 text ({error.reason}); save it in that encoding"
        return Reading(Settings(), (Problem(path.name, line, problem),))
    except OSError as error:
        return Reading(Settings(), (Problem(path.name, 0, f"cannot be read: {error.strerror}: {path}"),))
    return read_text(text, path.name, path.parent)


def read_text(text: str, file: str = "settings.toml", folder: FilePath | None = None) -> Reading:
    """Read a settings file's text; every problem in it is told, not just the first.

    Args:
        text: of the file.
        file: its name, for problems.
        folder: the data directory, to see whether files that are named exist; None does not look.
    """
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return Reading(Settings(), (Problem(file, *explained(error, text)),))
    reader = _Reader(key_lines(text), file)
    settings = reader.table(Settings, raw, ())
    if not reader.problems:
        for path, sentence in contradictions(settings, folder):
            reader.complain(path, sentence)
    return Reading(settings, tuple(sorted(reader.problems)), tuple(sorted(reader.idle)))


def name_of(path: Path) -> str:
    """Return a path as people write it: `[JWT] SecretKey`, `[[PublicChannels]] ID`, `Title`."""
    *tables, key = (part for part in path if isinstance(part, str))
    in_list = any(isinstance(part, int) for part in path[:-1])
    return f"{heading(tuple(tables), in_list)} {key}".strip()


class _Reader:
    """Goes through the tables and collects what is wrong."""

    def __init__(self, lines: dict[Path, int], file: str) -> None:
        self.problems: list[Problem] = []
        self.idle: list[Idle] = []
        self._lines = lines
        # Contradictions name options as the documentation spells them, which the file need not.
        self._spelled = {_folded(path): line for path, line in reversed(lines.items())}
        self._file = file

    def table(self, table: type[TableT], raw: dict[str, Any], path: Path) -> TableT:
        """Return a table in which whatever is wrong or absent has its default."""
        fields = {field.encode_name.lower(): field for field in msgspec.structs.fields(table)}
        values: dict[str, Any] = {}
        for key, value in raw.items():
            here = (*path, key)
            field = fields.get(key.lower())
            if field is None:
                self.complain(here, unknown(key, tuple(part for part in path if isinstance(part, str)), value))
            elif field.name in values:
                self.complain(here, f"{name_of(here)} stands here twice, in different spelling; keep one")
            else:
                self._read(values, field, value, here)
        for field in fields.values():
            if field.required and field.name not in values:
                values[field.name] = ""
                if field.encode_name.lower() not in (key.lower() for key in raw):
                    self.complain(path, f"{name_of((*path, field.encode_name))} is missing")
        return table(**values)

    def complain(self, path: Path, sentence: str) -> None:
        """Note a problem with what stands at a path, or, where nothing stands, with what is around it."""
        while path and _folded(path) not in self._spelled:
            path = path[:-1]
        line = self._lines.get(path) or self._spelled.get(_folded(path), 0)
        self.problems.append(Problem(self._file, line, sentence))

    def _read(self, values: dict[str, Any], field: msgspec.structs.FieldInfo, raw: Any, path: Path) -> None:
        """Put a field's value among the others, unless it is wrong."""
        kind = plain(field.type)
        inner = table_of(kind)
        if inner is not None and inner is kind:
            if self._is_kind(dict, raw, path):
                values[field.name] = self.table(inner, raw, path)
            return
        if inner is not None:
            values[field.name] = self._tables(kind, inner, raw, path)
        else:
            good = self._option(kind, option_of(field.type), raw, path)
            if not good:
                return
            values[field.name] = _as_kind(kind, raw)
        self._note_idle(field, values[field.name], path)

    def _tables(self, tables: Any, inner: type[TableT], raw: Any, path: Path) -> tuple[TableT, ...]:
        if not self._is_kind(tables, raw, path):
            return ()
        places = [(*path, position) for position in range(len(raw))]
        return tuple(
            self.table(inner, one, place)
            for one, place in zip(raw, places, strict=True)
            if self._is_kind(dict, one, place)
        )

    def _option(self, kind: Any, option: Option, raw: Any, path: Path) -> bool:
        """Judge one option's value; True when it is good."""
        if get_origin(kind) in {tuple, dict}:
            return self._is_kind(kind, raw, path) and self._options(kind, option, raw, path)
        if not self._is_kind(kind, raw, path):
            return False
        return self._is_good(_number(option, raw), path) and self._is_good(_rule(option, raw), path, raw)

    def _options(self, kind: Any, option: Option, raw: Any, path: Path) -> bool:
        """Judge every element, also after a bad one."""
        if isinstance(raw, dict):
            return not [key for key, one in raw.items() if not self._pattern_line(kind, option, key, one, path)]
        return not [at for at, one in enumerate(raw) if not self._option(get_args(kind)[0], option, one, (*path, at))]

    def _pattern_line(self, kind: Any, option: Option, key: str, raw: Any, path: Path) -> bool:
        here = (*path, key)
        return self._is_good(_rule(option, key), here) and self._is_kind(get_args(kind)[1], raw, here)

    def _is_kind(self, kind: Any, raw: Any, path: Path) -> bool:
        return self._is_good(wrong_kind(kind, raw), path)

    def _is_good(self, complaint: str | None, path: Path, raw: Any = None) -> bool:
        if complaint:
            # One of several values on a line is shown; a value that stands alone may hold a password.
            which = f' "{raw}"' if path and isinstance(path[-1], int) and isinstance(raw, str) else ""
            self.complain(path, f"{name_of(path)}{which} {complaint}")
        return complaint is None

    def _note_idle(self, field: msgspec.structs.FieldInfo, value: Any, path: Path) -> None:
        option = option_of(field.type)
        if option.effect.idle and not option.secret and value != default_of(field):
            self.idle.append(Idle(self._lines.get(path, 0), name_of(path), option.effect.value))


def _folded(path: Path) -> Path:
    return tuple(part.lower() if isinstance(part, str) else part for part in path)


def _as_kind(kind: Any, raw: Any) -> Any:
    if get_origin(kind) is tuple:
        return tuple(raw)
    return float(raw) if kind is float else raw


def _number(option: Option, raw: Any) -> str | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    if raw < option.minimum:
        return f"is {raw}; it must be {option.minimum} or more" + ("" if option.minimum else " (0 is off)")
    if 0 < raw < SMALLEST_NUMBER:
        return f"is too small; {SMALLEST_NUMBER:f} is the smallest, 0 is off"
    return None if raw <= LARGEST_NUMBER else f"is too large; {LARGEST_NUMBER} is the largest, 0 is off"


def _rule(option: Option, raw: Any) -> str | None:
    check: Callable[[Any], str | None] | None = option.check
    return check(raw) if check else None
