"""The values of a transcript: what is written for those that differ from run to run, and whether two of them agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes import NOW

_VALUE = re.compile(r"\$(?P<kind>[a-z]+)(?::(?P<label>[\w -]+))?")
_REPEAT = re.compile(r"\$repeat:(?P<unit>.+):(?P<times>\d+)", re.DOTALL)

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_KINDS: dict[str, Any] = {
    "session": lambda value: isinstance(value, str) and re.fullmatch(r"[0-9a-f]{32}", value),
    "token": lambda value: isinstance(value, str) and len(value) >= 8,
    "id": lambda value: type(value) is int and 0 < value < 2**53,
    "seq": lambda value: type(value) is int and value >= 0,
    "peer": lambda value: isinstance(value, str) and re.fullmatch(r"[\w-]{32}", value),
    "sid": lambda value: isinstance(value, str) and re.fullmatch(r"[\w-]{32}", value),
    "a": lambda value: isinstance(value, str) and re.fullmatch(r"[\w-]{44}", value),
    "text": lambda value: isinstance(value, str) and value,
    "img": lambda value: isinstance(value, str) and re.fullmatch(r"img:[\w-]{20}/[\w-]{12}/picture\.png", value),
    "integer": lambda value: type(value) is int,
    "figures": lambda value: isinstance(value, dict) and all(type(each) is int for each in value.values()),
    "png": lambda value: isinstance(value, str) and "PNG" in value,
    "epoch": lambda value: isinstance(value, str) and value,
    "room": lambda value: isinstance(value, str) and re.fullmatch(r"[a-z]{4}-[a-z]{4}-[a-z]{4}|[0-9]{9}", value),
    "uuid": lambda value: isinstance(value, str) and _UUID.fullmatch(value),
    "hex": lambda value: isinstance(value, str) and re.fullmatch(r"[0-9a-f]+", value),
    "letters": lambda value: isinstance(value, str) and re.fullmatch(r"[a-z]{16}", value),
}

_TIMES: dict[str, Callable[[float], Any]] = {
    "ms": lambda moment: int(moment * 1000),
    "s": int,
    "time": lambda moment: datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
}


class Mismatch(AssertionError):  # noqa: N818 - a finding, not a fault
    """What happened is not what the transcript says."""


@dataclass
class Values:
    """What was bound so far in one conversation, by kind and label.

    Attributes:
        token: makes the token of a label (`$jwt:label`).
        moments: Unix seconds at which the clock has stood so far, the present one last.
        bound: the values, by `kind:label`.
    """

    token: Callable[[str], str]
    moments: list[float] = field(default_factory=lambda: [NOW])
    bound: dict[str, Any] = field(default_factory=dict)

    def filled(self, value: Any) -> Any:
        """Return a value to send, with what is bound and what is long in its places."""
        if isinstance(value, dict):
            return {key: self.filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        if repeat := _REPEAT.fullmatch(value):
            return repeat["unit"] * int(repeat["times"])
        name = value[1:]
        if name.startswith("jwt:"):
            return self.token(name[4:])
        if name not in self.bound:
            raise Mismatch(f"nobody was told {value}")
        return self.bound[name]

    def in_address(self, path: str) -> str:
        """Return an address; what is bound may stand anywhere in it."""
        return _VALUE.sub(lambda found: str(self.bound.get(found[0][1:], found[0])).removeprefix("img:"), path)

    def in_stream(self, expected: str) -> str:
        """Return a block of an event stream; what is bound may stand anywhere in a line."""
        return _VALUE.sub(lambda found: str(self.filled(found[0])), expected)

    def compare(self, expected: Any, actual: Any, whole: str, path: str = "$") -> None:
        """Bind what is met for the first time. Raises Mismatch at the first difference, which quotes `whole`."""
        if isinstance(expected, dict) and isinstance(actual, dict):
            if expected.keys() != actual.keys():
                odd = sorted(expected.keys() ^ actual.keys())
                raise Mismatch(f"{path} differs in {', '.join(odd)}; received {whole}")
            for key, each in expected.items():
                self.compare(each, actual[key], whole, f"{path}.{key}")
        elif isinstance(expected, list) and isinstance(actual, list):
            if len(expected) != len(actual):
                raise Mismatch(f"{path} has {len(actual)} entries; received {whole}")
            for at, (one, other) in enumerate(zip(expected, actual, strict=True)):
                self.compare(one, other, whole, f"{path}[{at}]")
        elif isinstance(expected, str) and (value := _VALUE.fullmatch(expected)):
            self._compare_value(value["kind"], value["label"], actual, path, whole)
        elif type(expected) is not type(actual) or expected != actual:
            raise Mismatch(f"{path} is {actual!r}, not {expected!r}; received {whole}")

    def _compare_value(self, kind: str, label: str | None, actual: Any, path: str, whole: str) -> None:
        if kind == "greater":
            expected = max(self.filled(f"$session:{who}") for who in str(label).split())
            if actual != expected:
                raise Mismatch(f"{path} is not the greater session of {label}; received {whole}")
            return
        if kind == "either":
            if actual not in [self.filled(f"$uuid:{who}") for who in str(label).split()]:
                raise Mismatch(f"{path} is neither of {label}; received {whole}")
            return
        if kind in _TIMES:
            later_s = int(label.removeprefix("in ")) if label else 0
            if type(actual) is bool or actual not in [_TIMES[kind](moment + later_s) for moment in self.moments]:
                raise Mismatch(f"{path} is {actual!r}, {later_s} s after no moment of this; received {whole}")
            return
        if not _KINDS[kind](actual):
            raise Mismatch(f"{path} is no {kind}: {actual!r}; received {whole}")
        if label is None:
            return
        name = f"{kind}:{label}"
        if name not in self.bound:
            namesakes = [
                other for other, value in self.bound.items() if value == actual and other.startswith(f"{kind}:")
            ]
            if namesakes:
                raise Mismatch(f"{path} is {namesakes[0]}, not a new {name}; received {whole}")
            self.bound[name] = actual
        elif self.bound[name] != actual:
            raise Mismatch(f"{path} is {actual!r}, not {kind}:{label}; received {whole}")
