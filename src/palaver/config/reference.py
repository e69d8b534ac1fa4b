"""Knows how `docs/settings.md` is made from the options: `python -m palaver.config.reference docs/settings.md`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from palaver.config.options import Entry, entries, heading
from palaver.config.settings import Settings

_HEAD = """\
# Settings

This page is made from the options' definitions by `make docs`; do not edit it.

`DIR/settings.toml` (`palaver serve --data DIR`, `./palaver-data` by default) is written on first run with random
secrets and never rewritten. A `settings.toml` of a BareRTC server is read as it is; the secrets that it lacks are made
into `DIR/secrets.toml`. `palaver config check` explains every problem with its line. An unknown key is an error. A list
of tables in the file replaces the default list. Every limit takes 0 for off.

The default is what holds where the file lacks a key. The file of the first run says otherwise in two places: it honours
tokens and admits guests beside them (`[JWT] Enabled = true`, `Strict = false`), and it sets up two channels.

A change is felt as the last column says: `at SIGHUP` (send the server that signal), `at a restart`, or not at all:
`accepted, no effect yet` for what belongs to a part that is not built, `accepted, no effect` for what only old files
need.
"""
_TITLES = "| key | type | unit | default | meaning | change is felt |\n|---|---|---|---|---|---|\n"
_SECRET = "random"  # noqa: S105


def reference() -> str:
    """Return the text of `docs/settings.md`."""
    parts = [_HEAD]
    everything = list(entries(Settings))
    for table in dict.fromkeys(entry.table for entry in everything):
        inside = [entry for entry in everything if entry.table == table]
        title = heading(table, inside[0].in_list)
        parts.append(f"## {f'`{title}`' if title else 'At the top'}\n\n{_TITLES}{''.join(map(_row, inside))}")
    return "\n".join(parts)


def _row(entry: Entry) -> str:
    option = entry.option
    key = f"`{entry.key}`" if entry.key.replace("_", "").isalnum() else f'`"{entry.key}"`'
    cells = (key, _type(entry.kind), option.unit, _value(entry), option.meaning, option.effect.value)
    return f"| {' | '.join(cells)} |\n"


def _type(kind: Any) -> str:
    """Return a type in the words of TOML."""
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(f'`"{choice}"`' for choice in get_args(kind))
    if get_origin(kind) is tuple:
        return f"list of {_type(get_args(kind)[0])}"
    if get_origin(kind) is dict:
        return f"table of {_type(get_args(kind)[1])}"
    return {str: "string", bool: "boolean", int: "integer", float: "number"}[kind]


def _value(entry: Entry) -> str:
    if entry.option.secret:
        return _SECRET
    if entry.default is msgspec.NODEFAULT:
        return "must be given"
    return f"`{json.dumps(entry.default, ensure_ascii=False)}`"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
