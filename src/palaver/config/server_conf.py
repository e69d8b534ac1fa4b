"""Knows how Spreed WebRTC's `server.conf` is written, and what of it becomes options here (docs/dialects/spreed.md §4)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from palaver.config.options import Effect, Entry, entries
from palaver.config.reading import read_text
from palaver.config.settings import Settings
from palaver.config.template import toml_key

MAX_DEPTH = 10
"""Substitutions within substitutions; more are a circle."""
MAX_VALUE_CHARS = 10_000
MAX_DIGITS = 18

_SECTION = re.compile(r"\[(?P<name>[^\]]*)\]")
_REFERENCE = re.compile(r"%\((?P<name>[^)]+)\)s")
_INLINE_COMMENT = re.compile(r"[ \t][;#].*$")
_TRUTH = {
    **dict.fromkeys(("1", "t", "true", "y", "yes", "on"), True),
    **dict.fromkeys(("0", "f", "false", "n", "no", "off"), False),
}
_TLS = {"certificate": "Certificate", "key": "Key"}
_ELSEWHERE = {
    ("http", "listen"): "listen with `palaver serve --host {host} --port {port}`, one address per process",
    ("https", "listen"): "[TLS] serves HTTPS at the one address of `palaver serve`",
    ("https", "minversion"): "TLS 1.2 and newer are spoken, whatever is written here",
    ("log", "logfile"): "the log is written below the data directory, in logs",
}

Sections = dict[str, dict[str, str]]


class Converted(msgspec.Struct, frozen=True):
    """What became of a file.

    Attributes:
        text: a whole `settings.toml`.
        left: what could not be carried over, one sentence each.
    """

    text: str
    left: tuple[str, ...]


def convert(text: str, folder: Path) -> Converted:
    """Return the settings that say what a `server.conf` says; paths in it are taken from `folder`, where it stands."""
    sections = read(text)
    known = {(*entry.table[1:], entry.key.lower()): entry for entry in entries(Settings) if _is_ours(entry)}
    tables: dict[str, dict[str, Any]] = {}
    left: list[str] = []
    for section, options in sections.items():
        for name, value in options.items():
            entry = known.get((section, name))
            if section == "roomtypes":
                tables.setdefault("Spreed.roomtypes", {})[name] = value
            elif section == "https" and name in _TLS:
                tables.setdefault("TLS", {})[_TLS[name]] = str(folder / value)
            elif entry is None:
                left.append(_elsewhere(section, name, value))
            elif entry.option.effect.idle:
                left.append(_idle(entry, section, name, value))
            else:
                _carry(tables, entry, section, value, folder, left)
    left += _judged(tables)
    left += _noted(sections, tables, folder)
    return Converted(_written(tables), tuple(left))


def read(text: str) -> Sections:
    """Return the options of each section, both in lower case, with references filled in."""
    sections: Sections = {"default": {}}
    section, name = "default", ""
    for line in text.splitlines():
        bare = line.strip()
        if not bare or bare[0] in ";#" or bare.lower().split()[0] == "rem":
            continue
        if found := _SECTION.match(bare):
            section, name = found["name"].strip().lower(), ""
            sections.setdefault(section, {})
            continue
        bare = _INLINE_COMMENT.sub("", bare).strip()
        parts = re.split(r"[=:]", bare, maxsplit=1)
        if len(parts) > 1:
            name = parts[0].strip().lower()
            sections[section][name] = parts[1].strip()
        elif name:
            # A line without either goes on with the value before it.
            sections[section][name] += f"\n{bare}"
    return {
        each: {name: _filled(value, options, sections["default"]) for name, value in options.items()}
        for each, options in sections.items()
        if each != "default" or options
    }


def _filled(value: str, options: dict[str, str], defaults: dict[str, str]) -> str:
    for _ in range(MAX_DEPTH):
        filled = _REFERENCE.sub(
            lambda found: options.get(found["name"].lower(), defaults.get(found["name"].lower(), "")), value
        )
        # A value that holds itself twice would double with every round.
        if filled == value or len(filled) > MAX_VALUE_CHARS:
            break
        value = filled
    return value


def _is_ours(entry: Entry) -> bool:
    return entry.table[:1] == ("Spreed",) and len(entry.table) > 1


def _elsewhere(section: str, name: str, value: str) -> str:
    hint = _ELSEWHERE.get((section, name))
    if hint is None:
        return f"[{section}] {name} is no option here"
    first = (value.split() or [""])[0]
    return f"[{section}] {name}: {hint.format(**_address(first))}"


def _address(text: str) -> dict[str, str]:
    host, _, port = text.rpartition(":")
    return {"host": host.strip("[]") or "127.0.0.1", "port": port or "9000"}


def _idle(entry: Entry, section: str, name: str, value: str) -> str:
    if (section, name) in _ELSEWHERE:
        return _elsewhere(section, name, value)
    never = entry.option.effect is Effect.NEVER
    return f"[{section}] {entry.key} has no effect here" + ("" if never else " yet")


def _carry(
    tables: dict[str, dict[str, Any]], entry: Entry, section: str, value: str, folder: Path, left: list[str]
) -> None:
    held: Any = value
    if entry.kind is bool:
        held = _TRUTH.get(value.lower())
    elif entry.kind is int:
        held = int(value) if value.isdecimal() and len(value) <= MAX_DIGITS else None
    elif value and entry.option.names:
        held = str(folder / value)
    elif entry.key == "basePath":
        held = value.rstrip("/") + "/"
    if held is None:
        left.append(f'[{section}] {entry.key} "{value}" is not what the option takes')
    else:
        tables.setdefault(".".join(entry.table), {})[entry.key] = held


def _judged(tables: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Take out what is no good value here, and say so."""
    for table, options in tables.items():
        for key in list(options):
            problems = read_text(_written({table: {key: options[key]}})).problems
            wrong = [each for each in problems if "is of no use without" not in each.sentence]
            if wrong:
                del options[key]
                yield wrong[0].sentence


def _noted(sections: Sections, tables: dict[str, dict[str, Any]], folder: Path) -> Iterator[str]:
    """Say where the same words would mean something else here, and write what makes them mean the same."""
    app, users = sections.get("app", {}), sections.get("users", {})
    if app.get("stunuris") or app.get("turnuris"):
        tables["TURN"] = {"URLs": []}
    if (folder / "static" / "css" / "main.min.css").is_file() and "root" not in sections.get("http", {}):
        tables.setdefault("Spreed.http", {})["root"] = str(folder)
    if _TRUTH.get(users.get("enabled", "").lower()):
        if not users.get("mode"):
            yield "[users] mode is not set: there, nobody could log in; here it means sharedsecret"
        if users.get("mode") in ("httpheader", "certificate"):
            yield "[users] headers of a proxy count only from TrustedProxies, which is this machine unless you say more"
        by_proxy = users.get("certificate_verifiedheader") or "TLS" in tables
        if users.get("mode") == "certificate" and not by_proxy:
            yield "[users] client certificates are asked for only where [TLS] serves, or a proxy says whom it checked"
    if _TRUTH.get(sections.get("http", {}).get("stats", "").lower()):
        yield "[http] stats: details are shown only to this machine and TrustedProxies"
    if app.get("sessionsecret") or app.get("encryptionsecret"):
        yield "[app] secrets are kept, so that users keep contacts and settings; open sessions begin anew"


def _written(tables: dict[str, dict[str, Any]]) -> str:
    parts = [
        "# Made by `palaver config import`. What is not here has its default; docs/settings.md explains every option.\n"
    ]
    for table in sorted(tables, key=lambda name: (name.startswith("Spreed"), name)):
        options = tables[table]
        if options:
            lines = [f"{toml_key(key)} = {json.dumps(value, ensure_ascii=False)}" for key, value in options.items()]
            parts.append("\n".join([f"[{table}]", *lines, ""]))
    return "\n".join(parts)
