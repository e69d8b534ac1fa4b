"""Knows the files of the data directory and makes what is missing; leaves reading them to `reading`."""

from __future__ import annotations

import difflib
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from palaver.config.options import Effect, Entry, OptionTable, entries, heading, option_of
from palaver.config.reading import Idle, Problem, Reading, read_file
from palaver.config.settings import Settings
from palaver.config.spreed import SpreedUsers
from palaver.config.template import new_secret, secrets_text, settings_text
from palaver.dialects.spreed.users import MAX_USERID_CHARS

SETTINGS_FILE = "settings.toml"
SECRETS_FILE = "secrets.toml"
SHORTEST_KEY = 32
"""Bytes of an HS256 key below which it can be guessed (RFC 7518 §3.2)."""
WEBHOOKS = ("report", "profile")
MAX_NAME_BYTES = 64
"""Of a person's name in a certificate (RFC 5280 appendix A.1, `ub-common-name`)."""

_FILES = (
    ("JWT", "PublicKey"),
    ("TLS", "Certificate"),
    ("TLS", "Key"),
    ("Spreed", "http", "root"),
    ("Spreed", "app", "tokenFile"),
    ("Spreed", "app", "extra"),
    ("Spreed", "app", "extra.d"),
    ("Spreed", "users", "certificate_certificate"),
    ("Spreed", "users", "certificate_key"),
)
"""Options that name a file or folder, below the data directory unless absolute."""


class SettingsError(Exception):
    """The settings have problems; nothing was started with them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class Report(msgspec.Struct, frozen=True):
    """What `palaver config check` has to say.

    Attributes:
        problems: with these the server does not start.
        remarks: what works, but hardly as meant.
        idle: keys that are set and have no effect.
    """

    problems: tuple[Problem, ...]
    remarks: tuple[str, ...]
    idle: tuple[Idle, ...]


def first_run(data_dir: Path) -> bool:
    """Make the data directory and a commented `settings.toml` with random secrets, mode 0600; False if it was there.

    Raises:
        SettingsError: the directory or file cannot be written.
    """
    path = data_dir / SETTINGS_FILE
    if os.path.exists(path):
        return False
    _write(path, settings_text())
    return True


def load(data_dir: Path) -> Settings:
    """Return the settings of a data directory; secrets that they lack are made once, into `secrets.toml`, mode 0600.

    Files and folders that are named are made absolute.

    Raises:
        SettingsError: with every problem of both files.
    """
    reading, made = _read_both(data_dir)
    if reading.problems:
        raise SettingsError(reading.problems)
    lacking = [entry for entry in _secrets() if not _get(reading.settings, entry).strip()]
    fresh = {entry.name: new_secret(entry.name) for entry in lacking if entry.name not in made}
    if fresh:
        made |= fresh
        _write(data_dir / SECRETS_FILE, secrets_text(made))
    settings = reading.settings
    for entry in lacking:
        settings = _with(settings, (*entry.table, entry.key), made[entry.name])
    for keys in _FILES:
        if file := _at(settings, keys):
            settings = _with(settings, keys, str(data_dir.absolute() / file))
    return settings


def reload(data_dir: Path, running: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Read the settings anew; return them, and the names of changed options that wait for a restart.

    Such an option keeps the value that it is running with.

    Raises:
        SettingsError: with every problem; the running settings stay good.
    """
    fresh = load(data_dir)
    waiting: list[str] = []
    return _keep(running, fresh, (), waiting), tuple(waiting)


def examine(data_dir: Path) -> Report:
    """Look at the files of a data directory and write nothing."""
    reading, made = _read_both(data_dir)
    remarks = [
        f"{entry.name} is empty: a random one is made in {SECRETS_FILE}"
        for entry in _secrets()
        if not _get(reading.settings, entry).strip() and entry.name not in made
    ]
    key = reading.settings.jwt.secret_key
    if key.strip() and len(key.encode()) < SHORTEST_KEY:
        remarks.append(f"[JWT] SecretKey is shorter than {SHORTEST_KEY} bytes: it can be guessed")
    remarks += _remarks(reading.settings)
    remarks += [
        f"{file.name} holds secrets and others may read it: chmod 600 {file}"
        for file in (data_dir / SETTINGS_FILE, data_dir / SECRETS_FILE)
        if os.path.exists(file) and file.stat().st_mode & 0o077
    ]
    return Report(reading.problems, tuple(remarks) if not reading.problems else (), reading.idle)


def _remarks(settings: Settings) -> Iterator[str]:
    """Yield what is set and comes to nothing."""
    for hook in settings.webhook_urls:
        if hook.enabled and hook.name not in WEBHOOKS:
            near = difflib.get_close_matches(hook.name.lower(), WEBHOOKS, 1)
            meant = f'; did you mean "{near[0]}"?' if near else "; there are " + " and ".join(WEBHOOKS)
            yield f'[[WebhookURLs]] Name "{hook.name}" is never called{meant}'
        elif hook.enabled and not hook.url:
            yield f'[[WebhookURLs]] "{hook.name}" is never called, since its URL is empty'
    turn = settings.turn
    if not (turn.secret or turn.username or settings.spreed.app.turn_secret):
        for url in turn.urls:
            if url.startswith("turn"):
                yield f'[TURN] URLs "{url}" is told to nobody without Secret, or Username and Credential'
    users = settings.spreed.users
    if users.enabled and users.allow_registration and users.mode != "httpheader":
        yield from _names_nobody_gets(users, settings.spreed.app.server_realm)


def _names_nobody_gets(users: SpreedUsers, realm: str) -> Iterator[str]:
    """Yield which names are part of every account of Spreed's that is made, and make none of them possible (§2.6)."""
    failing, number = "nobody can register in [Spreed.users]", len(f"{uuid.UUID(int=0)}@")
    longest = MAX_NAME_BYTES - number
    if ":" in realm or not realm.isprintable() or number + len(realm) > MAX_USERID_CHARS:
        yield f"[Spreed.app] serverRealm has a colon or a control character, or is too long for a user id: {failing}"
    elif users.mode == "certificate" and len(realm.encode()) > longest:
        yield f"[Spreed.app] serverRealm is longer than the {longest} bytes that a certificate has for it: {failing}"


def _read_both(data_dir: Path) -> tuple[Reading, dict[str, str]]:
    """Read `settings.toml`, and beside it the secrets by name from `secrets.toml`."""
    reading = read_file(data_dir / SETTINGS_FILE)
    if not os.path.exists(data_dir / SECRETS_FILE):
        return reading, {}
    beside = read_file(data_dir / SECRETS_FILE)
    made = {entry.name: _get(beside.settings, entry) for entry in _secrets()}
    both = msgspec.structs.replace(reading, problems=reading.problems + beside.problems)
    return both, {name: secret for name, secret in made.items() if secret.strip()}


def _secrets() -> list[Entry]:
    return [entry for entry in entries(Settings) if entry.option.secret]


def _get(settings: Settings, entry: Entry) -> str:
    return _at(settings, (*entry.table, entry.key))


def _at(table: Any, keys: tuple[str, ...]) -> str:
    for key in keys:
        table = getattr(table, _field(type(table), key))
    return str(table)


def _with(table: Any, keys: tuple[str, ...], value: str) -> Any:
    """Return the table with one value replaced, however deep."""
    name = _field(type(table), keys[0])
    inner = _with(getattr(table, name), keys[1:], value) if keys[1:] else value
    return msgspec.structs.replace(table, **{name: inner})


def _field(table: type[OptionTable], key: str) -> str:
    return next(field.name for field in msgspec.structs.fields(table) if field.encode_name == key)


def _keep(running: Any, fresh: Any, path: tuple[str, ...], waiting: list[str]) -> Any:
    kept: dict[str, Any] = {}
    for field in msgspec.structs.fields(fresh):
        old, new = getattr(running, field.name), getattr(fresh, field.name)
        if isinstance(new, OptionTable):
            kept[field.name] = _keep(old, new, (*path, field.encode_name), waiting)
        elif old != new and option_of(field.type).effect is Effect.RESTART:
            kept[field.name] = old
            waiting.append(f"{heading(path, False)} {field.encode_name}".strip())
    return msgspec.structs.replace(fresh, **kept)


def _write(path: Path, text: str) -> None:
    """Put a file in place whole and readable by its owner alone, or not at all."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # `mkstemp` makes files with mode 0600.
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except (FileExistsError, NotADirectoryError) as error:
        raise SettingsError((Problem(path.name, 0, f"cannot be written: {path.parent} is no folder"),)) from error
    except OSError as error:
        raise SettingsError((Problem(path.name, 0, f"cannot be written: {error.strerror}: {path}"),)) from error
