"""Knows the text of the files that are written on first run; leaves where and when to `loading`."""

from __future__ import annotations

import json
import re
import secrets
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from palaver.config.options import Entry, OptionTable, entries, heading
from palaver.config.settings import Settings

_HEAD = """\
# Settings of this Palaver server. docs/settings.md explains every option; this file is never rewritten.
# After a change: `palaver config check`, then send the server SIGHUP. 0 switches a limit off.
"""

_SECRETS_HEAD = """\
# Made by palaver: the secrets that settings.toml lacks. A value in settings.toml goes before the one here.
"""

_FIRST_RUN: dict[str, Any] = {"[JWT] Enabled": True, "[JWT] Strict": False}
"""Where a new server differs from BareRTC's defaults, safely, since its secret is random."""


def new_secret(name: str) -> str:
    """Return a random secret for an option: a UUID for `AdminAPIKey` as BareRTC has it, 48 random bytes for others."""
    return str(uuid.uuid4()) if name == "AdminAPIKey" else secrets.token_urlsafe(48)


def settings_text() -> str:
    """Return a new `settings.toml`: secrets, and every option that has an effect, explained."""
    shown = [entry for entry in entries(Settings) if entry.option.secret or not entry.option.effect.idle]
    version = next(entry for entry in entries(Settings) if entry.name == "Version")
    parts = [_HEAD, _table([version, *(entry for entry in shown if not entry.table)])]
    for table in dict.fromkeys(entry.table for entry in shown if entry.table):
        inside = [entry for entry in shown if entry.table == table]
        parts.append(_lists(inside) if inside[0].in_list else f"{heading(table, False)}\n{_table(inside)}")
    return "\n".join(parts)


def secrets_text(made: Mapping[str, str]) -> str:
    """Return the text of `secrets.toml` with these secrets, by the options' names."""
    parts = [_SECRETS_HEAD]
    known = [entry for entry in entries(Settings) if entry.name in made]
    for table in dict.fromkeys(entry.table for entry in known):
        lines = [f"{toml_key(entry.key)} = {_toml(made[entry.name])}" for entry in known if entry.table == table]
        parts.append("\n".join([heading(table, False), *lines, ""] if table else [*lines, ""]))
    return "\n".join(parts)


def _table(inside: Iterable[Entry]) -> str:
    return "".join(f"{_comment(entry)}{toml_key(entry.key)} = {_toml(_first_value(entry))}\n" for entry in inside)


def _first_value(entry: Entry) -> Any:
    if entry.option.secret:
        return new_secret(entry.name)
    return _FIRST_RUN.get(entry.name, entry.default)


def _comment(entry: Entry) -> str:
    unit = f" ({entry.option.unit})" if entry.option.unit else ""
    return f"# {entry.option.meaning}{unit}\n"


def _lists(inside: list[Entry]) -> str:
    """Write the default tables, explained at the first; where there are none, an explained sample as a comment."""
    title = heading(inside[0].table, True)
    tables: tuple[OptionTable, ...] = getattr(Settings(), _field(inside[0].table[0]))
    if not tables:
        sample = "".join(
            f"# {toml_key(entry.key)} = {_toml(_sample(entry))}  # {entry.option.meaning}\n" for entry in inside
        )
        return f"# {title}\n{sample}"
    parts = []
    for position, table in enumerate(tables):
        values = _values(table)
        lines = [
            f"{'' if position else _comment(entry)}{toml_key(entry.key)} = {_toml(values[entry.key])}\n"
            for entry in inside
        ]
        parts.append(f"{title}\n{''.join(lines)}")
    return "\n".join(parts)


def toml_key(key: str) -> str:
    """Return a key as TOML takes it: with quotes where it is not a bare one."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml(key)


def _sample(entry: Entry) -> Any:
    return "" if entry.default is msgspec.NODEFAULT else entry.default


def _values(table: OptionTable) -> dict[str, Any]:
    return {field.encode_name: getattr(table, field.name) for field in msgspec.structs.fields(table)}


def _field(encode_name: str) -> str:
    return next(field.name for field in msgspec.structs.fields(Settings) if field.encode_name == encode_name)


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    # For texts, numbers and truth values JSON's spelling is TOML's too.
    return json.dumps(value, ensure_ascii=False)
