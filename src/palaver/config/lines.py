"""Knows on which line of a TOML text each key stands; what the values are is `tomllib`'s business."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left

Path = tuple[str | int, ...]
"""Where a value stands: keys, and positions in lists from 0: `("PublicChannels", 1, "ID")`."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def key_lines(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every key, table and list element of a text that `tomllib` has accepted."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._lengths: dict[Path, int] = {}
        self._lines: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> Path:
        line = self._line()
        is_list = self._text.startswith("[[", self._at)
        self._at += 2 if is_list else 1
        keys = self._key()
        self._at += 2 if is_list else 1
        path = self._resolve(keys[:-1]) + keys[-1:]
        if is_list:
            position = self._lengths.get(path, 0)
            self._lengths[path] = position + 1
            self._note(path, line)
            path += (position,)
        else:
            path = self._resolve(keys)
        self._note(path, line)
        return path

    def _resolve(self, keys: Path) -> Path:
        """Insert the positions: below a list of tables, a header speaks of the last table so far."""
        path: Path = ()
        for key in keys:
            path += (key,)
            if path in self._lengths:
                path += (self._lengths[path] - 1,)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        keys = self._key()
        for end in range(1, len(keys) + 1):
            self._note(table + keys[:end], line)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(table + keys)

    def _key(self) -> Path:
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            if match := _BARE_KEY.match(self._text, self._at):
                keys.append(match.group())
            elif match := _STRING.match(self._text, self._at):
                keys.append(tomllib.loads(f"key = {match.group()}")["key"])
            else:
                raise AssertionError(f"no key at line {self._line()}")
            self._at = match.end()
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return tuple(keys)
            self._at += 1

    def _value(self, path: Path) -> None:
        opening = self._text[self._at]
        if opening == "[":
            self._list(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            match = _STRING.match(self._text, self._at) or _SCALAR.match(self._text, self._at)
            self._at = match.end() if match else self._at

    def _list(self, path: Path) -> None:
        position = 0
        self._at += 1
        while not self._closes("]"):
            self._note((*path, position), self._line())
            self._value((*path, position))
            position += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while not self._closes("}"):
            self._pair(path)

    def _closes(self, bracket: str) -> bool:
        """Pass blanks and one comma; say whether the bracket follows, and pass it too."""
        self._skip(_BLANK)
        if self._text.startswith(",", self._at):
            self._at += 1
            self._skip(_BLANK)
        if not self._text.startswith(bracket, self._at):
            return False
        self._at += 1
        return True

    def _skip(self, blanks: re.Pattern[str]) -> None:
        match = blanks.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _note(self, path: Path, line: int) -> None:
        self._lines.setdefault(path, line)

    def _line(self) -> int:
        return bisect_left(self._ends, self._at) + 1
